"""The budget of a training: how many updates its config allows on a train split of some size."""

from __future__ import annotations

import math

from emobench.interface.training_config import TrainingConfig


def budget(config: TrainingConfig, batches_per_epoch: int) -> int:
    """Return the number of updates after which a training ends, whatever its patience.

    Parameters
    ----------
    config
        With ``epochs``, the number is what that many passes are estimated to take: the loop counts
        the passes themselves.
    batches_per_epoch
        Batches of one pass over the train split.
    """
    per_pass = batches_per_epoch / config.accumulation
    if config.epochs:
        return config.epochs * math.ceil(per_pass)
    return max(config.min_updates, math.ceil(config.min_epochs * per_pass))
