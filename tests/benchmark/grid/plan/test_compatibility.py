"""A trial that makes no sense for a model is skipped, and the table says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emobench.backbones.frozen_encoder import FrozenEncoder
from emobench.grid.plan.plan import Plan

FILLED = ("missing_modality", {"fill": "all"})


def reasons(plan: Plan) -> dict[tuple[str, str], str]:
    """(regime, condition) to the reason."""
    rows = [row for grid in plan.grids for row in grid.rows]
    return {(row.regime, row.condition): str(row.skipped) for row in rows if row.skipped}


CASES = [
    ("text_only", "ablation", ("one_subset", "audio+vision"),
     "text_only reads text, which this regime removes"),
    ("avfusion", "ablation", ("one_subset", "text"),
     "avfusion reads no text, and this regime shows nothing else"),
    ("text_only", "missing_modality", ("full", "audio"),
     "text_only reads text, which this condition removes"),
    ("avfusion", "missing_modality", ("full", "text"),
     "avfusion reads no text, and this condition shows nothing else"),
    ("late_fusion", FILLED, ("learned_fill", "missing_0.5"),
     "late_fusion is not trained by steps, so nothing can be learned beside it"),
    ("emotiwave", FILLED, ("full", "text:generate"), "emotiwave generates nothing"),
    ("oracle", FILLED, ("full", "text:zero"),
     "oracle reads what was expressed, and nothing can stand for that"),
    ("oracle", "generated_inputs", ("full", "text=zero"),
     "oracle reads what was expressed, and nothing can stand for that"),
    ("text_only", "generated_inputs", ("full", "vision=zero"), "text_only does not read vision"),
    ("late_fusion", "generated_inputs", ("full", "text=ridge(audio)"),
     "late_fusion reads tokens, words by number, and a ridge regression gives averages"),
    ("emotiwave", "generated_inputs", ("full", "text=model(audio)"), "emotiwave generates nothing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "protocol", "row", "why"),
    CASES,
    ids=[f"{m if isinstance(m, str) else m[0]}-{'/'.join(r)}" for m, _, r, _ in CASES],
)
def test_it_is_skipped_with_the_reason(
    plan_of: Callable[..., Plan], model: Any, protocol: Any, row: tuple[str, str], why: str
) -> None:
    assert reasons(plan_of([model], protocol, seeds=1))[row] == why


def test_numbers_of_words_cannot_be_learned_beside(
    plan_of: Callable[..., Plan], written: Callable[..., Any]
) -> None:
    found = reasons(plan_of([written("worded")], FILLED, seeds=1))
    wanted = "worded reads tokens: numbers of words, no vector can stand there"
    assert found["learned_fill", "full"] == wanted


def test_what_can_be_run_is_not_skipped(plan_of: Callable[..., Plan]) -> None:
    found = reasons(plan_of(["tensor_fusion"], FILLED, seeds=1))
    assert {condition.partition(":")[2] for _, condition in found} == {"generate"}
    assert set(found.values()) == {"tensor_fusion generates nothing"}


def test_a_model_with_updates_of_its_own_learns_no_fill(plan_of: Callable[..., Plan]) -> None:
    found = reasons(plan_of(["cross_modal_translation"], FILLED, seeds=1))
    assert {regime for regime, _ in found} == {"learned_fill"}
    why = "cross_modal_translation fills what is missing in updates of its own"
    assert set(found.values()) == {why}


def test_a_variant_that_generates_nothing_is_skipped(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(["cross_modal_translation"], FILLED, seeds=1, variants=("as_published",))
    why = reasons(plan)["full", "text:generate"]
    assert why == "cross_modal_translation generates nothing"


def test_behind_frozen_backbones_everything_is_in_the_space_of_their_output(
    plan_of: Callable[..., Plan], checkpoints: dict[str, Any]
) -> None:
    names = {"text": "bert", "audio": "wav2vec2", "vision": "resnet18"}
    backbones = {f"{m}_backbone": str(checkpoints[name]) for m, name in names.items()}
    model = "cross_modal_translation", backbones
    plan = plan_of([model], "generated_inputs", seeds=1, track="published")
    assert reasons(plan) == {}
    (inputs,) = {str(job.inputs): job.inputs for job in plan.jobs.values()}.values()
    assert {m: [FrozenEncoder.of(n).model for n in read] for m, read in inputs.items()} == {
        m: [str(checkpoints[name])] for m, name in names.items()
    }
    job = next(iter(plan.jobs.values()))
    assert set(job.spec.backbones) == set(names)


def test_a_protocols_own_reason_and_a_variants_come_first(plan_of: Callable[..., Plan]) -> None:
    found = reasons(plan_of(["majority"], "reproduce", seeds=1))
    (why,) = found.values()
    assert why.startswith("the card of majority has no published result on simulated:")
    plan = plan_of(["tensor_fusion"], "full_modalities", variants=("as_published",), seeds=1)
    assert set(reasons(plan).values()) == {
        "tensor_fusion has no variant as_published, only corrected"
    }
    assert plan.jobs == {}


def test_a_skipped_condition_of_a_training_that_others_need_still_names_it(
    plan_of: Callable[..., Plan],
) -> None:
    plan = plan_of(["emotiwave"], FILLED, seeds=1)
    skipped = [row for row in plan.grids[0].rows if row.skipped]
    assert skipped
    assert {row.training for row in skipped} <= set(plan.jobs)
    assert all(row.cell is None for row in skipped)
