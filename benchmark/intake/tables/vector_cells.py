"""Vectors that stand as text in the cells of a table, as pandas, NumPy and PyTorch write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError
from emobench.wording import and_more

LONGEST_CELL = 32_767
"""Characters that a cell of Excel holds; programs cut what is longer, without a word."""

_SHOWN = 10
_WRAPPED = re.compile(
    r"(?:\w+\.)*(?:tensor|array|Tensor)\((.*\])(?:\s*,\s*\w+=[^\[\]]*)*\)", re.DOTALL
)
_WRAPPING = re.compile(r"(?:\w+\.)*(?:tensor|array|Tensor)\(")
_SCALAR = re.compile(r"(?:\w+\.)?(?:float\d*|tensor)\(([^()\[\]]*)\)")
_LEAF = re.compile(r"\[([^\[\]]*)\]")
_STEPS = re.compile(r"x|\[\s*x(?:[\s,]+x)*\s*\]|\[\s*\[\s*x(?:[\s,]+x)*\s*\]\s*\]")
_STARTS = re.compile(
    r"(?:(?:\w+\.)*(?:tensor|array|Tensor)\()?\s*[\[(]\s*[\[(]*\s*(?:np\.float\d+\()?[-+.\d]"
)


def looks_like_vector(text: str) -> bool:
    """Whether a cell starts as a vector in brackets does."""
    return _STARTS.match(text.strip()) is not None


def vector_of(text: str) -> NDArray[np.float32]:
    """The vector in a cell, ``[1, D]``, or the steps in it, ``[T, D]``.

    Read are numbers with commas or with blanks between them, in brackets or not, a list of such
    lists of equal length, and what ``print`` shows of an array or a tensor.

    Raises
    ------
    ValueError
        The cell holds anything else, or not the whole of it. The message says why.
    """
    text = text.strip()
    if "..." in text or "…" in text:
        raise ValueError(
            "numbers are left out ('...'), as NumPy and PyTorch print long arrays: write "
            "values.tolist() instead"
        )
    cut = "is cut off" + f" (Excel holds {LONGEST_CELL:,} characters)" * _is_full(text)
    body = _unwrapped(text, cut)
    if "[" not in body:
        if _is_full(text):
            raise ValueError(cut)
        return _numbers(body)[None]
    if body.count("[") > body.count("]"):
        raise ValueError(cut)
    if not _STEPS.fullmatch(_LEAF.sub("x", body)):
        raise ValueError("is no vector and no list of vectors")
    steps = [_numbers(leaf) for leaf in _LEAF.findall(body)]
    widths = sorted({len(step) for step in steps})
    if len(widths) > 1:
        raise ValueError(f"holds vectors of {widths[0]} and of {widths[-1]} numbers")
    return np.stack(steps)


def vectors_of(
    cells: Sequence[str], places: Sequence[str], column: str
) -> tuple[list[NDArray[np.float32] | None], list[str]]:
    """The vectors of a column; None where a cell is empty; and what is wrong, a row each.

    Parameters
    ----------
    cells, places
        The cells, and where each stands.
    column
        The column's name.
    """
    found: list[NDArray[np.float32] | None] = []
    wrong: list[str] = []
    for cell, place in zip(cells, places, strict=True):
        try:
            found.append(vector_of(cell) if cell.strip() else None)
        except ValueError as error:
            found.append(None)
            wrong.append(f"{place}, column {column!r}: {error}")
    widths = Counter(v.shape[1] for v in found if v is not None)
    usual = widths.most_common(1)[0][0] if widths else 0
    wrong += [
        f"{place}, column {column!r}: {v.shape[1]} numbers, where most rows have {usual}"
        for v, place in zip(found, places, strict=True)
        if v is not None and v.shape[1] != usual
    ]
    return found, wrong


def joined_vectors(
    columns: Mapping[str, Sequence[str]], places: Sequence[str]
) -> list[NDArray[np.float32] | None]:
    """The vectors of several columns side by side, ``[T, D]`` per row; None if all are empty.

    Raises
    ------
    DataError
        Cells hold no whole vector, a row has some of the columns alone, or its numbers of steps
        differ; every such row is named, up to ten in each column.
    """
    wrong: list[str] = []
    parts = []
    for column, cells in columns.items():
        found, said = vectors_of(cells, places, column)
        parts.append(found)
        wrong += said[:_SHOWN] + [f"and {len(said) - _SHOWN:,} more rows"] * (len(said) > _SHOWN)
    if wrong:
        listed = "\n  ".join(wrong)
        raise DataError(f"Cells hold no whole vector.\n  {listed}")
    if empty := [
        c for c, found in zip(columns, parts, strict=True) if all(v is None for v in found)
    ]:
        raise DataError(f"{', '.join(map(repr, empty))} is empty in every row.")
    rows = list(zip(*parts, strict=True))
    odd = [
        place for place, row in zip(places, rows, strict=True)
        if len({None if v is None else len(v) for v in row}) > 1
    ]  # fmt: skip
    if odd:
        raise DataError(
            f"The columns {', '.join(map(repr, columns))} are to be put side by side, and "
            f"one is empty or has other numbers of steps where another has not: "
            f"{and_more(odd, _SHOWN)}. Fill these cells, or empty all of them."
        )
    return [None if row[0] is None else np.concatenate(row, axis=1) for row in rows]


def _is_full(text: str) -> bool:
    return LONGEST_CELL - 1 <= len(text) <= LONGEST_CELL  # a blank at the end was stripped


def _unwrapped(text: str, cut: str) -> str:
    """The numbers and brackets without the words around them."""
    found = _WRAPPED.fullmatch(text)
    if found:
        text = found[1]
    elif _WRAPPING.match(text):
        raise ValueError(cut)
    text = _SCALAR.sub(r"\1", text)
    return text.replace("(", "[").replace(")", "]")


def _numbers(text: str) -> NDArray[np.float32]:
    words = [w.strip() for w in text.split(",")] if "," in text else text.split()
    if len(words) > 1 and not words[-1]:
        words.pop()  # [0.1, 0.2,]
    if not words:
        raise ValueError("holds no number")
    try:
        # Not finite is what float32 cannot hold, too: the reader counts it.
        with np.errstate(over="ignore"):
            return np.array(words, dtype=np.float64).astype(np.float32)
    except ValueError:
        odd = next(w for w in words if not _is_number(w))
        raise ValueError(f"{odd[:30]!r} is no number" if odd else "a number is missing") from None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
