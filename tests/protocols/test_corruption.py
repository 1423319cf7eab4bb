from __future__ import annotations

import pytest

from emobench import CORRUPTIONS, RequestError, Setting
from emobench.discovery.registry import registry

RECORDED = {"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)}
FEATURES = {"text": ("glove_300",), "audio": ("covarep_74",), "vision": ("facet",)}


def setting(sources):
    return Setting(tuple(sources), sources=sources)


def protocol(**options):
    kind = registry("protocol")["corruption"].load()
    return kind(kind.Options(**options))


def test_every_kind_has_five_conditions_beside_full_on_recordings():
    trials = protocol().trials(setting(RECORDED))
    names = [t.condition.name for t in trials]
    assert names == ["full", *(f"{k}_{s}" for k in CORRUPTIONS for s in range(1, 6))]
    assert not any(t.skip for t in trials)
    assert {t.regime.name for t in trials} == {"full"}


def test_a_condition_does_what_its_name_says():
    for trial in protocol().trials(setting(RECORDED))[1:]:
        damage = trial.condition.corruption
        assert trial.condition.name == f"{damage.kind}_{damage.severity}"
        amount = CORRUPTIONS[damage.kind].amount(damage.severity)
        assert f"({amount:g} " in trial.condition.description
        assert trial.condition.present is None, "it would count as a subset of the modalities"


def test_its_training_and_its_full_condition_are_those_of_full_modalities():
    other = registry("protocol")["full_modalities"].load()()
    [theirs] = other.trials(setting(RECORDED))
    first = protocol().trials(setting(RECORDED))[0]
    assert first == theirs


def test_kinds_that_do_not_suit_are_skipped_once_each_with_a_reason():
    trials = protocol().trials(setting(FEATURES))
    skipped = {t.condition.name: t.skip for t in trials if t.skip}
    assert len(skipped) == 13
    assert skipped["blur"] == "blur damages frames; here vision comes as facet"
    assert len([t for t in trials if not t.skip]) == 1 + 3 * 5
    assert not any(t.condition.corruption for t in trials if t.skip)


def test_summaries_say_what_they_average_and_average_what_ran():
    one = protocol()
    for sources in (RECORDED, FEATURES, {"text": ("transcript",)}):
        ran = {t.condition.name for t in one.trials(setting(sources)) if not t.skip} - {"full"}
        summaries = {s.name: s for s in one.summaries(setting(sources))}
        assert set(summaries["all damage"].conditions) == ran
        for summary in summaries.values():
            assert summary.reduce == "mean"
            assert set(summary.conditions) <= ran
            assert summary.description.startswith("mean over the five severities of ")
    summaries = {s.name: s for s in one.summaries(setting(RECORDED))}
    assert summaries["noise"].conditions == tuple(f"noise_{i}" for i in range(1, 6))
    assert len(summaries["audio damaged"].conditions) == 6 * 5
    assert len(summaries["conflict"].conditions) == 3 * 5
    parts = [summaries[n].conditions for n in ("text damaged", "audio damaged", "vision damaged")]
    assert sum(map(len, parts)) + 15 == len(summaries["all damage"].conditions)


def test_a_corpus_that_nothing_suits_has_full_and_reasons():
    sources = {"vision": ("facet",)}
    trials = protocol().trials(setting(sources))
    assert [t.condition.name for t in trials if not t.skip] == ["full"]
    assert protocol().summaries(setting(sources)) == []


def test_the_option_chooses_kinds_and_refuses_unknown_ones():
    chosen = protocol(kinds="blur+noise")
    names = [t.condition.name for t in chosen.trials(setting(RECORDED))]
    assert names == ["full", *(f"{k}_{s}" for k in ("noise", "blur") for s in range(1, 6))]
    with pytest.raises(RequestError, match=r"(?s)nois.*Did you mean 'noise'"):
        protocol(kinds="nois")
