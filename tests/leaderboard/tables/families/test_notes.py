from __future__ import annotations

from dataclasses import replace

from emobench.leaderboard.results.comparisons.families import Resolution
from emobench.leaderboard.tables.families.notes import family_notes, resolution_text

FOUND = Resolution(0.031, 0.022, 0.045, 0.049, 15, 24, "speaker", (3, 3))


def test_what_a_table_can_tell_apart_is_one_sentence() -> None:
    assert resolution_text(FOUND) == (
        "What this can tell apart, with 24 speakers and 3 seeds: with 80% power, two models that "
        "are compared for themselves if they differ by .031 (median of 15 pairs; .022 to .045), "
        "and .049 for the ranks to part them."
    )
    pair = replace(FOUND, ranked=None, n_pairs=1, seeds=(0, 0))
    assert resolution_text(pair).startswith("What this can tell apart, with 24 speakers: ")
    assert resolution_text(pair).endswith("differ by .031.")


def test_one_seed_is_warned_of() -> None:
    assert "With one seed" not in resolution_text(FOUND)
    text = resolution_text(replace(FOUND, seeds=(1, 3)))
    assert "with 24 speakers and 1 to 3 seeds" in text
    assert "With one seed nobody knows how much another training would change" in text


def test_the_procedure_stands_below_the_table() -> None:
    ranks, planned, resolution = family_notes(6, 12, FOUND)
    assert "for all 6 models at once" in ranks
    assert "All 15 pairs are tested together" in ranks
    assert "12 planned differences" in planned
    assert "Holm" in planned
    assert resolution == resolution_text(FOUND)
    assert family_notes(1, 0, None) == []
    assert "The pair is tested" in family_notes(2, 0, None)[0]


def test_what_no_difference_could_reach_is_not_promised() -> None:
    hopeless = replace(FOUND, alone=1.24, ranked=3.0, high=5.0)
    assert resolution_text(hopeless).endswith(
        "nothing with 80% power, whatever two models differ by. Add seeds."
    )
    some = resolution_text(replace(FOUND, ranked=3.0, high=5.0))
    assert "for the ranks" not in some
    assert "to 1.000)" in some
