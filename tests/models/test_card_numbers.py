"""Numbers on cards and in the meanings of options are those of the presets."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from emobench import RequestError, TrainingConfig
from emobench.discovery.card_numbers import filled
from emobench.discovery.options import configured, options_of
from emobench.discovery.registry import from_path, registry
from emobench.training.schedule import idle_schedule

MODELS = list(registry("model").values())
NUMBER = re.compile(r"\d|\b(two|three|four|five|eight|half|quarter)\b")
MODEL = """
from emobench import Card, Model, TrainingConfig

class Mine(Model):
    card = Card(
        name="mine",
        title="t",
        inputs={"text": ("tokens",)},
        deviations=("Batches of {compact.batch_size}, rate {compact.learning_rate}.", %r),
    )
    presets = {"compact": TrainingConfig(batch_size=9, learning_rate=1e-5)}
"""


@pytest.mark.parametrize("entry", MODELS, ids=lambda e: e.name)
def test_no_number_of_a_preset_is_typed_by_hand(entry):
    for sentence in entry.card.deviations:
        if "ompact preset" in sentence:
            rest = re.sub(r"\{\w+\.\w+\}", "", sentence).replace("13 coefficients", "")
            assert not NUMBER.search(rest), sentence


@pytest.mark.parametrize("entry", MODELS, ids=lambda e: e.name)
def test_every_place_is_filled(entry):
    for sentence in filled(entry).deviations:
        assert not re.search(r"\{\w+\.\w+\}", sentence)


@pytest.mark.parametrize("entry", MODELS, ids=lambda e: e.name)
def test_what_an_option_says_of_the_published_preset_is_so(entry):
    published = entry.load().presets.get("published")
    for option in options_of(entry):
        for said in re.findall(r"\(published: ([^);]+)\)", option.meaning):
            found = getattr(published, option.name)
            assert said == found if isinstance(found, str) else float(said) == found


def test_a_number_is_that_of_the_preset_and_other_braces_are_text(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MODEL % "Sets {a, b} stay, {x} too.")
    found = filled(from_path("model", path)[0]).deviations
    assert found == ("Batches of 9, rate 1e-05.", "Sets {a, b} stay, {x} too.")


@pytest.mark.parametrize("place", ["{compact.width}", "{large.epochs}"])
def test_a_place_that_there_is_not_is_named(tmp_path, place):
    path = tmp_path / "mine.py"
    path.write_text(MODEL % f"It has {place}.")
    with pytest.raises(RequestError, match=f"mine.py: {place} on its card"):
        filled(from_path("model", path)[0])


@pytest.mark.parametrize("entry", MODELS, ids=lambda e: e.name)
def test_the_papers_training_comes_at_compact_sizes_on_the_controlled_track(entry):
    presets = entry.load().presets
    if "published" not in presets:
        with pytest.raises(RequestError, match="paper"):
            configured(entry, {"preset": "paper"}, "controlled")
        return
    found = configured(entry, {"preset": "paper"}, "controlled")
    compact, published = presets["compact"], presets["published"]
    training = {f.name for f in fields(TrainingConfig)} | set(compact.TRAINING)
    for field in fields(found):
        source = published if field.name in training else compact
        assert getattr(found, field.name) == getattr(source, field.name), field.name
    assert configured(entry, {"preset": "paper"}, "published") == published
    assert idle_schedule(found) == ""
