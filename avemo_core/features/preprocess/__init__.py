"""From features to network inputs: whitening, scaling, prosody, normalisation by subject."""
