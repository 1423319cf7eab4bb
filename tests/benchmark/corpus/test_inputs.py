"""Which representations a model reads: what the corpus can give, or a skip that says why."""

from __future__ import annotations

from typing import Any

import pytest

from emobench import Card, Skip
from emobench.corpus.inputs import choose_inputs, suited_inputs
from emobench.discovery import own_representations

SOURCES = {"text": ("transcript",), "vision": ("action_units",)}


def test_a_slot_takes_the_first_representation_that_the_corpus_can_give() -> None:
    wanted = {"vision": ("face_descriptor|action_units",), "audio": ("mfcc",), "text": ("tokens",)}
    assert choose_inputs(wanted, SOURCES) == {"vision": ("action_units",), "text": ("tokens",)}
    both = {**SOURCES, "vision": ("frames", "action_units")}
    assert choose_inputs(wanted, both)["vision"] == ("face_descriptor",)


def test_a_modality_that_is_there_in_no_known_form_is_a_skip_with_a_reason() -> None:
    with pytest.raises(Skip, match="it reads frames as vision, which needs files"):
        choose_inputs({"vision": ("frames",)}, SOURCES)


@pytest.mark.parametrize(
    ("values", "track", "reason"),
    [
        ({"inputs": {"audio": ("mfcc",)}}, "controlled", "reads audio, and the corpus has none"),
        (
            {"inputs": {"text": ("tokens",)}, "requires": ("audio",)},
            "controlled",
            "needs audio, which the corpus lacks",
        ),
        ({"inputs": {"text": ("tokens",)}}, "published", "has no published track"),
    ],
)
def test_a_model_that_cannot_run_here_is_skipped_with_the_reason(
    values: dict[str, Any], track: str, reason: str
) -> None:
    with pytest.raises(Skip, match=f"some_model {reason}"):
        suited_inputs(Card("some_model", "", **values), track, SOURCES)


def test_a_model_that_can_run_here_gets_what_there_is() -> None:
    some = Card("some_model", "", inputs={"text": ("tokens",), "audio": ("mfcc",)})
    assert suited_inputs(some, "controlled", SOURCES) == {"text": ("tokens",)}


def test_features_that_the_corpus_cannot_give_are_a_skip_and_not_the_models_own() -> None:
    some = Card("some_model", "", inputs={"audio": ("covarep_74|mfcc",)})
    here = {"audio": ("covarep_74",)}
    assert suited_inputs(some, "controlled", here) == {"audio": ("covarep_74",)}
    with pytest.raises(Skip, match="of --encoder needs recorded voices, which the corp"):
        suited_inputs(some, "controlled", here, {"audio": "mfcc"})
    both = {"audio": ("covarep_74", "waveform")}
    assert suited_inputs(some, "controlled", both, {"audio": "mfcc"}) == {"audio": ("mfcc",)}


def test_a_model_whose_features_need_a_package_that_is_not_here_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(own_representations.importlib.util, "find_spec", lambda name: None)
    some = Card("some_model", "", inputs={"audio": ("egemaps",)})
    with pytest.raises(Skip, match=r'^some_model cannot .* pip install "emobench\[opensmile\]"$'):
        suited_inputs(some, "controlled", {"audio": ("waveform",)})
