"""Every check of a representation catches a broken one, and a sound one passes all."""

from __future__ import annotations

import re

import pytest

from emobench import RequestError
from emobench.contract.extensions.examination import examine
from emobench.contract.extensions.representation_checks import CHECKS, examination
from emobench.discovery.representations import representations

RETURN = "return np.stack([loudness, peak, crossings], axis=1).astype(np.float32)"
QUICK = tuple(name for name in CHECKS if name != "another_process")

FITTED = """
import numpy as np
from emobench import FittedRepresentation


class Words(FittedRepresentation):
    name = "words"
    modality = "text"
    base = "transcript"

    def fit(self, train):
        self.known = sorted({w for text in train for w in text.split()})

    def transform(self, item):
        steps = [[float(w == k) for k in self.known] for w in item.split()] or [[0.0] * self.size]
        return np.asarray(steps, dtype=np.float32)

    @property
    def size(self):
        return len(self.known)
"""


@pytest.mark.parametrize("names", [QUICK, pytest.param(tuple(CHECKS), marks=pytest.mark.slow)])
def test_the_scaffold_passes_every_check(scaffold, verdicts, names):
    checked = verdicts(scaffold("representation"), *names)
    found = {name: verdict for name, (verdict, _) in checked.items()}
    assert found == {**dict.fromkeys(names, "passed"), "fit": "not applicable"}


def test_a_fitted_one_passes_every_check(verdicts):
    found = {name: verdict for name, (verdict, _) in verdicts(FITTED, *QUICK).items()}
    assert found == {**dict.fromkeys(QUICK, "passed"), "clip_unchanged": "not applicable"}


@pytest.mark.parametrize("name", ["mfcc", "word_vectors", "action_units"])
def test_our_own_pass(name):
    assert "FAILED" not in {r.verdict for r in examine(examination(name), QUICK)}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(representations()))
def test_all_our_own_pass(name):
    kind = representations()[name]
    if kind.given:
        with pytest.raises(RequestError, match="which the corpus made for checks has not"):
            examination(name)
        return
    assert "FAILED" not in {r.verdict for r in examine(examination(name))}


FIRST = "padded = np.pad(media, (0, -len(media) % STEP))"
BROKEN = {
    "a version of words": ("version = 1", "version = 'one'", "declared", "it is 'one'"),
    "an unknown type": ("version = 1", "dtype = 'float64'", "declared", "float16 or float32"),
    "a vector": (RETURN, "return loudness.astype(np.float32)", "output", r"\(\d+,\)"),
    "a list": (RETURN, "return [[1.0]]", "output", "list"),
    "NaN": (RETURN, "return np.log(steps - 10)", "output", "NaN or infinite"),
    "another width": (RETURN, "return steps.T", "output", "is it transposed"),
    "no step": (RETURN, "return np.zeros((0, 3))", "output", "there is no step"),
    "too large": (
        "version = 1",
        "dtype = 'float16'",
        "output",
        "does not fit float16",
        "* 1e9",
    ),
    "an error": (RETURN, "raise ValueError('too quiet')", "output", r"too quiet \(mine.py:\d+"),
    "a refusal": (FIRST, "raise __import__('emobench').ClipError('no')", "output", "it refused"),
    "noise": (RETURN, "return steps[:, :3] + np.random.randn(3)", "random_state", "NumPy's"),
    "a seed": (FIRST, FIRST + "; __import__('torch').manual_seed(0)", "random_state", "torch's"),
    "a setting": (
        FIRST,
        FIRST + "; __import__('torch').set_default_dtype(__import__('torch').float64)",
        "random_state",
        "torch.set_default_dtype",
    ),
    "own noise": (
        RETURN,
        "return steps[:, :3] + np.random.default_rng().normal(size=3)",
        "same_again",
        "the second time other values",
    ),
    "a memory": (
        RETURN,
        "self.seen = getattr(self, 'seen', 0) + 1e-3 * len(media); return steps[:, :3] + self.seen",
        "other_clips",
        "a clip depends on those before it",
    ),
    "a changed clip": (FIRST, "media *= 0.5; " + FIRST, "clip_unchanged", "itself was changed"),
    "long clips alone": (FIRST, FIRST + "; assert len(media) > 900", "shortest", "0.05 s"),
    "quiet clips": (
        "peak = np.abs(steps).max(axis=1)",
        "peak = np.log(np.abs(steps).max(axis=1) - 1e-3)",
        "shortest",
        "NaN or infinite",
    ),
    "nothing": (RETURN, "return np.ones((1, 3))", "informative", "every step is the same"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_caught(scaffold, verdicts, changed, what):
    old, new, check, said, *factor = BROKEN[what]
    text = changed(scaffold("representation"), old, new)
    if factor:
        text = changed(text, "np.abs(steps).max(axis=1)", f"np.abs(steps).max(axis=1) {factor[0]}")
    verdict, note = verdicts(text, check)[check]
    assert verdict == "FAILED"
    assert re.search(said, note), note


@pytest.mark.slow
def test_the_hash_of_a_text_is_caught_in_another_process(scaffold, verdicts, changed):
    hashed = "return np.full((1, 1), hash('voice') % 1000, dtype=np.float32)"
    text = changed(scaffold("representation"), RETURN, hashed)
    verdict, note = verdicts(text, "another_process")["another_process"]
    assert verdict == "FAILED"
    assert "the hash of a text" in note


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("self.known = sorted", "type(self).known = sorted", "kept in self, not in the class"),
        ("self.known = sorted", "assert len(train) > 9; self.known = sorted", "fitting it on 6"),
        ("return len(self.known)", "return 1 + len(self.known)", "features came out"),
    ],
)
def test_a_broken_fit_is_caught(verdicts, changed, old, new, said):
    text = changed(FITTED, old, new)
    if "1 +" in new:
        text = text.replace("[[0.0] * self.size]", "[[0.0] * len(self.known)]")
    verdict, note = verdicts(text, "fit")["fit"]
    assert verdict == "FAILED"
    assert said in note


def test_ids_out_of_range_are_caught(verdicts, changed):
    text = changed(FITTED, "    base =", "    discrete, standardise = True, False\n    base =")
    text = changed(text, "return np.asarray(steps", "return 500 + np.asarray(steps")
    assert "ids from 500 to" in verdicts(text, "fit")["fit"][1]


def test_what_learns_while_it_transforms_is_caught(verdicts, changed):
    text = changed(
        FITTED, "        steps =", "        self.known = self.known[1:] + ['x']\n        steps ="
    )
    assert verdicts(text, "other_clips")["other_clips"][0] == "FAILED"


def test_values_that_a_run_would_not_store_so_are_caught(scaffold, verdicts, changed):
    text = changed(
        scaffold("representation"), RETURN, RETURN.replace("loudness,", "loudness + 1e7,")
    )
    assert verdicts(text, "in_a_run")["in_a_run"][0] == "FAILED"


def test_what_the_toy_corpus_has_not_is_said(scaffold, verdicts, changed):
    text = changed(scaffold("representation"), 'source = "waveform"', 'source = "covarep_74"')
    with pytest.raises(RequestError, match="starts from 'covarep_74', which the corpus made for"):
        verdicts(text)
