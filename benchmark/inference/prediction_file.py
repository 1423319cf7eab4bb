"""Writes predictions as a file, which takes the place of none but an earlier one of its kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.atomic import whole_file
from emobench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

FORMS = (".csv", ".parquet", ".json")
FIRST = ("id", "predicted")
"""The first columns of a table of predictions, by which one is known."""


def check_place(path: Path, clips: str, replace: bool) -> None:
    """Refuse a place for predictions where something else lies.

    Raises
    ------
    RequestError
        The suffix is unknown, or a file is there that holds no predictions.
    """
    if path.suffix.lower() not in FORMS:
        raise RequestError(f"-o {path}: predictions are written as {', '.join(FORMS)}.")
    if path.is_dir():
        raise RequestError(f"-o {path} is a folder.")
    source = Path(clips.split(":")[0])
    if path.exists() and source.exists() and path.samefile(source):
        raise RequestError(f"-o {path} is the table of the clips itself: name another file.")
    if path.exists() and not replace and not _is_ours(path):
        raise RequestError(
            f"{path} is there and holds no predictions of emobench: name another file, or add "
            "--replace."
        )


def _is_ours(path: Path) -> bool:
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8") as file:
                return file.readline().startswith(",".join(FIRST))
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            return tuple(pq.read_schema(path).names[:2]) == FIRST
        return set(FIRST) <= set(json.loads(path.read_bytes())["clips"][0])
    except (OSError, ValueError, LookupError, TypeError):
        return False


def write_predictions(frame: pd.DataFrame, path: Path, title: str) -> None:
    """Write predictions in the form of the path's suffix, in one step.

    Parameters
    ----------
    frame
        The predictions.
    path
        The file.
    title
        Which training spoke; JSON and Parquet keep it.
    """
    bare = frame.copy()
    bare.attrs = {}
    with whole_file(path.absolute()) as partial:
        if path.suffix.lower() == ".csv":
            bare.to_csv(partial, index=False)
        elif path.suffix.lower() == ".parquet":
            bare.attrs = {"training": title}
            bare.to_parquet(partial, index=False)
        else:
            rows = json.loads(bare.to_json(orient="records", double_precision=15))
            content = {"training": title, "clips": rows}
            partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
