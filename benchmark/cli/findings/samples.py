"""``emobench samples``: true against predicted for random test utterances."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emobench.cli.findings.edits import say_edits
from emobench.leaderboard import samples
from emobench.terminal.json_text import print_json
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.leaderboard.results.sample import RowSample, Sample
    from emobench.leaderboard.results.stored_rows import RowChoice

NONE = "(none)"


def samples_command(
    results: Path,
    choice: RowChoice,
    count: int,
    seed: int,
    training_seed: int | None,
    as_json: bool = False,
) -> None:
    """Print one table per stored row, or all of them as JSON.

    Raises
    ------
    RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    every = samples(results, choice, count, seed, training_seed)
    say_edits(results, (choice.model,), choice.dataset, choice.protocol)
    if as_json:
        print_json([_plain(found) for found in every])
        return
    console = Console(highlight=False)
    for found in every:
        right = sum(one.truth == one.predicted for one in found.samples)
        which = f"the training of fold {found.folds[0]}, seed {found.seed}"
        if len(found.folds) > 1:
            which = f"the trainings of seed {found.seed}, one for each fold"
        console.print(escape(found.title), soft_wrap=True)
        console.print(
            f"{len(found.samples)} of {counted(found.n_test, 'test utterance')} (drawn with seed "
            f"{seed}), predicted by {which}; {right} right",
            soft_wrap=True,
        )
        console.print(_table(found))
        console.print()


def _plain(found: RowSample) -> dict[str, Any]:
    """A row's sample as a program gets it; the keys are documented, and stay."""
    return {
        "row": found.title,
        "training_seed": found.seed,
        "folds": list(found.folds),
        "n_test": found.n_test,
        "utterances": [
            {
                "id": one.name,
                "fold": one.fold,
                "true": list(one.truth),
                "predicted": list(one.predicted),
                "p_true": list(one.chances),
                "top": [{"class": name, "p": chance} for name, chance in one.top],
            }
            for one in found.samples
        ],
    }


def _table(found: RowSample) -> Table:
    table = Table(box=None, padding=(0, 1))
    table.add_column("id", overflow="fold")
    if len(found.folds) > 1:
        table.add_column("fold", justify="right")
    for head in ("true", "predicted"):
        table.add_column(head, overflow="fold")
    table.add_column("p(true)", justify="right")
    table.add_column("most probable")
    for one in found.samples:
        place = (str(one.fold),) if len(found.folds) > 1 else ()
        table.add_row(escape(one.name), *place, *_cells(one))
    return table


def _cells(one: Sample) -> tuple[str, ...]:
    style = "green" if one.truth == one.predicted else "red"
    return (
        escape("+".join(one.truth) or NONE),
        f"[{style}]{escape('+'.join(one.predicted) or NONE)}[/{style}]",
        " ".join(map(_chance, one.chances)),
        ", ".join(f"{escape(name)} {_chance(chance)}" for name, chance in one.top),
    )


def _chance(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")
