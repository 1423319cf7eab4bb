"""The output of a backbone, and the base of all backbones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from torch import Tensor, nn

from emobench.interface.batch import Sequence


@dataclass(frozen=True)
class Features(Sequence):
    """Hidden states ``[B, T, D]`` with their lengths ``[B]``, 0 and zeros where absent.

    Parameters
    ----------
    pooled
        ``[B, D]``, the backbone's own summary, if requested; zero where absent.
    """

    pooled: Tensor | None = None


class Backbone(nn.Module):
    """A pretrained encoder. While all its parameters are frozen it stays in evaluation mode."""

    size: int
    """Feature size D."""

    def train(self, mode: bool = True) -> Self:
        """Switch dropout and running statistics on, unless every parameter is frozen."""
        return super().train(mode and any(p.requires_grad for p in self.parameters()))


def spread(values: Tensor, rows: Tensor) -> Tensor:
    """Put the rows of `values` where `rows` ``[B]`` is true, and zeros elsewhere."""
    whole = values.new_zeros(len(rows), *values.shape[1:])
    whole[rows] = values
    return whole
