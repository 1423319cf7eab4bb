"""Default and tuned scores in a few plain lines, for the end of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.report.sections import SectionView
from emobench.leaderboard.results.searches.contest import Contender, Contest
from emobench.leaderboard.statistics.measures import RANKING


def search_lines(views: Iterable[SectionView], since: str = "") -> list[str]:
    """Return the searched models of each setting, default → tuned, as lines.

    Parameters
    ----------
    views
        The sections of the page.
    since
        Only budgets and regimes with a row that was written at this time (ISO 8601) or later.
    """
    return [
        line
        for view in views
        for contest in view.contests
        if any(one.entry.newest.created >= since for one in contest.rows)
        for line in _lines(view, contest)
    ]


def _lines(view: SectionView, contest: Contest) -> Iterator[str]:
    section = view.section
    rows = [one for one in contest.rows if one.search.space]
    if not rows:
        return
    yield (
        f"{contest.budget} on {section.dataset}, {section.protocol.name}, regime "
        f"{contest.regime.name}: macro-F1 with the preset → tuned, and the gain (p after "
        "Holm)"
    )
    width = max(len(one.entry.default_label) for one in rows)
    for one in rows:
        yield f"  {one.entry.default_label:<{width}}  {_scores(one)}"


def _scores(one: Contender) -> str:
    before = one.default.score if one.default else None
    values = [numbers.score(s.values[RANKING] if s else None) for s in (before, one.row.score)]
    text = " → ".join(values)
    if one.gain is not None:
        gap = one.gain.gap
        gained = f"{numbers.signed(gap.value)} {numbers.signed_interval(gap)}"
        return f"{text}  {gained} {numbers.p_value(one.gain.p_value)}".rstrip()
    why = one.doubt or ("" if one.row.is_done else one.row.status)
    return f"{text}  ({why})" if why else text
