"""Notes below a main table: how its ranks and differences were tested, and what would be found."""

from __future__ import annotations

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.comparisons.families import Resolution
from emobench.wording import counted, units_text


def family_notes(
    n_ranked: int, n_planned: int, found: Resolution | None, difference: str = "planned difference"
) -> list[str]:
    """Return the notes of a main table.

    Parameters
    ----------
    n_ranked
        Number of ranked models.
    n_planned
        Number of planned contrasts.
    found
        What differences would be found; None where nothing is known of it.
    difference
        What the contrasts are called.
    """
    notes = []
    if n_ranked > 1:
        n_pairs = n_ranked * (n_ranked - 1) // 2
        notes.append(
            f"Ranks hold with 95% confidence for all {n_ranked} models at once: 1 + the models "
            "shown to be better, to the last place less those shown to be worse; ≈ best is "
            f"whatever can be the best. {_all(n_pairs)} by a bootstrap of the largest studentised "
            "difference over units and seeds, stepwise (Mogstad, Romano, Shaikh and Wilhelm 2024)."
        )
    if n_planned:
        notes.append(
            f"The {counted(n_planned, difference)} over reference rows: each interval is "
            f"for itself, p is after Holm for all {n_planned} together, and colour marks p below "
            ".05. Over the best single modality counts whichever row is truly the best; none is "
            "chosen by its test score."
        )
    if found is not None:
        notes.append(resolution_text(found))
    return notes


def _all(n_pairs: int) -> str:
    return "The pair is tested" if n_pairs == 1 else f"All {n_pairs} pairs are tested together"


def resolution_text(found: Resolution) -> str:
    """Say what differences a table can tell apart."""
    least, most = found.seeds
    seeds = counted(most, "seed") if least == most else f"{least} to {most} seeds"
    sizes = units_text(found.n_units, found.unit) + (f" and {seeds}" if most else "")
    text = f"What this can tell apart, with {sizes}: "
    if found.alone >= 1:  # no two scores differ by more
        return f"{text}nothing with 80% power, whatever two models differ by. Add seeds."
    text += (
        "with 80% power, two models that are compared for themselves if they differ by "
        f"{numbers.score(found.alone)}"
    )
    if found.n_pairs > 1:
        text += (
            f" (median of {found.n_pairs} pairs; {numbers.score(found.low)} to "
            f"{numbers.score(min(found.high, 1.0))})"
        )
    if found.ranked is not None and found.ranked < 1:
        text += f", and {numbers.score(found.ranked)} for the ranks to part them"
    if least == 1:
        text += (
            ". With one seed nobody knows how much another training would change: intervals, ranks "
            "and this number speak of these trainings alone"
        )
    return f"{text}."
