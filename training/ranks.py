"""The processes that share one run under `torchrun` or `accelerate launch`; most often it is one.

All of them hold the whole base and the same adapter, each goes through its share of a step's rows,
and the gradients are added up. Only the first one writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


class Ranks:
    """This process among those that the launcher has started, by what it left in `environment`."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.size = int(environment.get("WORLD_SIZE") or 1)
        self._rank = int(environment.get("RANK") or 0)
        self._local = int(environment.get("LOCAL_RANK") or 0)

    @property
    def first(self) -> bool:
        """Whether this is the process that reads the examples and writes."""
        return self._rank == 0

    def join(self, device: str) -> None:
        """Meet the others, each on a card of its own where the device is "cuda"."""
        if self.size == 1:
            return
        import torch

        if device == "cuda":
            torch.cuda.set_device(self._local)
        torch.distributed.init_process_group("nccl" if device == "cuda" else "gloo")

    def leave(self) -> None:
        """Part from the others, if any were met."""
        if self.size > 1:
            import torch

            torch.distributed.destroy_process_group()

    def own(self, items: Sequence[Item]) -> Sequence[Item]:
        """Give the share of items that is this process's."""
        return items[self._rank :: self.size]

    def told(self, text: str) -> str:
        """Give to all what the first process has."""
        if self.size == 1:
            return text
        import torch

        box = [text]
        torch.distributed.broadcast_object_list(box)
        return box[0]

    def add(self, tensors: Iterable[Any]) -> None:
        """Put into each tensor, in place, the sum of those of all processes."""
        if self.size > 1:
            import torch

            for tensor in tensors:
                torch.distributed.all_reduce(tensor)

    def most(self, number: int, device: str) -> int:
        """Give the largest of the numbers of all processes."""
        if self.size == 1:
            return number
        import torch

        box = torch.tensor(number, device=device)
        torch.distributed.all_reduce(box, op=torch.distributed.ReduceOp.MAX)
        return int(box)


ALONE = Ranks({})
