"""Corpora from Python: ``emobench data``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.data.clips import write_part

if TYPE_CHECKING:
    import pandas as pd

    from emobench.corpus.preparation.extract import Prepared
    from emobench.data.description import Description
    from emobench.data.preparation import Preparation
    from emobench.data.verification import Verification
    from emobench.interface.dataset import Folders

__all__ = [
    "corpora",
    "describe",
    "download",
    "import_features",
    "prepare",
    "verify",
    "write_manifest",
]

PathLike = str | Path
Names = str | Sequence[str]


def corpora(data_dir: PathLike | None = None, cache_dir: PathLike | None = None) -> pd.DataFrame:
    """Return which corpora are here, as ``emobench data list`` prints them.

    Returns
    -------
    DataFrame
        ``name``, ``title``, ``state`` (``built in``, ``here``, ``not usable`` or ``absent``),
        ``utterances``, ``modalities``, and ``why`` it cannot be used, with how to get it.

    Raises
    ------
    RequestError
        The data folder does not exist.
    """
    import pandas as pd

    from emobench.diagnosis.corpora import CorpusState, corpora_here

    rows = list(corpora_here(_folders(data_dir, cache_dir)))
    return pd.DataFrame(rows, columns=list(CorpusState.__dataclass_fields__))


def verify(
    name: PathLike,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
    jobs: int | None = None,
) -> Verification:
    """Read every file of a corpus and compare it with its card: ``emobench data verify``.

    The parameters are the command's.

    Returns
    -------
    Verification
        ``passed``, ``wrong``, ``doubtful``; ``frame`` has a row per check.

    Raises
    ------
    RequestError
        It is no single corpus, or its files are not there.
    """
    from emobench.corpus.corpus import distrust_files
    from emobench.data.access import single_request
    from emobench.data.verification import verification

    where = _folders(data_dir, cache_dir)
    distrust_files(single_request(str(name), where))
    return verification(_prepared(str(name), where, jobs, []))


def describe(
    name: PathLike,
    output: PathLike | None = None,
    representation: Names = (),
    fold: int = 0,
    form: str = "png",
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
    jobs: int | None = None,
) -> Description:
    """Count classes, speakers and lengths of a corpus: ``emobench data describe``.

    Parameters
    ----------
    name, representation, fold, data_dir, cache_dir, jobs
        As the command's.
    output
        Folder of the figures; without one none are drawn.
    form
        Of the figures, ``png`` or ``svg``: ``--format``.

    Returns
    -------
    Description
        ``classes`` and ``frame`` are tables; ``parts``, ``speakers``, ``modalities``, ``figures``.

    Raises
    ------
    RequestError
        It is no single corpus, or a representation or the fold is unknown.
    """
    from emobench.data.description import Wanted, description
    from emobench.discovery.representations import extracted

    names = tuple(dict.fromkeys(_words(representation)))
    wanted = Wanted(Path(output) if output is not None else None, names, fold, form)
    where = _folders(data_dir, cache_dir)
    extract = sorted(extracted(names)) if names else None
    return description(_prepared(str(name), where, jobs, extract, shown=names), wanted)


def prepare(
    name: PathLike,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
    jobs: int | None = None,
    encoder: Names = (),
    device: str = "auto",
) -> Preparation:
    """Compute every representation of a corpus: ``emobench data prepare``.

    The parameters are the command's.

    Returns
    -------
    Preparation
        ``frame`` has a row per representation; ``fitted``, ``folder`` and ``bytes``.

    Raises
    ------
    RequestError
        It is no single corpus, its files are not there, or an encoder cannot be had.
    """
    from emobench.data.preparation import preparation
    from emobench.discovery.chosen_features import parse
    from emobench.discovery.representations import extracted

    encoders = [parse(word) for word in _words(encoder)]
    where = _folders(data_dir, cache_dir)
    names = sorted(extracted(one.name for one in encoders))
    target = _prepared(str(name), where, jobs, None, encoders=names, device=device)
    return preparation(target, encoders)


def download(
    name: str,
    only: str = "*",
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
) -> Path:
    """Download a corpus if its licence allows that, and return where it is.

    The parameters are those of ``emobench data download``.

    Raises
    ------
    RequestError
        It is no single corpus, has no such file, or has to be requested from its owners.
    """
    from dataclasses import replace

    from emobench.data.access import single_request
    from emobench.errors import RequestError
    from emobench.intake.download import download_corpus
    from emobench.terminal.progress import screen

    where = _folders(data_dir, cache_dir, make=True)
    card = single_request(name, where).dataset().card
    chosen = tuple(d for d in card.downloads if fnmatch(d[0].rsplit("/", 1)[-1], only))
    if card.downloads and not chosen:
        raise RequestError(f"--only {only}: {card.name} has no such file.")
    with screen(1) as display:
        return download_corpus(replace(card, downloads=chosen), where, display.prepare)


def import_features(
    path: PathLike,
    name: str,
    modality: str | None = None,
    replace: bool = False,
    cache_dir: PathLike | None = None,
) -> dict[str, Any]:
    """Convert ready-made features once: ``emobench data import PATH --as NAME``.

    Returns
    -------
    dict
        ``utterances``, ``size``, ``notes``, ``problems``, and ``folder``.

    Raises
    ------
    RequestError
        The file cannot be read, or the name is taken.
    """
    from emobench.intake.feature_import import about
    from emobench.intake.feature_import import import_features as convert
    from emobench.terminal.progress import screen

    where = _folders(None, cache_dir)
    with screen(1) as display:
        place = convert(Path(path), name, modality, where.imported, display.prepare, replace)
    return about(place) | {"folder": place}


def write_manifest(
    name: PathLike,
    out: PathLike,
    part: str = "test",
    fold: int = 0,
    folds: int | None = None,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
) -> Path:
    """Write a part of a corpus as a table of clips: ``emobench data manifest``.

    The parameters are the command's.

    Returns
    -------
    Path
        The folder of the media beside the table.

    Raises
    ------
    RequestError
        It is no single corpus, there is no such part or fold, or something stands in the way.
    """
    return write_part(str(name), Path(out), part, fold, folds, _folders(data_dir, cache_dir)).media


def _folders(data_dir: PathLike | None, cache_dir: PathLike | None, make: bool = False) -> Folders:
    from emobench.corpus.folders import folders

    data = Path(data_dir) if data_dir is not None else None
    return folders(data, Path(cache_dir) if cache_dir is not None else None, make)


def _words(given: Names) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _prepared(
    name: str,
    where: Folders,
    jobs: int | None,
    names: Sequence[str] | None,
    encoders: Sequence[str] = (),
    device: str = "cpu",
    shown: Sequence[str] = (),
) -> Prepared:
    from emobench.data.access import open_prepared
    from emobench.terminal.progress import screen

    workers = jobs or os.cpu_count() or 1
    with screen(workers) as display:
        return open_prepared(name, where, workers, names, display.prepare, encoders, device, shown)
