"""The rungs of a search: how far trials are trained before the worse of them are stopped."""

from __future__ import annotations

import math
from typing import NamedTuple

from emobench.interface.training_config import TrainingConfig

HALVING = ((0.1, 1.0), (1 / 3, 1 / 4), (1.0, 1 / 8))
"""Share of a training's looks at dev, and share of the trials that is trained so far."""


class Rung(NamedTuple):
    """A stage of a search.

    Parameters
    ----------
    share
        Share of the looks at dev after which the trials of this rung are compared; 1: they are
        trained to their end.
    trials
        Number of trials that get here.
    """

    share: float
    trials: int

    def looks(self, config: TrainingConfig) -> int:
        """Looks at dev after which a training pauses here; 0: it is trained to its end."""
        planned = config.epochs or config.looks
        looks = math.ceil(self.share * planned)
        return looks if looks < planned else 0


def rungs(trials: int, halving: bool) -> tuple[Rung, ...]:
    """The rungs of a search with `trials` trials.

    Without `halving` every trial is trained to its end. With it, successive halving (Jamieson &
    Talwalkar 2016, algorithm 1; here a quarter and then a half survive) compares the trials at
    a tenth and at a third of their looks at dev.
    """
    if not halving:
        return (Rung(1.0, trials),)
    return tuple(Rung(share, math.ceil(part * trials)) for share, part in HALVING)
