from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench import Condition, Regime, RequestError, Setting
from emobench.discovery.registry import from_path
from emobench.grid.plan.protocol_validation import open_protocol, validated_trials

PROTOCOL = """
from emobench import Condition, Contrast, Corruption, Protocol, ProtocolCard, Regime, Summary, Trial

FULL = Regime("full", "")

def condition(name="full", **fields):
    return Condition(name, "", **fields)

class Written({base}):
    card = ProtocolCard(name="written", title="t", question="q", method="m", show={show!r})

    def trials(self, setting):
        return [{trials}]

    def contrasts(self, setting):
        return [{contrasts}]

    def summaries(self, setting):
        return [{summaries}]
"""
THREE = ("text", "audio", "vision")


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., Any]:
    """What comes of a protocol that is written so."""

    def ask(**parts: str) -> Any:
        known = {"base": "Protocol", "show": "conditions", "trials": "Trial(FULL, condition())"}
        text = PROTOCOL.format(**(known | {"contrasts": "", "summaries": ""} | parts))
        path = tmp_path / f"written_{abs(hash(text))}.py"
        path.write_text(text)
        (entry,) = from_path("protocol", path)
        return validated_trials(entry, open_protocol(entry, {}), Setting(THREE, "here"))

    return ask


def test_what_makes_sense_comes_back(asked):
    (trial,) = asked()
    assert (trial.regime.name, trial.condition.name) == ("full", "full")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"trials": ""}, "has nothing to do on here"),
        ({"trials": "Trial(FULL, condition()), Trial(FULL, condition(rate=0.2))"}, "asks twice"),
        ({"trials": "Trial(FULL, condition(corruption=Corruption('reverb', 1)))"}, "reverberation"),
        ({"trials": "Trial(FULL, condition(corruption=Corruption('noise', 9)))"}, "1 to 5"),
        ({"trials": "Trial(FULL, condition(corpus='nowhere'))"}, "nowhere"),
        ({"trials": "Trial(FULL, condition(present=('smell',)))"}, "smell"),
        ({"trials": "Trial(FULL, condition(present='text'))"}, "tuple of modalities"),
        ({"trials": "Trial(FULL, condition(present=()))"}, "tuple of modalities"),
        ({"trials": "Trial(FULL, condition(fill='zeros'))"}, "zero"),
        ({"trials": "Trial(FULL, condition(rate=1.5))"}, "below 1, got 1.5"),
        (
            {"trials": "Trial(FULL, condition(corruptoin=1))"},
            "TypeError: .*corruptoin",
        ),
        (
            {"contrasts": "Contrast('c', '', ('full', 'full'), ('full', 'none'))"},
            "not ask for",
        ),
        ({"summaries": "Summary('s', '', 'mean', ('ful',))"}, "full"),
        ({"show": "difference"}, "contrasts"),
        ({"base": "object"}, "not derived from emobench.Protocol"),
    ],
)
def test_what_makes_none_is_refused_in_a_sentence(asked, parts, said):
    with pytest.raises(RequestError, match=said):
        asked(**parts)


def test_a_regime_is_checked_when_it_is_made():
    with pytest.raises(RequestError, match="drop must be at least 0 and below 1, got 3"):
        Regime("mine", "", drop=3)
    with pytest.raises(RequestError, match="learned"):
        Regime("mine", "", fill="zero")
    assert Condition("full", "", THREE).present == THREE
