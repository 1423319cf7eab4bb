"""The table of corruptions, and which of them suit a corpus."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from emobench.corruption.registry import KINDS
from emobench.interface.protocol import SEVERITIES
from emobench.randomness import corruption_stream

Sources = dict[str, tuple[str, ...]]


def reason(kind: str, sources: Sources) -> str:
    return KINDS[kind].why_not(sources)


def kinds_for(sources: Sources) -> tuple[str, ...]:
    return tuple(name for name in KINDS if not reason(name, sources))


ALL = {"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)}


def test_every_kind_has_five_rising_severities_and_says_where_they_are_from() -> None:
    assert len(KINDS) == 16
    for kind in KINDS.values():
        steps = np.diff(kind.amounts)
        assert (steps > 0).all() or (steps < 0).all(), kind.name
        assert kind.origin
        assert kind.describe(3).count("(") == 1
        assert [kind.amount(s) for s in SEVERITIES] == list(kind.amounts)


def test_there_is_no_severity_0() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        KINDS["noise"].amount(0)


def test_a_corpus_of_recordings_suits_all() -> None:
    assert kinds_for(ALL) == tuple(KINDS)


def test_features_cannot_be_damaged_but_swapped() -> None:
    features = {"text": ("glove_300",), "audio": ("covarep_74",), "vision": ("facet",)}
    assert kinds_for(features) == ("swapped_text", "swapped_audio", "swapped_vision")
    assert reason("noise", features) == "noise damages waveform; here audio comes as covarep_74"


def test_features_that_models_read_first_hide_the_recordings() -> None:
    assert reason("noise", {**ALL, "audio": ("covarep_74", "waveform")})


def test_action_units_can_only_be_lost() -> None:
    here = {"audio": ("waveform",), "vision": ("action_units",)}
    assert [n for n in kinds_for(here) if KINDS[n].modality == "vision"] == [
        "dropped_frames",
        "swapped_vision",
    ]
    assert "no text" in reason("word_errors", here)


def test_one_modality_alone_conflicts_with_nothing() -> None:
    assert kinds_for({"text": ("transcript",)}) == ("word_errors", "word_deletions")
    assert "alone" in reason("swapped_text", {"text": ("transcript",)})


def test_random_numbers_are_those_of_any_other_process() -> None:
    code = (
        "import json; from emobench.randomness import corruption_stream; "
        "print(json.dumps(corruption_stream('noise', 'u1').random(3).tolist()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = corruption_stream("noise", "u1").random(3)
    assert json.loads(out.stdout) == here.tolist()
    assert (here != corruption_stream("noise", "u2").random(3)).all()
    assert (here != corruption_stream("babble", "u1").random(3)).all()
