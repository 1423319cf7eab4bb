"""What a study asks for, setting by setting: the rows, regimes and conditions that it will have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from emobench.errors import RequestError
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import open_scopes
from emobench.grid.plan.plan import ModelGrid, make_plan
from emobench.grid.plan.request import Request
from emobench.grid.plan.shard import WHOLE
from emobench.grid.results.grid_table import split_name
from emobench.grid.screen import Screen
from emobench.grid.search.search import Searches
from emobench.interface.protocol import Condition, Regime, Summary
from emobench.leaderboard.plans.places import SUMMARY, conditions_of, definition
from emobench.leaderboard.results.grids.place import place
from emobench.store.records.plans import PlanKey, PlanPlace, PlanRow
from emobench.store.store import Store

T = TypeVar("T", Regime, Condition, Summary)


@dataclass(frozen=True)
class SettingRow:
    """A row of a setting: the name of its model's card, its budget of a search, and its grid."""

    label: str
    name: str
    budget: str
    preset: str
    grid: ModelGrid


@dataclass
class PlanSetting:
    """A dataset, track and protocol with all rows that a study has there."""

    key: PlanKey
    rows: dict[str, SettingRow] = field(default_factory=dict)

    def add(self, row: SettingRow) -> None:
        """Add a row; of one that several grids of a file ask for the one with more cells stays."""
        known = self.rows.get(row.label)
        if known is None or len(row.grid.rows) > len(known.grid.rows):
            self.rows[row.label] = row

    @property
    def regimes(self) -> dict[str, Regime]:
        """The regimes of all rows, by name, in order."""
        return _by_name(row.grid.regimes for row in self.rows.values())

    @property
    def conditions(self) -> dict[str, Condition]:
        """The conditions of all rows."""
        return _by_name(row.grid.conditions for row in self.rows.values())

    @property
    def summaries(self) -> dict[str, Summary]:
        """What the protocol sums up."""
        grids = (row.grid for row in self.rows.values())
        return _by_name([*grid.protocol.summaries(grid.setting)] for grid in grids)

    @property
    def main(self) -> str:
        """The main condition: the one with the real inputs, else the first."""
        every = self.conditions.values()
        return next((c.name for c in (*(c for c in every if c.role == "real"), *every)), "")

    def places(self, regimes: Sequence[str], conditions: Sequence[str]) -> list[tuple[str, str]]:
        """Return where rows are compared, as regime and condition.

        Parameters
        ----------
        regimes, conditions
            What the plan names; empty: the first regime, the main condition.

        Raises
        ------
        RequestError
            None of what the plan names is here.
        """
        means = [f"{SUMMARY}{s.name}" for s in self.summaries.values() if s.reduce == "mean"]
        here = [*self.conditions, *means]
        chosen = [name for name in regimes if name in self.regimes]
        wanted = [name for name in conditions if name in here]
        for word, asked, found, known in (
            ("regime", regimes, chosen, [*self.regimes]), ("condition", conditions, wanted, here)
        ):  # fmt: skip
            if asked and not found:
                raise RequestError(
                    f"The plan names no {word} of {self.key[2]} on {self.key[0]}, which has "
                    f"{', '.join(known)}; name one of these too, or no {word}."
                )
        first = chosen or [*self.regimes][:1]
        return [(regime, name) for regime in first for name in wanted or [self.main]]

    def planned(self, label: str, places: Iterable[tuple[str, str]]) -> PlanRow:
        """Return a row as it is frozen, with the places where it is compared."""
        row = self.rows[label]
        candidate = row.grid.candidate
        is_plain = not candidate.card.closed_form and not row.budget
        dataset, track, protocol = self.key
        return PlanRow(
            dataset=dataset,
            track=track,
            protocol=protocol,
            model=label,
            source=candidate.entry.digest,
            corpus=row.grid.corpus.digest,
            config=dict(candidate.config) if is_plain else {},
            inputs=dict(candidate.stated_inputs),
            search=row.budget,
            places=tuple(self._place(row.grid, *one) for one in places),
        )

    def _place(self, grid: ModelGrid, regime: str, condition: str) -> PlanPlace:
        names = conditions_of(condition, self.summaries.values())
        rows = [r for r in grid.rows if r.regime == regime and r.condition in names]
        skipped = [str(r.skipped) for r in rows if r.skipped is not None]
        reason = skipped[0] if skipped else "" if rows else "the protocol does not ask for it"
        return PlanPlace(
            regime=regime,
            condition=condition,
            conditions=names,
            definition=definition(regime, names, grid.regimes, grid.conditions),
            folds=len({r.fold for r in rows}) or 1,
            seeds=tuple(sorted({r.seed for r in rows})) or (0,),
            skipped=reason,
        )

    def keys(self, planned: PlanRow) -> dict[str, set[str]]:
        """Return the keys of a row's cells, by the key of their training."""
        at = {(p.regime, name) for p in planned.places for name in p.conditions}
        found: dict[str, set[str]] = {}
        for row in self.rows[planned.model].grid.rows:
            if row.training and row.cell and (row.regime, row.condition) in at:
                found.setdefault(row.training, set()).add(row.cell)
        return found


def _by_name(lists: Iterable[Iterable[T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for items in lists:
        for one in items:
            found.setdefault(one.name, one)
    return found


def open_settings(
    requests: Iterable[Request], store: Store, screen: Screen
) -> dict[PlanKey, PlanSetting]:
    """Open the corpora of some requests and return the settings that they have, in order.

    Raises
    ------
    RequestError
        A request makes no sense.
    """
    corpora = OpenCorpora()
    found: dict[PlanKey, PlanSetting] = {}
    for request in requests:
        whole = dataclasses.replace(request, shard=WHOLE)
        scopes = open_scopes(whole, corpora, screen)
        plans = [make_plan(scopes)]
        if whole.search is not None:
            plans.append(make_plan(scopes, Searches(whole.search, store)))
        for grid in (grid for plan in plans for grid in plan.grids):
            row = _row(grid)
            found.setdefault(_setting(grid), PlanSetting(_setting(grid))).add(row)
    return found


def _setting(grid: ModelGrid) -> PlanKey:
    name = grid.protocol.card.name
    dataset, _ = place(grid.corpus.request.label, split_name(grid), name)
    return dataset, grid.track, name


def _row(grid: ModelGrid) -> SettingRow:
    candidate = grid.candidate
    label, variant = candidate.label, candidate.variant
    shown = label if variant == "corrected" else f"{label} ({variant})"
    preset = label.removesuffix(f" {candidate.tuned}") if candidate.tuned else label
    return SettingRow(shown, candidate.card.name, candidate.tuned, preset, grid)


Rows = Mapping[str, SettingRow]
"""The rows of a setting by their labels."""
