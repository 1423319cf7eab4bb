"""What a certificate says beside its results: all of it follows from these alone.

So a checker makes every such file again and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emobench.atomic import json_text
from emobench.leaderboard.certificate.archive import sha256
from emobench.leaderboard.certificate.cells import CellFacts, cell_facts
from emobench.leaderboard.certificate.crate import METADATA, crate
from emobench.leaderboard.certificate.numbers import number_tables
from emobench.leaderboard.report.sections import section_views
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.takeaway.citation import citations
from emobench.leaderboard.takeaway.command import run_script, study_file
from emobench.store.records import TrainingReport

MASKS: Final = "masks.json"
SPLITS: Final = "splits.json"
PROVENANCE: Final = "provenance.json"
CELLS: Final = "cells.csv"
README: Final = "README.md"

INTRODUCTION: Final = """\
# {title}

A certificate of emobench: a section of its leaderboard with all that the numbers follow from.

    emobench certify --verify FILE.zip

recomputes every number from the stored predictions and says what does not fit; with
`--public-key FILE` also whether it is as its author signed it. It needs no corpus, no model and no
PyTorch.

| file | what |
|---|---|
| `results/` | a results folder of emobench: records, specs, logits of every test utterance |
| `numbers/` | every number of the section as CSV: scores, intervals, paired differences, ranks |
| `cells.csv` | every cell with a digest of its predictions |
| `splits.json` | the utterances of train, dev and test, and how often each class is true in test |
| `masks.json` | which modalities each utterance showed under each condition: `t`, `a`, `v` |
| `provenance.json` | versions, machines, seeds, digests of sources, corpora, records |
| `run.sh`, `study.toml` | the commands that compute it again |
| `citation.bib` | whom to cite |
| `manifest.json` | the SHA-256 of every other file; `signature.json`, if there is one, signs it |

There are no recordings, no pictures and no texts in it. The licences of the corpora:

{licences}
"""


@dataclass(frozen=True)
class Contents:
    """The files that follow from the results of a certificate.

    Parameters
    ----------
    texts
        Each file's content by its name.
    section
        The section.
    facts
        What its cells say.
    """

    texts: Mapping[str, str]
    section: Section
    facts: CellFacts


def contents(root: Path) -> Contents:
    """Compute the files of a certificate.

    Parameters
    ----------
    root
        A results folder with one section.

    Raises
    ------
    RequestError
        It is no such folder, or a stored table cannot be read.
    """
    results = Results(root)
    board = read_board(results)
    view = section_views(results, board, drawn=False)[0]
    section = view.section
    facts = cell_facts(results, section)
    provenance = provenance_of(results, section) | {"records": _records(root)}
    texts = {
        **number_tables(board, view),
        CELLS: _cell_table(facts),
        MASKS: json_text(facts.masks),
        SPLITS: json_text(_splits(facts)),
        PROVENANCE: json_text(provenance),
        "run.sh": run_script(section),
        "study.toml": study_file(section),
        "citation.bib": citations(results, section),
        README: _introduction(section, provenance),
    }
    described = [*texts, *sorted(f"results/{p.relative_to(root)}" for p in _files(root))]
    texts[METADATA] = json_text(crate(section, board.newest, provenance, described))
    return Contents(texts, section, facts)


def _files(root: Path) -> Iterable[Path]:
    return (path for path in root.rglob("*") if path.is_file())


def _records(root: Path) -> dict[str, str]:
    """Each record by its name to a digest of its content."""
    return {
        path.relative_to(root).as_posix(): sha256(path)[:20]
        for path in sorted(_files(root))
        if path.suffix == ".json"
    }


def _cell_table(facts: CellFacts) -> str:
    lines = ["cell,training,condition,predictions,digest"]
    for cell, (training, condition, n, digest) in sorted(facts.cells.items()):
        name = condition.replace('"', '""')
        lines.append(f'{cell},{training},"{name}",{n},{digest}')
    return "".join(f"{line}\n" for line in lines)


def _splits(facts: CellFacts) -> dict[str, Any]:
    """The test utterances of each fold with their counts by label, and what trainings saw."""
    tested = {
        place: {
            fold: {"test": part.ids, "labels": _counts(part.labels)} for fold, part in folds.items()
        }
        for place, folds in facts.parts.items()
    }
    trained = {
        digest: {**split.content(), "trainings": sorted(keys)}
        for digest, (split, keys) in facts.splits.items()
    }
    return {"tested": tested, "trained": trained}


def _counts(labels: Any) -> dict[str, int]:
    if labels.shape[1] > 1:
        return {str(c): int(n) for c, n in enumerate(labels.sum(axis=0))}
    found = labels[:, 0].tolist()
    return {str(c): found.count(c) for c in sorted(set(found))}


def provenance_of(results: Results, section: Section) -> dict[str, Any]:
    """Return what the results of a section were made of: versions, machines, digests, seeds."""
    trainings = sorted({s.training for e in section.all_entries for s in e.slots if s.training})
    specs = {key: results.training_spec(key) for key in trainings}
    reports = [results.training(key) for key in trainings]
    done = [one for one in reports if isinstance(one, TrainingReport)]
    records = [results.corpus(e.newest.corpus) for e in section.all_entries]
    return {
        "section": {
            "dataset": section.dataset,
            "protocol": section.protocol.name,
            "track": section.track,
        },
        "versions": sorted({v for e in section.all_entries for v in e.versions}),
        "models": {
            e.label: {
                "kind": e.card.kind,
                "contract": e.newest.contract.state if e.newest.contract else "",
                "config": e.newest.config,
                "sources": _every(
                    specs[s.training].get("model_digest") for s in e.slots if s.training
                ),
            }
            for e in section.all_entries
        },
        "corpora": {
            r.dataset: {"digest": r.digest, "licence": r.card.licence, "link": r.card.link}
            for r in records
            if r is not None
        },
        "representations": _every(
            f"{name} {version}"
            for spec in specs.values()
            for names in spec.get("inputs", {}).values()
            for name, version in names.items()
        ),
        "splits": _every(spec.get("split") for spec in specs.values()),
        "folds": sorted({s.fold for e in section.all_entries for s in e.slots}),
        "seeds": sorted({s.seed for e in section.all_entries for s in e.slots}),
        "devices": _every(one.device for one in done),
        "software": _distinct(one.software for one in done),
    }


def _every(values: Iterable[Any]) -> list[str]:
    return sorted({str(value) for value in values if value})


def _distinct(values: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    found = {tuple(sorted(value.items())) for value in values if value}
    return [dict(value) for value in sorted(found)]


def _introduction(section: Section, provenance: Mapping[str, Any]) -> str:
    title = f"{section.protocol.title or section.protocol.name} on {section.dataset}"
    lines = [
        f"- {name}: {one['licence'] or 'not stated'} {one['link']}".rstrip()
        for name, one in provenance["corpora"].items()
    ]
    return INTRODUCTION.format(title=title, licences="\n".join(lines) or "- not stored")
