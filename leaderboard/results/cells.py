"""The cells behind one row: which are there, which seeds are whole, and their predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from emobench.leaderboard.results.predictions import (
    Predictions,
    UnreadableError,
    pool,
)
from emobench.leaderboard.results.reader import Results
from emobench.store.records import CellReport, Failure, Slot
from emobench.wording import counted

State = CellReport | Failure | str | None
"""A cell's report, its failure, why it was skipped, or None: not there yet."""


def cell_state(results: Results, slot: Slot) -> State:
    """A cell's report, its failure, why it was skipped, or None: not there yet."""
    if slot.skipped is not None:
        return slot.skipped
    cell = results.cell(slot)
    if cell is not None:
        return cell
    training = results.training(slot.training)
    return training if isinstance(training, Failure) else None


def row_status(states: Mapping[Slot, State]) -> tuple[str, str]:
    """``done``, ``skipped``, ``failed`` or ``incomplete``, and why."""
    found = list(states.values())
    failures = [state for state in found if isinstance(state, Failure)]
    skips = [state for state in found if isinstance(state, str)]
    done = sum(isinstance(state, CellReport) for state in found)
    if done == len(found):
        return "done", ""
    if len(skips) == len(found):
        return "skipped", skips[0]
    if failures:
        return "failed", failures[0].reason
    folds, seeds = ({s.fold for s in states}, {s.seed for s in states})
    return "incomplete", (
        f"{done} of {counted(len(found), 'cell')} done "
        f"({counted(len(folds), 'fold')} x {counted(len(seeds), 'seed')})"
    )


def complete_seeds(states: Mapping[Slot, object]) -> dict[int, list[Slot]]:
    """The seeds that have every fold, with their cells."""
    folds = len({slot.fold for slot in states})
    done = [slot for slot, state in states.items() if isinstance(state, CellReport)]
    counts = Counter(slot.seed for slot in done)
    return {
        seed: [slot for slot in done if slot.seed == seed]
        for seed in sorted(counts)
        if counts[seed] == folds
    }


def pooled_seeds(
    results: Results, seeds: Mapping[int, list[Slot]], look: str = ""
) -> dict[int, Predictions]:
    """Predictions of every complete seed, its folds pooled.

    With `look` those of the best look for that measure, where they were kept.

    Raises
    ------
    UnreadableError
        Predictions cannot be read, or seeds were not tested on the same utterances.
    """
    pooled = {
        seed: pool([results.predictions(slot, look) for slot in slots])
        for seed, slots in seeds.items()
    }
    tests = {seed.test for seed in pooled.values()}
    if len(tests) > 1:
        raise UnreadableError("seeds were not tested on the same utterances")
    return pooled
