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
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        for gradient, summed in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(summed.view_as(gradient))

    def agree(self, values: Tensor) -> Tensor:
        """The leading process's values, for everyone."""
        if self.count > 1:
            distributed.broadcast(values, src=0)
        return values

    def total(self, values: Tensor) -> Tensor:
        """Everyone's values added up."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values
