"""The common context of a section's parts, computed once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.report.part import Group
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparisons.pooled_rows import leading_summary
from emobench.leaderboard.results.grids.origin import Origin, mixtures, origin_of
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.searches.contest import Contest, contests
from emobench.leaderboard.results.utterances.answers import Answers, read_answers
from emobench.leaderboard.statistics.measures import Measure, switch
from emobench.leaderboard.tables import claims
from emobench.leaderboard.tables.audits.inflation import Inflation, inflations
from emobench.leaderboard.tables.facts import Facts, facts
from emobench.leaderboard.tables.generation import verdict
from emobench.leaderboard.tables.headline import Standings, standings
from emobench.leaderboard.tables.score_table import ScoreTable
from emobench.store.records import Regime, Summary


@dataclass(frozen=True)
class SectionContext:
    """One section, where its results lie, and how the page draws models.

    Parameters
    ----------
    ran
        Labels of the corpora of which the page has claims.
    """

    results: Results
    section: Section
    looks: Mapping[str, Style]
    ran: Collection[str] = ()

    @cached_property
    def facts(self) -> Facts:
        """Corpus, splits, seeds and copies."""
        return facts(self.section)

    @cached_property
    def standings(self) -> tuple[Standings, ...]:
        """The main table of each regime."""
        return tuple(standings(self.section, regime) for regime in self.section.regimes)

    @cached_property
    def contests(self) -> tuple[Contest, ...]:
        """The searched models at each budget and in the regimes that have main tables."""
        if self.is_claims:
            return ()
        shown = {one.name for one in self.section.regimes[: 1 if self.trained_anew else None]}
        found = contests(self.results, self.section)
        return tuple(one for one in found if one.regime.name in shown)

    @cached_property
    def inflations(self) -> list[Inflation]:
        """Every model under every flawed split; empty where there was no audit."""
        return inflations(self.section)

    @cached_property
    def generated_verdict(self) -> tuple[str, ...]:
        """Whether generating beats a constant; empty where nothing was generated."""
        return verdict(self.section)

    @cached_property
    def summary(self) -> Summary | None:
        """The mean over conditions that the section's question is about; None without one."""
        return leading_summary(self.section)

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], Answers]:
        """What was answered under the main condition, by label and regime."""
        return read_answers(self.results, self.section)

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """Where the numbers of each row are from."""
        return tuple(origin_of(self.results, one) for one in self.section.all_entries)

    @cached_property
    def mixtures(self) -> Mapping[str, Mapping[str, list[str]]]:
        """What is not the same for all rows: versions, kinds of machine."""
        return mixtures(self.origins)

    @property
    def is_claims(self) -> bool:
        """Whether the section is about published results."""
        return self.section.protocol.show == claims.SHOWN

    @property
    def trained_anew(self) -> bool:
        """Whether its conditions are trainings of their own, and not other test inputs."""
        return self.section.protocol.show in ("contrasts", claims.SHOWN)

    def by_regime(
        self, build: Callable[[Section, Regime, Measure], ScoreTable], keep_blank: bool = False
    ) -> list[Group]:
        """Return one group per regime, a table for each measure; blank ones are left out."""
        found = []
        for regime in self.section.regimes:
            tables = tuple(build(self.section, regime, m) for m in by_condition())
            if tables and tables[0].columns and (keep_blank or not tables[0].is_blank):
                found.append(regime_group(regime, tables))
        return found


def by_condition() -> tuple[Measure, ...]:
    """Return the measures that tables by condition can be switched between."""
    return switch(lambda m: m.by_condition)


def regime_group(regime: Regime, tables: tuple[ScoreTable, ...] = (), chart: str = "") -> Group:
    """Return a regime's group, titled with its name and its meaning."""
    return Group(f"Regime `{regime.name}`", tables, chart, regime.description, regime.name)
