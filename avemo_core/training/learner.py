"""A network that learns: its optimiser, and the exponential moving average (EMA) of its weights where a recipe wants one."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from avemo_core.runtime.process_group import ProcessGroup
from avemo_core.training.config import FitConfig


class Learner:
    """Takes one step after another, on a global batch that may be divided over processes.

    With `average_decay` d > 0, w_k being the weights after step k, the network that is evaluated and kept has the weights

        m_1 = w_1,   m_k = d m_(k-1) + (1 - d) w_k

    They never enter a step: learning goes on from w_k. The count of steps is part of the average's state, so that a resumed training
    does not begin it anew.

    Args:
        network: with fresh weights, on its device.
        fit: how it is trained.
    """

    def __init__(self, network: nn.Module, fit: FitConfig) -> None:
        self.network = network
        self._fit = fit
        self._optimiser = _optimiser(network, fit)
        self._average = _average(network, fit.average_decay) if fit.average_decay else None

    @property
    def eval_model(self) -> nn.Module:
        """The network that is validated and kept: the moving average where there is one."""
        return self.network if self._average is None else self._average.module

    def step(self, loss: Tensor, process_group: ProcessGroup) -> None:
        """Take one optimiser step, on the gradients of everyone's loss; every process takes the same one."""
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        process_group.all_reduce_gradients(self.network.parameters())
        nn.utils.clip_grad_norm_(self.network.parameters(), self._fit.gradient_norm)
        self._optimiser.step()
        if self._average is not None:
            self._average.update_parameters(self.network)

    def state(self) -> dict[str, Any]:
        """A copy of all that is needed to go on: tensors and numbers in plain containers."""
        return {
            "weights": weights_of(self.network),
            "optimiser": copy.deepcopy(self._optimiser.state_dict()),
            "average": {} if self._average is None else weights_of(self._average),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.network.load_state_dict(state["weights"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy on the CPU."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}


def _optimiser(network: nn.Module, fit: FitConfig) -> torch.optim.Optimizer:
    parameters, rate, decay = list(network.parameters()), fit.learning_rate, fit.weight_decay
    if fit.optimiser == "adamw":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, foreach=True)
    return torch.optim.Adadelta(parameters, lr=rate, rho=0.95, eps=1e-6, weight_decay=decay, foreach=True)


def _average(network: nn.Module, decay: float) -> AveragedModel:
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]
