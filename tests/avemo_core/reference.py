"""Chao et al. 2016, eq. 1-11, transcribed: one clip, float64, a loop for every index. Slow and plain on purpose."""

import torch
from torch import Tensor


def lstm(inputs: Tensor, w_x: Tensor, w_h: Tensor, bias: Tensor) -> Tensor:
    """Eq. 1-3. The affine map M is (w_x, w_h, bias), its rows in torch's order i, f, g, o."""
    hidden = w_h.shape[1]
    h, c = torch.zeros(hidden, dtype=inputs.dtype), torch.zeros(hidden, dtype=inputs.dtype)
    states = []
    for x in inputs:
        gates = w_x @ x + w_h @ h + bias  # eq. 1
        i, f = torch.sigmoid(gates[:hidden]), torch.sigmoid(gates[hidden : 2 * hidden])
        g, o = torch.tanh(gates[2 * hidden : 3 * hidden]), torch.sigmoid(gates[3 * hidden :])
        c = f * c + i * g  # eq. 2
        h = o * torch.tanh(c)  # eq. 3
        states.append(h)
    return torch.stack(states)


def align(h_a: Tensor, v: Tensor, centre: list[int], w_a: Tensor, w_v: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Eq. 4-6 with offsets -w .. w - 1; positions outside the clip do not take part. Gives x and the alignment."""
    window = len(w)
    xs, alignments = [], []
    for t in range(len(v)):
        scores: dict[int, Tensor] = {}
        for i in range(window):
            position = centre[t] + i - window // 2
            if 0 <= position < len(h_a):
                scores[i] = w[i] @ torch.tanh(w_a @ h_a[position] + w_v @ v[t])  # eq. 5
        total = sum((torch.exp(score) for score in scores.values()), torch.zeros((), dtype=v.dtype))
        x, row = torch.zeros_like(v[t]), [torch.zeros((), dtype=v.dtype)] * window
        for i, score in scores.items():
            row[i] = torch.exp(score) / total  # eq. 4
            x = x + row[i] * h_a[centre[t] + i - window // 2]  # eq. 6
        xs.append(x)
        alignments.append(torch.stack(row))
    return torch.stack(xs), torch.stack(alignments)


def last_time(h_av: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Eq. 7: logits of the last state."""
    return weight @ h_av[-1] + bias


def average(h_av: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Eq. 8, the states averaged before they are classified."""
    total = torch.zeros_like(h_av[0])
    for state in h_av:
        total = total + state
    return weight @ (total / len(h_av)) + bias


def perceive(
    h_av: Tensor, h_av_sel: Tensor, attention_mask: list[bool], w_h: Tensor, e: Tensor, w_n: Tensor, b_n: Tensor
) -> tuple[Tensor, Tensor]:
    """Eq. 9-10: logits s^n and attention f^n; steps outside the mask do not take part."""
    logits, perceptions = [], []
    for n in range(len(e)):
        scores = {i: (w_h @ h_av_sel[i]) @ e[n] for i in range(len(h_av)) if attention_mask[i]}
        total = sum((torch.exp(score) for score in scores.values()), torch.zeros((), dtype=h_av.dtype))
        salient, row = torch.zeros_like(h_av[0]), [torch.zeros((), dtype=h_av.dtype)] * len(h_av)
        for i, score in scores.items():
            row[i] = torch.exp(score) / total  # eq. 9
            salient = salient + row[i] * h_av[i]
        logits.append(w_n[n] @ salient + b_n[n])  # eq. 10
        perceptions.append(torch.stack(row))
    return torch.stack(logits), torch.stack(perceptions)


def probabilities(logits: Tensor) -> Tensor:
    """Eq. 11."""
    total = sum((torch.exp(logit) for logit in logits), torch.zeros((), dtype=logits.dtype))
    return torch.stack([torch.exp(logit) / total for logit in logits])


def hidden_layer(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Affine and tanh, step by step."""
    return torch.stack([torch.tanh(weight @ x + bias) for x in inputs])


def encode(weights: dict[str, Tensor], audio: Tensor, shape: Tensor, appearance: Tensor, centre: list[int]) -> tuple[Tensor, Tensor]:
    """Section 4.1's encoder on one clip, from a state dict of `avemo_core.model.encoder.Encoder`. Gives h_av and the alignment."""
    w = weights
    audio_hidden = hidden_layer(audio, w["audio_hidden.0.weight"], w["audio_hidden.0.bias"]) if len(audio) else None
    h_a = audio if audio_hidden is None else _lstm(w, "audio_lstm", audio_hidden)
    shape_hidden = hidden_layer(shape, w["shape_hidden.0.weight"], w["shape_hidden.0.bias"])
    appearance_hidden = hidden_layer(appearance, w["appearance_hidden.0.weight"], w["appearance_hidden.0.bias"])
    v = hidden_layer(torch.cat([shape_hidden, appearance_hidden], 1), w["visual_hidden.0.weight"], w["visual_hidden.0.bias"])
    x, alignment = align(h_a, v, centre, w["alignment.w_a.weight"], w["alignment.w_v.weight"], w["alignment.w"])
    return _lstm(w, "audio_visual_lstm", torch.cat([x, v], 1)), alignment


def _lstm(w: dict[str, Tensor], name: str, inputs: Tensor) -> Tensor:
    return lstm(inputs, w[f"{name}.weight_ih_l0"], w[f"{name}.weight_hh_l0"], w[f"{name}.bias_ih_l0"] + w[f"{name}.bias_hh_l0"])
