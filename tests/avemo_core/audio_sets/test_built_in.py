"""Which audio sets there are, and what is refused."""

from importlib.util import find_spec

import pytest

from avemo_core.audio_sets import built_in
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "names"),
    [("yaafe27", ("yaafe27",)), ("librosa,yaafe27", ("yaafe27", "librosa")), ("librosa, librosa", ("librosa",)), ("none", ())],
)
def test_sets_are_named_by_comma_and_stand_in_one_order(text: str, names: tuple[str, ...]):
    assert built_in.parse(text) == names


@pytest.mark.parametrize(
    ("text", "said"), [("mfcc", "'mfcc' is no audio set: expected yaafe27, librosa, egemaps"), ("none,librosa", "alone")]
)
def test_what_is_no_set_is_refused_and_the_sets_are_named(text: str, said: str):
    with pytest.raises(ConfigError, match=said):
        built_in.parse(text)


def test_a_set_says_what_each_column_is():
    (librosa,) = built_in.further(("yaafe27", "librosa"))

    assert isinstance(librosa, AudioFeatures)
    assert librosa.agreement == "librosa 0.11"
    assert len(librosa.audio_set.columns) == len(librosa.audio_set.units) == librosa.audio_set.width == 132
    assert librosa.audio_set.units[librosa.audio_set.columns.index("f0")] == "Hz"


@pytest.mark.skipif(find_spec("opensmile") is not None, reason="it is installed here")
def test_egemaps_without_its_package_is_refused_with_what_to_install_and_its_licence():
    with pytest.raises(ConfigError, match=r"pip install --editable '\.\[egemaps\]'.*research"):
        built_in.further(("egemaps",))
