"""The modules against the plain transcription of the paper's equations, forward and gradient, in float64."""

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from avemo_core.model.alignment import Alignment
from avemo_core.model.config import NetworkConfig
from avemo_core.model.dropout import Dropouts
from avemo_core.model.encoder import Encoder, Lstm
from avemo_core.model.network import Widths, build
from avemo_core.model.perception import Perception
from tests.avemo_core import reference
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE, clips, float64

CLOSE = {"rtol": 1e-6, "atol": 1e-6}
CLIPS = range(len(clips()))


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def gradients(scalar: Tensor, *sources: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(scalar, sources, allow_unused=True, materialize_grads=True))


def weights(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.state_dict(keep_vars=True))


@pytest.mark.parametrize(("steps", "inputs", "hidden"), [(1, 1, 1), (9, 4, 6), (30, 7, 3)])
def test_the_lstm_is_equations_1_to_3(steps: int, inputs: int, hidden: int):
    lstm = Lstm(inputs, hidden).double()
    x = torch.randn(1, steps, inputs, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(steps, hidden, dtype=torch.float64)

    fast = lstm.states(x)[0]
    w = weights(lstm)
    slow = reference.lstm(x[0], w["weight_ih_l0"], w["weight_hh_l0"], w["bias_ih_l0"] + w["bias_hh_l0"])

    torch.testing.assert_close(fast, slow, **CLOSE)
    torch.testing.assert_close(gradients((fast * probe).sum(), x), gradients((slow * probe).sum(), x), **CLOSE)


@pytest.mark.parametrize("half_window", [1, 2, 3, 8])
@pytest.mark.parametrize("audio_steps", [(9,), (9, 1, 4, 0)])
def test_alignment_is_equations_4_to_6(half_window: int, audio_steps: tuple[int, ...]):
    hidden, t_v, batch = 4, 6, len(audio_steps)
    module = Alignment(hidden, half_window).double()
    h_a = torch.randn(batch, max(audio_steps), hidden, dtype=torch.float64, requires_grad=True)
    v = torch.randn(batch, t_v, hidden, dtype=torch.float64, requires_grad=True)
    centre = torch.stack([torch.randint(0, max(steps, 1), (t_v,)) for steps in audio_steps])
    probe = torch.randn(batch, t_v, hidden, dtype=torch.float64)
    parameters = (module.w_a.weight, module.w_v.weight, module.w)

    fast = module(h_a, v, centre, torch.tensor(audio_steps))
    slow = [reference.align(h_a[b, :steps], v[b], centre[b].tolist(), *parameters) for b, steps in enumerate(audio_steps)]
    x, alignment = (torch.stack(parts) for parts in zip(*slow, strict=True))

    torch.testing.assert_close(fast.x, x, **CLOSE)
    torch.testing.assert_close(fast.alignment, alignment, **CLOSE)
    sources = (h_a, v, *parameters)
    torch.testing.assert_close(gradients((fast.x * probe).sum(), *sources), gradients((x * probe).sum(), *sources), **CLOSE)


def test_perception_is_equations_9_to_11():
    module = Perception(hidden=5, selector=3, embedding=2, emotions=7).double()
    attention_mask = torch.tensor([[True] * 6, [True, False, True, True, False, False], [False, True, False, False, False, False]])
    h_av = torch.randn(3, 6, 5, dtype=torch.float64, requires_grad=True)
    h_av_sel = torch.randn(3, 6, 3, dtype=torch.float64, requires_grad=True)
    parameters = (module.w_h.weight, module.emotion_embeddings, module.w_n, module.b_n)
    probe = torch.randn(3, 7, dtype=torch.float64)

    fast = module(h_av, h_av_sel, attention_mask)
    slow = [reference.perceive(h_av[b], h_av_sel[b], attention_mask[b].tolist(), *parameters) for b in range(3)]
    logits, perception = (torch.stack(parts) for parts in zip(*slow, strict=True))
    shares = torch.stack([reference.probabilities(row) for row in logits])

    torch.testing.assert_close(fast.logits, logits, **CLOSE)
    torch.testing.assert_close(fast.logits.softmax(1), shares, **CLOSE)
    torch.testing.assert_close(fast.perception, perception, **CLOSE)
    sources = (h_av, h_av_sel, *parameters)
    torch.testing.assert_close(gradients((fast.logits * probe).sum(), *sources), gradients((logits * probe).sum(), *sources), **CLOSE)


@pytest.mark.parametrize("which", CLIPS)
def test_the_encoder_gives_a_padded_clip_what_the_equations_give_it_alone(which: int):
    encoder = Encoder(D_A, D_SHAPE, D_APPEARANCE, 6, 2, Dropouts()).double()
    alone, padded = clips()[which], float64(clips())
    t_a, t_v = len(alone.audio), len(alone.has_face)

    fast = encoder(padded)
    slow = slow_encoding(weights(encoder), float64([alone]), t_a)
    parameters = list(encoder.parameters())

    torch.testing.assert_close(fast.h_av[which, :t_v], slow[0], **CLOSE)
    torch.testing.assert_close(fast.alignment[which, :t_v], slow[1], **CLOSE)
    assert_same_gradients(fast.h_av[which, :t_v].square().sum(), slow[0].square().sum(), parameters)


@pytest.mark.parametrize("which", CLIPS)
@pytest.mark.parametrize("encoding", ["perception", "average", "last"])
def test_the_whole_network_is_the_paper(which: int, encoding: str):
    config = NetworkConfig(encoding=encoding, width=5, selector_width=3, embedding=2)
    network = build(config, Widths(D_A, D_SHAPE, D_APPEARANCE)).double().eval()
    alone, padded = clips()[which], float64(clips())

    fast = network(padded).logits[which]
    slow = SLOW[encoding](weights(network), float64([alone]), len(alone.audio))
    probe = torch.randn(7, dtype=torch.float64)

    torch.testing.assert_close(fast, slow, **CLOSE)
    assert_same_gradients((fast * probe).sum(), (slow * probe).sum(), list(network.parameters()))


def assert_same_gradients(fast: Tensor, slow: Tensor, parameters: list[Tensor]) -> None:
    torch.testing.assert_close(gradients(fast, *parameters), gradients(slow, *parameters), **CLOSE)


def slow_encoding(w: dict[str, Tensor], batch: object, t_a: int) -> tuple[Float[Tensor, "t_v hidden"], Float[Tensor, "t_v window"]]:
    return reference.encode(w, batch.audio[0, :t_a], batch.shape[0], batch.appearance[0], batch.centre[0].tolist())


def under(w: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in w.items() if name.startswith(prefix)}


def slow_perception(w: dict[str, Tensor], batch: object, t_a: int) -> Tensor:
    h_av, _ = slow_encoding(under(w, "encoder."), batch, t_a)
    h_av_sel, _ = slow_encoding(under(w, "selector."), batch, t_a)
    parameters = [w[f"head.{name}"] for name in ("w_h.weight", "emotion_embeddings", "w_n", "b_n")]
    return reference.perceive(h_av, h_av_sel, batch.attention_mask[0].tolist(), *parameters)[0]


def slow_average(w: dict[str, Tensor], batch: object, t_a: int) -> Tensor:
    h_av, _ = slow_encoding(under(w, "encoder."), batch, t_a)
    return reference.average(h_av, w["head.classifier.weight"], w["head.classifier.bias"])


def slow_last(w: dict[str, Tensor], batch: object, t_a: int) -> Tensor:
    h_av, _ = slow_encoding(under(w, "encoder."), batch, t_a)
    return reference.last_time(h_av, w["head.classifier.weight"], w["head.classifier.bias"])


SLOW = {"perception": slow_perception, "average": slow_average, "last": slow_last}
