"""Writes utterances of a corpus as a table of clips, with their media beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.atomic import whole_folder
from emobench.corpus.corpus import Corpus
from emobench.corpus.split import policy, split
from emobench.discovery.representations import representation, representations, source_of
from emobench.errors import RequestError, unknown
from emobench.interface.dataset import SAMPLE_RATE, ClipError, Noted

WORDS, SOUND = "transcript", "waveform"
"""Sources that a column ``text`` and a WAV file hold without loss."""

PARTS = ("train", "dev", "test", "all")

Progress = Callable[[str, int, int], None]


def recorded_sources(corpus: Corpus) -> list[str]:
    """The sources of a corpus that models may read: not those for reference rows alone."""
    shown = {source_of(n) for n in representations() if not representation(n).reference_only}
    return [s for names in corpus.sources.values() for s in names if s in shown]


def part_rows(
    corpus: Corpus, part: str, fold: int = 0, folds: int | None = None
) -> NDArray[np.int64]:
    """Row numbers of ``train``, ``dev``, ``test`` or ``all`` of one fold.

    Raises
    ------
    RequestError
        There is no such part or fold.
    """
    if part not in PARTS:
        raise unknown("part", part, PARTS)
    if part == "all":
        return np.arange(len(corpus.table))
    rule = policy(corpus, folds)
    if not 0 <= fold < rule.folds:
        raise unknown("fold", str(fold), map(str, range(rule.folds)))
    rows: NDArray[np.int64] = getattr(split(corpus, rule, fold), part)
    return rows


def write_clip_table(
    corpus: Corpus,
    rows: NDArray[np.int64],
    path: Path,
    sources: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write rows of a corpus as a CSV, with a folder of their media beside it.

    The columns are ``id, speaker, label``, ``text`` for words, ``audio`` for WAV files (16 kHz,
    32-bit float), and one column for any other source with files of NumPy's. A trained model
    predicts of them what it predicts of the corpus.

    Parameters
    ----------
    corpus
        The corpus.
    rows
        Row numbers.
    path
        The CSV; nothing may lie there, nor in ``NAME-media`` beside it.
    sources
        Sources to write; None: `recorded_sources`.
    progress
        Called with the number of rows done.

    Returns
    -------
    The folder of the media.

    Raises
    ------
    RequestError
        Something lies there already.
    """
    media = path.with_name(f"{path.stem}-media")
    for place in (path, media):
        if place.exists():
            raise RequestError(f"{place} is there already: name another file.")
    wanted = recorded_sources(corpus) if sources is None else list(sources)
    found = []
    with whole_folder(media) as partial:
        for number, row in enumerate(rows):
            one = corpus.table.iloc[int(row)]
            stem = f"{number:05d}-{re.sub(r'[^A-Za-z0-9._-]+', '_', str(one['id']))[:80]}"
            cells = {name: str(one[name]) for name in ("id", "speaker", "label")}
            for source in wanted:
                column, cell = _written(corpus, one, source, partial, stem)
                cells[column] = cell and (cell if source == WORDS else f"{media.name}/{cell}")
            found.append(cells)
            if progress:
                progress(f"writing {corpus.request.label}", number + 1, len(rows))
    pd.DataFrame(found).to_csv(path, index=False)
    return media


def _written(
    corpus: Corpus, row: pd.Series, source: str, folder: Path, stem: str
) -> tuple[str, str]:
    """Write one utterance's `source`; its column and its cell, "" where there is nothing."""
    column = {WORDS: "text", SOUND: "audio"}.get(source, source)
    try:
        read: Any = corpus.dataset.read(row, source)
    except ClipError:
        return column, ""
    value = read.media if isinstance(read, Noted) else read
    if value is None or source == WORDS:
        return column, "" if value is None else str(value)
    place = folder / source
    place.mkdir(exist_ok=True)
    if source == SOUND:
        import soundfile

        samples = np.asarray(value, dtype=np.float32)
        soundfile.write(place / f"{stem}.wav", samples, SAMPLE_RATE, subtype="FLOAT")
        return column, f"{source}/{stem}.wav"
    np.save(place / f"{stem}.npy", np.asarray(value))
    return column, f"{source}/{stem}.npy"
