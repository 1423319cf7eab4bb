from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from emobench import GENERATORS, Protocol, RequestError, Setting
from emobench.discovery.registry import registry

THREE = Setting(("text", "audio", "vision"), "simulated")
TWO = Setting(("audio", "vision"), "ravdess")


def of(name: str, setting: Setting = THREE) -> Setting:
    return replace(setting, model=registry("model")[name].card)


@pytest.fixture
def protocol() -> Protocol:
    loaded: Protocol = registry("protocol")["generated_inputs"].load()()
    return loaded


def skipped(protocol: Protocol, setting: Setting) -> dict[str, str]:
    return {
        t.condition.name: f"{t.skip_subject} {t.skip}".strip()
        for t in protocol.trials(setting)
        if t.skip
    }


def test_every_modality_is_replaced_in_every_way(protocol: Protocol) -> None:
    names = [c.name for c in protocol.conditions(THREE)]
    assert names[0] == "full"
    wanted = {"full"}
    for m in THREE.modalities:
        others = [o for o in THREE.modalities if o != m]
        wanted |= {f"{m}={by}" for by in ("train_mean", "zero", "other", "absent")}
        for generator in GENERATORS:
            wanted |= {f"{m}=noise:{generator}"}
            for size in (1, 2):
                wanted |= {f"{m}={generator}({'+'.join(s)})" for s in combinations(others, size)}
    assert set(names) == wanted
    assert len(names) == len(wanted)
    assert len({c.description for c in protocol.conditions(THREE)}) == len(names)


def test_names_and_replacements_agree(protocol: Protocol) -> None:
    for condition in protocol.conditions(THREE)[1:]:
        modality, _, what = condition.name.partition("=")
        change = condition.replace
        if what == "absent":
            assert change is None
            assert condition.present == tuple(m for m in THREE.modalities if m != modality)
            continue
        assert change is not None
        assert change.modality == modality
        assert modality not in change.sources
        if change.by == "generated":
            assert what == f"{change.generator}({'+'.join(change.sources)})"
        elif change.by == "noise":
            assert what == f"noise:{change.generator}"
        else:
            assert (what, change.generator) == (change.by, "")


def test_trainings_and_the_real_and_absent_cells_are_shared_with_missing_modality(
    protocol: Protocol,
) -> None:
    other = registry("protocol")["missing_modality"].load()()
    trials = protocol.trials(THREE)
    assert list(dict.fromkeys(t.regime for t in trials)) == other.regimes(THREE)
    theirs = {c.present for c in other.conditions(THREE)}
    for condition in protocol.conditions(THREE):
        if condition.replace is None:
            assert condition.present in theirs
            assert (condition.rate, condition.fill) == (0, "native")


def test_a_single_modality_is_skipped_with_the_reason(protocol: Protocol) -> None:
    trials = protocol.trials(Setting(("audio",), "mine"))
    assert trials
    assert all("mine has a single modality" in t.skip for t in trials)
    assert protocol.contrasts(Setting(("audio",), "mine")) == []


def test_a_model_is_asked_for_nothing_that_it_does_not_read(protocol: Protocol) -> None:
    assert skipped(protocol, of("emotiwave")) == {}
    reasons = skipped(protocol, of("avfusion"))
    assert reasons["text=zero"] == reasons["text=absent"] == "avfusion does not read text"
    assert reasons["audio=ridge(text+vision)"] == "avfusion does not read text"
    assert {"full", "audio=ridge(vision)", "audio=absent", "audio=noise:ridge"}.isdisjoint(reasons)
    assert skipped(protocol, of("avfusion", TWO)) == {}
    counts = Counter(t.skip for t in protocol.trials(of("text_only")))
    assert counts["does not read audio"] >= 2 * 14
    assert counts[""] >= 2


def test_every_contrast_is_between_rows_that_there_are(protocol: Protocol) -> None:
    rows = {(t.regime.name, t.condition.name) for t in protocol.trials(THREE)}
    found = protocol.contrasts(THREE)
    assert len(found) == 2 * 3 * 3 * 3
    assert len({c.name for c in found}) == len(found)
    for contrast in found:
        assert {contrast.first, contrast.second} <= rows
        assert contrast.first[0] == contrast.second[0]
    pairs = {(c.first[1], c.second[1]) for c in found}
    assert ("full", "vision=ridge(text+audio)") in pairs
    assert ("vision=ridge(text+audio)", "vision=train_mean") in pairs
    assert ("vision=ridge(text+audio)", "vision=absent") in pairs


def test_one_generator_can_be_asked_for(protocol: Protocol) -> None:
    kind = type(protocol)
    assert kind.Options is not None
    names = {c.name for c in kind(kind.Options(generator="ridge")).conditions(THREE)}
    assert names < {c.name for c in protocol.conditions(THREE)}
    assert "vision=ridge(text+audio)" in names
    assert not any("model" in n or "neighbours" in n for n in names)
    with pytest.raises(RequestError, match="ridge"):
        kind.Options(generator="rigde")
