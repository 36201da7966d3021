import numpy as np

from avemo_core.audio.framing import step_count, step_time_s
from avemo_core.audio.yaafe import feature


def test_step_times_are_32_ms_apart_from_zero():
    assert np.allclose(step_time_s(4), [0, 0.032, 0.064, 0.096])


def test_a_step_covers_64_ms_around_its_time():
    click = np.zeros(16000)
    click[5000] = 1

    covered_s = step_time_s(step_count(16000))[feature("Energy", click)[:, 0] > 0]

    assert np.allclose(covered_s, [0.288, 0.320])


def test_the_first_sample_of_a_block_belongs_to_it_and_the_one_after_its_last_does_not():
    click = np.zeros(16000)
    click[512 * 9] = 1

    assert np.flatnonzero(feature("Energy", click)[:, 0]).tolist() == [9, 10]
