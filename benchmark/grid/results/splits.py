"""Writes the splits of stored trainings again where they are lost or damaged."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.disk.seal import unsealed
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import Job
from emobench.provenance.view_digests import split_record
from emobench.store.index import Index
from emobench.store.store import Store


def restore_splits(jobs: Mapping[str, Job], store: Store, index: Index) -> None:
    """Write the split of each fold that stored trainings name and that cannot be read.

    One training of each fold is looked at: the others name the same. A split that comes out
    otherwise, of a corpus that has changed since, is not written.
    """
    seen: set[tuple[str, str, int, str]] = set()
    for job in jobs.values():
        fold = (job.corpus.label, repr(job.policy), job.spec.fold, job.flaw)
        if fold in seen or index.training(job.key) != "done":
            continue
        report = store.training_report(job.key)
        if report is None or not report.split:
            continue  # an older one names none; another of the fold may
        seen.add(fold)
        if _is_whole(store, report.split):
            continue
        record = split_record(trained_view(OpenCorpora(), job))
        if record.digest == report.split:
            store.write_record("splits", record.digest, record)


def _is_whole(store: Store, digest: str) -> bool:
    try:
        unsealed((store.root / "splits" / f"{digest}.json").read_bytes())
    except (OSError, ValueError):
        return False
    return True
