"""A training that read a representation of somebody's own speaks once that file is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

SMALL = "simulated:size=126:speakers=7"


@pytest.fixture
def cli(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in a process that knows no file of an earlier one."""

    def call(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "emobench", *map(str, words)]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    return call


@pytest.mark.slow
def test_the_file_of_the_representation_is_named_and_has_to_be_the_same(cli, tmp_path):
    file = tmp_path / "mine.py"
    assert cli("new-representation", "mine", cwd=tmp_path).returncode == 0
    asked = ("--models", "late_fusion", "--encoder", "audio=mine.py", "--dataset", SMALL)
    small = ("--protocol", "full_modalities", "--seeds", 1)
    assert cli("run", *asked, *small, cwd=tmp_path).returncode == 0
    assert cli("data", "manifest", SMALL, "-o", "clips.csv", cwd=tmp_path).returncode == 0
    named = ("--encoder", "audio=mine.py")
    assert cli("export", "results", "exported", *named, cwd=tmp_path).returncode == 0
    for source in ("results", "exported"):
        refused = cli("predict", source, "clips.csv", cwd=tmp_path)
        assert refused.returncode == 2
        assert "--encoder MODALITY=FILE" in refused.stderr
        done = cli("predict", source, "clips.csv", "-o", f"{source}.csv", *named, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    first, second = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("results", "exported"))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    file.write_text(file.read_text() + "\n# edited\n")
    changed = cli("predict", "exported", "clips.csv", *named, cwd=tmp_path)
    assert changed.returncode == 2
    assert "not as it was" in changed.stderr
