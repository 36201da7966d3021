"""The encoder: two streams in, aligned and encoded together (Chao et al. 2016, Fig. 1a)."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from avemo_core.model.alignment import Alignment
from avemo_core.model.batch import Batch
from avemo_core.model.dropout import Dropouts


class Encoded(NamedTuple):
    """What an encoder gives."""

    h_av: Float[Tensor, "batch t_v hidden"]
    alignment: Float[Tensor, "batch t_v window"] | None
    """None where no sound is read."""


class HiddenLayer(nn.Sequential):
    """Affine, tanh, dropout, in this order (docs/decisions/hidden-layers.md)."""

    def __init__(self, inputs: int, hidden: int, dropouts: Dropouts) -> None:
        super().__init__(nn.Linear(inputs, hidden), nn.Tanh(), dropouts.layer(dropouts.hidden))


class Lstm(nn.LSTM):
    """One fused LSTM layer (eq. 1-3) over all steps, forget bias 1. Padding lies behind a clip and changes none of its states."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, batch_first=True)
        with torch.no_grad():
            # torch orders the gates i, f, g, o and adds two biases: the second quarter of their sum is the forget gate's.
            self.get_parameter("bias_ih_l0")[hidden : 2 * hidden] = 1.0
            self.get_parameter("bias_hh_l0")[hidden : 2 * hidden] = 0.0

    def states(self, inputs: Float[Tensor, "batch steps d"]) -> Float[Tensor, "batch steps hidden"]:
        """h_1 .. h_T."""
        states: Tensor = self(inputs)[0]
        return states


def _layer_of(inputs: int, hidden: int, dropouts: Dropouts) -> HiddenLayer | None:
    """None of a part that is not read: a layer without inputs would learn a constant."""
    return HiddenLayer(inputs, hidden, dropouts) if inputs else None


def _seen(
    batch: Batch, shape_hidden: HiddenLayer | None, appearance_hidden: HiddenLayer | None, drop: nn.Module
) -> Float[Tensor, "batch t_v parts_hidden"]:
    """The hidden layers of the face's parts side by side."""
    parts = ((shape_hidden, batch.shape), (appearance_hidden, batch.appearance))
    return torch.cat([layer(drop(values)) for layer, values in parts if layer is not None], -1)


class Encoder(nn.Module):
    """Audio LSTM, alignment and Audio-Visual LSTM with the hidden layers before them.

    Source: Chao et al. 2016, sections 2.1 and 4.1, Fig. 1a.

    Args:
        d_a: width of the audio inputs.
        d_shape: width of the shape inputs.
        d_appearance: width of the appearance inputs.
        hidden: width of every layer.
        half_window: w of the alignment.
        dropouts: dropout rates.
    """

    def __init__(self, d_a: int, d_shape: int, d_appearance: int, hidden: int, half_window: int, dropouts: Dropouts) -> None:
        super().__init__()
        self.input_dropout = dropouts.layer(dropouts.inputs)
        self.audio_hidden = HiddenLayer(d_a, hidden, dropouts)
        self.audio_lstm = Lstm(hidden, hidden)
        self.shape_hidden = _layer_of(d_shape, hidden, dropouts)
        self.appearance_hidden = _layer_of(d_appearance, hidden, dropouts)
        self.visual_hidden = HiddenLayer(((d_shape > 0) + (d_appearance > 0)) * hidden, hidden, dropouts)
        self.alignment = Alignment(hidden, half_window)
        self.audio_visual_lstm = Lstm(2 * hidden, hidden)

    def forward(self, batch: Batch) -> Encoded:
        """Encode both streams on the video clock."""
        drop = self.input_dropout
        h_a = self.audio_lstm.states(self.audio_hidden(drop(batch.audio)))
        v = self.visual_hidden(_seen(batch, self.shape_hidden, self.appearance_hidden, drop))
        x, alignment = self.alignment(h_a, v, batch.centre, batch.audio_steps)
        return Encoded(self.audio_visual_lstm.states(torch.cat([x, v], -1)), alignment)


class SoundEncoder(nn.Module):
    """The encoder without faces: the layers that would read them are not there, and v is no part of eq. 5 and of what follows.

    Departs: Chao et al. 2016 have no model of sound alone (docs/decisions/one-modality.md).
    """

    def __init__(self, d_a: int, hidden: int, half_window: int, dropouts: Dropouts) -> None:
        super().__init__()
        self.input_dropout = dropouts.layer(dropouts.inputs)
        self.audio_hidden = HiddenLayer(d_a, hidden, dropouts)
        self.audio_lstm = Lstm(hidden, hidden)
        self.alignment = Alignment(hidden, half_window, with_faces=False)
        self.audio_visual_lstm = Lstm(hidden, hidden)

    def forward(self, batch: Batch) -> Encoded:
        """Encode the sound on the clock of the steps."""
        h_a = self.audio_lstm.states(self.audio_hidden(self.input_dropout(batch.audio)))
        x, alignment = self.alignment(h_a, None, batch.centre, batch.audio_steps)
        return Encoded(self.audio_visual_lstm.states(x), alignment)


class FaceEncoder(nn.Module):
    """The encoder without sound: there is nothing to align, and the Audio-Visual LSTM reads v alone.

    Departs: Chao et al. 2016 have appearance alone, without shape (`AppearanceEncoder`; docs/decisions/one-modality.md).
    """

    def __init__(self, d_shape: int, d_appearance: int, hidden: int, dropouts: Dropouts) -> None:
        super().__init__()
        self.input_dropout = dropouts.layer(dropouts.inputs)
        self.shape_hidden = _layer_of(d_shape, hidden, dropouts)
        self.appearance_hidden = _layer_of(d_appearance, hidden, dropouts)
        self.visual_hidden = HiddenLayer(((d_shape > 0) + (d_appearance > 0)) * hidden, hidden, dropouts)
        self.audio_visual_lstm = Lstm(hidden, hidden)

    def forward(self, batch: Batch) -> Encoded:
        """Encode the faces."""
        drop = self.input_dropout
        v = self.visual_hidden(_seen(batch, self.shape_hidden, self.appearance_hidden, drop))
        return Encoded(self.audio_visual_lstm.states(v), None)


def encoder(
    d_a: int, d_shape: int, d_appearance: int, hidden: int, half_window: int, dropouts: Dropouts
) -> Encoder | SoundEncoder | FaceEncoder:
    """The encoder for inputs of these widths: a modality of width 0 is not read."""
    if d_a == 0:
        return FaceEncoder(d_shape, d_appearance, hidden, dropouts)
    if d_shape + d_appearance == 0:
        return SoundEncoder(d_a, hidden, half_window, dropouts)
    return Encoder(d_a, d_shape, d_appearance, hidden, half_window, dropouts)


class AppearanceEncoder(nn.Module):
    """The encoder of Table 1's first row: appearance alone, one hidden layer, one LSTM.

    Source: Chao et al. 2016, section 4.1.
    """

    def __init__(self, d_appearance: int, hidden: int, dropouts: Dropouts) -> None:
        super().__init__()
        self.input_dropout = dropouts.layer(dropouts.inputs)
        self.appearance_hidden = HiddenLayer(d_appearance, hidden, dropouts)
        self.lstm = Lstm(hidden, hidden)

    def forward(self, batch: Batch) -> Float[Tensor, "batch t_v hidden"]:
        """Encode the faces."""
        return self.lstm.states(self.appearance_hidden(self.input_dropout(batch.appearance)))
