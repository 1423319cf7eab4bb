from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.conditions.mask_set import MaskSet
from emobench.conditions.masks import condition_mask
from emobench.interface.protocol import Condition
from emobench.missingness import missing_rate
from emobench.randomness import uniforms

THREE = ("text", "audio", "vision")
IDS = [f"utterance_{i:05d}" for i in range(5000)]
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)

some_ids = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=20, unique=True)
rates = st.floats(0.0, 1.0, exclude_max=True)


def at_rate(rate: float) -> Condition:
    return Condition(f"missing_{rate}", "a rate", rate=rate)


def mask_of(rate, ids=IDS, modalities=THREE, available=None):
    if available is None:
        available = np.ones((len(ids), len(modalities)), dtype=bool)
    return condition_mask(at_rate(rate), ids, modalities, available)


def digest(mask: np.ndarray) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()


def test_another_process_draws_the_same_mask():
    code = (
        "import hashlib, numpy as np\n"
        "from emobench.interface.protocol import Condition\n"
        "from emobench.conditions.masks import condition_mask\n"
        "ids = [f'utterance_{i:05d}' for i in range(300)]\n"
        "mask = condition_mask(Condition('c', '', rate=0.4), ids, ('text', 'audio', 'vision'),\n"
        "                      np.ones((300, 3), dtype=bool))\n"
        "print(hashlib.sha256(np.packbits(mask).tobytes()).hexdigest())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert run.stdout.strip() == digest(mask_of(0.4, IDS[:300]))


def test_published_masks_have_not_moved():
    # The first mask bits are part of the public result: whoever changes them changes every number.
    values = uniforms(["a", "b"], THREE)
    expected = [
        int.from_bytes(hashlib.sha256(f"20260101|{i}|{m}".encode()).digest()[:7], "big") / 2**56
        for i in "ab"
        for m in THREE
    ]
    assert values.ravel().tolist() == expected


@given(some_ids, rates, st.randoms())
@settings(deadline=None, max_examples=50)
def test_an_utterances_mask_does_not_depend_on_the_others(ids, rate, random):
    shuffled = list(ids)
    random.shuffle(shuffled)
    together = dict(zip(ids, mask_of(rate, ids).tolist(), strict=True))
    assert dict(zip(shuffled, mask_of(rate, shuffled).tolist(), strict=True)) == together
    for one in ids:
        assert mask_of(rate, [one])[0].tolist() == together[one]


@given(st.data(), rates)
@settings(deadline=None, max_examples=100)
def test_one_available_modality_is_kept_and_an_absent_one_stays_absent(data, rate):
    count = data.draw(st.integers(1, 30))
    rows = st.lists(st.booleans(), min_size=3, max_size=3)
    available = np.array(data.draw(st.lists(rows, min_size=count, max_size=count)))
    before = available.copy()
    mask = mask_of(rate, IDS[:count], available=available)
    assert not (mask & ~available).any()
    assert (mask.any(axis=1) == available.any(axis=1)).all()
    assert (available == before).all()


@given(rates, rates)
@settings(deadline=None, max_examples=50)
def test_what_is_missing_at_a_low_rate_is_missing_at_a_higher_one(one, other):
    low, high = sorted((one, other))
    available = uniforms(IDS[:200], THREE, seed=3) > 0.2
    assert not (mask_of(high, IDS[:200], available=available)
                & ~mask_of(low, IDS[:200], available=available)).any()  # fmt: skip


@pytest.mark.parametrize("modalities", [THREE, ("text", "audio")])
@pytest.mark.parametrize("rate", RATES)
def test_the_nominal_rate_is_reached_up_to_the_maximum(rate, modalities):
    full = np.ones((len(IDS), len(modalities)), dtype=bool)
    highest = (len(modalities) - 1) / len(modalities)
    achieved = missing_rate(mask_of(rate, modalities=modalities), full)
    assert achieved == pytest.approx(min(rate, highest), abs=0.02)
    assert achieved <= highest + 1e-12


def test_beyond_the_maximum_exactly_one_modality_is_left_and_each_as_often():
    mask = mask_of(0.7)
    assert (mask.sum(axis=1) == 1).all()
    assert mask.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.03)


def test_random_rates_treat_the_modalities_alike():
    assert mask_of(0.3).mean(axis=0) == pytest.approx([0.7] * 3, abs=0.03)


def test_an_utterance_with_one_modality_keeps_it_at_any_rate():
    available = np.tile([False, True, False], (len(IDS), 1))
    assert (mask_of(0.7, available=available) == available).all()


def test_different_rates_and_seeds_give_different_masks():
    full = np.ones((len(IDS), 3), dtype=bool)
    digests = {digest(mask_of(rate)) for rate in (0.0, *RATES)}
    digests.add(digest(condition_mask(at_rate(0.3), IDS, THREE, full, seed=1)))
    assert len(digests) == len(RATES) + 2


def test_a_subset_condition_shows_exactly_the_subset_that_is_available():
    available = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 1]], dtype=bool)
    condition = Condition("text+audio", "", present=("text", "audio"))
    mask = condition_mask(condition, ["a", "b", "c"], THREE, available)
    assert mask.dtype == bool
    assert mask.tolist() == [[True, True, False], [True, False, False], [False, False, False]]


def test_full_shows_everything_and_is_a_copy():
    available = np.array([[1, 0, 1]], dtype=bool)
    for condition in (at_rate(0.0), Condition("full", "", present=THREE)):
        mask = condition_mask(condition, ["a"], THREE, available)
        assert (mask == available).all()
        mask[:] = False
        assert available.any()


def test_imported_masks_take_the_place_of_the_draw_and_show_nothing_that_is_absent():
    kept = {"missing_0.5": {"a": (True, True, False), "b": (False, True, True)}}
    masks = MaskSet("digest", "corpus", THREE, kept)
    available = np.array([[1, 0, 1], [1, 1, 1]], dtype=bool)
    mask = condition_mask(at_rate(0.5), ["a", "b"], THREE, available, masks)
    assert mask.dtype == bool
    assert mask.tolist() == [[True, False, False], [False, True, True]]
    other = condition_mask(at_rate(0.3), ["a", "b"], THREE, available, masks)
    assert (other == condition_mask(at_rate(0.3), ["a", "b"], THREE, available)).all()
