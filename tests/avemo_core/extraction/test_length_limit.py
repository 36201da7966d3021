import wave
from pathlib import Path

import pytest

from avemo_core.errors import MediaError
from avemo_core.extraction import extractor
from avemo_core.media import decode
from schemas.rejects import Reason


def _silence(path: Path, seconds: float) -> str:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(bytes([128]) * round(4000 * seconds))
    return str(path)


@pytest.mark.parametrize("claimed_s", [600.0, 600.9])
def test_ten_minutes_and_their_padding_are_ten_minutes(tmp_path: Path, claimed_s: float):
    with decode.opened(_silence(tmp_path / "long.wav", claimed_s)) as recording:
        extractor._refuse_long(recording, 600.0)

    assert recording.expected_s == pytest.approx(claimed_s)


def test_a_header_that_claims_more_is_refused_before_anything_is_decoded(tmp_path: Path):
    with decode.opened(_silence(tmp_path / "long.wav", 601.5)) as recording, pytest.raises(MediaError) as error:
        extractor._refuse_long(recording, 600.0)

    assert error.value.reason == Reason.TOO_LONG
