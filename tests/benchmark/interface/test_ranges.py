from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pytest
from pydantic import Field

from emobench import RequestError, TrainingConfig
from emobench.discovery.options import with_options

if TYPE_CHECKING:
    from nowhere import Unknown


@dataclass(frozen=True)
class PluginConfig(TrainingConfig):
    """A model's own hyper-parameters, with ranges and without."""

    units: Annotated[int, Field(ge=4)] = 8
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    decay: Annotated[float, Field(gt=0)] = 0.5
    share: Annotated[float, Field(le=1)] = 0.5
    epochs: int = 12
    free: int = 0


@dataclass(frozen=True)
class PlainConfig(TrainingConfig):
    units: int = 8
    typed: Unknown | None = None


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("min_updates", 0, "min_updates must be at least 1, got 0."),
        ("epochs", -1, "epochs must not be negative, got -1."),
        ("patience", -3, "patience must be at least 1, got -3."),
        ("batch_size", 0, "batch_size must be at least 1, got 0."),
        ("accumulation", 0, "accumulation must be at least 1, got 0."),
        ("learning_rate", -0.5, "learning_rate must not be negative, got -0.5."),
        ("learning_rate", math.nan, "learning_rate must not be negative, got nan."),
    ],
)
@pytest.mark.parametrize("kind", [TrainingConfig, PlainConfig, PluginConfig])
def test_a_value_outside_of_its_range_is_named(kind, field, value, complaint):
    with pytest.raises(RequestError) as error:
        kind(**{field: value})
    assert str(error.value) == complaint


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("units", 3, "units must be at least 4, got 3."),
        ("dropout", 1.0, "dropout must be in [0, 1), got 1.0."),
        ("dropout", math.nan, "dropout must be in [0, 1), got nan."),
        ("decay", 0, "decay must be positive, got 0."),
        ("share", 1.5, "share must be at most 1, got 1.5."),
    ],
)
def test_the_ranges_of_a_plugins_own_fields_are_checked(field, value, complaint):
    with pytest.raises(RequestError) as error:
        PluginConfig(**{field: value})
    assert str(error.value) == complaint


def test_values_in_range_stay_what_they_are():
    config = PluginConfig(learning_rate=0, epochs=np.int64(3), dropout=0, free=-9)
    assert config.learning_rate == 0
    assert isinstance(config.learning_rate, int)
    assert isinstance(config.epochs, np.int64)


def test_an_option_is_cast_to_the_type_within_its_range():
    config = with_options(PluginConfig(), {"units": "6", "epochs": "2"}, "model x")
    assert (config.units, config.epochs) == (6, 2)
    with pytest.raises(RequestError, match="units must be at least 4, got 2"):
        with_options(PluginConfig(), {"units": "2"}, "model x")


@pytest.mark.parametrize(("field", "near"), [("loss", "focal"), ("sampling", "class_balanced")])
def test_a_misspelt_name_gets_the_nearest(field, near):
    with pytest.raises(RequestError, match=f"Unknown {field} .* Did you mean {near!r}"):
        PlainConfig(**{field: near[:-1]})
