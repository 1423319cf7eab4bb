"""A split that parts what it promises to keep together is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.corpus.corpus import Corpus
from emobench.errors import DataError

if TYPE_CHECKING:
    from emobench.corpus.split import Split


def check_disjoint(corpus: Corpus, parts: Split, columns: tuple[str, ...], where: str) -> None:
    """Raise if a value of one of `columns` stands in two parts of a split.

    Auxiliary utterances are of other corpora and in train alone.

    Raises
    ------
    DataError
        Every such value is named with an utterance of each part, up to ten.
    """
    rows = {"train": parts.train, "dev": parts.dev, "test": parts.test}
    for column in columns:
        values = list(corpus.table[column].astype(str))
        first: dict[str, dict[str, int]] = {}
        for part, numbers in rows.items():
            for row in numbers:
                first.setdefault(values[row], {}).setdefault(part, int(row))
        parted = {value: places for value, places in first.items() if len(places) > 1}
        if parted:
            listed = "; ".join(_example(corpus, v, p) for v, p in list(parted.items())[:10])
            more = f" and {len(parted) - 10} more" if len(parted) > 10 else ""
            raise DataError(
                f"{where}: {len(parted)} {column}{'s' if len(parted) > 1 else ''} in more than one "
                f"part of a split that is to keep every {column} in one: {listed}{more}."
            )


def _example(corpus: Corpus, value: str, places: dict[str, int]) -> str:
    where = ", ".join(f"{part} ({corpus.ids[row]})" for part, row in places.items())
    return f"{value} in {where}"
