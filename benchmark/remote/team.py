"""Processes that share one training: each has its part of every batch (data parallelism).

All of them hold the same weights and draw the same random numbers, and gradients are averaged
before each update: a batch counts as it does in one process, up to rounding. The processes talk
through Hugging Face Accelerate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.errors import ModelError

if TYPE_CHECKING:
    from accelerate import Accelerator


TOLERANCE = 0.03
"""Largest difference between processes that rounding can make, in a score or a loss."""


class Team:
    """One process's place among those that share a training.

    Parameters
    ----------
    accelerator
        Knows the others.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator: Any = accelerator

    @property
    def leads(self) -> bool:
        """Whether this is the process that stores what is trained."""
        return bool(self.accelerator.is_main_process)

    @property
    def size(self) -> int:
        """Number of processes."""
        return int(self.accelerator.num_processes)

    def part(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return this process's rows of a batch ``[n]``.

        A batch that cannot be divided evenly, as the last of a pass, is everybody's: a mean of
        means is the mean of all only if the parts are equally large.
        """
        if len(positions) % self.size:
            return positions
        return positions[self.accelerator.process_index :: self.size]

    def mean(self, value: float) -> float:
        """Return the mean of `value` over all processes; not finite if any of them is not."""
        place = self.accelerator.device
        return float(self.accelerator.reduce(torch.tensor([value], device=place), "mean")[0])

    def average(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace every gradient by its mean over all processes."""
        found = [p for p in parameters if p.requires_grad]
        # All processes must send the same numbers, whichever weights a part of a batch has reached.
        reached = torch.tensor([p.grad is not None for p in found], dtype=torch.float32)
        reached = self.accelerator.reduce(reached.to(self.accelerator.device), "sum")
        graded = [p for p, count in zip(found, reached.tolist(), strict=True) if count]
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in graded]
        if not grads:
            return
        flat = self.accelerator.reduce(torch.cat([g.flatten() for g in grads]), "mean")
        for parameter, mean in zip(graded, flat.split([g.numel() for g in grads]), strict=True):
            parameter.grad = mean.view_as(parameter).clone()

    def agree(self, *values: float) -> tuple[float, ...]:
        """Return the leader's `values`, so that all processes decide alike by them.

        Raises
        ------
        ModelError
            This process has other values: it trains another model.
        """
        from accelerate.utils import broadcast

        sent = torch.tensor(values, dtype=torch.float64, device=self.accelerator.device)
        found = tuple(broadcast(sent, from_process=0).tolist())
        if not np.allclose(values, found, rtol=TOLERANCE, atol=TOLERANCE):
            raise ModelError(f"the processes of a training disagree: {values} is not {found}")
        return found

    def check_alike(self, *values: float) -> None:
        """Raise a `ModelError` unless all processes have these `values`."""
        own = torch.tensor([values], dtype=torch.float64, device=self.accelerator.device)
        for other in self.accelerator.gather(own).tolist():
            if not np.allclose(other, values, rtol=TOLERANCE, atol=TOLERANCE):
                raise ModelError(
                    f"the processes of a training disagree: {values} is not {tuple(other)}"
                )
