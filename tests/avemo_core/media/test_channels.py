from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import ndarray

from avemo_core.media.channels import LISTEN_S, LONGEST_LISTEN_S, Downmix
from avemo_core.media.sound_choice import Channel
from schemas.faults import Fault

RATE_HZ = 8_000
STEREO = ("FL", "FR")
SURROUND = ("FL", "FR", "FC", "LFE", "BL", "BR")


def _noise(seconds: float = 2.0, seed: int = 0) -> ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def _words(seconds: float = 2.0) -> ndarray:
    """Noise that comes and goes, as speech does."""
    return (_noise(seconds) * (np.arange(round(seconds * RATE_HZ)) // (RATE_HZ // 4) % 2)).astype(np.float32)


def _mono(
    channels: ndarray, names: Sequence[str] = STEREO, channel: Channel = "mix", cuts: Sequence[int] = ()
) -> tuple[ndarray, Fault | None]:
    """What becomes of a sound in blocks cut at these samples, and its fault."""
    downmix = Downmix(channel)
    mono = [part for block in np.split(channels, cuts, axis=1) for part in downmix.add(block, RATE_HZ, tuple(names))]
    return np.concatenate([*mono, *downmix.rest()]), downmix.fault


def test_of_opposite_phase_the_better_channel_is_taken_and_marked():
    clear, hissing = _words(), (-_words() + 0.1 * _noise(seed=1)).astype(np.float32)

    mono, fault = _mono(np.stack([hissing, clear]))

    np.testing.assert_array_equal(mono, clear)
    assert fault is Fault.CHANNELS_CANCEL


@pytest.mark.parametrize("dead", [0, 1])
def test_beside_a_dead_channel_the_other_one_is_taken_at_its_own_level(dead: int):
    channels = np.stack([_words(), _words()])
    channels[dead] = 1e-4 * _noise(seed=1)

    mono, fault = _mono(channels)

    np.testing.assert_array_equal(mono, _words())
    assert fault is Fault.DEAD_CHANNEL


@pytest.mark.parametrize("right", [1.0, 0.5, 0.05])
def test_of_sound_to_both_sides_the_mean_is_taken_bit_for_bit(right: float):
    channels = np.stack([_noise(), right * _noise(seed=1)]).astype(np.float32)

    mono, fault = _mono(channels)

    np.testing.assert_array_equal(mono, channels.mean(axis=0, dtype=np.float32))
    assert fault is None


@pytest.mark.parametrize(("channel", "taken"), [("left", 0), ("right", 1)])
def test_a_side_that_is_asked_for_is_taken_whatever_is_in_it(channel: Channel, taken: int):
    channels = np.stack([_noise(), np.zeros(2 * RATE_HZ, np.float32)])

    mono, fault = _mono(channels, channel=channel)

    np.testing.assert_array_equal(mono, channels[taken])
    assert fault is None


def test_sides_are_found_by_their_names_where_they_do_not_come_first():
    channels = np.stack([_noise(seed=seed) for seed in range(3)])

    mono, _ = _mono(channels, names=("FC", "FL", "FR"), channel="right")

    np.testing.assert_array_equal(mono, channels[2])


def test_the_best_channel_is_the_one_that_stands_out_from_its_noise_not_the_loudest():
    channels = np.stack([0.3 * _words(), 2 * _noise(seed=1), _words() + 0.3 * _noise(seed=2)]).astype(np.float32)

    mono, fault = _mono(channels, names=("FL", "FR", "FC"), channel="best")

    np.testing.assert_array_equal(mono, channels[0])
    assert fault is None


@pytest.mark.parametrize("channel", ["mix", "left", "right", "best"])
def test_one_channel_is_itself(channel: Channel):
    np.testing.assert_array_equal(_mono(_noise()[None], names=("FC",), channel=channel)[0], _noise())


def test_silence_decides_nothing():
    silence, sound = np.zeros((2, 30 * RATE_HZ), np.float32), np.stack([_words(), -_words()])

    mono, fault = _mono(np.concatenate([silence, sound], axis=1), cuts=range(RATE_HZ, 32 * RATE_HZ, RATE_HZ))

    assert fault is Fault.CHANNELS_CANCEL
    np.testing.assert_array_equal(np.abs(mono), np.abs(np.concatenate([silence[0], _words()])))


def test_silence_alone_is_no_fault():
    mono, fault = _mono(np.zeros((2, 1000), np.float32))

    assert fault is None
    assert not mono.any()


def test_silent_surrounds_leave_the_mean_of_the_full_range_channels_as_it_was():
    channels = np.zeros((6, 2 * RATE_HZ), np.float32)
    channels[:3] = _noise()
    channels[3] = _noise(seed=1)

    mono, fault = _mono(channels, names=SURROUND)

    np.testing.assert_array_equal(mono, channels[[0, 1, 2, 4, 5]].mean(axis=0, dtype=np.float32))
    assert fault is None


def test_the_first_ten_seconds_of_sound_decide_for_the_whole_recording():
    alike, opposite = np.stack([_noise(LISTEN_S)] * 2), np.stack([_noise(5.0), -_noise(5.0)])

    mono, fault = _mono(np.concatenate([alike, opposite], axis=1), cuts=range(RATE_HZ, 15 * RATE_HZ, RATE_HZ))

    assert fault is None
    assert not mono[alike.shape[1] :].any()


def test_no_more_than_twenty_seconds_are_held_back():
    downmix, second = Downmix(), np.zeros((2, RATE_HZ), np.float32)

    held_s = next(seconds for seconds in range(1, 60) if list(downmix.add(second, RATE_HZ, STEREO)))

    assert held_s == LONGEST_LISTEN_S


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2 * RATE_HZ), max_size=6).map(sorted), st.sampled_from([1, -1, 0]), st.sampled_from(["mix", "best"]))
def test_where_blocks_are_divided_changes_nothing(cuts: list[int], phase: int, channel: Channel):
    channels = np.stack([_words(), phase * _words() + 0.001 * _noise(seed=1)]).astype(np.float32)

    divided, whole = _mono(channels, channel=channel, cuts=cuts), _mono(channels, channel=channel)

    np.testing.assert_array_equal(divided[0], whole[0])
    assert divided[1] == whole[1]
