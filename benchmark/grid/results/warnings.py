"""Warnings about the corpora and the plan, before a run starts to compute."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.duplicates import Duplicates
from emobench.corpus.preparation.extract import Prepared
from emobench.grid.plan.plan import Plan
from emobench.store.store import Store
from emobench.wording import counted

LISTED = 10
"""Number of problems that are listed one by one."""

TRAINED_AGAIN = {
    "model_digest", "dataset_digest", "version", "inputs", "backbones",
}  # fmt: skip
"""Fields of a spec that can change although the user typed the same request."""


def corpus_warnings(target: Prepared) -> Iterator[str]:
    """Name the modalities, utterances and clips of a corpus that cannot be used."""
    corpus, problems = target.corpus, target.problems
    label = corpus.request.label
    if absent := [m for m in corpus.dataset.card.modalities if m not in corpus.modalities]:
        complete = "the complete corpus has them" if absent[1:] else "the complete corpus has it"
        yield f"warning: there is no {' and no '.join(absent)} of {label} here; {complete}"
    for modality, count in zip(corpus.modalities, target.available.sum(axis=0), strict=True):
        if count < len(corpus.table):
            yield (
                f"warning: {modality} is absent for {len(corpus.table) - count} of "
                f"{len(corpus.table)} utterances of {label}"
            )
    for problem in problems[:LISTED]:
        yield f"warning: {problem.clip}: {problem.problem}; {problem.policy}"
    if problems:
        rest = len(problems) - LISTED
        more = f" ({rest} not shown here)" if rest > 0 else ""
        how = "they are" if problems[1:] else "it is"
        yield (
            f"warning: {counted(len(problems), 'clip')} of {label} could not be used as {how}"
            f"{more}; the leaderboard page lists all. --bad-clips fail refuses to run with such "
            "clips."
        )


def copy_warnings(corpus: Corpus, found: list[Duplicates]) -> Iterator[str]:
    """Count the test utterances that train has too; `found` has an item per fold."""
    whole, tested = sum(len(f.whole) for f in found), sum(f.tested for f in found)
    if whole:
        yield (
            f"warning: {whole} of {tested} test utterances of {corpus.request.label} stand in "
            "train too, exactly; the leaderboard page has a score without them"
        )


def trained_again(plan: Plan, store: Store) -> Iterator[str]:
    """Say why trainings that look like stored ones have to be done again."""
    stored = list(store.specs())
    seen: set[tuple[str, str]] = set()
    for job in plan.jobs.values():
        if store.training(job.spec.key()).is_dir():
            continue
        for other in stored:
            changed = job.spec.changed(other)
            if set(changed) <= TRAINED_AGAIN:
                what = " and ".join(c.replace("_digest", "") for c in changed)
                seen.add((job.spec.model, what))
                break
    for model, what in sorted(seen):
        yield f"{model} is trained again: its {what} changed since the stored results"
