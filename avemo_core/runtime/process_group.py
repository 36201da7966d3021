"""The processes that train one network together, and the collective operations between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True, kw_only=True)
class ProcessGroup:
    """One process of `count`, which divide every global batch among them; needs torch's default process group where count > 1."""

    rank: int = 0
    count: int = 1
    device: torch.device | str = "cpu"
    """Where tensors are sent from: NCCL takes those on the GPU only, Gloo those on the CPU."""

    @property
    def is_main(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def shard(self, batch: Sequence[int]) -> list[int]:
        """This process's part of a global batch: every count-th, from rank on; may be empty."""
        return list(batch[self.rank :: self.count])

    def all_reduce_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Sum the gradients over all processes, in one message."""
        if self.count == 1:
            return
        parameters = list(parameters)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = self.all_reduce(torch.cat([gradient.flatten() for gradient in gradients]))
        for parameter, summed in zip(parameters, torch.split(flat, [p.numel() for p in parameters]), strict=True):
            parameter.grad = summed.view_as(parameter)

    def broadcast(self, values: Tensor) -> Tensor:
        """The main process's values, in every process; on the device they came from."""
        if self.count == 1:
            return values
        message = values.to(self.device)
        distributed.broadcast(message, src=0)
        return message.to(values.device)

    def all_reduce(self, values: Tensor) -> Tensor:
        """The values summed over all processes; on the device they came from."""
        if self.count == 1:
            return values
        message = values.to(self.device)
        distributed.all_reduce(message)
        return message.to(values.device)
