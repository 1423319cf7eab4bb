"""What a training that watches the test part keeps, and the cell that is made of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emobench.corpus.leakage.flawed_splits import BEST_PER_MEASURE
from emobench.corpus.view import FoldView
from emobench.errors import ModelError
from emobench.grid.plan.jobs import Job
from emobench.training.looks.best_looks import BestLooks


def best_looks(job: Job, view: FoldView) -> BestLooks | None:
    """Keeper of the looks of `job`, trained on `view`; None for any training without this flaw.

    Raises
    ------
    ModelError
        Dev holds other utterances than test, so there is nothing to watch.
    """
    if job.flaw != BEST_PER_MEASURE:
        return None
    test, dev = view.parts.test, view.parts.dev
    tested, watched = view.source_rows[test], view.source_rows[dev]
    if not np.array_equal(np.sort(tested), np.sort(watched)):
        raise ModelError("only a training whose dev part repeats the test part can watch it")
    pairs = zip(
        dev[np.argsort(watched, kind="stable")],
        test[np.argsort(tested, kind="stable")],
        strict=True,
    )
    return BestLooks({view.ids[copy]: view.ids[row] for copy, row in pairs})


def with_best_looks(table: pd.DataFrame, looks: pd.DataFrame) -> pd.DataFrame:
    """Add the kept logits of each measure to predictions of the same utterances.

    Raises
    ------
    ModelError
        The training kept other utterances.
    """
    if set(table["id"]) != set(looks["id"]) or len(table) != len(looks):
        raise ModelError("the looks that the training kept are of other utterances")
    return table.merge(looks, on="id", how="left", validate="one_to_one")
