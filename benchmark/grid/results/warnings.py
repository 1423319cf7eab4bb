"""Warnings about the corpora and the plan, before a run starts to compute."""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emobench.corpus.corpus import Corpus
from emobench.corpus.identity import reasons
from emobench.corpus.leakage.duplicates import Duplicates
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.verify import Finding
from emobench.grid.plan.plan import Plan
from emobench.store.index import Index
from emobench.store.spec import TrainingSpec, read_spec
from emobench.wording import counted

LISTED = 10
"""Number of problems that are listed one by one."""

NAMED = 3
"""Number of utterances that are named where there is a doubt."""

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


def doubt_warnings(corpus: Corpus, findings: Sequence[Finding]) -> Iterator[str]:
    """Say in a line each why the scores of a corpus may not mean what they seem to."""
    label = corpus.request.label
    for finding in findings:
        named = ", ".join(finding.ids[:NAMED])
        more = ", …" if len(finding.ids) > NAMED else ""
        yield f"warning: {label}: {finding.text}{f' ({named}{more})' if named else ''}"
    if findings:
        yield f"`emobench data verify {shlex.quote(label)}` tells more of {label}"


def trained_again(plan: Plan, corpora: Mapping[str, Corpus], index: Index) -> Iterator[str]:
    """Say why trainings that look like stored ones have to be done again.

    `corpora`: the opened corpora by label.
    """
    stored: dict[str, list[TrainingSpec]] | None = None
    seen: set[tuple[str, str]] = set()
    for job in plan.jobs.values():
        if index.training(job.key):
            continue
        if stored is None:
            stored = _alike(index)
        for other in stored.get(_unchangeable(job.spec.model_dump(mode="json")), ()):
            changed = job.spec.changed(other)
            renewed = sorted(set(job.spec.config) ^ set(other.config))
            # Other values of the same options are another row; other options are another emobench.
            if set(changed) <= TRAINED_AGAIN | ({"config"} if renewed else set()):
                what = " and ".join(c.replace("_digest", "") for c in changed)
                if "dataset_digest" in changed and job.corpus.label in corpora:
                    what += _cause(corpora[job.corpus.label], other.dataset_digest)
                if renewed:
                    what += f" (options that came or went: {', '.join(renewed)})"
                seen.add((job.spec.model, what))
                break
    for model, what in sorted(seen):
        yield f"{model} is trained again: its {what} changed since the stored results"


def _alike(index: Index) -> dict[str, list[TrainingSpec]]:
    """The stored trainings, grouped by what no change of code or files changes."""
    found: dict[str, list[TrainingSpec]] = defaultdict(list)
    for _, plain in index.specs():
        if (spec := read_spec(plain)) is not None:
            found[_unchangeable(spec.model_dump(mode="json"))].append(spec)
    return found


def _unchangeable(spec: dict[str, Any]) -> str:
    fixed = {k: v for k, v in spec.items() if k not in TRAINED_AGAIN and k != "config"}
    return json.dumps(fixed, sort_keys=True)


def _cause(corpus: Corpus, was: str) -> str:
    """What changed in a corpus since the state `was`, in brackets; empty if that is unknown."""
    found = reasons(corpus.changes, was, corpus.digest)
    return f" ({corpus.request.label}: {'; then '.join(found)})" if found else ""
