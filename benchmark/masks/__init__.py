"""Masks of the missing rates from Python: ``emobench masks``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emobench.interface.dataset import Folders

__all__ = ["MaskFile", "export"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MaskFile:
    """A file of masks.

    Parameters
    ----------
    path
        The file, for ``emobench run --masks``.
    conditions, utterances
        Their numbers; utterances are those of the test part.
    digest
        Of what is in it.
    """

    path: Path
    conditions: int
    utterances: int
    digest: str


def export(
    out: str | Path,
    dataset: str | None = None,
    folds: int | None = None,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
) -> MaskFile:
    """Write the masks that runs draw, stamped with a digest: ``emobench masks export``.

    The parameters are the command's.

    Raises
    ------
    RequestError
        The corpus is unknown, is not one alone, or has one modality; the file cannot be written.
    """
    from emobench.corpus.folders import folders
    from emobench.terminal.progress import screen

    where = folders(Path(data_dir) if data_dir else None, Path(cache_dir) if cache_dir else None)
    with screen(1) as display:
        return write(Path(out), dataset, folds, where, display.prepare)


def write(
    out: Path, dataset: str | None, folds: int | None, where: Folders, progress: Progress
) -> MaskFile:
    """Write what `export` does, with folders that are known and a display that is there."""
    from emobench.conditions.mask_set import write_masks
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.joint.request import corpus_requests
    from emobench.corpus.preparation.extract import prepare
    from emobench.errors import RequestError
    from emobench.executors.in_process import InProcess
    from emobench.masks.draw import drawn_masks
    from emobench.study.corpus import default_dataset

    requests = corpus_requests(dataset or default_dataset(), None, folds, where)
    if len(requests) != 1:
        raise RequestError("A mask set is for one corpus: name one with --dataset.")
    with InProcess() as executor:
        corpus = open_corpus(requests[0], progress)
        target = prepare(corpus, (), executor, progress)
    kept = drawn_masks(target, folds)
    try:
        digest = write_masks(out, corpus.request.label, corpus.modalities, kept)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from None
    return MaskFile(out, len(kept), len(next(iter(kept.values()), {})), digest)
