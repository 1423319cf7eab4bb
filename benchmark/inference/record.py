"""What a results folder says of a training: its task, its row's scores, its versions."""

from __future__ import annotations

from dataclasses import replace

from emobench.conditions.learned_fill import fill_lengths
from emobench.discovery.registry import Entry
from emobench.inference.acquaintance import SEEN, marks_of
from emobench.inference.choice import ChosenTraining
from emobench.inference.description import Description, Part, Scored
from emobench.inference.origin import Origin
from emobench.interface.card import Card
from emobench.leaderboard.results.predictions import UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, score_rows, score_seeds
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.store.records import TrainingReport

LISTED = 30
"""Units of a part that are named at most."""


def described(chosen: ChosenTraining, origin: Origin, entry: Entry) -> Description:
    """Describe a training, with the scores of its row from the leaderboard's own statistics."""
    spec, view = chosen.spec, origin.view
    dataset, track, protocol = chosen.entry.section
    results = Results(chosen.root)
    report = results.training(chosen.key)
    regime = origin.job.regime
    card = entry.card
    assert isinstance(card, Card)
    about = Description(
        label=chosen.entry.label,
        dataset=dataset,
        track=track,
        protocol=protocol,
        regime=chosen.slot.regime,
        key=chosen.key,
        spec=spec,
        task=view.task,
        modalities=view.modalities,
        requires=tuple(card.requires),
        fill_lengths=fill_lengths(view) if regime.fill == "learned" else {},
        absences=regime.draws or regime.single,
        versions=report.software if isinstance(report, TrainingReport) else {},
        doubts=tuple(origin.source.corpus.dataset.doubts(origin.source.corpus.table)),
        parts=parts_of(origin),
    )
    return _with_scores(about, chosen, results)


def parts_of(origin: Origin) -> dict[str, Part]:
    """Who was in train, dev and test; names of units only of a corpus that is published."""
    corpus, view = origin.source.corpus, origin.view
    table, published = corpus.table, bool(corpus.dataset.card.link)
    # Where nobody is named, the column holds stand-ins.
    columns = ("group",) if corpus.dataset.card.anonymous else ("speaker", "group")
    unit = next((c for c in columns if c in table and (table[c] != "").all()), "")
    found = {}
    for name in ("train", "dev", "test"):
        rows = view.source_rows[getattr(view.parts, name)]
        names = sorted(set(table[unit].iloc[rows])) if unit else []
        shown = tuple(names) if published and len(names) <= LISTED else ()
        found[name] = Part(
            utterances=len(rows), unit=unit, units=len(names), names=shown,
            marks=marks_of(table["id"].iloc[rows]) if name in SEEN else "",
        )  # fmt: skip
    return found


def _with_scores(about: Description, chosen: ChosenTraining, results: Results) -> Description:
    """Add what the row scored under its main condition, and what this training did."""
    slot, entry = chosen.slot, chosen.entry
    row = [s for s in entry.slots if (s.regime, s.condition) == (slot.regime, slot.condition)]
    classes = len(about.task.classes)
    found = score_rows(results, replace(entry, slots=tuple(row)), classes)
    score = found[slot.regime, slot.condition].score
    if score is None:
        return about
    about = replace(
        about,
        scores=_scored(score),
        condition=slot.condition,
        unit=score.unit or "utterance",
        n_seeds=score.n_seeds,
        n_folds=len({s.fold for s in row}),
        n_test=score.n_test,
        n_units=score.n_units,
    )
    try:
        own = results.predictions(slot).scored()
    except UnreadableError:
        return about
    alone = score_seeds([own], "", classes, results.units(entry.newest))
    bare = tuple(one.model_copy(update={"low": None, "high": None}) for one in _scored(alone))
    return replace(about, own_scores=bare, own_n_test=alone.n_test)


def _scored(score: Score) -> tuple[Scored, ...]:
    """The leaderboard's measures in its order, those with an interval with it."""
    found = []
    for measure in MEASURES:
        if measure.name not in score.values:
            continue
        low = high = None
        if measure.interval:
            estimate = score.estimate(measure.name)
            low, high = estimate.low, estimate.high
        found.append(
            Scored(measure=measure.name, value=score.values[measure.name], low=low, high=high)
        )
    return tuple(found)
