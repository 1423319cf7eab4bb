"""What is said of a plan in sentences: on top of the page, and first in each section."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.plans.comparison import PlannedComparison, PlanOutcome
from emobench.leaderboard.tables.answers.leaders import listed
from emobench.leaderboard.tables.plans.comparison_table import measure_title
from emobench.wording import and_more, counted

NAMED = 3
"""Comparisons that a sentence names; it counts the rest."""

EXPLORATORY = "Exploratory, not planned"


def date(created: str) -> str:
    """Print a stored time to the minute, with its zone."""
    return f"{created[:16].replace('T', ' ')} UTC"


def freeze_text(plan: PlanOutcome) -> str:
    """Say when a plan was frozen, and whether results were there; inline Markdown."""
    chain = plan.chain
    if chain.problem:
        return f"**{chain.problem} No comparison counts as planned.**"
    base = chain.base.record
    frozen = f"Plan `{chain.base.digest[:12]}`, frozen {date(base.created)}"
    if not chain.is_before_results:
        cells = counted(base.existing, "cell")
        return (
            f"{frozen}, **after results: {cells} of its rows {_were(base.existing)} stored "
            "already.** It is no plan before results; what it names is parted from the rest, and "
            "no more."
        )
    others = ""
    if base.others:
        others = (
            f"; {counted(base.others, 'cell')} of other rows on its corpora {_were(base.others)}"
        )
    return f"{frozen}, before any of its results was stored here{others}."


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def family_text(plan: PlanOutcome) -> str:
    """Say what the family is, and how much of it is there; inline Markdown."""
    record, n = plan.chain.base.record, len(plan.comparisons)
    settings = len({one.pair.setting for one in plan.comparisons})
    where = f" over {counted(settings, 'setting')}" if settings > 1 else ""
    level = numbers.score(record.alpha).rstrip("0")
    text = f"{counted(n, 'planned comparison')} of {measure_title(record.measure)}{where}"
    text += f"; p is after Holm over all {n}, at a level of {level} together. " if n > 1 else ". "
    done = sum(one.is_done for one in plan.comparisons)
    if done < n:
        text += (
            f"**{n - done} of them {'has' if n - done == 1 else 'have'} no result**: each counts "
            "with p 1, so that it stays in the family. "
        )
    return text + outcome_text(plan.comparisons)


def outcome_text(found: Sequence[PlannedComparison]) -> str:
    """Say how many comparisons show what."""
    shown = sum(one.is_different for one in found)
    near = sum(one.is_equivalent for one in found)
    parts = [f"{shown or 'none'} {'show' if shown > 1 else 'shows'} a difference"]
    if any(one.margin is not None for one in found):
        parts.append(f"{near or 'none'} {'show' if near > 1 else 'shows'} equivalence")
    text = " and ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def section_sentence(plan: PlanOutcome, found: Sequence[PlannedComparison]) -> str:
    """Say what the planned comparisons of a section show; one sentence, inline Markdown."""
    when = "before any result" if plan.chain.is_before_results else "after results existed"
    n = len(plan.comparisons)
    holm = f"Holm over all {n} of the plan" if n > 1 else "the one comparison of the plan"
    different = [one for one in found if one.is_different]
    near = [one for one in found if one.is_equivalent and not one.is_different]
    waiting = [one for one in found if not one.is_done]
    several = len({(one.pair.regime, one.pair.condition) for one in found}) > 1
    parts = []
    if different:
        parts += _claims(different, several)
        if rest := sum(one.is_done and not one.is_different for one in found):
            parts.append(f"{rest} {'shows' if rest == 1 else 'show'} no difference")
    elif len(waiting) < len(found):
        done = len(found) - len(waiting)
        if done == 1:
            parts.append("**the one that is there shows no difference**" if waiting
                         else "**no difference is shown**")  # fmt: skip
        else:
            parts.append(f"**none of {done} comparisons shows a difference**")
    if near:
        parts.append(and_more([_near(one, several) for one in near], NAMED, "; "))
    if waiting:
        of = f" of {len(found)}" if len(found) > len(waiting) else ""
        have = "has" if len(waiting) == 1 else "have"
        states = dict.fromkeys(one.status for one in waiting)
        parts.append(f"{len(waiting)}{of} {have} no result ({', '.join(states)})")
    if changed := sum(bool(one.changes) for one in found):
        parts.append(f"{changed} {'departs' if changed == 1 else 'depart'} from the plan")
    return f"Planned {when}: {'; '.join(parts)} ({holm})."


def _claims(found: Sequence[PlannedComparison], several: bool) -> list[str]:
    """Name what is shown: one difference with its number, several by what they are held against."""
    groups = {(_word(one), one.pair.second, one.is_equivalent) for one in found}
    if len(groups) > 1 or len(found) == 1:
        return [and_more([_claim(one, several) for one in found], NAMED, "; ")]
    ((word, second, small),) = groups
    names = list(dict.fromkeys(one.pair.first for one in found))
    less = ", by less than the margin" if small else ""
    are = "are" if len(names) > 1 else "is"
    where = f" in {len(found)} comparisons" if several else ""
    return [f"**{listed(names)} {are} shown to be {word} {second}**{less}{where}"]


def _word(one: PlannedComparison) -> str:
    return "above" if one.gap is not None and one.gap.value > 0 else "below"


def _where(one: PlannedComparison, several: bool) -> str:
    return f" (`{one.pair.regime}`, `{one.pair.condition}`)" if several else ""


def _claim(one: PlannedComparison, several: bool) -> str:
    pair, gap = one.pair, one.gap
    number = f"{numbers.signed(gap.value)} {numbers.signed_interval(gap)}" if gap else ""
    less = ", by less than the margin" if one.is_equivalent else ""
    return (
        f"**{pair.first} is shown to be {_word(one)} {pair.second}**{_where(one, several)}{less}, "
        f"{number}, {numbers.p_value(one.holm)}"
    )


def _near(one: PlannedComparison, several: bool) -> str:
    pair = one.pair
    claim = f"**{pair.first} and {pair.second} are shown to be equivalent**"
    return f"{claim}{_where(one, several)}"


def plan_lines(plan: PlanOutcome) -> list[str]:
    """Say in lines for a terminal what a plan has come to, and what departs from it."""
    chain = plan.chain
    if chain.problem:
        return [f"warning: {chain.problem} No comparison counts as planned"]
    done = sum(one.is_done for one in plan.comparisons)
    shown = sum(one.is_different for one in plan.comparisons)
    when = "" if chain.is_before_results else ", made after results"
    lines = [
        f"plan {chain.base.digest[:12]}{when}: {done} of "
        f"{counted(len(plan.comparisons), 'planned comparison')} there, {shown or 'none'} "
        f"{'show' if shown > 1 else 'shows'} a difference (Holm over all)"
    ]
    return lines + [f"departs from the plan: {text}" for text in plan.changes]
