"""``emobench predict``: what a trained model says of new clips."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emobench.cli.inference.source import ModelSource, progress

if TYPE_CHECKING:
    import pandas as pd


def predict_command(
    source: ModelSource,
    clips: str,
    out: str | None,
    bad_clips: str,
    replace: bool,
    quiet: bool = False,
) -> int:
    """Predict, write the table, and say which training spoke; return the exit status.

    1 if any clip has a problem, else 0.
    """
    from emobench.inference.clips import check_clips
    from emobench.inference.prediction_file import check_place, write_predictions

    path = None if out in (None, "-") else Path(str(out))
    if path is not None:
        check_place(path, clips, replace)
    check_clips(clips)
    trained = source.load()
    answer = trained.answer(clips, bad_clips=bad_clips, jobs=source.jobs, progress=progress)
    for note in () if quiet else (*answer.notes, answer.score_sentence):
        if note:
            typer.echo(note, err=True)
    if path is not None:
        write_predictions(answer.frame, path, trained.title)
        if quiet:
            typer.echo(path)
        else:
            typer.echo(f"{len(answer.frame):,} clips are in {path}.", err=True)
    elif out is None and sys.stdout.isatty():
        typer.echo(_short(answer.frame).to_string(index=False))
    else:
        answer.frame.to_csv(sys.stdout, index=False)
    return int((answer.frame["problem"] != "").any())


def _short(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that fit a terminal: the class, its probability, and what was there."""
    chances = frame.filter(regex="^p_")
    found = frame[["id", "predicted"]].assign(p=chances.max(axis=1).round(3))
    present = frame.filter(regex="^present_")
    names = [str(c).removeprefix("present_") for c in present]
    found["from"] = ["+".join(n for n, t in zip(names, row, strict=True) if t) or "nothing"
                     for row in present.to_numpy()]  # fmt: skip
    for column in ("truth", "problem"):
        if column in frame and (frame[column] != "").any():
            found[column] = frame[column]
    return found
