import numpy as np
import pytest

from avemo_core.audio.energy import audible
from avemo_core.audio.yaafe import extract


@pytest.mark.parametrize(("rms", "expected"), [(0.0, False), (0.9e-3, False), (1.1e-3, True), (0.5, True)])
def test_a_step_is_audible_from_60_db_below_full_scale(rms: float, expected: bool):  # noqa: FBT001 - a parameter of the claim, not of an interface
    steady = extract(np.full(2048, rms))[1:3]

    assert audible(steady).tolist() == [expected, expected]


def test_an_empty_sound_has_no_audible_steps():
    assert audible(extract(np.zeros(0))).shape == (0,)
