"""A part of a corpus, written as a table of clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emobench.data.access import single_request

if TYPE_CHECKING:
    from emobench.interface.card import DatasetCard
    from emobench.interface.dataset import Folders
    from emobench.terminal.voice import Voice


class WrittenPart(NamedTuple):
    """What was written: the folder of the media, the number of utterances, and whose they are."""

    media: Path
    utterances: int
    card: DatasetCard


def write_part(
    name: str,
    out: Path,
    part: str,
    fold: int,
    folds: int | None,
    where: Folders,
    voice: Voice | None = None,
) -> WrittenPart:
    """Write the utterances of a part of a corpus as a table, with their media beside it.

    Raises
    ------
    RequestError
        It is no single corpus, there is no such part or fold, or something stands in the way.
    """
    from emobench.corpus.clip_table import part_rows, write_clip_table
    from emobench.corpus.corpus import open_corpus
    from emobench.terminal.progress import screen
    from emobench.terminal.voice import ALOUD

    wanted = single_request(name, where)
    with screen(1, voice=voice or ALOUD) as display:
        corpus = open_corpus(wanted, display.prepare)
        rows = part_rows(corpus, part, fold, folds)
        media = write_clip_table(corpus, rows, out, progress=display.prepare)
    return WrittenPart(media, len(rows), corpus.dataset.card)
