from __future__ import annotations

import pytest

from emobench import RequestError
from emobench.discovery.registry import from_path, registry
from emobench.grid.plan.plan import identity
from emobench.grid.plan.request import Request

CONDITIONS = 14  # full, six subsets, seven rates


def regimes(plan):
    return sorted(job.spec.regime.name for job in plan.jobs.values())


def reasons(plan):
    return {
        row.condition: str(row.skipped) for grid in plan.grids for row in grid.rows if row.skipped
    }


def test_a_protocol_alone_needs_a_training_per_regime_and_seed(plan_of):
    assert regimes(plan_of(["emotiwave"], "full_modalities", seeds=2)) == ["full"] * 2
    plan = plan_of(["emotiwave"], "missing_modality", seeds=2)
    assert regimes(plan) == ["full"] * 2 + ["modality_dropout"] * 2
    assert plan.cells == 4 * CONDITIONS


def test_protocols_share_trainings_and_cells(plan_of):
    alone = plan_of(["emotiwave"], "missing_modality", seeds=2)
    both = plan_of(["emotiwave"], "full_modalities", "missing_modality", seeds=2)
    assert both.jobs.keys() == alone.jobs.keys()
    assert both.cells == alone.cells
    full, missing = both.grids
    assert {r.cell for r in full.rows} <= {r.cell for r in missing.rows}
    assert len(full.rows) == 2


def test_a_deterministic_model_gets_one_seed_unless_its_regime_draws(plan_of):
    plan = plan_of(["majority", "emotiwave"], "missing_modality", seeds=3)
    found = {}
    for job in plan.jobs.values():
        found.setdefault((job.spec.model, job.spec.regime.name), set()).add(job.spec.seed)
    assert found == {
        ("majority", "full"): {0},
        ("majority", "modality_dropout"): {0, 1, 2},
        ("emotiwave", "full"): {0, 1, 2},
        ("emotiwave", "modality_dropout"): {0, 1, 2},
    }


def test_every_row_points_at_a_planned_cell_or_says_why_not(plan_of):
    plan = plan_of(["text_only", "emotiwave", "oracle"], "missing_modality", seeds=1)
    cells = {key for job in plan.jobs.values() for key in job.cells}
    for grid in plan.grids:
        assert len(grid.rows) == 2 * CONDITIONS
        for row in grid.rows:
            assert (row.cell in cells) is (row.skipped is None)
            assert row.training in plan.jobs


def test_a_condition_that_removes_what_a_model_needs_is_skipped_with_the_reason(plan_of):
    found = reasons(plan_of(["text_only"], "missing_modality", seeds=1))
    assert set(found) == {"audio", "vision", "audio+vision"}
    assert set(found.values()) == {"text_only reads text, which this condition removes"}


def test_a_model_without_the_variant_is_skipped_with_the_reason(plan_of, written):
    plan = plan_of([written("plain")], variants=("as_published",))
    assert plan.jobs == {}
    assert set(reasons(plan).values()) == {"plain has no variant as_published, only corrected"}


def test_a_model_without_the_track_is_skipped_with_the_reason(plan_of, small):
    entry = registry("model")["emotiwave"]
    (reason,) = set(reasons(plan_of([(entry, {})], track="published")).values())
    assert (
        reason
        == "it reads glove_300 as text, which needs features that have to come with the corpus"
    )


def test_reference_rows_have_one_variant_and_stay_on_every_page(plan_of):
    plan = plan_of(["majority", "emotiwave"], variants=("as_published", "corrected"))
    found = [(g.candidate.entry.name, g.candidate.variant) for g in plan.grids]
    assert found == [
        ("majority", "corrected"),
        ("emotiwave", "as_published"),
        ("emotiwave", "corrected"),
    ]


def test_a_model_that_asks_for_hidden_evidence_stops_the_request(plan_of, written):
    entry, options = written("cheat")
    entry.path.write_text(entry.path.read_text().replace('"tokens"', '"expressed_text"'))
    (entry,) = from_path("model", entry.path)
    with pytest.raises(RequestError, match=r"cheat.py, text on its card: expressed_text is for"):
        plan_of([(entry, options)])


def test_options_and_epochs_reach_the_config_and_the_label(plan_of):
    entry = registry("model")["emotiwave"]
    plan = plan_of([(entry, {"units": "8", "fusion": "attention", "epochs": "2"})], seeds=1)
    (job,) = plan.jobs.values()
    assert (job.spec.config["units"], job.spec.config["epochs"]) == (8, 2)
    assert plan.grids[0].candidate.label == "emotiwave:units=8:fusion=attention:epochs=2"


def test_an_option_that_does_not_exist_stops_the_request(plan_of):
    with pytest.raises(RequestError, match="Did you mean 'units'"):
        plan_of([(registry("model")["emotiwave"], {"unit": "8"})])


def test_another_setting_is_another_training_and_another_identity(plan_of):
    entry = registry("model")["emotiwave"]
    plan = plan_of([(entry, {"units": "8"}), (entry, {"units": "9"})], seeds=1)
    assert len(plan.jobs) == 2
    first, second = plan.grids
    assert identity(first) != identity(second)
    assert identity(first) == identity(plan_of([(entry, {"units": "8"})], seeds=1).grids[0])


def test_a_changed_source_is_another_training(plan_of, written):
    before = plan_of([written("mine")], seeds=1)
    after = plan_of([written("mine", fit="x = 1")], seeds=1)
    (one,), (other,) = before.jobs.values(), after.jobs.values()
    assert one.spec.changed(other.spec) == ["model_digest"]


def test_the_plan_is_the_same_twice(plan_of):
    first, second = (plan_of(["emotiwave", "majority"], "missing_modality") for _ in range(2))
    assert first.jobs.keys() == second.jobs.keys()
    assert [g.rows for g in first.grids] == [g.rows for g in second.grids]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"seeds": 0}, "--seeds must be at least 1"),
        ({"track": "publishd"}, "Unknown track 'publishd'. Did you mean 'published'"),
        ({"variants": ("corected",)}, "Did you mean 'corrected'"),
        ({"bad_clips": "drop"}, "--bad-clips"),
    ],
)
def test_a_request_that_makes_no_sense_says_so(settings, complaint):
    with pytest.raises(RequestError, match=complaint):
        Request(models=[], protocols=[], corpora=[], **settings)
