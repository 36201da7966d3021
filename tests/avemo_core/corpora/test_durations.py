import pytest

from avemo_core.corpora.durations import seconds_of
from avemo_core.errors import ConfigError


@pytest.mark.parametrize(("text", "seconds"), [("4s", 4.0), ("4", 4.0), ("2.5 s", 2.5), ("500ms", 0.5), ("2min", 120.0), ("1h", 3600.0)])
def test_a_length_of_time_is_read_with_its_unit(text: str, seconds: float):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-4s", "4 parsecs", "four", "4s2", "nan"])
def test_what_is_no_length_of_time_is_refused(text: str):
    with pytest.raises(ConfigError, match="such as 4s"):
        seconds_of(text)
