"""What a number is, in words: its formula, its interval, and where both are from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emobench.leaderboard.pedigree.address import BEST_SINGLE, WITHOUT_COPIES, Address
from emobench.leaderboard.pedigree.page_number import PageNumber
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.units import BLOCKS
from emobench.wording import counted

SOURCES: Final[Mapping[str, str]] = {
    "accuracy": "the share of test utterances that are right (scikit-learn's accuracy_score)",
    "macro_f1": "the mean F1 of the classes that occur in the truth (scikit-learn's f1_score, "
    'average="macro")',
    "weighted_f1": 'F1 weighted by class frequency (scikit-learn\'s f1_score, average="weighted")',
    "uar": "the mean recall of the classes that occur (scikit-learn's balanced_accuracy_score; "
    "Schuller et al. 2009)",
    "ece": "the mean gap between confidence and accuracy in 15 bins (Guo et al. 2017)",
}
"""Measure to its formula; what is not here is explained by its entry in `MEASURES`."""

COST_WORDS: Final[Mapping[str, str]] = {
    "params": "the trainable parameters of the largest of the row's trainings",
    "train_seconds": "the mean seconds of the row's trainings, as the clock had them",
    "predict_ms_per_utterance": "the milliseconds of predicting all of the row's cells over their "
    "utterances, as the clock had them",
}
UNITS: Final[Mapping[str, str]] = {
    "params": "parameters",
    "train_seconds": "seconds",
    "predict_ms_per_utterance": "milliseconds",
}

INTERVAL: Final = (
    "95%, Student's t for new {units} and new trainings: leaving out one {left_out} at a time "
    "gives pseudo-values by seed and {unit} (Efron and Tibshirani 1993, 11.5); their variance is "
    "that of readers and cases (Dorfman, Berbaum and Metz 1992; Hillis et al. 2008), with the "
    "degrees of freedom of Satterthwaite (1946), at least those of the least known part"
)


def title(address: Address) -> str:
    """Return a number's name in words."""
    number = address.number
    name = measures.title_of(number.measure)
    other = "the best single modality" if number.other == BEST_SINGLE else number.other
    words = {
        "over": f"less {other}",
        "left": "gain over the commonest class that is left",
        "loss": "less a training on the tested corpus",
        "inflation": "inflation",
        "gain": "gain by tuning",
        "optimism": "optimism of the search",
    }.get(number.relation, "")
    of = {"": "", WITHOUT_COPIES: ", utterances without a copy in train"}.get(
        number.part, f", {number.part} alone"
    )
    if number.relation == "over":
        return f"{name} of {address.model} {words}"
    return " ".join(filter(None, (name, words, f"of {address.model}{of}")))


def unit(address: Address) -> str:
    """Return what the number is measured in."""
    number = address.number
    if number.measure in UNITS:
        return UNITS[number.measure]
    if number.relation == "left":
        return "share of a gain: 1 loses nothing"
    least = any(m.name == number.measure and m.least_is_best for m in measures.MEASURES)
    better = "lower is better" if least else "higher is better"
    if number.relation in ("loss", "inflation", "optimism") or address.contrast:
        return "difference of two scores between 0 and 1"
    if number.relation:
        return "difference of two scores between 0 and 1, above 0 is better"
    return f"between 0 and 1, {better}"


def formula(address: Address, found: PageNumber) -> str:
    """Return how the number is made of predictions."""
    number = address.number
    if found.made == "cost":
        return COST_WORDS[number.measure]
    meaning = next(m.meaning for m in measures.MEASURES if m.name == number.measure)
    measured = SOURCES.get(number.measure, f"{meaning[0].lower()}{meaning[1:]}")
    score = f"{_pooled(found)} {measured}"
    if found.made == "optimism":
        return (
            f"mean over folds of the dev macro-F1 of the trial that was chosen, less {measured} on "
            "the fold's own test part, mean over seeds"
        )
    return f"{_made(address, found)}{score}"


def _pooled(found: PageNumber) -> str:
    first = found.rows[0]
    slots = [s for s in first.entry.slots if s.condition == first.row.condition]
    folds = len({slot.fold for slot in slots})
    of = "over the whole test part" if folds < 2 else f"over {folds} folds pooled"
    if first.row.report == "best_of_seeds":
        return f"the best seed's score {of}, with the flaw of the report:"
    seeds = first.score.n_seeds if first.score else 0
    return f"the mean over {counted(seeds, 'seed')} of, {of},"


def _made(address: Address, found: PageNumber) -> str:
    names = [_name(address, found, i) for i in range(len(found.rows))]
    if found.made == "difference":
        return (
            f"{names[0]} less {names[1]}, paired by the units and seeds that they share; each is "
        )
    if found.made == "least difference":
        others = ", ".join(names[1:])
        return (
            f"{names[0]} less whichever of {others} is truly the best: the least of the "
            "differences (Berger 1982; the upper end is shared among them, Bonferroni); each is "
        )
    if found.made == "mean":
        return f"the mean of {len(names)} conditions ({', '.join(names)}); each is "
    if found.made == "minimum":
        return f"the least of {len(names)} conditions ({', '.join(names)}); each is "
    if found.made == "share":
        return (
            f"({names[0]} − {names[1]}) ÷ ({names[2]} − {names[3]}): the gain over the commonest "
            "class under this condition over that with every input; each is "
        )
    return ""


def _name(address: Address, found: PageNumber, i: int) -> str:
    """The part of a row's name that tells it from the other rows of a number."""
    one = found.rows[i]
    if found.made in ("mean", "minimum"):
        return one.row.condition
    if found.made == "share":
        return f"{one.entry.label} ({one.row.condition})"
    rows = found.rows
    if len({(r.entry.label, r.section.dataset) for r in rows}) == len(rows):
        trained = len({r.section.dataset for r in rows}) > 1
        return f"{one.entry.label}{f' trained on {one.section.dataset}' if trained else ''}"
    if len({r.section.dataset for r in rows}) > 1:
        return f"{one.entry.label} trained on {one.section.dataset}"
    return f"{one.row.regime}, {one.row.condition}"


def interval_words(found: PageNumber) -> str:
    """Return what an interval is of; "" of a number that has none."""
    if found.interval is None or found.rows[0].score is None:
        return ""
    score = found.rows[0].score
    word, left_out = score.unit or "utterance", score.unit or "utterance"
    if score.n_units > BLOCKS:
        word, left_out = "block", f"of at most {BLOCKS} random blocks of {word}s"
    return INTERVAL.format(unit=word, units=f"{score.unit or 'utterance'}s", left_out=left_out)
