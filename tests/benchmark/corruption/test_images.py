"""What damage to frames does, measured on what comes out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from emobench.corpus.preparation.clips import check_media
from emobench.corruption.corruption import Donors
from emobench.corruption.registry import KINDS
from emobench.interface.protocol import SEVERITIES
from emobench.randomness import corruption_stream

VISION = [k.name for k in KINDS.values() if k.modality == "vision" and not k.swaps]
NOBODY = Donors(lambda: [], lambda: [])


def clip(steps: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.random((steps, 48, 48)), (0, 1, 1))
    return (40 + 200 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)


def damaged(name: str, severity: int, media: np.ndarray, utterance: str = "u1") -> np.ndarray:
    return KINDS[name].damage(media, severity, corruption_stream(name, utterance), NOBODY)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_stated_share_of_the_picture_is_covered(severity: int) -> None:
    covered = damaged("occlusion", severity, clip()) == 0
    assert covered.mean() == pytest.approx(KINDS["occlusion"].amount(severity), abs=0.01)
    assert (covered == covered[0]).all(), "the object moved"


def test_what_is_covered_stays_covered() -> None:
    for utterance in ("a", "b", "c", "d"):
        covered = [damaged("occlusion", s, clip(), utterance) == 0 for s in SEVERITIES]
        for mild, strong in itertools.pairwise(covered):
            assert (strong | ~mild).all()


@pytest.mark.parametrize("name", ["blur", "low_resolution"])
def test_detail_is_lost_from_severity_to_severity(name: str) -> None:
    def detail(frames: np.ndarray) -> float:
        return float(np.abs(np.diff(frames.astype(float), axis=2)).mean())

    found = [detail(clip()), *(detail(damaged(name, s, clip())) for s in SEVERITIES)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 6


def test_low_resolution_knows_only_the_mean_of_each_cell() -> None:
    frames = clip(4)
    cells = frames.reshape(4, 6, 8, 6, 8)
    reversed_inside = cells[:, :, ::-1, :, ::-1].reshape(4, 48, 48)
    assert (frames != reversed_inside).mean() > 0.5
    few = damaged("low_resolution", 5, frames)
    np.testing.assert_array_equal(few, damaged("low_resolution", 5, reversed_inside))
    assert (few != damaged("low_resolution", 4, frames)).any()


def test_frames_are_lost_at_the_stated_share_and_nested() -> None:
    lost = {s: [] for s in SEVERITIES}
    for i in range(200):
        for s in SEVERITIES:
            lost[s].append(~damaged("dropped_frames", s, clip(), f"u{i}").any(axis=(1, 2)))
    for s in SEVERITIES[:4]:
        assert np.mean(lost[s]) == pytest.approx(KINDS["dropped_frames"].amount(s), abs=0.03)
    for mild, strong in itertools.pairwise(SEVERITIES):
        assert (np.array(lost[strong]) | ~np.array(lost[mild])).all()


def test_action_units_can_be_lost_too() -> None:
    units = np.random.default_rng(0).random((10, 17), dtype=np.float32) + 1
    kept = damaged("dropped_frames", 5, units)
    assert kept.dtype == np.float32
    assert 1 <= kept.any(axis=1).sum() < 10


def test_a_late_face_is_late() -> None:
    late = damaged("shifted_vision", 5, clip())
    assert (late[:5] == clip()[0]).all()
    np.testing.assert_array_equal(late[5:], clip()[:-5])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(VISION), st.sampled_from(SEVERITIES), st.integers(1, 9), st.integers(0, 99))
def test_damaged_frames_are_usable_as_many_and_repeatable(
    name: str, severity: int, steps: int, seed: int
) -> None:
    frames = clip(steps, seed)
    before = frames.copy()
    first, again = (damaged(name, severity, frames, str(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(frames, before)
    assert first.shape == frames.shape
    assert first.dtype == np.uint8
    check_media(first, "frames")
