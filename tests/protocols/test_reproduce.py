"""With the built-in models' own cards: what is published can be planned."""

from __future__ import annotations

import sys
from dataclasses import fields

import pytest

from emobench import FLAWS, Card, Protocol, PublishedSetting, Regime, Setting, Trial
from emobench.discovery.options import configured
from emobench.discovery.registry import registry
from emobench.interface.card import TRACKS

THREE = ("text", "audio", "vision")
PUBLISHED = [
    (name, number, one)
    for name, entry in registry("model").items()
    for number, one in enumerate(entry.card.settings)
]
each = pytest.mark.parametrize(
    ("name", "number", "one"), PUBLISHED, ids=[f"{n}-{one.corpus}-{i}" for n, i, one in PUBLISHED]
)


@pytest.fixture
def protocol() -> Protocol:
    loaded: Protocol = registry("protocol")["reproduce"].load()()
    return loaded


def card(name: str) -> Card:
    found = registry("model")[name].card
    assert isinstance(found, Card)
    return found


def rows(protocol: Protocol, setting: Setting) -> dict[str, Trial]:
    trials = protocol.trials(setting)
    found = {t.condition.name: t for t in trials}
    assert len(found) == len(trials)
    return found


def test_every_published_architecture_has_a_setting() -> None:
    named = {name for name, _, _ in PUBLISHED}
    kinds = {name: entry.card.kind for name, entry in registry("model").items()}
    assert named == {name for name, kind in kinds.items() if kind == "published"}


@each
def test_a_setting_names_known_things(name: str, number: int, one: PublishedSetting) -> None:
    assert one.split in ("", *FLAWS)
    assert one.measure in ("accuracy", "macro_f1", "weighted_f1", "uar")
    assert one.claimed is None or 0 < one.claimed < 1
    assert set(one.modalities) <= set(THREE)
    assert one.source
    assert one.split_text
    if "=" not in one.corpus:
        dataset = registry("dataset")[one.corpus]
        kind = dataset.load()
        own = {k[7:]: v for k, v in one.options.items() if k.startswith("corpus.")}
        known = {f.name for f in fields(kind.Options)} if kind.Options else set()
        assert set(own) <= known
    own = {k[6:]: v for k, v in one.options.items() if k.startswith("model.")}
    for track in TRACKS:
        configured(registry("model")[name], own, track)  # a RequestError if it knows no such one
    assert all(key.startswith(("corpus.", "model.")) for key in one.options)


@each
def test_its_three_rows_change_one_thing_at_a_time(
    protocol: Protocol, name: str, number: int, one: PublishedSetting
) -> None:
    setting = Setting(THREE, one.corpus, model=card(name))
    before = [s for s in card(name).settings[:number] if s.corpus == one.corpus]
    end = f"_{len(before) + 1}" if before else ""
    found = rows(protocol, setting)
    paper, honest, mended = (
        found[row + end] for row in ("paper_protocol", "honest_split", "corrected")
    )
    released = "as_published" if "as_published" in card(name).variants else "corrected"
    assert (paper.split, honest.split, mended.split) == (one.split, "", "")
    assert (paper.variant, honest.variant) == (released, released)
    assert mended.variant == "corrected"
    assert paper.options == honest.options == mended.options
    assert not [key for key in paper.options if key.startswith(("model.", "corpus."))]
    assert paper.skip == one.blocked


@each
def test_the_rows_are_trained_as_the_paper_trained(
    protocol: Protocol, name: str, number: int, one: PublishedSetting
) -> None:
    used = card(name).paper_regimes
    trained = {t.regime.name for t in protocol.trials(Setting(THREE, one.corpus, model=card(name)))}
    assert trained == {next(r for r in used if r in ("full", "modality_dropout"))}
    single = protocol.trials(Setting(("text",), one.corpus, model=card(name)))
    assert {t.regime.name for t in single} == {"full"}


@each
def test_options_of_the_corpus_do_not_hide_a_setting(
    protocol: Protocol, name: str, number: int, one: PublishedSetting
) -> None:
    plain = rows(protocol, Setting(THREE, one.corpus, model=card(name)))
    labelled = Setting(THREE, f"{one.corpus}:seed=1", model=card(name))
    if "=" not in one.corpus:
        assert rows(protocol, labelled) == plain


def test_another_corpus_is_skipped_with_a_reason(protocol: Protocol) -> None:
    for name in registry("model"):
        (trial,) = protocol.trials(Setting(THREE, "simulated", model=card(name)))
        assert trial.skip == f"the card of {name} has no published result on simulated"
        assert protocol.contrasts(Setting(THREE, "simulated", model=card(name))) == []
    assert protocol.trials(Setting(THREE, "simulated"))[0].skip


@each
def test_contrasts_are_between_rows_that_exist(
    protocol: Protocol, name: str, number: int, one: PublishedSetting
) -> None:
    setting = Setting(THREE, one.corpus, model=card(name))
    found, contrasts = rows(protocol, setting), protocol.contrasts(setting)
    assert len(contrasts) == 2 * len(found) / 3
    assert len({c.name for c in contrasts}) == len(contrasts)
    for contrast in contrasts:
        for regime, condition in (contrast.first, contrast.second):
            assert regime == found[condition].regime.name


def test_a_regime_is_the_same_training_in_every_protocol() -> None:
    found: dict[str, set[tuple[object, ...]]] = {}
    for entry in registry("protocol").values():
        for one in vars(sys.modules[entry.load().__module__]).values():
            if isinstance(one, Regime):
                trained = (one.drop, one.rate, one.fill, one.present)
                found.setdefault(one.name, set()).add(trained)
    assert {"full", "modality_dropout"} <= set(found)
    assert {name for name, kinds in found.items() if len(kinds) > 1} == set()
