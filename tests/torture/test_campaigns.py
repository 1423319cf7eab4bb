"""A seeded handful of each campaign of machines and disks; `make torture` runs them in full."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "docs" / "benchmarks" / "torture"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count"), [("kills", 6), ("faults", 10), ("damage", 40), ("neighbours", 2)]
)
def test_a_handful_is_withstood(name: str, count: int, tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS), name, "--count", str(count), "--seed", "7"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    finding = json.loads((tmp_path / "reliability.json").read_text())[name]["finding"]
    assert (finding["count"], finding["failures"]) == (count, [])
