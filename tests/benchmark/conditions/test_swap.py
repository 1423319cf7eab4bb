"""A swap shows another utterance's modality, of another label, and changes nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench import Corruption
from emobench.conditions.swap import SwapTransform, swap_partners

INPUTS = {"text": ("tokens", "word_vectors"), "audio": ("mfcc", "prosody")}


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


def swap(kind: str, severity: int, view: Any) -> SwapTransform:
    return SwapTransform(Corruption(kind, severity), view)


def changed(view: Any, severity: int, rows: np.ndarray) -> tuple[Any, Any]:
    batch = view.batch(rows, view.available[rows])
    return batch, swap("swapped_audio", severity, view)(batch, rows, None)  # type: ignore[arg-type]


def test_the_stated_share_shows_a_modality_of_another_label(view: Any) -> None:
    tested = view.parts.test[view.available[view.parts.test, 1]]
    before = 0
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        found = swap_partners(view, "audio", share)
        swapped = np.flatnonzero(found >= 0)
        assert len(swapped) >= before
        before = len(swapped)
        assert set(swapped) <= set(tested)
        assert set(found[swapped]) <= set(tested)
        assert (view.labels[found[swapped]] != view.labels[swapped]).all()
        assert len(swapped) / len(tested) == pytest.approx(share, abs=0.2)
    assert before == len(tested)


def test_who_is_swapped_stays_swapped_with_the_same(view: Any) -> None:
    low, high = swap_partners(view, "audio", 0.4), swap_partners(view, "audio", 0.8)
    np.testing.assert_array_equal(high[low >= 0], low[low >= 0])


def test_the_partner_is_shown_and_all_else_stays(view: Any) -> None:
    rows = view.parts.test
    batch, other = changed(view, 3, rows)
    found = swap_partners(view, "audio", 0.6)
    for name, sequence in other.inputs["audio"].items():
        for i, row in enumerate(rows):
            shown = int(found[row]) if found[row] >= 0 else int(row)
            steps = int(sequence.lengths[i])
            if not batch.present["audio"][i]:
                assert steps == 0
                continue
            np.testing.assert_array_equal(
                sequence.values[i, :steps], view.features["audio"][name][shown]
            )
            assert not sequence.values[i, steps:].any()
    assert other.inputs["text"] is batch.inputs["text"]
    np.testing.assert_array_equal(other.labels, batch.labels)
    np.testing.assert_array_equal(other.present["audio"], batch.present["audio"])


def test_batch_mates_decide_nothing(view: Any) -> None:
    rows = view.parts.test[:10]
    _, together = changed(view, 5, rows)
    for i, row in enumerate(rows):
        _, alone = changed(view, 5, np.array([row]))
        steps = int(alone["audio"].lengths[0])
        assert steps == int(together["audio"].lengths[i])
        np.testing.assert_array_equal(
            alone["audio"].values[0, :steps], together["audio"].values[i, :steps]
        )


def test_what_was_erased_stays_erased_and_what_is_not_read_is_not_swapped(view: Any) -> None:
    rows = view.parts.test[:6]
    erased = view.available[rows].copy()
    erased[:, 1] = False
    batch = view.batch(rows, erased)
    assert swap("swapped_audio", 5, view)(batch, rows, None) is batch  # type: ignore[arg-type]
    whole = view.batch(rows, view.available[rows])
    assert swap("swapped_vision", 5, view)(whole, rows, None) is whole  # type: ignore[arg-type]
