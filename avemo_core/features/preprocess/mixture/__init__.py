"""Which emotions a person's clips show, read from the clips themselves, so that normalisation by subject leaves them there."""
