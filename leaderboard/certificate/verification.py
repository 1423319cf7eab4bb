"""The check of a certificate: every file has to be as it was, and every number has to follow."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from emobench.errors import RequestError
from emobench.leaderboard.certificate.archive import FormError, is_canonical, unpack
from emobench.leaderboard.certificate.comparison import differences
from emobench.leaderboard.certificate.contents import (
    CELLS,
    MASKS,
    PROVENANCE,
    SPLITS,
    Contents,
    contents,
)
from emobench.leaderboard.certificate.manifest import (
    NAME,
    SIGNATURE,
    Manifest,
    environment,
    file_faults,
    leaderboard_source,
    read_manifest,
)
from emobench.leaderboard.certificate.numbers import FOLDER
from emobench.leaderboard.certificate.signature import SignatureError, signer
from emobench.wording import and_more, counted

RESULTS: Final = "results"
ALWAYS: Final = (
    *(CELLS, MASKS, SPLITS),
    *(f"{FOLDER}/{name}.csv" for name in ("scores", "differences", "leaderboard")),
)
"""Files that every version makes alike."""


@dataclass
class Verdict:
    """What the check of a certificate came to.

    Parameters
    ----------
    path
        The file.
    section
        ``dataset``, ``protocol`` and ``track``, as it says.
    fingerprint
        SHA-256 of its manifest, which stands for all of it.
    signer
        Fingerprint of the key that signed it; "" where nobody did or it could not be told.
    is_known_key
        Whether that is the key that the checker named.
    faults
        Why it is refused, a sentence each.
    notes
        What else is to be known.
    cells, numbers
        Cells with predictions, and fields of tables that were computed anew.
    unreadable
        Why it could not be read at all.
    """

    path: Path
    section: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    signer: str = ""
    is_known_key: bool = False
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: int = 0
    numbers: int = 0
    unreadable: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.faults and not self.unreadable

    @property
    def status(self) -> int:
        """Exit status of the command: 0 it holds, 1 it is refused, 2 it cannot be read."""
        return 2 if self.unreadable else 1 if self.faults else 0

    def content(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return {
            "path": str(self.path),
            "valid": self.is_valid,
            "section": dict(self.section),
            "fingerprint": self.fingerprint,
            "signer": self.signer,
            "known_key": self.is_known_key,
            "cells": self.cells,
            "numbers": self.numbers,
            "faults": self.faults,
            "notes": self.notes,
            "unreadable": self.unreadable,
        }


def verify_certificate(path: Path, public: bytes | None = None) -> Verdict:
    """Check a certificate: its files, its signature, and every number of its section.

    Parameters
    ----------
    path
        The file; nothing in it is run, and nothing of it is written but into a temporary folder.
    public
        The 32 bytes of the key that has to have signed it; None: any, or none.

    Returns
    -------
    Verdict
        Numbers are computed only where every file is as the manifest says.
    """
    verdict = Verdict(path)
    folder = Path(tempfile.mkdtemp(prefix="emobench-certificate-"))
    try:
        files = unpack(path, _made(folder / "files"))
        if NAME not in files:
            raise FormError(f"there is no {NAME} in it")
        manifest = read_manifest(files[NAME])
    except FormError as error:
        verdict.unreadable = f"{error}: it is no certificate of emobench, or was damaged"
    except OSError as error:
        verdict.unreadable = error.strerror or str(error)
    else:
        verdict.section, verdict.fingerprint = manifest.section, manifest.fingerprint
        verdict.faults += file_faults(manifest, files)
        if not is_canonical(path, files, folder / "again.zip"):
            verdict.faults.append("the zip around the files is not as emobench writes it")
        _check_signature(verdict, manifest, files, public)
        if not verdict.faults:
            _recompute(verdict, manifest, files, folder / "files")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _check_signature(
    verdict: Verdict, manifest: Manifest, files: Mapping[str, Path], public: bytes | None
) -> None:
    if SIGNATURE not in files:
        if public is not None:
            verdict.faults.append("it is not signed")
        else:
            verdict.notes.append(
                "it is not signed: predictions that were made up, with every number after them, "
                "would not be noticed"
            )
        return
    try:
        verdict.signer = signer(manifest.content, files[SIGNATURE].read_bytes(), public)
        verdict.is_known_key = public is not None
    except (SignatureError, RequestError) as error:
        verdict.faults.append(f"{SIGNATURE}: {error}")


def _recompute(
    verdict: Verdict, manifest: Manifest, files: Mapping[str, Path], folder: Path
) -> None:
    """Compute everything that follows from the results, and compare."""
    try:
        found = contents(folder / RESULTS)
    except RequestError as error:
        verdict.faults.append(str(error).replace(f"{folder}/", ""))
        return
    except Exception as error:  # a stranger's file must not end in a traceback
        first = (str(error).splitlines() or [""])[0][:200]
        verdict.faults.append(
            f"its results cannot be read as results of emobench ({type(error).__name__}: {first})"
        )
        return
    verdict.cells = len(found.facts.cells)
    verdict.faults += _contradictions(manifest, found)
    here = (manifest.emobench, manifest.source) == (version("emobench"), leaderboard_source())
    unknown = _compare(verdict, files, found, here)
    if unknown:
        verdict.notes.append(
            f"emobench {manifest.emobench} of another state wrote it: this one makes no such file, "
            f"or words it otherwise: {and_more(unknown, 5)}"
        )
    if verdict.faults and dict(manifest.environment) != environment():
        verdict.notes.append(_elsewhere(manifest))


def _contradictions(manifest: Manifest, found: Contents) -> list[str]:
    section, facts = found.section, found.facts
    faults = list(dict.fromkeys(facts.faults))
    here = (section.dataset, section.protocol.name, section.track)
    stated = tuple(manifest.section[n] for n in ("dataset", "protocol", "track"))
    if here != stated:
        faults.append(f"it says that it is of {'/'.join(stated)}, and holds {'/'.join(here)}")
    if len(facts.cells) != manifest.cells:
        faults.append(f"{manifest.cells:,} cells are stated, and it holds {len(facts.cells):,}")
    if facts.specless != manifest.specless:
        faults.append(
            f"{manifest.specless:,} specs were never stored, it says, and {facts.specless:,} are "
            "not there"
        )
    return faults


def _compare(verdict: Verdict, files: Mapping[str, Path], found: Contents, same: bool) -> list[str]:
    """Compare every file but those of the results; return those that this version does not make.

    `same`: whether this emobench is of the state that wrote it, and has to make the same files.
    """
    stated = {n for n in files if not n.startswith(f"{RESULTS}/")} - {NAME, SIGNATURE}
    unknown = sorted(stated - set(found.texts))
    if same:
        verdict.faults += [f"{name} is in it, and does not follow from it" for name in unknown]
    for name in sorted(set(found.texts) - stated):
        if same or name in ALWAYS:
            verdict.faults.append(f"{name} follows from it, and is not in it")
    for name in sorted(stated & set(found.texts)):
        is_numbers = name.startswith(f"{FOLDER}/")
        try:
            text = files[name].read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            verdict.faults.append(f"{name} is no text")
            continue
        if is_numbers:
            verdict.numbers += text.count(",") + text.count("\n")
        gaps = differences(name, text, found.texts[name], shared=not same)
        if same or is_numbers or name in ALWAYS:
            verdict.faults += gaps
        elif gaps:
            unknown.append(name)
            if name == PROVENANCE and not _has_records(text, found.texts[name]):
                verdict.faults.append(f"{name}: its records are not those of the results")
    return unknown


def _has_records(stated: str, found: str) -> bool:
    """Whether both name the same records with the same digests."""
    try:
        said = json.loads(stated)
        return bool(said["records"] == json.loads(found)["records"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _elsewhere(manifest: Manifest) -> str:
    there, here = dict(manifest.environment), environment()
    names = [n for n in sorted({*there, *here}) if there.get(n) != here.get(n)]
    told = ", ".join(f"{n} {there.get(n, 'none')} (here {here.get(n, 'none')})" for n in names)
    return f"it was written with {told}"


def lines(verdict: Verdict) -> Sequence[str]:
    """Return what a person is told of a verdict, line by line; a stranger's text is printable."""
    return ["".join(c if c.isprintable() else "?" for c in line) for line in _lines(verdict)]


def _lines(verdict: Verdict) -> Iterator[str]:
    if verdict.unreadable:
        yield f"{verdict.path} cannot be read: {verdict.unreadable}"
        return
    yield from verdict.faults
    yield from verdict.notes
    if verdict.signer:
        whose = "the key that you named" if verdict.is_known_key else "--public-key tells whose"
        yield f"signed with {verdict.signer}: {whose}"
    yield f"fingerprint {verdict.fingerprint}"
    if verdict.faults:
        yield f"{verdict.path} is REFUSED: {counted(len(verdict.faults), 'fault')}"
        return
    where = "/".join(verdict.section.values())
    yield (
        f"{verdict.path} holds: {where}, {counted(verdict.cells, 'cell')}, "
        f"{counted(verdict.numbers, 'field')} of its tables computed anew from the predictions"
    )
