"""How the predictions of a repeated cell are compared, and what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emobench.repetition.comparison import (
    DIFFERENT,
    EQUAL,
    IDENTICAL,
    TOLERANCE,
    Repetition,
    gap_of,
    verdict_of,
)


def predictions(n: int = 6, several: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"u{i}" for i in range(n)]})
    for c in range(3):
        frame[f"logit_{c}"] = (100 * random.normal(size=n)).astype(np.float32)
    if several:
        for c in range(3):
            frame[f"label_{c}"] = random.integers(0, 2, n)
    else:
        frame["label"] = random.integers(0, 3, n)
    frame["present_text"] = True
    return frame


def changed(frame: pd.DataFrame, column: str, by: float) -> pd.DataFrame:
    found = frame.copy()
    found.loc[2, column] = found.loc[2, column] + by
    return found


@pytest.mark.parametrize("several", [False, True])
def test_the_same_in_another_order_is_identical(several: bool) -> None:
    frame = predictions(several=several)
    assert verdict_of(gap_of(frame, frame[::-1]), TOLERANCE) == IDENTICAL


def test_one_bit_of_a_logit_is_equal_within_tolerance_and_no_more_identical() -> None:
    frame, other = predictions(), predictions()
    values = other["logit_1"].to_numpy().copy()
    values.view(np.int32)[3] ^= 1
    other["logit_1"] = values
    gap = gap_of(frame, other)
    assert 0 < gap.largest < 1e-6
    assert (gap.decisions, gap.columns) == (0, ())
    assert verdict_of(gap, TOLERANCE) == EQUAL


def test_the_tolerance_is_relative_to_the_logits_of_the_utterance() -> None:
    frame = predictions()
    size = float(frame.filter(like="logit_").loc[2].abs().max())
    assert size > 10
    near, far = (changed(frame, "logit_0", f * TOLERANCE * size) for f in (0.5, 2))
    assert verdict_of(gap_of(frame, near), TOLERANCE) == EQUAL
    assert verdict_of(gap_of(frame, far), TOLERANCE) == DIFFERENT


def test_a_decision_that_changes_is_different_however_small_the_step() -> None:
    frame = predictions()
    frame.loc[2, ["logit_0", "logit_1", "logit_2"]] = [1.0, 1.0 + 1e-6, 0.0]
    other = changed(frame, "logit_0", 3e-6)
    gap = gap_of(frame, other)
    assert (gap.decisions, gap.largest < TOLERANCE) == (1, True)
    assert verdict_of(gap, TOLERANCE) == DIFFERENT


@pytest.mark.parametrize("column", ["label", "present_text"])
def test_labels_and_masks_have_no_tolerance(column: str) -> None:
    frame, other = predictions(), predictions()
    other.loc[2, column] = not other.loc[2, column] if column != "label" else 9
    gap = gap_of(frame, other)
    assert gap.columns == (column,)
    assert verdict_of(gap, TOLERANCE) == DIFFERENT


def test_other_utterances_and_no_numbers_are_different() -> None:
    frame = predictions()
    for other in (frame[1:], frame.assign(id=[f"v{i}" for i in range(6)])):
        assert verdict_of(gap_of(frame, other), TOLERANCE) == DIFFERENT
    broken = frame.assign(logit_0=np.float32("nan"))
    assert verdict_of(gap_of(frame, broken), TOLERANCE) == DIFFERENT


def test_what_is_said() -> None:
    gap = gap_of(predictions(), changed(predictions(), "logit_0", 1e-3))
    assert Repetition("t", "c", IDENTICAL).sentence.startswith("identical")
    assert "(allowed: 0.0001)" in Repetition("t", "c", EQUAL, gap).sentence
    because = Repetition("t", "c", DIFFERENT, because=("a is 2, and was 1", "b"))
    assert because.sentence == "different, because a is 2, and was 1; b"
    assert "nothing that is recorded differs" in Repetition("t", "c", DIFFERENT).sentence
    assert not because.is_repeated
