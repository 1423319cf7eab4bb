"""Which versions, sources and machines the numbers of a section are from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.grids.origin import Origin
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.wording import and_more

DIGITS: Final = 12
"""So much of a digest is printed beside a name; files that are taken away have all of it."""

WORDS: Final = {
    "emobench": "versions of emobench",
    "python": "versions of Python",
    "torch": "versions of torch",
    "numpy": "versions of NumPy",
    "machine": "kinds of machine",
    "gpu": "kinds of GPU",
    "device": "devices",
}


def origin_table(origins: Sequence[Origin]) -> ScoreTable:
    """Print a row for each model: versions, digest of its file, devices, number of trainings."""
    columns = (
        Column("emobench", "Version that the results were written with", "text"),
        Column("Model's file", f"The first {DIGITS} digits of its SHA-256", "code"),
        Column("Python", format="text"),
        Column("torch", format="text"),
        Column("NumPy", format="text"),
        Column("Machine", format="text"),
        Column("GPU", format="text"),
        Column("Device", format="text"),
        Column("Trainings", "Trainings with a result"),
        Column("Newest", "When its newest results were asked for, UTC", "text"),
    )
    rows = tuple(TableRow(one.entry.label, one.entry.card.kind, _cells(one)) for one in origins)
    return ScoreTable("Rows", columns, rows).without_blank_columns()


def _cells(one: Origin) -> tuple[TableCell, ...]:
    software = [
        one.software.get(word, ()) for word in ("python", "torch", "numpy", "machine", "gpu")
    ]
    return (
        TableCell(", ".join(one.versions)),
        TableCell(one.source[:DIGITS]),
        *(TableCell(", ".join(found)) for found in software),
        TableCell(", ".join(one.devices)),
        TableCell(f"{one.trainings:,}", value=one.trainings),
        TableCell(one.entry.newest.created[:16].replace("T", " ")),
    )


def digest_table(section: Section, origins: Sequence[Origin]) -> ScoreTable:
    """Print the digests in full: of the corpus, its record and each model's file."""
    corpus = section.corpus
    keys = sorted({one.entry.newest.corpus or "" for one in origins} - {""})
    files: dict[str, dict[str, None]] = {}
    for one in origins:
        files.setdefault(one.source, {})[one.entry.card.name] = None
    found = [("Corpus: its content", corpus.digest if corpus else "")]
    found += [
        (f"Corpus: record {i}" if i > 1 else "Corpus: record", k) for i, k in enumerate(keys, 1)
    ]
    found += [(f"File of {', '.join(names)}", source) for source, names in files.items()]
    rows = tuple(TableRow(name, "", (TableCell(text),)) for name, text in found if text)
    column = Column("Digest", "SHA-256 of the corpus's content or of the model's file", "code")
    return ScoreTable("Digests", (column,), rows, stub="Of what", sortable=False, style="digests")


def circumstance_texts(origins: Sequence[Origin]) -> list[str]:
    """Say which rows changed their process, and which were trained in parts of batches."""
    said = []
    for one in origins:
        if one.at_once:
            counts = " or ".join(f"{count:,}" for count in one.at_once)
            said.append(
                f"{one.entry.label} was trained {counts} utterances at a time, as many as the GPU "
                "held, with accumulated gradients: the updates of whole batches, unless its loss "
                "or a layer looks at a batch as a whole."
            )
        if one.disturbed:
            said.append(
                f"{one.entry.label} changed {', '.join(one.disturbed)} in its own process while it "
                "was trained, so that repeating it may give other numbers."
            )
    return said


def mixture_texts(found: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """Say what differs between the rows, one sentence for each thing; see `mixtures`."""
    said = []
    for word, by_value in found.items():
        parts = [f"{value} ({and_more(labels, 4)})" for value, labels in by_value.items()]
        said.append(f"The rows are of different {WORDS.get(word, word)}: {'; '.join(parts)}.")
    return said
