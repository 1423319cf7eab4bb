"""The code in the documents runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]


def test_the_model_in_the_contributors_guide_runs_as_it_stands(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", guide, flags=re.DOTALL)
    (tmp_path / "my_model.py").write_text(block)
    command = [sys.executable, "-m", "emobench", "run", "--models", "my_model.py,late_fusion"]
    command += ["--dataset", "simulated:size=126:speakers=7", "--seeds", "1", "--epochs", "2"]
    environment = dict(os.environ, OMP_NUM_THREADS="1", EMOBENCH_CACHE=str(tmp_path / "cache"))
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    assert set(table["model"]) == {"mean_pool:epochs=2", "late_fusion"}
    assert set(table["status"]) == {"done"}
