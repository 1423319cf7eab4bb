"""Results folders from Python: ``emobench results``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from emobench.leaderboard.certificate.verification import Verdict as CertificateVerdict
    from emobench.leaderboard.certificate.writer import Certificate
    from emobench.leaderboard.submission.validation import Verdict
    from emobench.leaderboard.submission.writer import Exported
    from emobench.repetition.cell_sheet import CellSheet
    from emobench.repetition.comparison import Repetition
    from emobench.store.inventory import Inventory
    from emobench.store.merger import Merge
    from emobench.store.migration import Migration
    from emobench.store.verification import Verification

__all__ = [
    "cell",
    "certify",
    "check_folder",
    "export",
    "failures",
    "inventory",
    "merge",
    "migrate",
    "repair",
    "rerun",
    "validate",
    "verify",
    "verify_certificate",
]

PathLike = str | Path
MARKS = ("trainings", "grids", "cells", "trials")
"""Folders of which a results folder has one at least."""


def check_folder(folder: PathLike) -> Path:
    """Return the path of a results folder.

    Raises
    ------
    RequestError
        It is no folder, or holds none of what a results folder has.
    """
    if not any((Path(folder) / name).is_dir() for name in MARKS):
        raise RequestError(f"{folder} holds no results; name the folder of --results.")
    return Path(folder)


def inventory(folder: PathLike = "results") -> Inventory:
    """Count what a results folder holds, as ``emobench results list`` prints it.

    Returns
    -------
    Inventory
        ``trainings``, ``cells``, ``bytes``, …; ``frame`` has a row per corpus, protocol and model.

    Raises
    ------
    RequestError
        The folder holds no results.
    """
    from emobench.store.inventory import inventory as count

    return count(check_folder(folder))


def verify(folder: PathLike = "results") -> Verification:
    """Compare every file of a results folder with its checksum: ``emobench results verify``.

    Returns
    -------
    Verification
        ``faults``, ``absent``, ``partial``, ``unknown``; ``whole`` counts files by kind.

    Raises
    ------
    RequestError
        The folder holds no results.
    """
    from emobench.store.verification import verify as look

    return look(check_folder(folder))


def repair(folder: PathLike = "results") -> Path | None:
    """Put damaged files aside, as ``emobench results repair`` does.

    Returns
    -------
    Path or None
        The folder that holds them now; None if no file was damaged.

    Raises
    ------
    RequestError
        The folder holds no results.
    """
    from emobench.store.verification import repair as put_aside

    found = verify(folder)
    return put_aside(Path(folder), found) if found.faults else None


def failures(folder: PathLike = "results") -> pd.DataFrame:
    """Return each training and cell that failed: ``what``, ``reason``, ``traceback``.

    Raises
    ------
    RequestError
        The folder holds no results.
    """
    import pandas as pd

    from emobench.store.inventory import failures as every

    rows = list(every(check_folder(folder)))
    return pd.DataFrame(rows, columns=["what", "reason", "traceback"])


def merge(folders: Sequence[PathLike], out: PathLike) -> Merge:
    """Copy results folders into one, as ``emobench results merge`` does; the first one wins.

    Returns
    -------
    Merge
        ``copied`` counts by kind; ``conflicts`` and ``broken`` have a sentence each.

    Raises
    ------
    RequestError
        A folder holds no results or is `out` itself, or `out` cannot be written.
    """
    from emobench.store.merger import merge as copy_all
    from emobench.store.store import Store

    sources = [check_folder(folder) for folder in folders]
    for folder in sources:
        if folder.resolve() == Path(out).resolve():
            raise RequestError(f"{folder} cannot be merged into itself; name another --out.")
    Store(Path(out)).open()
    return copy_all(sources, Path(out))


def migrate(folder: PathLike = "results") -> Migration:
    """Rewrite what an older version stored in many files, as ``emobench results migrate`` does.

    Returns
    -------
    Migration
        ``trainings``, ``cells`` and ``trials`` that were rewritten; ``left`` says what was not.

    Raises
    ------
    RequestError
        The folder holds no results.
    """
    from emobench.store.migration import migrate as rewrite

    return rewrite(check_folder(folder))


def export(
    out: PathLike,
    folder: PathLike = "results",
    dataset: str | None = None,
    protocol: str | None = None,
    models: str | None = None,
) -> Exported:
    """Write results and predictions as Parquet and CSV: ``emobench results export``.

    The parameters are the command's.

    Returns
    -------
    Exported
        ``results`` and ``predictions`` count rows; ``bytes``, and ``notes`` in words.

    Raises
    ------
    RequestError
        Nothing is stored there, a name is unknown, or `out` cannot be written.
    """
    from emobench.leaderboard.submission.writer import export as write

    return write(check_folder(folder), Path(out), dataset, protocol, models)


def validate(
    submissions: PathLike | Sequence[PathLike],
    corpora: bool = False,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
) -> list[Verdict]:
    """Check submissions, each in a process of its own: ``emobench results validate``.

    The parameters are the command's.

    Returns
    -------
    list of Verdict
        ``faults``, ``unreadable``; ``status()`` is 0 if it is valid, ``content()`` plain data.
    """
    from emobench.leaderboard.submission.validation import Verdict
    from emobench.results.child_process import apart
    from emobench.results.installation import Installed
    from emobench.results.submission_check import check

    several = [submissions] if isinstance(submissions, str | Path) else submissions
    here = Installed(
        Path(data_dir) if data_dir else None, Path(cache_dir) if cache_dir else None, corpora
    )
    died = "a file of it ended the process that read it; it is damaged, or too large"
    paths = [Path(one) for one in several]
    return [apart(check, path, here) or Verdict(path, unreadable=died) for path in paths]


def certify(
    section: str, out: PathLike, folder: PathLike = "results", key: PathLike | None = None
) -> Certificate:
    """Pack a section with all that its numbers follow from into one file: ``emobench certify``.

    Parameters
    ----------
    section
        ``DATASET/PROTOCOL/TRACK``; what is left out at the end is free if one section alone fits.
    out
        The file to write.
    folder
        The results folder; nothing in it is changed.
    key
        File of an Ed25519 private key to sign with.

    Returns
    -------
    Certificate
        ``path``, ``cells``, ``fingerprint``, ``signer``, and ``notes`` in words.

    Raises
    ------
    RequestError
        There is no such section, or it cannot be certified, signed or written.
    """
    from emobench.leaderboard.certificate.writer import certify as write

    return write(check_folder(folder), section, Path(out), Path(key) if key else None)


def verify_certificate(path: PathLike, public_key: PathLike | None = None) -> CertificateVerdict:
    """Check a certificate, in a process of its own: ``emobench certify --verify``.

    Parameters
    ----------
    path
        The file.
    public_key
        File of the key that has to have signed it; None: any, or none.

    Returns
    -------
    Verdict
        ``is_valid``, ``faults``, ``notes``, ``unreadable``; ``content()`` is plain data.

    Raises
    ------
    RequestError
        The file of the key holds none.
    """
    from emobench.leaderboard.certificate import verification
    from emobench.leaderboard.certificate.signature import public_key as read_key
    from emobench.results.child_process import apart

    public = read_key(Path(public_key)) if public_key else None
    found = apart(verification.verify_certificate, Path(path), public)
    died = "a file of it ended the process that read it; it is damaged, or too large"
    return found or verification.Verdict(Path(path), unreadable=died)


def cell(
    name: str, folder: PathLike = "results", seed: int | None = None, fold: int | None = None
) -> CellSheet:
    """Gather how a stored cell came about: ``emobench show CELL``.

    The parameters are the command's.

    Returns
    -------
    CellSheet
        ``facts`` by group, ``status``, ``changed``; ``content()`` is plain data.

    Raises
    ------
    RequestError
        There is no such cell, or there are several.
    """
    from emobench.repetition.cell_sheet import cell_sheet

    return cell_sheet(check_folder(folder), name, seed, fold)


def rerun(
    name: str,
    folder: PathLike = "results",
    seed: int | None = None,
    fold: int | None = None,
    model_file: PathLike | None = None,
    dataset: str | None = None,
    masks: PathLike | None = None,
    device: str = "auto",
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
) -> Repetition:
    """Compute a stored cell again in a temporary folder, and compare: ``emobench rerun CELL``.

    The parameters are the command's.

    Returns
    -------
    Repetition
        ``verdict`` (``identical``, ``equal within tolerance`` or ``different``), ``because``,
        ``gap``; ``content()`` is plain data.

    Raises
    ------
    RequestError
        There is no such cell, or what it needs is not here.
    """
    from emobench.corpus.folders import folders
    from emobench.repetition.rerun import RerunOptions
    from emobench.repetition.rerun import rerun as repeat

    places = folders(Path(data_dir) if data_dir else None, Path(cache_dir) if cache_dir else None)
    files = [Path(one) if one else None for one in (model_file, masks)]
    asked = RerunOptions(places, files[0], files[1], device, seed, fold, dataset)
    return repeat(check_folder(folder), name, asked)
