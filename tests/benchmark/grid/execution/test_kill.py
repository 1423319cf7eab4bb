"""A run that is killed in the middle of a training goes on to bit-identical predictions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench.grid.execution.live_look import CourseReader
from emobench.store.cell_reader import CellReader

MODELS = (
    "emotiwave", "avfusion", "cross_modal_attention", "emoxformer", "cross_modal_translation",
    "tensor_fusion",
)  # fmt: skip
REPETITIONS = int(os.environ.get("EMOBENCH_KILLS", "1"))
"""Kills per model. Twenty over all models are four or more each."""


def command(model: str, results: Path, cache: Path) -> list[str]:
    return [
        sys.executable, "-m", "emobench", "run",
        "--models", f"{model}:min_updates=80:min_epochs=0:looks=20",
        "--protocol", "full_modalities", "--dataset", "simulated:size=84:speakers=7",
        "--seeds", "1", "--executor", "in_process", "--save-every", "2",
        "--results", str(results), "--cache-dir", str(cache),
    ]  # fmt: skip


def finish(model: str, results: Path, cache: Path) -> str:
    done = subprocess.run(
        command(model, results, cache), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def kill_after(model: str, look: int, results: Path, cache: Path) -> None:
    """Start the run, and kill it when its training has made `look` looks at dev in all."""
    run = subprocess.Popen(command(model, results, cache), stdout=subprocess.DEVNULL)
    seen: set[tuple[str, int]] = set()
    limit = time.monotonic() + 200
    while run.poll() is None and len(seen) < look and time.monotonic() < limit:
        for path in (results / "unfinished").glob("*.jsonl"):
            looks = [record.look for record in CourseReader(path).read()]
            seen |= {(one.stage, one.number) for one in looks if one is not None}
        time.sleep(0.002)
    assert run.poll() is None, "the training was over before it could be killed"
    run.send_signal(signal.SIGKILL)
    run.wait()


def predictions(results: Path) -> pd.DataFrame:
    reader = CellReader(results)
    (cell,) = reader.every()
    table: pd.DataFrame = reader.table(cell).to_pandas()
    return table


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_killed_run_goes_on_to_the_same_predictions(model: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    finish(model, tmp_path / "whole", cache)
    expected = predictions(tmp_path / "whole")
    draw = np.random.default_rng(MODELS.index(model))
    for repetition in range(REPETITIONS):
        results = tmp_path / f"killed-{repetition}"
        kill_after(model, int(draw.integers(3, 9)), results, cache)
        assert not list(CellReader(results).every())
        assert list((results / "unfinished").glob("*.safetensors"))
        assert "went on after " in finish(model, results, cache)
        pd.testing.assert_frame_equal(predictions(results), expected, check_exact=True)
        assert list((results / "unfinished").iterdir()) == []
