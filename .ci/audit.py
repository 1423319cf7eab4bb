"""Asks for known vulnerabilities of what is installed here, with pip-audit.

Where the advisory service is not reached, that is said, and nothing counts as looked at: pip-audit
itself would find no fault in packages of which it was told nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 300
OURS = "emobench"


class Report(NamedTuple):
    """What was found: packages that were looked at, those that were not, and faults."""

    looked_at: int
    skipped: tuple[str, ...]
    faults: tuple[str, ...]


def report_of(content: dict[str, Any]) -> Report:
    """What pip-audit's JSON says."""
    there = [one for one in content["dependencies"] if one["name"].lower() != OURS]
    skipped = tuple(one["name"] for one in there if "skip_reason" in one)
    faults = tuple(
        f"{one['name']} {one['version']}: {fault['id']}"
        + (f", mended in {' or '.join(fault['fix_versions'])}" if fault["fix_versions"] else "")
        for one in there
        for fault in one.get("vulns", ())
    )
    return Report(len(there) - len(skipped), skipped, faults)


def verdict(report: Report) -> tuple[int, str]:
    """Exit status, and what to say."""
    if not report.looked_at:
        return 0, (
            "SKIPPED: the advisory service is not reached from here, so that none of "
            f"{len(report.skipped)} packages was looked at"
        )
    lines = [*report.faults, f"{report.looked_at} packages looked at, {len(report.faults)} faults"]
    if report.skipped:
        lines.append(f"not known to the service: {', '.join(report.skipped)}")
    return (1 if report.faults else 0), "\n".join(lines)


def asked(python: str) -> dict[str, Any] | None:
    """What pip-audit says of the packages of `python`; None if it cannot be had or asked."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze", "--exclude-editable"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        packages, own = Path(folder, "packages.txt"), Path(folder, "venv")
        packages.write_text(listed)
        venv.create(own, with_pip=True)
        tool = str(own / "bin" / "python")
        try:
            install = [tool, "-m", "pip", "install", "--quiet", "pip-audit"]
            subprocess.run(install, check=True, capture_output=True, timeout=SECONDS)
            done = subprocess.run(
                [tool, "-m", "pip_audit", "-r", str(packages), "--no-deps", "--disable-pip",
                 "-f", "json", "--progress-spinner", "off"],
                capture_output=True, text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
            found: dict[str, Any] = json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError):
            return None
    return found


def main() -> int:
    """Ask, and say what came of it."""
    found = asked(sys.executable)
    if found is None:
        print("SKIPPED: pip-audit cannot be had from here, or does not reach its service")
        return 0
    status, words = verdict(report_of(found))
    print(words)
    return status


if __name__ == "__main__":
    sys.exit(main())
