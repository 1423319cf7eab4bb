"""The part of a section that lists the test utterances which every model misses."""

from __future__ import annotations

from collections import Counter

from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.results.utterances.hard_utterances import (
    DIGITS,
    SHOWN,
    Hardest,
    hardest,
)
from emobench.leaderboard.tables.details.hard_utterances import class_table, hard_table
from emobench.store.records import Regime
from emobench.wording import EVERYBODY, counted


def hard_utterances(context: SectionContext) -> Part | None:
    """Return the hardest test utterances for the models that are ranked."""
    if context.is_claims:
        return None
    section, text, groups, lists = context.section, [], [], []
    regimes = section.regimes[: 1 if context.trained_anew else None]
    for regime in regimes:
        found = _found(context, regime)
        if found is None:
            continue
        text.append(_sentence(found, regime.name if len(regimes) > 1 else ""))
        title = f"Regime `{regime.name}`" if len(regimes) > 1 else ""
        tables = [hard_table(found, found.rows[:SHOWN])]
        tables += [class_table(found)] if found.classes else []
        groups.append(Group(title, tuple(tables), regime=regime.name))
        if len(found.rows) > SHOWN:
            lists.append((f"missed by all, {regime.name}", hard_table(found, found.rows)))
    if not groups:
        return None
    small = (
        "A training misses an utterance if its answer is wrong"
        + (" for any class" if section.corpus and section.corpus.multilabel else "")
        + ". Results keep predictions and ids, and neither words nor recordings: ids alone are "
        "shown, whatever the licence of the corpus allows."
    )
    if _people(context) != EVERYBODY:
        small += (
            " This corpus does not name its speakers, and an id may lead to one: # stands for the "
            f"first {DIGITS} digits of the SHA-256 of the id."
        )
    if lists:
        small += " The whole list is among the files of `emobench leaderboard --take-away`."
    shown = max(len(one.tables[0].rows) for one in groups)
    folded = f"The {counted(shown, 'hardest utterance')}, and all of them by class"
    return Part(
        "hardest", "Hardest utterances", text, groups, small=small, folded=folded,
        lists=tuple(lists),
    )  # fmt: skip


def _found(context: SectionContext, regime: Regime) -> Hardest | None:
    """The hardest utterances for the ranked models that were tested on the same ones."""
    answers = [
        one
        for entry in context.section.competitors()
        if (one := context.answers.get((entry.label, regime.name))) and one.row.is_done
    ]
    tests = [one.seeds[0].test for one in answers]
    usual = max(sorted(set(tests)), key=Counter(tests).__getitem__, default="")
    same = [one for one, test in zip(answers, tests, strict=True) if test == usual]
    corpus = context.section.corpus
    return hardest(same, corpus.classes if corpus else (), _people(context))


def _people(context: SectionContext) -> str:
    """Whose speakers the corpus names; without a record nobody knows."""
    corpus = context.section.corpus
    return corpus.people if corpus else ""


def _sentence(found: Hardest, regime: str) -> str:
    """How many are missed by all, and how many would be by chance."""
    here = f"`{regime}`: " if regime else ""
    who = f"all {counted(found.trainings, 'training')} of the {len(found.models)} ranked models"
    chance = f"{_number(found.expected)} would be if the models erred independently"
    if found.within is not None:
        chance += f", {_number(found.within)} if they did so within each class"
    right = (
        "None is" if not found.found else f"{found.found:,} {'is' if found.found == 1 else 'are'}"
    )
    return (
        f"{here}**{found.missed:,} of {counted(found.n, 'test utterance')}** "
        f"{'is' if found.missed == 1 else 'are'} missed by {who}; {chance}. "
        f"{right} right in all of them."
    )


def _number(value: float) -> str:
    """An expected number of utterances: whole, or with a digit where it is small."""
    return f"{value:,.0f}" if value >= 9.5 else f"{value:.1f}"
