"""Encoder delays that a container has no place for, or that its writers leave out.

A sound codec works on overlapping blocks, so what it is given comes out later by some samples. Containers with stamps of their own, edit
lists or a codec delay say so, and FFmpeg follows them. AVI counts blocks from 0, and the sound comes late; DTS has no field for it
anywhere. The figures follow from the codecs themselves:

    MP3      1105    576 of LAME's blocks and window, and 529 of the decoder (LAME technical FAQ)
    MP2       481    the polyphase filter of 512 taps and 32 bands: 512 - 31 (ISO/IEC 11172-3, annex C)
    AAC      1024    one block of overlap (ISO/IEC 14496-3); Apple's encoder takes 2112, and AVI does not say whose it is
    AC-3      256    one block of overlap (ATSC A/52, 7.9)
    DTS       512    the polyphase filter of 512 taps (ETSI TS 102 114, annex C)

docs/benchmarks/clock.md measures what is left with them.
"""

from __future__ import annotations

from typing import Final

from av.audio.stream import AudioStream

SAMPLES: Final[dict[str, dict[str, int]]] = {
    "avi": {"mp3": 1105, "mp3float": 1105, "mp2": 481, "mp2float": 481, "aac": 1024, "ac3": 256, "eac3": 256},
    "rm": {"ac3": 256},
}
"""By container and decoder, as FFmpeg names them."""
EVERYWHERE: Final[dict[str, int]] = {"dca": 512}


def delay_s(format_name: str, stream: AudioStream) -> float:
    """Seconds by which the sound of a stream comes late by its codec; 0 where the container says so itself, and is followed."""
    codec = stream.codec_context.name
    samples = SAMPLES.get(format_name, {}).get(codec, EVERYWHERE.get(codec, 0))
    return samples / stream.sample_rate if stream.sample_rate else 0.0


def late_ticks(software: str, delay: float, tick_s: float) -> int:
    """Ticks by which the writer of an AVI file moved all pictures but the first, to make room for the sound's delay.

    FFmpeg moves both streams by the delay, and AVI keeps whole pictures: at 25 a second, 23 ms of MP3 become one picture of 40 ms.
    """
    return round(delay / tick_s) if software.startswith("Lavf") and tick_s else 0
