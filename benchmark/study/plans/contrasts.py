"""From contrasts as they are typed to comparisons of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.board import MARKS
from emobench.store.records.plans import PlanKey, PlanPair, PlanRow
from emobench.study.plans.settings import PlanSetting, Rows
from emobench.study.plans.table import AGAINST, Contrast, PlanTable


@dataclass
class Family:
    """The comparisons of a plan.

    Parameters
    ----------
    rows, pairs
        What is compared.
    left_out
        What cannot be compared, with the reasons, in sentence parts.
    """

    rows: list[PlanRow] = field(default_factory=list)
    pairs: list[PlanPair] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def family(table: PlanTable, settings: dict[PlanKey, PlanSetting]) -> Family:
    """Return every comparison that a plan asks for, over all settings of its study.

    A row that cannot be run in a setting has no comparison there, and that is said; it is known
    before any result.

    Raises
    ------
    RequestError
        A contrast names no row of the study, or nothing can be compared.
    """
    found, met = Family(), dict.fromkeys(table.contrasts, False)
    for setting in settings.values():
        asked: dict[tuple[str, str], None] = {}
        for contrast in table.contrasts:
            for pair in _pairs(contrast, setting.rows):
                met[contrast] = True
                if pair[::-1] not in asked:
                    asked.setdefault(pair)
        if asked:
            places = setting.places(table.regimes, table.conditions)
            _add(found, setting, [*asked], places)
    for contrast, is_met in met.items():
        if not is_met:
            raise _nowhere(contrast, settings)
    if not found.pairs:
        raise RequestError(f"The plan compares nothing: {'; '.join(found.left_out)}.")
    return found


def _pairs(contrast: Contrast, rows: Rows) -> Iterator[tuple[str, str]]:
    if isinstance(contrast, tuple):
        first, second = (_label(word, rows) for word in contrast)
        if first and second:
            if first == second:
                raise RequestError(f"{contrast[0]} and {contrast[1]} are the same row, {first}.")
            yield first, second
        return
    reference = _label(contrast.removeprefix(AGAINST), rows)
    for label, row in rows.items():
        # Searched rows are compared with a row that was searched alike.
        alike = reference and row.budget == rows[reference].budget
        if alike and label != reference and row.preset not in MARKS:
            yield label, reference


def _label(word: str, rows: Rows) -> str:
    """The row that a word names in a setting; "" where none does.

    Raises
    ------
    RequestError
        It stands for several rows.
    """
    name = Path(word).stem if word.endswith(".py") else word
    if name in rows:
        return name
    bare, _, budget = name.partition(" ")
    having = sorted(k for k, row in rows.items() if row.name == bare and row.budget == budget)
    if len(having) > 1:
        raise RequestError(f"{word} stands for several rows; name one of {', '.join(having)}.")
    return having[0] if having else ""


def _nowhere(contrast: Contrast, settings: dict[PlanKey, PlanSetting]) -> RequestError:
    known = {label for setting in settings.values() for label in setting.rows}
    words = contrast if isinstance(contrast, tuple) else (contrast.removeprefix(AGAINST),)
    for word in words:
        if not any(_label(word, setting.rows) for setting in settings.values()):
            return unknown("row of the plan", word, known)
    if isinstance(contrast, tuple):
        return RequestError(f"{' and '.join(words)} have no setting in common in this study.")
    return RequestError(
        f'"{contrast}" compares nothing: beside {words[0]} the study has no model with as many '
        "trials, except reference rows; name a pair."
    )


def _add(
    found: Family, setting: PlanSetting, asked: list[tuple[str, str]], places: list[tuple[str, str]]
) -> None:
    labels = dict.fromkeys(label for pair in asked for label in pair)
    rows = {label: setting.planned(label, places) for label in labels}
    skipped = {
        (label, place.regime, place.condition): place.skipped
        for label, row in rows.items()
        for place in row.places
        if place.skipped
    }
    used: set[str] = set()
    dataset, track, protocol = setting.key
    for regime, condition in places:
        for pair in asked:
            one = PlanPair(
                dataset=dataset, track=track, protocol=protocol, regime=regime,
                condition=condition, first=pair[0], second=pair[1],
            )  # fmt: skip
            why = [skipped[label, regime, condition] for label in pair
                   if (label, regime, condition) in skipped]  # fmt: skip
            if why:
                found.left_out.append(f"{one.text}: {why[0]}")
            else:
                found.pairs.append(one)
                used |= {*pair}
    found.rows += [row for label, row in rows.items() if label in used]
