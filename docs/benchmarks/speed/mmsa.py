"""MMSA's program against emobench, with MMSA's own networks."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from importlib.metadata import version
from math import inf, sqrt
from pathlib import Path
from statistics import fmean, stdev

import mmsa_data
from commands import HERE, timed
from rows import GAIN, VALUE, Limit, Row, Setting

MMSA = "MMSA==2.2.1"
NETWORKS = ("lf_dnn", "ef_lstm", "tfn")
TITLE = "MMSA against emobench"
TEXT = """MMSA 2.2.1's program and emobench train the same networks, imported from MMSA, on the
same synthetic data in the shape of CMU-MOSI (1,284, 229 and 686 utterances; 50 steps of 768, 5
and 20 features; three classes), with the same batch size, optimiser, number of epochs and
number of seeds, one process of one thread each, from its start to its last result. Both run in
one environment, which the script makes: that of emobench, to which MMSA and what it needs are
added, so that PyTorch is the same. MMSA loads its data without worker processes. It selects an
epoch by weighted F1 on dev, emobench by macro-F1; MMSA reads its pickle for each seed, emobench
has imported it before, which the notes time. MMSA sleeps for a second after each seed, which is
in its time. emobench flushes denormal numbers to zero, MMSA does not: an LSTM whose gradients
vanish, as `ef_lstm`'s do here, is slow without it. The other two spend their time in the same
kernels in both programs."""


def rows(setting: Setting) -> Iterator[Row]:
    """Both programs in turn, for each network."""
    python = environment(setting)
    sizes = {"train": 128, "valid": 32, "test": 32} if setting.quick else mmsa_data.SIZES
    stored, table = mmsa_data.write(setting.scratch, sizes)
    epochs, seeds = setting.size(10, 2), setting.size(5, 2)
    dataset, imported = _import(python, stored, table, setting)
    for network in NETWORKS:
        theirs, ours, reference, score = [], [], [], 0.0
        for number in range(setting.repeats):
            where = setting.scratch / f"mmsa-{network}-{number}"
            command = [str(python), str(HERE / "mmsa_runner.py"), network, str(stored)]
            seconds, out = timed([*command, str(epochs), str(seeds), str(where)], setting)
            theirs.append(seconds)
            reference = [one["Acc_3"] for one in json.loads(out.strip().splitlines()[-1])]
            where = setting.scratch / f"emobench-{network}-{number}"
            ours.append(_run(python, network, dataset, epochs, seeds, where, setting))
            score = _accuracy(where / "leaderboard" / "leaderboard.csv")
        what = f"{network}, {seeds} seeds of {epochs} epochs"
        note = f"importing the pickle took emobench {imported:.1f} s, once, before"
        yield Row(what, "s", tuple(ours), tuple(theirs), Limit(GAIN, 2), note)
        yield _agreement(network, score, reference)


def _agreement(network: str, ours: float, theirs: list[float]) -> Row:
    """How far the mean accuracies are apart, in standard errors of their difference."""
    error = stdev(theirs) * sqrt(2 / len(theirs))
    difference = abs(ours - fmean(theirs))
    # MMSA rounds its accuracy to four digits, and a network that learns nothing has one alone.
    exact = 0.0 if difference < 1e-4 else inf
    apart = difference / error if error else exact
    note = f"accuracy {ours:.3f} in emobench, {fmean(theirs):.3f} in MMSA, means over seeds"
    return Row(
        f"{network}, distance of scores", "standard errors", (apart,), (), Limit(VALUE, 2.8), note
    )


def environment(setting: Setting) -> Path:
    """The Python of the environment with emobench and MMSA, which is made if it is not there."""
    home = setting.kept / "mmsa"
    python = home / "bin" / "python"
    if (home / "complete").is_file():
        return python
    setting.say(f"mmsa: making the environment {home}")
    venv.create(home, with_pip=False, clear=True)
    inside = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(inside, capture_output=True, text=True, check=True).stdout.strip())
    here = sysconfig.get_path("purelib")
    (site / "emobench_base.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    pinned = home / "pinned.txt"
    pinned.write_text("".join(f"{name}=={version(name)}\n" for name in ("torch", "numpy")))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*install, MMSA, "--constraint", str(pinned)], check=True)
    (home / "complete").touch()
    return python


def _import(python: Path, stored: Path, table: Path, setting: Setting) -> tuple[str, float]:
    """Import the pickle and prepare the corpus; its name, and the seconds."""
    seconds, words = 0.0, [str(table)]
    for modality in mmsa_data.WIDTHS:
        name = f"mosi_{modality}"
        command = ["data", "import", str(stored), "--as", name, "--modality", modality]
        seconds += timed([str(python), "-m", "emobench", *command], setting)[0]
        words.append(f"{modality}_features={name}")
    dataset = ":".join(words)
    prepare = [str(python), "-m", "emobench", "data", "prepare", dataset, "--jobs", "1"]
    return dataset, seconds + timed(prepare, setting)[0]


def _run(
    python: Path,
    network: str,
    dataset: str,
    epochs: int,
    seeds: int,
    results: Path,
    setting: Setting,
) -> float:
    model = f"{HERE / 'mmsa_model.py'}:preset={network}"
    command = [
        str(python), "-m", "emobench", "run", "--models", model, "--dataset", dataset,
        "--protocol", "full_modalities", "--epochs", str(epochs), "--seeds", str(seeds),
        "--jobs", "1", "--device", "cpu", "--results", str(results),
    ]  # fmt: skip
    return timed(command, setting)[0]


def _accuracy(table: Path) -> float:
    """Mean accuracy of the one model of a leaderboard."""
    with table.open(newline="") as file:
        (row,) = list(csv.DictReader(file))
    return float(row["accuracy"])
