"""What one loop over the steps of several networks could save: a training step's fixed cost, and an LSTM of K networks in one loop.

    OMP_NUM_THREADS=1 python benchmarks/networks_together.py

Inputs are standard normal, as wide and as long as those of preset best on Java-SED's videos. CPU milliseconds of one thread, the least of
many runs: on a busy machine longer ones are of others' making.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from avemo_core.model.batch import ClipInputs, collate
from avemo_core.model.network import Widths, build
from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.training import presets
from avemo_core.training.learner import Learner

WIDTHS = Widths(309, 60, 384)
CLIPS, AUDIO_STEPS, STEPS = 32, 55, 35
HIDDEN = 64


def clip(audio_steps: int, steps: int, draw: np.random.Generator) -> ClipInputs:
    """A clip of so many steps of sound and pictures."""
    audio, shape, appearance = (
        draw.normal(size=(long, wide)).astype(np.float32) for long, wide in zip((audio_steps, steps, steps), WIDTHS, strict=True)
    )
    times = np.arange(max(audio_steps, steps), dtype=np.float32)
    centre = np.linspace(0, audio_steps - 1, steps).astype(np.int64)
    has_face = np.ones(steps, bool)
    return ClipInputs(
        audio=audio,
        shape=shape,
        appearance=appearance,
        centre=centre,
        has_face=has_face,
        audio_time_s=times[:audio_steps],
        step_time_s=times[:steps],
        label=0,
    )


def cpu_ms(run: Callable[[], object], runs: int) -> float:
    """The least CPU time of this thread."""
    least = np.inf
    for _ in range(runs):
        started_s = time.thread_time()
        run()
        least = min(least, time.thread_time() - started_s)
    return 1e3 * least


class OneLoop(torch.autograd.Function):
    """The LSTM layers of K networks in one loop over the steps, their matrices side by side."""

    @staticmethod
    def forward(ctx, x: Tensor, w_ih: Tensor, w_hh: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN001, D102
        networks, steps, batch, _ = x.shape
        hidden = w_hh.shape[1]
        gates = torch.baddbmm(bias[:, None], x.flatten(1, 2), w_ih).view(networks, steps, batch, -1).transpose(0, 1).contiguous()
        h = x.new_zeros(networks, batch, hidden)
        states, cells = x.new_empty(steps, networks, batch, hidden), x.new_empty(steps, networks, batch, hidden)
        c = h
        for step in range(steps):
            each = gates[step].baddbmm_(h, w_hh)
            each[..., : 3 * hidden].sigmoid_()
            i, f, o, g = each.split(hidden, 2)
            g.tanh_()
            c = torch.addcmul(f * c, i, g, out=cells[step])
            h = torch.mul(o, c.tanh(), out=states[step])
        ctx.save_for_backward(x, w_ih, w_hh, gates, states, cells)
        return states

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN001, D102
        x, w_ih, w_hh, gates, states, cells = ctx.saved_tensors
        steps, networks, batch, hidden = states.shape
        d_gates, d_c, d_h = torch.empty_like(gates), torch.zeros_like(states[0]), torch.zeros_like(states[0])
        w_back = w_hh.transpose(1, 2).contiguous()
        for step in range(steps - 1, -1, -1):
            i, f, o, g = gates[step].split(hidden, 2)
            d_i, d_f, d_o, d_g = d_gates[step].split(hidden, 2)
            d_h = d_h + grad[step]
            tanh_c = cells[step].tanh()
            d_c = torch.addcmul(d_c, d_h * o, 1 - tanh_c * tanh_c)
            torch.mul(d_h * tanh_c, o * (1 - o), out=d_o)
            torch.mul(d_c * g, i * (1 - i), out=d_i)
            torch.mul(d_c * i, 1 - g * g, out=d_g)
            if step:
                torch.mul(d_c * cells[step - 1], f * (1 - f), out=d_f)
            else:
                d_f.zero_()
            d_c = d_c * f
            d_h = torch.bmm(d_gates[step], w_back)
        flat = d_gates.transpose(0, 1).reshape(networks, steps * batch, -1)
        before = torch.cat([torch.zeros_like(states[:1]), states[:-1]]).transpose(0, 1).reshape(networks, steps * batch, hidden)
        d_x = torch.bmm(flat, w_ih.transpose(1, 2)).view(x.shape)
        return d_x, torch.bmm(x.flatten(1, 2).transpose(1, 2), flat), torch.bmm(before.transpose(1, 2), flat), flat.sum(1)


def one_loop(networks: int) -> Callable[[], None]:
    """Forward and backward of the layers of so many networks in one loop."""
    torch.manual_seed(0)
    x = torch.randn(networks, AUDIO_STEPS, CLIPS, HIDDEN, requires_grad=True)
    weights = [
        torch.randn(networks, *shape).mul_(0.1).requires_grad_() for shape in ((HIDDEN, 4 * HIDDEN), (HIDDEN, 4 * HIDDEN), (4 * HIDDEN,))
    ]
    return lambda: OneLoop.apply(x, *weights).sum().backward()


def check_equal() -> None:
    """The loop computes what torch's layer does, and its gradient."""
    torch.manual_seed(0)
    layer, x = nn.LSTM(HIDDEN, HIDDEN, batch_first=True), torch.randn(2, 5, HIDDEN, requires_grad=True)
    order = torch.cat([torch.arange(k * HIDDEN, (k + 1) * HIDDEN) for k in (0, 1, 3, 2)])  # torch has i, f, g, o
    found = layer(x)[0]
    found.square().sum().backward()
    w_ih, w_hh, bias = (
        layer.weight_ih_l0[order].T[None],
        layer.weight_hh_l0[order].T[None],
        (layer.bias_ih_l0 + layer.bias_hh_l0)[order][None],
    )
    again = x.detach().transpose(0, 1)[None].clone().requires_grad_()
    states = OneLoop.apply(again, w_ih, w_hh, bias)
    states.square().sum().backward()
    torch.testing.assert_close(states[:, 0].transpose(0, 1), found, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(again.grad[0].transpose(0, 1), x.grad, atol=1e-5, rtol=1e-4)


def main() -> None:
    """Print both."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    torch.set_num_threads(1)
    draw = np.random.default_rng(0)
    batches = {"a step": [clip(AUDIO_STEPS, STEPS, draw) for _ in range(CLIPS)], "of it fixed": [clip(2, 2, draw)]}
    for encoding in ("perception", "average", "last", "appearance"):
        recipe = presets.best(encoding)
        learner = Learner(build(recipe.model, WIDTHS).train(), replace(recipe.fit))

        def step(clips: list[ClipInputs], learner: Learner = learner) -> None:
            batch = collate(clips)
            learner.step(nn.functional.cross_entropy(learner.network(batch).logits, batch.label), ProcessGroup())

        print(encoding, *(f"{name} {cpu_ms(lambda clips=clips: step(clips), 40):.1f} ms" for name, clips in batches.items()), sep="  ")
    check_equal()
    layer, x = nn.LSTM(HIDDEN, HIDDEN, batch_first=True), torch.randn(CLIPS, AUDIO_STEPS, HIDDEN, requires_grad=True)
    print(f"LSTM layer, forward and backward: torch's {cpu_ms(lambda: layer(x)[0].sum().backward(), 40):.1f} ms", end="")
    for networks in (1, 8, 16):
        print(f"; {networks} in one loop {cpu_ms(one_loop(networks), 12) / networks:.1f} ms each", end="")
    print()


if __name__ == "__main__":
    main()
