"""Corpus, splits, seeds and copies of a section, in numbers that the page puts into words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.store.records import CorpusRecord, Regime
from emobench.wording import EVERYBODY, and_more, counted, units_text, unnamed_text

MOST_PROBLEMS = 300
"""Clips with problems that the page lists."""

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class SplitCounts:
    """Utterances per class and in total, in one split of the first fold (of one member)."""

    split: str
    speakers: int | None
    per_class: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class CopyCounts:
    """Test utterances, over all folds, that are in train too.

    Parameters
    ----------
    tested
        Test utterances.
    whole
        Those with an exact copy in train in each of their modalities.
    exact, alike
        By modality: those with an exact copy in train; and, where they are more, those that look or
        read alike (exact copies included).
    """

    tested: int
    whole: int
    exact: dict[str, int]
    alike: dict[str, int]

    @property
    def sentence(self) -> str:
        """How many, and in what."""
        how = "word for word" if set(self.exact) == {"text"} else "exactly"
        are = "is" if self.whole == 1 else "are"
        share = f"{self.whole / max(self.tested, 1):.1%}"
        head = f"{self.whole:,} of {self.tested:,} test utterances ({share}) {are} in train too"
        return f"{head}, {how}"

    @property
    def details(self) -> str:
        """The counts of the modalities apart; empty where they say nothing new."""
        parts = []
        if len(self.exact) > 1:
            parts.append("exact copies by modality: " + _listed(self.exact))
        if self.alike:
            parts.append("with those that look or read alike: " + _listed(self.alike))
        return "; ".join(parts)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{modality} {n:,}" for modality, n in counts.items())


@dataclass(frozen=True)
class Facts:
    """The numbers behind a section.

    Parameters
    ----------
    seeds
        Sentence part: how many seeds the models were trained with.
    achieved
        Condition to the missing rate that its masks reached.
    scored
        Condition to the number of utterances that keep anything, in a joint corpus.
    superseded
        Label to the number of older results that are not shown.
    copies
        Test utterances that are in train too; None where there are none.
    regime_notes
        Sentences on regimes that differ in more than one way.
    intervals
        What the intervals are over, in a sentence.
    interval_doubts
        Sentences on what they leave out, or lean on.
    unnamed
        What follows from speakers that are not named, in a sentence; "" where everybody is.
    features
        Name to what it is, and whose licence it is under, of features that are not emobench's own.
    """

    classes: tuple[str, ...]
    splits: tuple[SplitCounts, ...]
    folds: int
    n_test: int
    seeds: str
    achieved: dict[str, float]
    scored: dict[str, int]
    superseded: dict[str, int]
    copies: CopyCounts | None = None
    regime_notes: tuple[str, ...] = ()
    intervals: str = ""
    interval_doubts: tuple[str, ...] = ()
    unnamed: str = ""
    features: dict[str, str] = field(default_factory=dict)


def facts(section: Section) -> Facts:
    """Gather the facts of `section` from what is stored."""
    slots = [slot for entry in section.entries for slot in entry.slots]
    counts = section.corpus.counts if section.corpus else ()
    sizes = section.corpus.sizes if section.corpus else ()
    pooled = sum(count.n for count in sizes or counts if count.split == "test")
    return Facts(
        classes=section.corpus.classes if section.corpus else (),
        splits=_splits(section),
        folds=len({slot.fold for slot in slots}),
        n_test=pooled or _tested(section),
        seeds=_seeds(section),
        achieved=_achieved(section),
        scored=_scored(section) if section.members else {},
        superseded={e.label: e.superseded for e in section.all_entries if e.superseded},
        copies=_copies(section.corpus) if section.corpus and section.has_copies else None,
        regime_notes=_regime_notes(section.regimes),
        intervals=_intervals(section),
        interval_doubts=tuple(_interval_doubts(section)),
        unnamed=unnamed_text(section.corpus.people, section.corpus.card.unit)
        if section.corpus
        else "",
        features=_features(section),
    )


def _features(section: Section) -> dict[str, str]:
    """What the features are that came from elsewhere, by name and the stamp of their source."""
    found = [entry.newest.features for entry in section.all_entries]
    return {name: text for features in found for name, text in sorted(features.items())}


FEW_UNITS = 6
"""With fewer units than these the page says that an interval leans on them."""


def _tested_units(section: Section) -> dict[str, tuple[str, int]]:
    """Tested corpus (``""`` for the section's own) to its unit, and the units of a whole test."""
    elsewhere = {c.name: c.corpus or "" for c in section.conditions if section.elsewhere(c.name)}
    found: dict[str, tuple[str, int]] = {}
    for rows in section.rows.values():
        for (_, condition), row in rows.items():
            # A flawed split tests other units than the section's own.
            if row.score is not None and not row.flaw:
                where = elsewhere.get(condition, "")
                most = max(row.score.n_units, found.get(where, ("", 0))[1])
                found[where] = (row.score.unit, most)
    return {where: found[where] for where in sorted(found)}


def _intervals(section: Section) -> str:
    """Say what the intervals are over."""
    found = _tested_units(section)
    if not found:
        return ""
    each = [
        units_text(n, unit) + (f" of {where}" if where else "")
        for where, (unit, n) in found.items()
    ]
    seeds = max((r.score.n_seeds for rows in section.rows.values() for r in rows.values()
                 if r.score), default=1)  # fmt: skip
    return f"95%, over {' and '.join(each)}" + (" and over the seeds" if seeds > 1 else "")


def _interval_doubts(section: Section) -> Iterator[str]:
    """Say where intervals are narrower than what would be asked of them, or lean on few units."""
    for where, (unit, n) in _tested_units(section).items():
        corpus = where or section.corpus_label
        if not unit:
            yield (
                f"No unit is stored for {corpus}: utterances are taken for independent, which "
                "makes intervals too narrow where people, dialogues or videos differ. If the "
                "corpus's card names one, the same emobench run again stores it."
            )
        elif n < FEW_UNITS:
            yield (
                f"Only {units_text(n, unit)} of {corpus} tested: intervals rest on so few that "
                "they are wide, and on their scores being spread like a bell. --folds K tests more."
            )
    once = [
        entry.label
        for entry in section.entries
        if not entry.card.deterministic and _seeds_of(section, entry.label) == 1
    ]
    if once:
        whose = "their" if once[1:] else "its"
        yield (
            f"One seed of {and_more(once, 6)}: {whose} intervals leave out what another training "
            "would change."
        )
    if few := _few_seeds(section):
        yield (
            f"Two seeds of {and_more(few, 6)}: if two trainings happen to agree, their spread is "
            "underrated; a difference that rests on them should be seen again with more seeds."
        )


def _few_seeds(section: Section) -> list[str]:
    """Labels of trained models with two seeds."""
    return [
        entry.label
        for entry in section.all_entries
        if not entry.card.deterministic and _seeds_of(section, entry.label) == 2
    ]


def _seeds_of(section: Section, label: str) -> int:
    rows = section.rows[label].values()
    return max((row.score.n_seeds for row in rows if row.score), default=0)


REGIME_WORDS = {
    "drop": "modality dropout",
    "rate": "the missing rate in training",
    "present": "the modalities that are shown in training",
    "single": "one modality per training utterance",
    "auxiliary": "auxiliary corpora",
    "fill": "what replaces a missing modality",
}
"""Field of a regime to what it is in words."""


def _regime_notes(regimes: tuple[Regime, ...]) -> tuple[str, ...]:
    """Name the regimes that differ from the first in several ways: they show no single cause."""
    found = []
    for regime in regimes[1:]:
        ways = [
            words
            for name, words in REGIME_WORDS.items()
            if getattr(regime, name) != getattr(regimes[0], name)
        ]
        if len(ways) > 1:
            found.append(
                f"{regime.name} differs from {regimes[0].name} in {len(ways)} ways "
                f"({' and '.join(ways)}): a difference between them has no single cause."
            )
    return tuple(found)


def size_table(found: Facts) -> ScoreTable:
    """Print the utterances of the first fold by split and class."""
    columns = (
        Column("utterances"),
        Column("speakers"),
        *(Column(name) for name in found.classes),
    )
    rows = tuple(
        TableRow(
            one.split,
            "",
            tuple(
                TableCell(str(n) if n is not None else "", value=n)
                for n in (one.total, one.speakers, *one.per_class)
            ),
        )
        for one in found.splits
    )
    table = ScoreTable("Size", columns, rows, stub="", sortable=False)
    return table.without_blank_columns()


def condition_list(section: Section, found: Facts) -> ScoreTable:
    """Print what each test condition is, and the missing rate that was reached."""
    columns = [
        Column("What the test inputs look like", format="prose"),
        Column("Missing, reached", "Share of the modalities that was really missing"),
    ]
    if found.scored:
        why = "Utterances of members that have none of the condition's modalities are left out"
        columns.append(Column("Scored on", why))
    rows = []
    for one in section.conditions:
        rate, scored = found.achieved.get(one.name), found.scored.get(one.name, 0)
        cells = (
            TableCell(one.description),
            TableCell(numbers.percent(rate), value=rate),
            TableCell(str(scored), value=scored),
        )
        rows.append(TableRow(one.name, "", cells[: len(columns)]))
    return ScoreTable(
        "Test conditions", tuple(columns), tuple(rows), stub="Condition", sortable=False
    )


def problem_table(corpus: CorpusRecord) -> ScoreTable:
    """Print the clips that could not be used as they are, the first few hundred of them."""
    columns = (Column("Problem", format="text"), Column("What was done", format="prose"))
    rows = tuple(
        TableRow(one.clip, "", (TableCell(one.problem), TableCell(one.policy)))
        for one in corpus.problems[:MOST_PROBLEMS]
    )
    rest = len(corpus.problems) - MOST_PROBLEMS
    notes = (("", f"and {rest:,} more in the stored corpus record"),) if rest > 0 else ()
    return ScoreTable("Problems", columns, rows, notes, stub="Clip", sortable=False)


def _copies(corpus: CorpusRecord) -> CopyCounts:
    exact, alike = Counter[str](), Counter[str]()
    for fold in corpus.copies:
        exact.update(fold.exact)
        alike.update(fold.alike)
    return CopyCounts(
        tested=sum(fold.tested for fold in corpus.copies),
        whole=len(corpus.copied),
        exact=dict(exact),
        alike={m: n for m, n in alike.items() if n > exact[m]},
    )


def _splits(section: Section) -> tuple[SplitCounts, ...]:
    corpus = section.corpus
    if corpus is None:
        return ()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    joined = len({count.corpus for count in corpus.counts}) > 1
    for count in corpus.counts:
        if count.fold == 0:
            table[count.split][count.label] += count.n
            if joined and count.n:
                table[f"{count.split}, {count.corpus}"][count.label] += count.n
    sizes = {size.split: size.n for size in corpus.sizes if size.fold == 0}
    parts = [*SPLITS, *table]
    names = sorted(table, key=lambda name: (parts.index(name.split(",")[0]), "," in name))
    return tuple(
        SplitCounts(
            name,
            # Where somebody is not named, the stored numbers count stand-ins.
            corpus.speakers.get(name) if corpus.people == EVERYBODY else None,
            tuple(table[name][label] for label in corpus.classes),
            sizes.get(name, sum(table[name].values())),
        )
        for name in names
    )


def _scored(section: Section) -> dict[str, int]:
    found: dict[str, int] = {}
    for rows in section.rows.values():
        for (_, condition), row in rows.items():
            if row.score is not None:
                found[condition] = max(found.get(condition, 0), row.score.n_test)
    return found


def _tested(section: Section) -> int:
    rows = (row for rows in section.rows.values() for row in rows.values())
    return max((row.score.n_test for row in rows if row.score), default=0)


def _seeds(section: Section) -> str:
    trained = [e for e in section.entries if not e.card.deterministic] or list(section.entries)
    per_model = {len({slot.seed for slot in e.slots}) for e in trained}
    most = max(per_model, default=0)
    one = [e.label for e in section.entries if e.card.deterministic]
    least = min(per_model, default=most)
    text = counted(most, "seed") if least == most else f"{least} to {most} seeds"
    if one and most > 1:
        text += f" (fewer where the seed changes nothing: {', '.join(one)})"
    return text


def _achieved(section: Section) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for rows in section.rows.values():
        for (_, condition), row in rows.items():
            if row.missing_rate is not None:
                found[condition].append(row.missing_rate)
    return {name: sum(values) / len(values) for name, values in found.items()}
