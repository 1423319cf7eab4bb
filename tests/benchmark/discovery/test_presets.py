"""``NAME:preset=PRESET``: the configuration that the other options change."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import RequestError
from emobench.discovery.options import configured, options_of, presets_of
from emobench.discovery.registry import Entry, from_path

MODEL = """
from dataclasses import dataclass
from emobench import Card, Model, TrainingConfig

@dataclass(frozen=True)
class Config(TrainingConfig):
    width: int = 8

class Mine(Model):
    card = Card(name="mine", title="t", inputs={"text": ("tokens",)})
    Config = Config
    presets = {
        "compact": Config(),
        "published": Config(width=64),
        "slow": Config(learning_rate=1e-5),
        "slow_published": Config(width=64, learning_rate=1e-5),
        "wide": Config(width=32),
    }
"""


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Entry:
    path: Path = tmp_path_factory.mktemp("presets") / "mine.py"
    path.write_text(MODEL)
    return from_path("model", path)[0]


@pytest.mark.parametrize(
    ("options", "track", "width", "rate"),
    [
        ({}, "controlled", 8, 1e-3),
        ({}, "published", 64, 1e-3),
        ({"preset": "slow"}, "controlled", 8, 1e-5),
        ({"preset": "slow"}, "published", 64, 1e-5),
        ({"preset": "slow_published"}, "controlled", 64, 1e-5),
        ({"preset": "wide"}, "published", 32, 1e-3),
        ({"preset": "published"}, "controlled", 64, 1e-3),
    ],
)
def test_it_decides_what_the_options_change(mine, options, track, width, rate):
    plain = configured(mine, options, track)
    assert (plain.width, plain.learning_rate) == (width, rate)
    # Whatever comes first: the preset is taken, then changed.
    changed = configured(mine, {"width": "5"} | options, track)
    assert (changed.width, changed.learning_rate) == (5, rate)


@pytest.mark.parametrize("name", ["slwo", ""])
def test_an_unknown_one_is_named_with_the_known_ones(mine, name):
    with pytest.raises(RequestError, match=rf"Unknown preset of the model mine '{name}'.*wide"):
        configured(mine, {"preset": name}, "controlled")
    with pytest.raises(RequestError, match="Did you mean 'slow'"):
        configured(mine, {"preset": "slwo"}, "controlled")


def test_each_is_listed_with_what_it_changes(mine):
    assert presets_of(mine)["slow_published"] == {"width": 64, "learning_rate": 1e-5}
    assert presets_of(mine)["compact"] == {}
    shown = {option.name: option.default for option in options_of(mine, {"preset": "slow"})}
    assert (shown["width"], shown["learning_rate"]) == (8, 1e-5)
