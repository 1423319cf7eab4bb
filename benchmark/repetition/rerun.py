"""``emobench rerun CELL``: trains and predicts a stored cell again, elsewhere, and compares."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from emobench.conditions.mask_set import MaskSet, read_masks
from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.extract import prepare
from emobench.denormals import denormals_flushed
from emobench.discovery.registry import Entry
from emobench.discovery.representations import extracted, representation, source_of
from emobench.errors import EmobenchError, RequestError
from emobench.executor import Executor, open_executor
from emobench.grid.execution.preparation import DataPreparation
from emobench.grid.execution.worker import HERE, run_job
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import Job, PlanContext, PlannedCell, make_cell, with_cells
from emobench.grid.plan.plan import Plan
from emobench.grid.run import forget_earlier_runs
from emobench.grid.screen import SilentScreen
from emobench.inference.origin import (
    check_versions,
    corpus_request,
    model_entry,
    model_inputs,
    refuse_unnamed_corpus,
    regime_of,
    split_of,
)
from emobench.interface.dataset import Folders
from emobench.provenance.circumstances import circumstances
from emobench.repetition.cell_name import FoundCell, found_cell
from emobench.repetition.cell_sheet import circumstances_of, report_of
from emobench.repetition.comparison import (
    DIFFERENT,
    GPU_TOLERANCE,
    IDENTICAL,
    TOLERANCE,
    Repetition,
    gap_of,
    verdict_of,
)
from emobench.store.cell_reader import CellReader
from emobench.store.spec import ConditionSpec, TrainingSpec, read_spec
from emobench.store.store import Store

ALONE = "in_process"


@dataclass(frozen=True)
class RerunOptions:
    """How a cell is computed again.

    Parameters
    ----------
    folders
        Where corpora and prepared data lie.
    model_file
        The file of a user's own model.
    masks
        The file of imported masks, if it was shown any.
    device
        ``auto``: the kind of device that trained, if there is one here.
    seed, fold
        Which cell of a row with several.
    dataset
        The corpus as the record calls it, where it is a file of code: such a file is run only if
        it is named.
    progress
        Called with what is done.
    """

    folders: Folders
    model_file: Path | None = None
    masks: Path | None = None
    device: str = "auto"
    seed: int | None = None
    fold: int | None = None
    dataset: str | None = None
    progress: Callable[[str, int, int], None] | None = None


def rerun(root: Path, text: str, options: RerunOptions) -> Repetition:
    """Compute a stored cell again in a temporary folder, and compare; nothing in `root` changes.

    Parameters
    ----------
    root, text
        Where, and which; see `emobench.repetition.cell_name.found_cell`.
    options
        How.

    Raises
    ------
    RequestError
        There is no such cell, or its corpus, its model's file or its masks are not here.
    """
    found = found_cell(root, text, options.seed, options.fold)
    spec = read_spec(found.spec)
    if spec is None or found.cell is None:
        raise RequestError(
            f"{found.title}: its spec, or the cell itself, is not stored, so it cannot be repeated."
        )
    refuse_unnamed_corpus(spec, options.dataset, options.folders)
    entry = model_entry(spec, options.model_file)
    device = _device(options.device, found)
    threads = int(circumstances_of(found).get("threads") or 1)
    started = time.perf_counter()
    with _as_before(threads), tempfile.TemporaryDirectory(prefix="emobench-rerun-") as folder:
        with denormals_flushed():
            here = circumstances(device)
        try:
            job = _job(found, spec, entry, options, device)
        except _OtherDataError as error:
            around = _around(found, here)
            return Repetition(
                found.title, found.key, DIFFERENT, None,
                because=(str(error), *_model_changes(spec, entry)), around=around,
            )  # fmt: skip
        forget_earlier_runs()
        Store(Path(folder)).open()
        run_job(job, Path(folder), str(device))
        HERE.clear()
        return _compared(found, job, Path(folder), here, time.perf_counter() - started)


class _OtherDataError(Exception):
    """What a cell was made of is not what is here; the message is a sentence part."""


def _device(asked: str, found: FoundCell) -> torch.device:
    if asked != "auto":
        return torch.device(asked)
    trained = str(report_of(found).get("device", "cpu"))
    is_gpu = trained.startswith("cuda") and torch.cuda.is_available()
    return torch.device("cuda" if is_gpu else "cpu")


@contextlib.contextmanager
def _as_before(threads: int) -> Iterator[None]:
    """Compute with as many threads as then: sums depend on how many there are."""
    import threadpoolctl

    before, variable = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        with threadpoolctl.threadpool_limits(threads):
            yield
    finally:
        torch.set_num_threads(before)
        os.environ.pop("OMP_NUM_THREADS", None)
        if variable is not None:
            os.environ["OMP_NUM_THREADS"] = variable


def _job(
    found: FoundCell, spec: TrainingSpec, entry: Entry, options: RerunOptions, device: torch.device
) -> Job:
    """The training of a cell, with this cell alone, and its data prepared."""
    corpora, request = OpenCorpora(), corpus_request(spec.dataset, options.folders)
    corpus = corpora.get(request, options.progress)
    if corpus.digest != spec.dataset_digest:
        raise _OtherDataError(
            f"the corpus {spec.dataset} has the digest {corpus.digest[:12]} here, and had "
            f"{spec.dataset_digest[:12]}: its files or options are others, so it was not repeated"
        )
    try:
        check_versions(spec.inputs)
    except RequestError as error:
        raise _OtherDataError(str(error).rstrip(".")) from None
    rule, flaw = split_of(spec, corpus)
    masks = _masks(found, options.masks)
    job = Job(
        spec, entry, request, rule, model_inputs(spec, entry), regime_of(spec), found.title, flaw,
        masks, save_every=0,
    )  # fmt: skip
    others = {found.condition.corpus, found.condition.classes} - {None, request.label}
    requests = [corpus_request(str(name), options.folders) for name in sorted(map(str, others))]
    opened = [corpus, *(corpora.get(one, options.progress) for one in requests)]
    context = PlanContext(corpus, rule, spec.track, tuple(opened), masks)
    cell = _planned(found, context)
    job = with_cells(job, {found.key: cell})
    with open_executor(ALONE, 1) as executor:
        _prepare(job, opened, corpora, executor, device, options)
    return job


def _masks(found: FoundCell, file: Path | None) -> MaskSet | None:
    assert found.cell is not None
    digest = found.cell.spec.get("condition", {}).get("masks")
    if digest is None:
        return None
    if file is None:
        raise RequestError(f"It was shown imported masks, digest {digest}: name them with --masks.")
    masks = read_masks(file)
    if masks.digest != digest:
        raise RequestError(f"{file} has the digest {masks.digest}, the cell was shown {digest}.")
    return masks


def _planned(found: FoundCell, context: PlanContext) -> PlannedCell:
    """The cell as this version plans it, which has to be what is stored."""
    assert found.cell is not None
    cell = make_cell(context, found.condition)
    stored = ConditionSpec.model_validate(found.cell.spec["condition"])
    if cell.spec(found.slot.training or "").condition == stored:
        return cell
    now = cell.spec(found.slot.training or "").condition.model_dump()
    then = stored.model_dump()
    told = [f"{k} is {now[k]}, and was {then[k]}" for k in now if now[k] != then[k]]
    raise _OtherDataError(f"its condition means something else here: {'; '.join(told)}")


def _prepare(
    job: Job,
    opened: list[Corpus],
    corpora: OpenCorpora,
    executor: Executor,
    device: torch.device,
    options: RerunOptions,
) -> None:
    wanted = {name for names in job.inputs.values() for name in names}
    for corpus in opened:
        names = {n for n in wanted if source_of(n) in _sources(corpus, n)}
        prepare(corpus, extracted(names), executor, options.progress, str(device))
    plan = Plan((), {job.key: job})
    DataPreparation(plan, [], corpora, executor, str(device), SilentScreen()).run()


def _sources(corpus: Corpus, name: str) -> tuple[str, ...]:
    return corpus.sources.get(representation(name).modality, ())


def _compared(
    found: FoundCell, job: Job, folder: Path, here: Mapping[str, str], seconds: float
) -> Repetition:
    again, key = CellReader(folder).cell(job.key, found.key), job.key
    assert found.cell is not None
    on_gpu = "cuda" in (here["device"], str(report_of(found).get("device", ""))[:4])
    tolerance = GPU_TOLERANCE if on_gpu else TOLERANCE
    around = _around(found, here)
    changes = (*_model_changes(job.spec, job.entry), *_input_changes(found, folder, key))
    reasons = (*changes, *_told(around))
    if found.cell.report is None or again is None or again.report is None:
        then = (found.cell.failure or {}).get("reason", "") if not found.cell.report else "done"
        now = _failure(again, folder, key)
        same = then == now
        why = changes if same else (f"it was {then or 'failed'} then and is now: {now}", *reasons)
        return Repetition(
            found.title, found.key, IDENTICAL if same else DIFFERENT, None, tolerance,
            because=why, around=around, seconds=seconds,
        )  # fmt: skip
    tables = [_table(CellReader(root), job, found.key) for root in (found.root, folder)]
    gap = gap_of(*tables)
    verdict = verdict_of(gap, tolerance)
    because = reasons if verdict == DIFFERENT else changes
    weights = _weights(found, folder, key)
    return Repetition(
        found.title, found.key, verdict, gap, tolerance, weights, because, around, seconds
    )


def _failure(again: Any, folder: Path, key: str) -> str:
    if again is not None:
        return "done" if again.report else str((again.failure or {}).get("reason", ""))
    return Store(folder).training_failure(key) or "nothing"


def _table(reader: CellReader, job: Job, key: str) -> pd.DataFrame:
    cell = reader.cell(job.key, key)
    table = reader.table(cell) if cell is not None else None
    if table is None:
        raise RequestError(f"The predictions of cell {key} cannot be read.")
    found: pd.DataFrame = table.to_pandas()
    return found


def _weights(found: FoundCell, folder: Path, key: str) -> str:
    try:
        then = Store(found.root).checkpoint(key)
    except (EmobenchError, OSError):
        return "not stored"
    now = Store(folder).checkpoint(key)
    same = then.keys() == now.keys() and all(torch.equal(then[n], now[n]) for n in then)
    return "identical" if same else "different"


def _model_changes(spec: TrainingSpec, entry: Entry) -> list[str]:
    if entry.digest == spec.model_digest:
        return []
    return [
        f"the model's file {entry.path.name} has changed: it has the digest {entry.digest[:12]}, "
        f"and had {spec.model_digest[:12]}"
    ]


def _input_changes(found: FoundCell, folder: Path, key: str) -> list[str]:
    """What the training read now and did not read then."""
    then, now = report_of(found), Store(folder).training_report(key)
    if now is None:
        return []
    before = then.get("inputs") or {}
    told = [
        f"the prepared values of {name} are others"
        for name, digest in now.inputs.items()
        if before and before.get(name) != digest
    ]
    if then.get("split") and then["split"] != now.split:
        told.insert(0, "train, dev or test hold other utterances")
    return told


def _around(found: FoundCell, here: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What was otherwise then, of all that a record of then has."""
    then = circumstances_of(found)
    cell = (found.cell.report or {}) if found.cell is not None else {}
    then |= cell.get("circumstances") or {}
    return {
        name: (then[name], here.get(name, "none"))
        for name in then
        if then[name] != here.get(name, "none")
    }


def _told(around: Mapping[str, tuple[str, str]]) -> list[str]:
    words = {"source": "source of emobench"}
    return [
        f"{words.get(name, name)} is {now[:20]}, and was {then[:20]}"
        for name, (then, now) in around.items()
    ]
