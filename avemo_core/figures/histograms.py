"""How much of each clip the model could use, and how sure it was."""

from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from avemo_core.figures.style import BLUE, sheet

_BINS: Final = 20


def quality_histograms(
    face_coverage: Float[ndarray, " clip"], audio_coverage: Float[ndarray, " clip"], confidence: Float[ndarray, " clip"]
) -> Figure:
    """Clips by share of frames with a face, by share of audio steps with energy, and by confidence; all three run from 0 to 1.

    A modality that no clip has gets no panel.
    """
    covered = {"share of frames with a face": face_coverage, "share of steps with sound": audio_coverage}
    named = {name: values for name, values in covered.items() if np.nan_to_num(values).any()} | {"confidence": confidence}
    figure, panels = sheet(2.4 * len(named), 2.4, columns=len(named))
    for axes, (name, values) in zip(panels, named.items(), strict=True):
        axes.hist(values[np.isfinite(values)], bins=_BINS, range=(0.0, 1.0), color=BLUE)
        axes.set(xlabel=name, xlim=(0, 1))
        axes.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    panels[0].set_ylabel("clips")
    return figure
