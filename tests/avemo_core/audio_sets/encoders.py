"""Tiny speech encoders, saved as transformers save theirs."""

from pathlib import Path

import torch

KINDS = ("wav2vec2", "hubert", "wavlm", "data2vec-audio")
_SIZE = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32, "conv_dim": (8,) * 7}
_POSITIONS = {"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}


def encoder(folder: Path, kind: str = "wav2vec2", *, normalises: bool = True, **settings: object) -> Path:
    """An encoder of 16 values, three layers deep, random weights."""
    import transformers  # noqa: PLC0415 - an extra

    positions = {"conv_pos_kernel_size": 5, "num_conv_pos_embeddings": 2} if kind == "data2vec-audio" else _POSITIONS
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **(_SIZE | positions | settings))
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=normalises).save_pretrained(folder)
    return folder
