"""Standard folds: the part of each video."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from emobench import DataError

PARTS = {"train": "train", "valid": "dev", "test": "test"}
"""Parts as the SDK calls them, and as we do."""


def read_folds(root: Path, python: str, origin: str) -> dict[str, str]:
    """Read the part of each video from the first of three forms that lies in `root`.

    These are ``standard_folds.json`` (part to list), ``standard_{train,valid,test}_fold.txt``
    (one id per line) and the SDK's own file, which is parsed and never run.

    Parameters
    ----------
    root
        The corpus's folder.
    python
        Name of the SDK's file: ``"cmu_mosei_std_folds.py"``.
    origin
        Where that file lies in the SDK's repository, for the error.

    Raises
    ------
    DataError
        No form is there, or a file is broken or names a video twice.
    """
    texts = {part: root / f"standard_{part}_fold.txt" for part in PARTS}
    path = root / "standard_folds.json"
    if path.is_file():
        folds = _json(path)
    elif all(p.is_file() for p in texts.values()):
        path = root / "standard_{train,valid,test}_fold.txt"
        folds = {part: _text(p).split() for part, p in texts.items()}
    elif (root / python).is_file():
        path = root / python
        folds = _literals(path)
    else:
        raise DataError(
            f"{root} lacks the standard folds. Put {python} there (folder {origin} of the "
            "repository CMU-MultiComp-Lab/CMU-MultimodalSDK), or standard_folds.json (train, "
            "valid and test, each a list of video ids), or the three files "
            "standard_train_fold.txt, standard_valid_fold.txt and standard_test_fold.txt (an id "
            "per line)."
        )
    return _parts(folds, path)


def fold_files(root: Path, python: str) -> list[Path]:
    """The files of standard folds that lie in `root`, in any of the three forms."""
    names = ("standard_folds.json", *(f"standard_{part}_fold.txt" for part in PARTS), python)
    return [p for p in (root / n for n in names) if p.is_file()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8: {error}.") from None


def _json(path: Path) -> dict[str, object]:
    try:
        folds = json.loads(_text(path))
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}.") from None
    if not isinstance(folds, dict):
        raise DataError(f"{path} must be an object with the lists train, valid and test.")
    folds = {name.removeprefix("standard_").removesuffix("_fold"): v for name, v in folds.items()}
    return {"valid" if name == "dev" else name: videos for name, videos in folds.items()}


def _literals(path: Path) -> dict[str, object]:
    """Lists assigned to ``standard_*_fold`` in a Python file."""
    try:
        module = ast.parse(_text(path))
    except (SyntaxError, ValueError) as error:
        raise DataError(f"{path} is no Python: {error}.") from None
    folds: dict[str, object] = {}
    for line in module.body:
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            continue
        for part in PARTS:
            if line.targets[0].id == f"standard_{part}_fold":
                try:
                    folds[part] = ast.literal_eval(line.value)
                except ValueError:
                    raise DataError(
                        f"{path}, line {line.lineno}: standard_{part}_fold must be a plain list."
                    ) from None
    return folds


def _parts(folds: dict[str, object], path: Path) -> dict[str, str]:
    parts: dict[str, str] = {}
    twice: list[str] = []
    for name, part in PARTS.items():
        videos = folds.get(name)
        if (
            not isinstance(videos, list)
            or not videos
            or not all(isinstance(v, str) for v in videos)
        ):
            raise DataError(f"{path}: {name} must be a list of video ids and not be empty.")
        twice += [v for v in videos if parts.get(v, part) != part]
        parts |= dict.fromkeys(videos, part)
    if twice:
        more = f" and {len(twice) - 10} more" if len(twice) > 10 else ""
        raise DataError(f"{path} puts videos into two parts: {', '.join(twice[:10])}{more}.")
    return parts
