"""A results folder of a million cells: what listing, resuming and rendering cost.

    python docs/benchmarks/store_at_size.py big                    # write it, about 10 minutes
    python docs/benchmarks/store_at_size.py big --measure          # time the commands
    python docs/benchmarks/store_at_size.py page --page            # 1,008 cells of 2,858 utterances
    python docs/benchmarks/store_at_size.py page --page --measure

The folder is what `emobench run` would have left: the request is planned as any is, and every
training and cell of the plan is written through the store, with made-up predictions of the real
test utterances. So the printed command finds nothing to do. Weights are a few numbers, for their
size is the model's and not the store's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from emobench.corpus.folders import folders
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.split import split
from emobench.discovery.registry import resolve
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import open_scopes
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import make_plan
from emobench.grid.plan.request import Request
from emobench.leaderboard.report.freshness import FILES, remember, state
from emobench.store.pack import PackedCell, write_pack
from emobench.store.records import Epoch, TrainingReport
from emobench.store.store import Store

PROTOCOL = '''"""Fine steps of the missing rate, for a benchmark of the store."""

from typing import ClassVar

from emobench import Condition, Protocol, ProtocolCard, Regime, Setting


class FineRates(Protocol):
    """The two regimes of missing_modality, and 53 rates."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="fine_rates", title="Fine rates", question="How does a score fall?", method="Rates."
    )

    def regimes(self, setting: Setting) -> list[Regime]:
        return [
            Regime("full", "missingness never seen in training"),
            Regime("modality_dropout", "seen in training", drop=0.3),
        ]

    def conditions(self, setting: Setting) -> list[Condition]:
        whole = Condition("full", "everything there", setting.modalities, role="real")
        rates = [round(0.011 * i, 3) for i in range(1, 54)]
        return [whole, *(Condition(f"rate_{r}", f"rate {r}", rate=r) for r in rates)]
'''
EPOCHS = 20


class Quiet:
    """A screen that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def words(folder: Path, corpora: int, models: int) -> dict[str, Any]:
    """The request, as options of the command line; its protocol is written beside the results."""
    own = folder / "fine_rates.py"
    if not own.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        own.write_text(PROTOCOL)
    return {
        "models": ",".join(f"mlp:hidden={8 + i}" for i in range(models)),
        "protocol": f"missing_modality:fill=zero+train_mean:frames=true,{own}",
        "dataset": ",".join(f"simulated:size={300 + 6 * i}" for i in range(corpora)),
        "seeds": 5,
        "folds": 5,
    }


def words_of_a_page() -> dict[str, Any]:
    """The request of one section with many utterances: its folder is rendered as a whole."""
    return {
        "models": ",".join(f"mlp:hidden={8 + i}" for i in range(12)),
        "protocol": "missing_modality",
        "dataset": "simulated:size=10000",
        "seeds": 3,
    }


def made_up(job: Job, truth: pd.DataFrame, classes: int) -> Iterator[PackedCell]:
    """Cells of a job: logits that tell the truth the less, the more is missing."""
    draw = np.random.default_rng(int(job.key, 16) % 2**63)
    size = len(truth)
    schema: pa.Schema | None = None
    known = [pa.array(truth[name]) for name in truth]
    skill = 1.0 + 0.05 * (int(job.spec.config["hidden"]) % 8)
    right = np.eye(classes)[truth["label"].to_numpy()]
    for key, cell in job.cells.items():
        shown = draw.random((size, 3)) >= cell.condition.rate
        strength = skill * (1.0 - cell.condition.rate)
        logits = (strength * right + draw.standard_normal((size, classes))).astype(np.float32)
        if schema is None:
            frame = truth.copy()
            frame[[f"logit_{c}" for c in range(classes)]] = logits
            frame[[f"present_{m}" for m in ("text", "audio", "vision")]] = shown
            schema = pa.Schema.from_pandas(frame, preserve_index=False)
        columns = [*known, *map(pa.array, logits.T.copy()), *map(pa.array, shown.T.copy())]
        report = {"predict_seconds": 0.01, "n": size, "missing_rate": float(1 - shown.mean())}
        spec = cell.spec(job.key).model_dump(mode="json")
        table = pa.Table.from_arrays(columns, schema=schema)
        yield PackedCell(key, spec, {**report, "findings": {}}, table=table)


def report(draw: np.random.Generator) -> TrainingReport:
    """The report of a training of some looks at dev."""
    looks = [
        Epoch(
            epoch=i + 1, updates=10 * (i + 1), passes=i + 1, learning_rate=1e-3,
            train_loss=float(1 / (i + 1)), dev_macro_f1=float(draw.random()),
            dev_loss=float(draw.random()), seconds=0.3,
        )
        for i in range(EPOCHS)
    ]  # fmt: skip
    return TrainingReport(
        params=1000, train_seconds=6.0, epochs=tuple(looks), best_epoch=3, dev_macro_f1=0.5,
        device="cpu",
    )  # fmt: skip


def write(folder: Path, typed: dict[str, Any]) -> None:
    """Write the results folder ``folder/results`` of a request."""
    import torch

    request = Request(
        models=resolve("model", typed["models"]),
        protocols=resolve("protocol", typed["protocol"]),
        corpora=corpus_requests(typed["dataset"], None, typed.get("folds"), folders(None, None)),
        seeds=typed["seeds"],
        folds=typed.get("folds"),
    )
    started = time.perf_counter()
    scopes = open_scopes(request, OpenCorpora(), Quiet())
    opened = {part.label: part for scope in scopes for part in scope.parts}
    began = time.perf_counter()
    plan = make_plan(scopes)
    print(f"opened in {began - started:.0f} s, planned in {time.perf_counter() - began:.0f} s: "
          f"{len(plan.jobs)} trainings, {plan.cells} cells", flush=True)  # fmt: skip
    store = Store(folder / "results")
    store.open()
    truths: dict[tuple[str, int], pd.DataFrame] = {}
    for number, job in enumerate(plan.jobs.values(), start=1):
        part = opened[job.corpus.label]
        place = (job.corpus.label, job.spec.fold)
        if place not in truths:
            rows = split(part.corpus, part.policy, job.spec.fold).test
            table = part.corpus.table.iloc[rows]
            label = [part.corpus.classes.index(name) for name in table["label"]]
            truths[place] = pd.DataFrame(
                {"id": table["id"].tolist(), "label": label, "speaker": table["speaker"].tolist()}
            )
        if not store.training_done(job.key):
            weights = {"w": torch.ones(64)}
            store.write_training(job.key, job.spec, report(np.random.default_rng(number)), weights)
        if not list(store.training(job.key).glob("cells-*")):
            cells = made_up(job, truths[place], len(part.corpus.classes))
            write_pack(store.training(job.key), cells, store.root / "unfinished")
        if number % 500 == 0:
            print(f"{number} trainings written", flush=True)


def size(root: Path) -> tuple[int, int, int]:
    """Files, folders and bytes on disk below a folder."""
    files = places = total = 0
    for _, inner, names in os.walk(root):
        places += len(inner)
        files += len(names)
    said = subprocess.run(["du", "-s", "--block-size=1", root], capture_output=True, text=True,
                          check=True)  # fmt: skip
    total = int(said.stdout.split()[0])
    return files, places, total


def timed(name: str, *arguments: str) -> None:
    """Run a command of ``emobench`` in a process of its own; print its time and memory.

    What it imports is imported before the clock starts.
    """
    code = (
        "import resource, sys, time\n"
        "from emobench.cli.app import main\n"
        "import emobench.grid.run, emobench.leaderboard.report.publish, emobench.store.inventory\n"
        "first = resource.getrusage(resource.RUSAGE_SELF)\n"
        "before = first.ru_utime + first.ru_stime\n"
        "began = time.perf_counter()\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code or 0\n"
        "else: code = 0\n"
        "wall = time.perf_counter() - began\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "cpu = used.ru_utime + used.ru_stime - before\n"
        "print(f'MEASURED {wall:.1f} s ({cpu:.1f} s of CPU), {used.ru_maxrss / 1024:.0f} MB at '\n"
        "      f'most, {first.ru_maxrss / 1024:.0f} MB after imports', file=sys.stderr)\n"
        "sys.exit(code)"
    )
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True,
                         check=False, env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    last = [line for line in run.stderr.splitlines() if line.startswith("MEASURED")]
    print(f"{name}: {last[-1] if last else run.stderr[-2000:]} (status {run.returncode})")
    for line in run.stdout.splitlines()[-6:]:
        print(f"    {line}")


def mark_page(root: Path) -> None:
    """Have the page count as up to date, as it is after the run that computed the last cell.

    Rendering all sections of so many cells takes as often as long as one section as there are.
    """
    folder = root / "leaderboard"
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).touch()
    remember(root, state(root), [])


def measure(folder: Path, typed: dict[str, Any]) -> None:
    """Time the commands on the folder."""
    root = folder / "results"
    asked = [f"--{name}={value}" for name, value in typed.items()]
    files, places, total = size(root)
    print(f"{files:,} files, {places:,} folders, {total / 2**30:.2f} GiB")
    (root / "index.parquet").unlink(missing_ok=True)
    timed("listing without an index", "results", "list", str(root))
    timed("listing", "results", "list", str(root))
    mark_page(root)
    timed("nothing to do", "run", *asked, "--results", str(root), "--jobs", "1")
    timed("a dry run", "run", *asked, "--results", str(root), "--dry-run")
    corpus = typed["dataset"].split(",")[0]
    one = ["leaderboard", "--results", str(root), "--dataset", corpus]
    timed("a section's page", *one, "--protocol", "missing_modality")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", type=int, default=20)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--measure", action="store_true")
    chosen = parser.parse_args()
    place = chosen.folder.resolve()
    asked = words_of_a_page() if chosen.page else words(place, chosen.corpora, chosen.models)
    task = measure if chosen.measure else write
    task(place, asked)
