"""What ``emobench certify`` prints."""

from __future__ import annotations

from pathlib import Path

from emobench.terminal.voice import Voice
from emobench.wording import counted


def write_command(section: str, out: Path, results: Path, key: Path | None, voice: Voice) -> None:
    """Write a certificate, and say what stands for it.

    Raises
    ------
    RequestError
        There is no such section, or it cannot be certified, signed or written.
    """
    from emobench.leaderboard.certificate.section import section_name
    from emobench.results import certify

    made = certify(section, out, results, key)
    for line in made.notes:
        voice.say(line)
    if made.signer:
        voice.say(f"signed with {made.signer}")
    voice.say(f"fingerprint {made.fingerprint}")
    voice.result(
        {
            "path": str(made.path), "section": section_name(made.section), "cells": made.cells,
            "bytes": made.bytes, "fingerprint": made.fingerprint, "signer": made.signer,
            "notes": [*made.notes],
        }
    )  # fmt: skip
    size = f"{made.bytes / 2**20:.1f} MiB"
    voice.made(
        out,
        f"{out} ({size}) holds {counted(made.cells, 'cell')}; anybody checks it with: emobench "
        f"certify --verify {out}",
    )


def check_command(path: Path, key: Path | None, voice: Voice) -> int:
    """Check a certificate; return the exit status.

    Raises
    ------
    RequestError
        The file of the public key holds none.
    """
    from emobench.leaderboard.certificate.verification import lines
    from emobench.results import verify_certificate

    verdict = verify_certificate(path, key)
    if voice.as_json:
        voice.result(verdict.content())
        return verdict.status
    for line in lines(verdict):
        voice.say(line) if verdict.is_valid else voice.fault(line)
    return verdict.status
