"""Writes the certificate of a section, and checks it before it is there."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from emobench.atomic import whole_file
from emobench.errors import RequestError
from emobench.leaderboard.certificate.archive import write_archive
from emobench.leaderboard.certificate.contents import Contents, contents
from emobench.leaderboard.certificate.extract import extract
from emobench.leaderboard.certificate.manifest import NAME, SIGNATURE, manifest_text
from emobench.leaderboard.certificate.page_numbers import page_notes
from emobench.leaderboard.certificate.section import section_key
from emobench.leaderboard.certificate.signature import sign
from emobench.leaderboard.certificate.verification import RESULTS, verify_certificate
from emobench.leaderboard.results.corpus_state import SectionKey


@dataclass(frozen=True)
class Certificate:
    """A certificate that was written.

    Parameters
    ----------
    path
        The file.
    section
        Dataset, track and protocol.
    cells, bytes
        Cells with predictions, and the size of the file.
    fingerprint
        SHA-256 of its manifest: printed in a paper, it stands for all of it.
    signer
        Fingerprint of the key that signed it, or "".
    notes
        What is to be said, in sentences.
    """

    path: Path
    section: tuple[str, str, str]
    cells: int
    bytes: int
    fingerprint: str
    signer: str
    notes: tuple[str, ...]


def certify(root: Path, section: str, out: Path, key: Path | None = None) -> Certificate:
    """Pack a section into one file, from which every number of it can be computed again.

    Parameters
    ----------
    root
        The results folder; nothing in it is changed.
    section
        ``DATASET/PROTOCOL/TRACK``; what is left out at the end is free if one section alone fits.
    out
        The file to write, an earlier one is replaced. The same results give the same bytes.
    key
        File of an Ed25519 private key, PEM or OpenSSH, to sign with; None: it is not signed.

    Raises
    ------
    RequestError
        There is no such section, a stored file is damaged, the results contradict themselves, or
        the file cannot be written.
    """
    found = section_key(root, section)
    folder = Path(tempfile.mkdtemp(prefix="emobench-certificate-"))
    try:
        files, made, notes = _gathered(root, found, folder / RESULTS)
        facts = made.facts
        text = manifest_text(found, len(facts.cells), facts.specless, files, notes).encode()
        files[NAME] = text
        if key is not None:
            files[SIGNATURE] = sign(text, key).encode()
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(out) as partial:
            write_archive(partial, files)
            verdict = verify_certificate(partial)
            if not verdict.is_valid:
                why = (verdict.unreadable or verdict.faults[0]).rstrip(".")
                raise RequestError(f"What was written does not hold: {why}. Please report it.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Certificate(
        out, found, len(facts.cells), out.stat().st_size, verdict.fingerprint, verdict.signer, notes
    )


def _gathered(
    root: Path, key: SectionKey, target: Path
) -> tuple[dict[str, Path | bytes], Contents, tuple[str, ...]]:
    """All files but manifest and signature, what follows from them, and what is to be said."""
    target.mkdir()
    notes = extract(root, key, target)
    made = contents(target)
    if made.facts.faults:
        raise RequestError(f"It is not certified, since {made.facts.faults[0]}.")
    notes += page_notes(root, key, made)
    if made.facts.specless:
        notes += (
            f"{made.facts.specless:,} specs were never stored (by an early version): nothing "
            "binds those names to what was trained",
        )
    files: dict[str, Path | bytes] = {
        f"{RESULTS}/{path.relative_to(target).as_posix()}": path
        for path in target.rglob("*")
        if path.is_file()
    }
    return files | {name: text.encode() for name, text in made.texts.items()}, made, notes
