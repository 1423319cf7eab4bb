"""Mask sets: which modalities every test utterance shows, as a file that others can use.

A mask set is JSON: ``format``, ``dataset``, ``modalities``, ``kept`` (condition to utterance id to
a string of one letter per modality that is shown, ``t``, ``a``, ``v``), and ``digest``, the SHA-256
of the rest in canonical form. Whoever evaluates on it evaluates on exactly the same inputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError, RequestError

FORMAT = 1
LETTERS = {"text": "t", "audio": "a", "vision": "v"}

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class MaskSet:
    """Imported masks that replace the masks drawn by emobench.

    Parameters
    ----------
    digest
        SHA-256 of their content, in hexadecimal.
    dataset
        Label of the corpus that they are for.
    modalities
        In the order of the columns.
    kept
        Condition to utterance id to ``[M]`` bool, which modalities are shown.
    """

    digest: str
    dataset: str
    modalities: tuple[str, ...]
    kept: Mapping[str, Mapping[str, tuple[bool, ...]]]

    def of(self, condition: str, ids: Sequence[str], modalities: Sequence[str]) -> Mask:
        """Keep-mask ``[N, M]`` of the utterances `ids`, in the order of `modalities`.

        Raises
        ------
        DataError
            An utterance or a modality is not in it.
        """
        rows = self.kept[condition]
        absent = [name for name in ids if name not in rows]
        if absent:
            raise DataError(
                f"The mask set has no mask of {absent[0]!r} under {condition} "
                f"({len(absent)} of {len(ids)} test utterances are not in it)."
            )
        unknown = [m for m in modalities if m not in self.modalities]
        if unknown:
            raise DataError(
                f"The mask set has no column for {' and '.join(unknown)}, which the corpus has: "
                "export it again where all modalities are."
            )
        columns = [self.modalities.index(m) for m in modalities]
        return np.array([[rows[name][c] for c in columns] for name in ids], dtype=bool)


def write_masks(
    path: Path,
    dataset: str,
    modalities: Sequence[str],
    kept: Mapping[str, Mapping[str, Sequence[bool]]],
) -> str:
    """Write a mask set and return its digest.

    Parameters
    ----------
    path
        The file.
    dataset
        Label of the corpus.
    modalities
        In the order of the columns of the masks.
    kept
        Condition to utterance id to ``[M]`` bool.
    """
    content = {
        "format": FORMAT,
        "dataset": dataset,
        "modalities": list(modalities),
        "kept": {
            condition: {name: _word(modalities, row) for name, row in rows.items()}
            for condition, rows in kept.items()
        },
    }
    digest = _digest(content)
    path.write_text(json.dumps(content | {"digest": digest}, indent=1) + "\n", encoding="utf-8")
    return digest


def read_masks(path: Path) -> MaskSet:
    """Read a mask set.

    Raises
    ------
    RequestError
        There is no such file.
    DataError
        It is no mask set, or its content does not match its digest.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RequestError(f"There is no file {path}.") from None
    except RecursionError:
        raise DataError(f"{path} cannot be read as JSON: it is nested too deep.") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}.") from None
    wanted = {"format", "dataset", "modalities", "kept", "digest"}
    if not isinstance(content, dict) or set(content) != wanted or not _is_whole(content):
        raise DataError(f"{path} is no mask set: make one with `emobench masks export`.")
    digest = content.pop("digest")
    if digest != _digest(content):
        raise DataError(
            f"{path} was changed after it was made: its masks do not belong to its digest {digest}."
        )
    modalities = tuple(content["modalities"])
    letters = [LETTERS[m] for m in modalities]
    kept = {
        condition: {name: tuple(one in word for one in letters) for name, word in rows.items()}
        for condition, rows in content["kept"].items()
    }
    return MaskSet(digest, content["dataset"], modalities, kept)


def _is_whole(content: dict[str, Any]) -> bool:
    """Whether every value is of the kind that it has to be: a digest tells nothing of that."""
    modalities, kept = content["modalities"], content["kept"]
    return (
        content["format"] == FORMAT
        and isinstance(content["dataset"], str)
        and isinstance(modalities, list)
        and all(isinstance(m, str) and m in LETTERS for m in modalities)
        and len(set(modalities)) == len(modalities)
        and isinstance(kept, dict)
        and all(isinstance(rows, dict) for rows in kept.values())
        and all(
            isinstance(word, str) and set(word) <= set(LETTERS.values())
            for rows in kept.values()
            for word in rows.values()
        )
    )


def _word(modalities: Sequence[str], row: Sequence[bool]) -> str:
    return "".join(LETTERS[m] for m, shown in zip(modalities, row, strict=True) if shown)


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
