"""Reading one utterance: its representations, or the reason why they cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.corpus import CorpusRequest
from emobench.corpus.preparation.clips import check_media
from emobench.corpus.preparation.dataset_cache import dataset_and_table
from emobench.corpus.preparation.fingerprints import content_key, perceptual_hash
from emobench.corpus.preparation.own_values import check_values, reported
from emobench.discovery.representations import is_ours, representation
from emobench.errors import DataError, EmobenchError
from emobench.executor import alone, on_cpu
from emobench.interface.dataset import ClipError, Dataset, Noted


@dataclass(frozen=True)
class Problem:
    """A clip that was not used as it is."""

    clip: str
    problem: str
    policy: str


@dataclass(frozen=True)
class Extracted:
    """The result of extracting one utterance.

    Parameters
    ----------
    values
        Representation to ``[T, D]``; None where the modality is absent.
    problem
        What was wrong with the clip, if anything.
    content, perceptual
        Keys of what was read; see `emobench.corpus.preparation.fingerprints`.
    """

    values: dict[str, NDArray[Any]] | None
    problem: Problem | None = None
    content: int = 0
    perceptual: int = 0


@on_cpu
@alone
def extract_rows(
    request: CorpusRequest, source: str, names: list[str], start: int, stop: int
) -> list[Extracted]:
    """Extract the representations `names` of rows `start` to `stop`, in a worker process."""
    dataset, table = dataset_and_table(request)
    extractors = {name: representation(name)() for name in names}
    return [
        _extract(dataset, table.iloc[i], source, extractors)
        for i in range(start, min(stop, len(table)))
    ]


def _extract(
    dataset: Dataset, row: pd.Series, source: str, extractors: dict[str, Any]
) -> Extracted:
    absent = "modality treated as absent"
    try:
        media = dataset.read(row, source)
        if media is None:
            return Extracted(None)
        changed = media.note if isinstance(media, Noted) else None
        media, note = check_media(media.media if isinstance(media, Noted) else media, source)
    except ClipError as error:
        return Extracted(None, Problem(str(row["id"]), str(error), absent))
    except EmobenchError:
        raise
    except Exception as error:  # a loader may fail in any way; the user needs the utterance
        raise DataError(
            f"The loader of {dataset.card.name} failed on the {source} of {row['id']}: "
            f"{type(error).__name__}: {error}."
        ) from error
    values = {name: _values(e, media, str(row["id"])) for name, e in extractors.items()}
    for name, array in values.items():
        if len(array) == 0 or not np.isfinite(array).all():
            return Extracted(None, Problem(str(row["id"]), f"no usable {name}", absent))
    problem = Problem(str(row["id"]), note, "cut") if note else None
    problem = problem or (Problem(str(row["id"]), changed, "set to 0") if changed else None)
    return Extracted(values, problem, content_key(media, source), perceptual_hash(media, source))


def _values(extractor: Any, media: Any, clip: str) -> NDArray[Any]:
    """What a representation makes of a clip, in the type that is stored."""
    with reported(type(extractor), f"read {clip}"):
        made = extractor.extract(media)
    if is_ours(extractor.name):
        return np.asarray(made, dtype=extractor.dtype)
    check_values(made, type(extractor), clip)
    with np.errstate(over="ignore"):  # what is too large is said next
        values = np.asarray(made, dtype=extractor.dtype)
    check_values(values, type(extractor), clip)
    return values
