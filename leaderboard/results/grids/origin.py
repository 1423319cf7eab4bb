"""Where the numbers of a row are from: versions, digests, machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.store.records import TrainingReport

VERSIONS = ("python", "torch", "numpy")
MACHINES = ("machine", "gpu")


@dataclass(frozen=True)
class Origin:
    """What the records of a row say of the program and the machines that made it.

    Parameters
    ----------
    source
        SHA-256 of the model's file, or "" where no training is stored.
    trainings
        Trainings with a report.
    devices
        Devices of the trainings.
    software
        Word (``emobench``, ``python``, ``torch``, ``numpy``, ``machine``, ``gpu``) to what the
        trainings have there; empty where the records are from before it was kept.
    disturbed
        Settings of its process that the model changed while it was trained.
    at_once
        How many utterances went through the model at a time, where its batches did not fit.
    """

    entry: ModelEntry
    source: str
    trainings: int
    devices: tuple[str, ...]
    software: Mapping[str, tuple[str, ...]]
    disturbed: tuple[str, ...] = ()
    at_once: tuple[int, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of emobench, of the tables and of the trainings."""
        return tuple(sorted({*self.entry.versions, *self.software.get("emobench", ())}))


def origin_of(results: Results, entry: ModelEntry) -> Origin:
    """Return where a row's numbers are from.

    Its source is read from one training: rows of another source have another identity, and are
    never mixed with these.
    """
    names = sorted({slot.training for slot in entry.slots if slot.training})
    found = {name: results.training(name) for name in names}
    reports = {n: report for n, report in found.items() if isinstance(report, TrainingReport)}
    source = results.model_source(next(iter(reports), ""))
    words = dict.fromkeys(word for report in reports.values() for word in report.software)
    return Origin(
        entry,
        source,
        len(reports),
        _unique(report.device for report in reports.values()),
        {
            word: _unique(report.software.get(word, "") for report in reports.values())
            for word in sorted(words)
        },
        _unique(name for report in reports.values() for name in report.disturbed),
        tuple(sorted({r.at_once for r in reports.values() if r.at_once is not None})),
    )


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*words} - {""}))


def mixtures(origins: Iterable[Origin]) -> dict[str, dict[str, list[str]]]:
    """Return what differs between the rows of a section, or within one.

    Returns
    -------
    dict
        Word (``emobench``, ``torch``, ``device``, …) to each value that occurs, to the labels of
        the rows that have it; only words with more than one value.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for one in origins:
        every = {**one.software, "emobench": one.versions, "device": one.devices}
        for word, values in every.items():
            for value in values:
                found.setdefault(word, {}).setdefault(value, []).append(one.entry.label)
    return {word: by_value for word, by_value in found.items() if len(by_value) > 1}
