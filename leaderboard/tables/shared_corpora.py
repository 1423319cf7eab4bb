"""What two corpora share when one is trained on and the other tested: classes, people, copies."""

from __future__ import annotations

from collections.abc import Iterable

from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.store.records import TransferRecord
from emobench.wording import and_more, counted

NAMED = 4
"""Largest number of speakers listed by name."""

FEW = 10
"""Mean and scale of fewer recordings than this are mostly those of their own emotions."""


def shared_table(pairs: Iterable[TransferRecord]) -> ScoreTable:
    """Print the classes, speakers and copies that each pair of corpora shares."""
    columns = (
        Column("Tested on", format="text"),
        Column("Test utterances"),
        Column("Common classes", format="prose"),
        Column("Read in both", format="prose"),
        Column(
            "Same names",
            "Speakers of the tested corpus who have the name of a speaker in train; a first name "
            "alone matches every speaker with that first name",
            "prose",
        ),
        Column("Test copies in train", format="prose"),
    )
    rows = tuple(TableRow(pair.source, "", _cells(pair)) for pair in pairs)
    return ScoreTable(
        "What the corpora share", columns, rows, stub="Trained on", style="shared", sortable=False
    )


def _cells(pair: TransferRecord) -> tuple[TableCell, ...]:
    left_out = (
        f"{pair.other_classes:,} of other classes left out" if pair.other_classes else "",
        f"{pair.trained_on:,} left out: trained on" if pair.trained_on else "",
    )
    absent = not_shared(pair)
    return (
        TableCell(pair.target),
        TableCell(f"{pair.tested:,}", value=pair.tested, details=tuple(filter(None, left_out))),
        TableCell(f"{len(pair.classes)}: {', '.join(pair.classes)}"),
        TableCell(shared(pair), details=(f"not {absent}",) if absent else ()),
        TableCell(people(pair), details=tuple(filter(None, (voices(pair),)))),
        TableCell(copies(pair)),
    )


def shared(pair: TransferRecord) -> str:
    """Representations that are read in both corpora, by modality."""
    found = [f"{m}: {', '.join(names)}" for m, names in pair.representations.items()]
    return "; ".join(found) or "nothing"


def not_shared(pair: TransferRecord) -> str:
    """Modalities of the trained corpus that are not read in the other, with the reason."""
    found = []
    for modality, (ours, theirs) in pair.forms.items():
        if modality in pair.representations or set(ours) & set(theirs):
            continue
        how = f"{' or '.join(theirs)} there, {' or '.join(ours)} here" if theirs else "absent"
        found.append(f"{modality} ({how})")
    return ", ".join(found)


def people(pair: TransferRecord) -> str:
    """Names of the speakers that both corpora have."""
    if pair.speakers is None:
        return "unknown: one of the two corpora does not name everybody"
    if not pair.speakers:
        return "none"
    share = pair.spoken / max(pair.tested, 1)
    named = and_more(pair.speakers, NAMED)
    return f"{len(pair.speakers)} ({named}), who speak {share:.0%} of the test"


def voices(pair: TransferRecord) -> str:
    """How much there is of each tested speaker to standardise by; "" where nothing is."""
    if not pair.voices:
        return ""
    few = ", which is very little" if pair.fewest < FEW else ""
    return (
        f"standardised by speaker: {counted(pair.voices, 'tested speaker')}, the least heard with "
        f"{counted(pair.fewest, 'recording')}{few}"
    )


def copied(pairs: Iterable[TransferRecord]) -> str:
    """Say how many test utterances each pair of corpora has in common; "" where there is none."""
    found = []
    for pair in pairs:
        most = max(pair.exact.values(), default=0)
        if most and pair.tested:
            share = f"{most:,} of {pair.tested:,} ({most / pair.tested:.0%})"
            found.append(f"{share} of {pair.target} are in the train part of {pair.source}")
    if not found:
        return ""
    return (
        f"Test utterances that were trained on, word for word or sign for sign: {'; '.join(found)}."
    )


def copies(pair: TransferRecord) -> str:
    """Test utterances with copies in train."""
    found = []
    for modality, count in pair.exact.items():
        alike = pair.alike.get(modality, count)
        if alike:
            more = f", {alike:,} with those that are alike" if alike > count else ""
            found.append(f"{modality} {count:,}{more}")
    return "; ".join(found) or "none"
