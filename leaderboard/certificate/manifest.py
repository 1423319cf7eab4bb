"""The manifest of a certificate: the checksum of every file, under a checksum of its own."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from emobench.digest import core_digest
from emobench.disk.seal import is_sealed, sealed, unsealed
from emobench.leaderboard.certificate.archive import FormError, sha256
from emobench.leaderboard.results.corpus_state import SectionKey

NAME: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
FORMAT: Final = 1
"""Version of the form of certificates."""
PACKAGES: Final = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "pydantic")
"""Packages that the numbers are computed with."""
LARGEST: Final = 256 * 2**20
"""Bytes of a manifest at most."""


@dataclass(frozen=True)
class Manifest:
    """What a manifest says.

    Parameters
    ----------
    emobench, source, environment
        The version that wrote it, the digest of its leaderboard's source, and what the numbers were
        computed with there.
    section
        ``dataset``, ``protocol`` and ``track``.
    cells, specless
        Cells with predictions, and cells and trainings whose spec was never stored.
    files
        Name to ``sha256`` and ``bytes``, of all files but the manifest and the signature.
    notes
        What is to be said of what is in it.
    content
        Its bytes, which are what is signed.
    """

    emobench: str
    source: str
    environment: Mapping[str, str]
    section: Mapping[str, str]
    cells: int
    specless: int
    files: Mapping[str, Mapping[str, Any]]
    notes: Sequence[str]
    content: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the manifest: it stands for every bit of every file of the certificate."""
        return hashlib.sha256(self.content).hexdigest()


def leaderboard_source() -> str:
    """Return the digest of the source of the leaderboard that runs here."""
    return core_digest(Path(__file__).parents[1])


def environment() -> dict[str, str]:
    """Return the versions of what numbers are computed with here."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def manifest_text(
    key: SectionKey,
    cells: int,
    specless: int,
    files: Mapping[str, Path | bytes],
    notes: Sequence[str],
) -> str:
    """Return the manifest of `files`, given by their names."""
    dataset, track, protocol = key
    return sealed(
        {
            "format": FORMAT,
            "emobench": version("emobench"),
            "source": leaderboard_source(),
            "environment": environment(),
            "section": {"dataset": dataset, "protocol": protocol, "track": track},
            "cells": cells,
            "specless": specless,
            "notes": [*notes],
            "files": {name: _sum(one) for name, one in sorted(files.items())},
        }
    )


def _sum(one: Path | bytes) -> dict[str, Any]:
    if isinstance(one, Path):
        return {"bytes": one.stat().st_size, "sha256": sha256(one)}
    return {"bytes": len(one), "sha256": hashlib.sha256(one).hexdigest()}


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    FormError
        It has not the form of one, or was changed after it was written.
    """
    if path.stat().st_size > LARGEST:
        raise FormError(f"its {NAME} is larger than any manifest")
    content = path.read_bytes()
    try:
        said = unsealed(content)
        if not is_sealed(content):
            raise ValueError("it holds no checksum of itself")
        if said["format"] != FORMAT:
            raise FormError(f"it has form {said['format']!r}; this emobench reads form {FORMAT}")
        found = Manifest(
            str(said["emobench"]), str(said["source"]), dict(said["environment"]),
            {name: str(said["section"][name]) for name in ("dataset", "protocol", "track")},
            int(said["cells"]), int(said["specless"]),
            {str(n): {k: one[k] for k in ("sha256", "bytes")} for n, one in said["files"].items()},
            [str(one) for one in said["notes"]], content,
        )  # fmt: skip
    except FormError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormError(f"its {NAME} cannot be believed: {error}") from None
    return found


def file_faults(manifest: Manifest, files: Mapping[str, Path]) -> list[str]:
    """Return a sentence for each file that is not as the manifest says, is absent or too many."""
    there = set(files) - {NAME, SIGNATURE}
    faults = [f"{name} is not in it" for name in sorted(set(manifest.files) - there)]
    faults += [
        f"{name} is in it, and no file of it" for name in sorted(there - set(manifest.files))
    ]
    for name in sorted(there & set(manifest.files)):
        said = manifest.files[name]
        if said != {"bytes": files[name].stat().st_size, "sha256": sha256(files[name])}:
            faults.append(f"{name} is not what the manifest says: it was changed or exchanged")
    return faults
