"""The processes that train one network together, and the three things they say to each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True, kw_only=True)
class Peers:
    """One process of `count`, which share every global batch; needs torch's default process group where count > 1."""

    rank: int = 0
    count: int = 1
    device: torch.device | str = "cpu"
    """Where messages are sent from: NCCL takes tensors on the GPU only, Gloo those on the CPU."""

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def share(self, batch: Sequence[int]) -> list[int]:
        """This process's part of a global batch; may be empty."""
        return list(batch[self.rank :: self.count])

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Add up everyone's gradients, in one message."""
        if self.count == 1:
            return
        parameters = list(parameters)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = self.total(torch.cat([gradient.flatten() for gradient in gradients]))
        for parameter, summed in zip(parameters, torch.split(flat, [p.numel() for p in parameters]), strict=True):
            parameter.grad = summed.view_as(parameter)

    def agree(self, values: Tensor) -> Tensor:
        """The leading process's values, for everyone; on the device they came from."""
        if self.count == 1:
            return values
        message = values.to(self.device)
        distributed.broadcast(message, src=0)
        return message.to(values.device)

    def total(self, values: Tensor) -> Tensor:
        """Everyone's values added up; on the device they came from."""
        if self.count == 1:
            return values
        message = values.to(self.device)
        distributed.all_reduce(message)
        return message.to(values.device)
