"""The proposed network once more, a step at a time: what its training costs without whole-sequence operations."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from avemo_core.model.batch import Batch
from avemo_core.model.encoder import Encoder, HiddenLayer, Lstm
from avemo_core.model.network import Proposed


def looped(network: Proposed, batch: Batch) -> Float[Tensor, "batch emotion"]:
    """The logits of `network`, from its own weights; clips without padding, all with faces and sound."""
    h_av, h_av_sel = _encode(network.encoder, batch), _encode(network.selector, batch)
    head = network.head
    logits = []
    for e, w, b in zip(head.emotion_embeddings, head.w_n, head.b_n, strict=True):
        perception = torch.stack([head.w_h(h) @ e for h in h_av_sel], 1).softmax(1)  # eq. 9
        salient = sum((perception[:, t, None] * h for t, h in enumerate(h_av)), torch.zeros(()))
        logits.append(salient @ w + b)  # eq. 10
    return torch.stack(logits, 1)


def _encode(encoder: Encoder, batch: Batch) -> list[Float[Tensor, "batch hidden"]]:
    h_a = _states(encoder.audio_lstm, _hidden(encoder.audio_hidden, batch.audio.unbind(1)))
    shape = _hidden(encoder.shape_hidden, batch.shape.unbind(1))
    appearance = _hidden(encoder.appearance_hidden, batch.appearance.unbind(1))
    v = _hidden(encoder.visual_hidden, [torch.cat(both, -1) for both in zip(shape, appearance, strict=True)])
    x = [_aligned(encoder, h_a, v_t, int(batch.centre[0, t])) for t, v_t in enumerate(v)]
    return _states(encoder.audio_visual_lstm, [torch.cat(both, -1) for both in zip(x, v, strict=True)])


def _hidden(layer: HiddenLayer, steps: list[Tensor] | tuple[Tensor, ...]) -> list[Tensor]:
    return [layer(step.unsqueeze(1)).squeeze(1) for step in steps]


def _states(lstm: Lstm, steps: list[Tensor]) -> list[Tensor]:
    """Eq. 1-3."""
    w_x, w_h, b_x, b_h = lstm.parameters()
    h = c = torch.zeros(len(steps[0]), lstm.hidden_size)
    states = []
    for x in steps:
        i, f, g, o = (functional.linear(x, w_x, b_x) + functional.linear(h, w_h, b_h)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        states.append(h)
    return states


def _aligned(encoder: Encoder, h_a: list[Tensor], v: Tensor, centre: int) -> Tensor:
    """Eq. 4-6."""
    module = encoder.alignment
    half = len(module.w) // 2
    inside = [i for i in range(2 * half) if 0 <= centre + i - half < len(h_a)]
    h_att = [h_a[centre + i - half] for i in inside]
    scores = [torch.tanh(module.w_a(h) + module.w_v(v)) @ module.w[i] for i, h in zip(inside, h_att, strict=True)]
    alignment = torch.stack(scores, 1).softmax(1)
    return sum((alignment[:, i, None] * h for i, h in enumerate(h_att)), torch.zeros(()))
