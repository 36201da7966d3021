"""The seven emotions, in the one order used everywhere."""

from typing import Final

EMOTIONS: Final = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""Order of arrays, columns and files (Chao et al. 2016, Fig. 3)."""
