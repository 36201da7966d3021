"""speech: the hidden states of a speech encoder of one's own, a folder as Hugging Face's transformers save it; a step every 20 ms.

Source: Baevski et al. 2020 (wav2vec 2.0), Hsu et al. 2021 (HuBERT), Chen et al. 2022 (WavLM), Baevski et al. 2022 (data2vec).
Departs: encoders of these kinds normalise over all they are given, most of them; here that is a piece of 10 s with 1 s of context on each
side, one clip at a time and never padded, so that a step's values hang on the clip alone. Always float32.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float32

from avemo_core.errors import ConfigError
from schemas.audio import SAMPLE_RATE_HZ
from schemas.audio_sets import AudioSet

NAME: Final = "speech"
KINDS: Final = ("wav2vec2", "hubert", "wavlm", "data2vec-audio")
CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "*.safetensors"
PIECE_S: Final = 10
CONTEXT_S: Final = 1
_EPS: Final = 1e-7
"""Added to the variance of a piece before it is divided by. Source: transformers' Wav2Vec2FeatureExtractor."""
_NEEDED: Final = ("num_hidden_layers", "hidden_size", "conv_kernel", "conv_stride")
_LAYERS: Final = (-4, -1)
_LAYERS_OPTION: Final = ":layers="
_NAMED: Final = re.compile(r"hf:(?P<folder>.+?)(?::layers=(?P<first>-?\d+)\.\.(?P<last>-?\d+))?")


@dataclass(frozen=True)
class SpeechEncoder:
    """The set as `AudioFeatures`: the mean of some layers' hidden states.

    Args:
        folder: with config.json, preprocessor_config.json and safetensors; nothing is fetched, and no code of it is run.
        layers: first and last, both taken, as indices into transformers' hidden states: 0 is what goes into the first layer, -1 the last.
        device: as torch names it.

    Raises:
        ConfigError: transformers are not installed; the folder lacks a file, or holds another kind of model, rate or number of layers.
    """

    folder: Path
    layers: tuple[int, int] = _LAYERS
    device: str = "cpu"
    licence: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be read, before anything is loaded."""
        if find_spec("transformers") is None:
            raise ConfigError("--speech hf:FOLDER: the package transformers is not installed: pip install --editable '.[speech]'")
        if not self.folder.is_dir():
            raise ConfigError(
                f"--speech {self.folder}: expected a folder on a disk that every worker sees, found none: nothing is downloaded"
            )
        missing = [name for name in (CONFIG, PREPROCESSOR, WEIGHTS) if not any(self.folder.glob(name))]
        if missing:
            hint = "; weights in a .bin are pickled, and not read: save them with save_pretrained(FOLDER)" if WEIGHTS in missing else ""
            raise ConfigError(f"--speech {self.folder}: expected {CONFIG}, {PREPROCESSOR} and {WEIGHTS}; found no {missing[0]}{hint}")
        if self._config.get("model_type") not in KINDS:
            raise ConfigError(f"--speech {self.folder}: expected one of {', '.join(KINDS)}, found {self._config.get('model_type')!r}")
        if absent := [name for name in _NEEDED if name not in self._config]:
            raise ConfigError(f"--speech {self.folder}: {CONFIG}: expected {', '.join(_NEEDED)}; found no {', '.join(absent)}")
        rate_hz = self._preprocessor.get("sampling_rate", SAMPLE_RATE_HZ)
        if rate_hz != SAMPLE_RATE_HZ:
            raise ConfigError(f"--speech {self.folder}: expected an encoder of sound at {SAMPLE_RATE_HZ} Hz, found one at {rate_hz} Hz")
        states = int(self._config["num_hidden_layers"]) + 1
        first, last = (layer % states if -states <= layer < states else -1 for layer in self.layers)
        if not 0 <= first <= last:
            raise ConfigError(
                f"--speech {self.folder}: layers={self.layers[0]}..{self.layers[1]}: expected within -{states}..-1 or 0..{states - 1}"
            )

    @property
    def hop(self) -> int:
        """Samples from a step to the next: 320 in all encoders known."""
        return prod(self._config["conv_stride"])

    @property
    def centre(self) -> float:
        """Half of what the first step hears: 200 samples, 12.5 ms, in all encoders known."""
        field, stride = 1, 1
        for kernel, step in zip(self._config["conv_kernel"], self._config["conv_stride"], strict=True):
            field, stride = field + (kernel - 1) * stride, stride * step
        return field / 2

    @property
    def piece_hops(self) -> int:
        """10 s."""
        return PIECE_S * SAMPLE_RATE_HZ // self.hop

    @property
    def context_hops(self) -> int:
        """1 s."""
        return CONTEXT_S * SAMPLE_RATE_HZ // self.hop

    @cached_property
    def audio_set(self) -> AudioSet:
        """What a table says of it."""
        width, kind = int(self._config["hidden_size"]), self._config["model_type"]
        return AudioSet(
            name=NAME,
            columns=tuple(f"state_{value}" for value in range(width)),
            units=("",) * width,
            step_s=self.hop / SAMPLE_RATE_HZ,
            meaning=f"mean hidden state of layers {self.layers[0]}..{self.layers[1]} of a {kind} encoder, a vector a step",
        )

    @property
    def agreement(self) -> str:
        """By kind, files and layers; `normed` where tables of earlier versions may hold the last layer without its norm."""
        named = f"{NAME} {self._config['model_type']} {self._sha256[:12]} layers {self.layers[0]}..{self.layers[1]}"
        ends = self.layers[1] % (int(self._config["num_hidden_layers"]) + 1) == int(self._config["num_hidden_layers"])
        return f"{named} normed" if ends and self._config.get("do_stable_layer_norm") else named

    @torch.inference_mode()
    def extract(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "step width"]:
        """A row for each step whose sound lies within the samples."""
        if len(samples) < 2 * self.centre:
            return np.zeros((0, self.audio_set.width), np.float32)
        sound = samples.astype(np.float64)
        if self._preprocessor.get("do_normalize", True):
            sound = (sound - sound.mean()) / np.sqrt(sound.var() + _EPS)
        first, last = (layer % (int(self._config["num_hidden_layers"]) + 1) for layer in self.layers)
        heard = torch.from_numpy(sound.astype(np.float32))[None].to(self.device)
        out = self._model(heard, output_hidden_states=True)
        # The last state is taken behind the encoder's last norm, as transformers did up to 5.15; from 5.16 on theirs is the one before it
        # (findings/transformers_hidden_states.sh).
        states = (*out.hidden_states[:-1], out.last_hidden_state)[first : last + 1]
        return np.asarray(torch.stack(list(states)).mean(dim=0)[0].float().cpu().numpy())

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - transformers ship no usable annotations, and may not be installed
        import transformers  # noqa: PLC0415 - an extra

        transformers.utils.logging.disable_progress_bar()
        try:
            model, found = transformers.AutoModel.from_pretrained(
                self.folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        except Exception as error:  # whatever is wrong with the files: a library of many authors raises many things
            raise ConfigError(f"--speech {self.folder}: transformers do not load it: {' '.join(str(error).split())[:300]}") from error
        # What is missing is drawn at random, with a warning; the mask's own vector is for training alone.
        if lacking := sorted(name for name in found["missing_keys"] if not name.endswith("masked_spec_embed")):
            raise ConfigError(f"--speech {self.folder}: its safetensors lack {len(lacking)} weights, such as {lacking[0]}")
        model.adapter = None  # of wav2vec2 and WavLM: it comes after the last layer, and makes fewer steps
        return model.eval().requires_grad_(requires_grad=False).to(self.device)

    @cached_property
    def _config(self) -> dict[str, Any]:
        return _json(self.folder / CONFIG)

    @cached_property
    def _preprocessor(self) -> dict[str, Any]:
        return _json(self.folder / PREPROCESSOR)

    @cached_property
    def _sha256(self) -> str:
        digest = hashlib.sha256()
        for path in [self.folder / CONFIG, self.folder / PREPROCESSOR, *sorted(self.folder.glob(WEIGHTS))]:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()


def parse(text: str, device: str = "cpu") -> SpeechEncoder:
    """The encoder of hf:FOLDER[:layers=a..b].

    Raises:
        ConfigError: it is not named so, or the folder is none that `SpeechEncoder` reads.
    """
    named = _NAMED.fullmatch(text)
    if named is None or (named["first"] is None and _LAYERS_OPTION in text):
        raise ConfigError(f"--speech {text}: expected hf:FOLDER, or hf:FOLDER:layers=-4..-1")
    layers = _LAYERS if named["first"] is None else (int(named["first"]), int(named["last"]))
    return SpeechEncoder(Path(named["folder"]).expanduser(), layers, device)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: expected JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: expected a JSON object, found {type(found).__name__}")
    return found
