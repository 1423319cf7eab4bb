"""A corpus ten times as large as the memory still trains."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import json, resource, sys
from pathlib import Path

import numpy as np
import torch

from emobench.corpus.preparation.fit import Feature
from emobench.corpus.split import Split
from emobench.corpus.view import FoldView
from emobench.discovery.registry import registry
from emobench.interface.protocol import Regime
from emobench.interface.task import Task
from emobench.ragged_array import Ragged
from emobench.training.session import TrainingSession

COUNT, STEPS, SIZE = 4_000, 512, 512  # 4 GiB
LIMIT = 400 << 20
folder = Path(sys.argv[1])
np.save(folder / "offsets.npy", np.arange(COUNT + 1) * STEPS)
(folder / "meta.json").write_text(json.dumps({"size": SIZE, "dtype": "float32"}))
with (folder / "values.bin").open("wb") as file:
    file.truncate(COUNT * STEPS * SIZE * 4)  # a file with a hole: it takes no room on the disk
rng = np.random.default_rng(0)
feature = Feature("wide", Ragged(folder), SIZE, None, None)
task = Task(("a", "b"), {"audio": {"wide": SIZE}}, (COUNT // 2, COUNT // 2), COUNT - 400, False)
rows = np.arange(COUNT)
view = FoldView(
    modalities=("audio",), source_rows=rows, available=np.ones((COUNT, 1), bool),
    ids=[str(i) for i in rows], speakers=[str(i) for i in rows],
    labels=rng.integers(0, 2, COUNT), corpora=np.zeros(COUNT, np.int64), corpus_names=(),
    auxiliary=np.zeros(COUNT, bool), features={"audio": {"wide": feature}},
    parts=Split(rows[400:], rows[:400], rows[:0]), task=task,
)
kind = registry("model")["mlp"].load()
model = kind(task, kind.Config(epochs=1, hidden=8), "corrected")
session = TrainingSession(view, Regime("full", ""), model.config, 0, torch.device("cpu"))
# Loads what is loaded at first use, before what is there is counted.
model.loss(model(batch := next(session.dev_batches())), batch).backward()
now = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if "VmData" in line)
resource.setrlimit(resource.RLIMIT_DATA, (now + LIMIT, now + LIMIT))
try:
    hole = np.ones(LIMIT + (64 << 20), np.uint8)
except MemoryError:
    pass
else:
    raise AssertionError("the limit does not hold")
model.fit(session)
print("looks", len(session.epochs), "updates", session.epochs[-1]["updates"])
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_a_corpus_ten_times_the_memory_trains(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path], capture_output=True, text=True, timeout=500
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.split() == ["looks", "1", "updates", "113"]
