"""Speech encoders of one's own: what they give, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from avemo_core.audio_sets import built_in, speech
from avemo_core.audio_sets.audio_features import AudioFeatures
from avemo_core.audio_sets.pieces import PieceReader, Reach
from avemo_core.errors import ConfigError
from avemo_core.media.sound import Sound, between
from tests.avemo_core.audio_sets.encoders import KINDS, encoder

pytestmark = pytest.mark.extras

RATE_HZ = 16_000


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("encoder") / request.param, request.param)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return encoder(tmp_path / "tiny")


def sound(seconds: float, start_s: float = 0.0) -> Sound:
    draw = np.random.default_rng(0)
    return Sound(start_s=start_s, samples=draw.normal(0, 0.1, size=round(seconds * RATE_HZ)).astype(np.float32))


def test_a_short_clip_has_the_mean_state_that_transformers_give(folder: Path):
    import transformers  # noqa: PLC0415 - an extra

    heard, encoder_ = sound(1.0), speech.parse(f"hf:{folder}:layers=-2..-1")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    values = transformers.AutoFeatureExtractor.from_pretrained(folder)(
        heard.samples, sampling_rate=RATE_HZ, return_tensors="pt"
    ).input_values
    with torch.inference_mode():
        states = model(values, output_hidden_states=True).hidden_states

    found = PieceReader(encoder_).steps(heard, 0.0, np.inf)

    assert isinstance(encoder_, AudioFeatures)
    np.testing.assert_allclose(found.values, ((states[-2] + states[-1]) / 2)[0].numpy(), atol=1e-4)
    assert found.time_s[:2] == pytest.approx([0.0125, 0.0325])
    assert len(found.values) == 49


@pytest.mark.parametrize("settings", [{}, {"add_adapter": True}])
@pytest.mark.parametrize("kind", ["wav2vec2", "wavlm"])
def test_the_last_state_is_the_one_behind_the_last_norm(tmp_path: Path, kind: str, settings: dict[str, bool]):
    """Of encoders with a norm before each layer; transformers up to 5.15 gave that state, later ones give the one before the norm."""
    folder = encoder(tmp_path / kind, kind, feat_extract_norm="layer", do_stable_layer_norm=True, **settings)
    deviation = {layer: speech.parse(f"hf:{folder}:layers={layer}..{layer}").extract(sound(1.0).samples).std(axis=1) for layer in (-2, -1)}

    assert deviation[-1] == pytest.approx(1.0, abs=0.01)
    assert deviation[-2].max() < 0.95


def test_encoders_whose_last_state_was_another_before_are_told_from_tables_of_before(tmp_path: Path, tiny: Path):
    stable = encoder(tmp_path / "stable", feat_extract_norm="layer", do_stable_layer_norm=True)
    ends = {
        name: speech.parse(f"hf:{folder}:layers={layers}").agreement.endswith(" normed")
        for name, folder, layers in (("last", stable, "-2..-1"), ("inner", stable, "1..2"), ("without", tiny, "-2..-1"))
    }

    assert ends == {"last": True, "inner": False, "without": False}


def test_segments_have_the_values_of_the_whole(folder: Path):
    encoder_, whole = speech.parse(f"hf:{folder}:layers=-1..-1"), sound(23.0, start_s=0.4)
    reach, reader = Reach(sets=[encoder_]), PieceReader(encoder_)

    expected = PieceReader(encoder_).steps(whole, 0.0, np.inf)
    found = [
        reader.steps(between(whole, reach.from_s(start), reach.until_s(start + 4)), start, start + 4)
        for start in np.arange(0.0, 22.0, 4.0).tolist()
    ]

    np.testing.assert_array_equal(np.concatenate([steps.values for steps in found])[:900], expected.values[:900])
    assert np.diff(expected.time_s) == pytest.approx(0.02)


def test_a_piece_hardly_differs_from_what_the_whole_would_have_there(tmp_path: Path):
    """Borders are heard with a second of context: what an encoder makes of a step far from the border is the whole's, to a few percent."""
    encoder_ = speech.parse(f"hf:{encoder(tmp_path / 'layer', feat_extract_norm='layer', do_stable_layer_norm=True)}:layers=1..1")
    whole = sound(20.0)

    pieces = PieceReader(encoder_).steps(whole, 0.0, np.inf).values
    at_once = encoder_.extract(whole.samples)

    assert np.corrcoef(pieces[:900].ravel(), at_once[:900].ravel())[0, 1] > 0.95


def test_the_feature_set_names_kind_weights_and_layers(folder: Path):
    encoder_ = speech.parse(f"hf:{folder}:layers=-2..-1")

    name, kind, digest, layers, numbers = encoder_.agreement.split()
    assert (name, kind, len(digest), layers, numbers) == ("speech", folder.name, 12, "layers", "-2..-1")
    assert encoder_.audio_set.step_s == 0.02


def test_other_weights_are_another_encoder(tiny: Path, tmp_path: Path):
    torch.manual_seed(1)
    other = encoder(tmp_path / "other", intermediate_size=48)

    assert speech.parse(f"hf:{tiny}:layers=-1..-1").agreement != speech.parse(f"hf:{other}:layers=-1..-1").agreement


def test_whether_sound_is_normalised_is_the_folders_to_say(tmp_path: Path):
    loud, quiet = sound(1.0).samples, sound(1.0).samples / 50
    yes, no = (speech.parse(f"hf:{encoder(tmp_path / str(way), normalises=way)}:layers=-1..-1") for way in (True, False))

    np.testing.assert_allclose(yes.extract(loud), yes.extract(quiet), atol=1e-2)
    assert np.abs(yes.extract(quiet) - no.extract(quiet)).max() > 0.05


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_folder_without_one_of_its_files_is_refused(tiny: Path, name: str):
    (tiny / name).unlink()

    with pytest.raises(ConfigError, match=rf"found no {'..safetensors' if 'safe' in name else name}"):
        speech.parse(f"hf:{tiny}:layers=-1..-1")


def test_a_name_of_the_hub_is_no_folder_and_nothing_is_downloaded():
    with pytest.raises(ConfigError, match=r"--speech microsoft/wavlm-base: expected a folder .* nothing is downloaded"):
        speech.parse("hf:microsoft/wavlm-base")


@pytest.mark.parametrize("layers", ["all", "2", "-4:-1"])
def test_layers_in_other_words_are_refused_and_no_part_of_the_folders_name(tiny: Path, layers: str):
    with pytest.raises(ConfigError, match=r"expected hf:FOLDER, or hf:FOLDER:layers=-4..-1"):
        speech.parse(f"hf:{tiny}:layers={layers}")


@pytest.mark.parametrize("name", ["num_hidden_layers", "conv_stride"])
def test_a_config_that_lacks_what_is_asked_of_it_is_refused(tiny: Path, name: str):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({key: value for key, value in config.items() if key != name}))

    with pytest.raises(ConfigError, match=rf"config.json: expected num_hidden_layers, .*; found no {name}"):
        speech.parse(f"hf:{tiny}")


def test_pickled_weights_are_not_read(tiny: Path):
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")

    with pytest.raises(ConfigError, match=r"pickled, and not read: save them with save_pretrained"):
        speech.parse(f"hf:{tiny}")


@pytest.mark.parametrize("layers", ["-4..-5", "2..9", "-1..0"])
def test_layers_that_are_not_there_are_refused(tiny: Path, layers: str):
    with pytest.raises(ConfigError, match=r"expected within -4..-1 or 0..3"):
        speech.parse(f"hf:{tiny}:layers={layers}")


@pytest.mark.parametrize(
    ("setting", "refusal"), [({"model_type": "whisper"}, "expected one of wav2vec2"), ({"auto_map": {"AutoModel": "x.Y"}}, "")]
)
def test_another_kind_is_refused_and_no_code_of_the_folder_is_run(tiny: Path, setting: dict[str, object], refusal: str):
    (tiny / "x.py").write_text("raise SystemExit('it ran')\nclass Y: ...\n")
    (tiny / "config.json").write_text(json.dumps(json.loads((tiny / "config.json").read_text()) | setting))

    if refusal:
        with pytest.raises(ConfigError, match=refusal):
            speech.parse(f"hf:{tiny}")
    else:
        built_in.check([speech.parse(f"hf:{tiny}")])


def test_weights_that_are_missing_are_not_drawn_at_random(tiny: Path):
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 - beside an extra

    weights = load_file(tiny / "model.safetensors")
    weights.pop("encoder.layers.0.attention.k_proj.weight")
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ConfigError, match=r"lack 1 weights, such as .*k_proj.weight"):
        built_in.check([speech.parse(f"hf:{tiny}")])


def test_damaged_weights_are_refused_before_a_run(tiny: Path):
    (tiny / "model.safetensors").write_bytes(b"no weights")

    with pytest.raises(ConfigError, match="transformers do not load it"):
        built_in.check([speech.parse(f"hf:{tiny}")])


def test_weights_that_give_nan_are_refused_before_a_run(tiny: Path):
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 - beside an extra

    weights = load_file(tiny / "model.safetensors")
    weights["encoder.layers.2.final_layer_norm.weight"][:] = float("nan")
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ConfigError, match="with NaN or infinity"):
        built_in.check([speech.parse(f"hf:{tiny}")])
