"""The shipped face network in whole numbers of 8 bits: convolution, resnet29, ranges (how large its values get), support (which CPUs)."""
