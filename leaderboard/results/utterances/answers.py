"""What each model answered to each test utterance under the main condition, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.cells import cell_state, complete_seeds, pooled_seeds
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import Predictions, UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import ScoreRow, owner_of
from emobench.leaderboard.statistics.calibration import Reliability, reliability
from emobench.leaderboard.statistics.metrics import probabilities
from emobench.leaderboard.statistics.units import UnitNames


@dataclass(frozen=True)
class Answers:
    """One row's answers, of each complete seed.

    Parameters
    ----------
    row
        The row; its regime can be another one for a model that is not trained on any modality.
    seeds
        Predictions of each seed, its folds pooled, in the order of the ids.
    units
        The unit of every utterance.
    """

    entry: ModelEntry
    row: ScoreRow
    seeds: tuple[Predictions, ...]
    units: UnitNames

    @property
    def ids(self) -> NDArray[np.str_]:
        """The N utterances."""
        return self.seeds[0].ids

    @property
    def truth(self) -> NDArray[np.int64]:
        """``[N]`` class indices, or ``[N, C]`` of zeros and ones."""
        return self.seeds[0].truth

    @cached_property
    def decisions(self) -> NDArray[np.int64]:
        """``[S, N]`` or ``[S, N, C]``: what was answered."""
        return np.stack([one.decisions for one in self.seeds])

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """``[S, N]``: which answers are wrong; where several classes can hold, in any of them."""
        differs = self.decisions != self.truth
        return differs.any(axis=2) if differs.ndim == 3 else differs

    @property
    def chances(self) -> NDArray[np.float64]:
        """``[N]`` probability of the true class, or of all true labels as if they were independent.

        Mean over seeds.
        """
        found = []
        for one in self.seeds:
            if one.truth.ndim == 2:
                logits = np.where(one.truth == 1, one.logits, -one.logits).astype(np.float64)
                found.append(expit(logits).prod(axis=1))
            else:
                found.append(probabilities(one.logits)[np.arange(len(one.truth)), one.truth])
        return np.asarray(np.mean(found, axis=0), np.float64)

    @cached_property
    def reliability(self) -> Reliability:
        """The answers by bins of their confidence."""
        found = self.units.of(self.seeds[0].test, self.ids)
        pairs = [(one.logits, one.truth) for one in self.seeds]
        return reliability(pairs, found, owner_of(self.entry, self.row.regime))


def read_answers(results: Results, section: Section) -> Mapping[tuple[str, str], Answers]:
    """Return the answers under the main condition by label and regime of their trainings.

    Models without a score there are left out.
    """
    found = {}
    for entry in section.entries:
        for (regime, condition), row in section.rows[entry.label].items():
            if condition != section.headline or row.score is None:
                continue
            slots = [s for s in entry.slots if (s.regime, s.condition) == (regime, condition)]
            try:
                states = {slot: cell_state(results, slot) for slot in slots}
                pooled = pooled_seeds(results, complete_seeds(states))
            except UnreadableError:
                continue  # the row says so itself
            seeds = tuple(one.scored() for one in pooled.values())
            if seeds and len(seeds[0].ids):
                at = next((c.corpus for c in section.conditions if c.name == condition), None)
                units = results.units(entry.newest, at)
                found[entry.label, regime] = Answers(entry, row, seeds, units)
    return found
