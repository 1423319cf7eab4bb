"""Search spaces: what is drawn from them, their corners, and what is refused."""

from __future__ import annotations

import itertools
import math
import pickle
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from emobench import (
    Choice,
    Integer,
    LogUniform,
    Model,
    RequestError,
    TrainingConfig,
    Uniform,
    unknown,
)
from emobench.discovery.registry import registry
from emobench.interface.search_parameter import Parameter
from emobench.interface.search_space import corners, draw, preset_defect, space_defect


@dataclass(frozen=True)
class Config(TrainingConfig):
    fusion: str = "concat"
    heads: Annotated[int, Field(ge=1)] = 2
    width: int = 8
    gate: bool = False
    share: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fusion not in ("concat", "attention", "sum"):
            raise unknown("fusion", self.fusion, ("concat", "attention", "sum"))
        if self.width % self.heads:
            raise RequestError(f"width must be a multiple of heads, got {self.width}.")


# A condition stands before the field that it depends on, and two follow from one another.
SPACE = {
    "share": Uniform(0.0, 0.9, when={"heads": (2, 4), "fusion": ("attention",)}),
    "learning_rate": LogUniform(1e-4, 1e-2),
    "heads": Choice(1, 2, 4, when={"fusion": ("attention", "sum")}),
    "fusion": Choice("concat", "attention"),
    "width": Choice(8, 16),
    "batch_size": Integer(8, 64, log=True),
    "gate": Choice(False, True),
}
PRESETS = st.sampled_from([Config(), Config(fusion="attention"), Config(fusion="sum", heads=4)])
SEEDS = st.integers(0, 2**32)
FIXED = st.sets(st.sampled_from(sorted(SPACE)))

finite = st.floats(-1e6, 1e6, allow_nan=False)
positive = st.floats(1e-9, 1e6)


@st.composite
def parameters(draw_from) -> Parameter:
    kind = draw_from(st.sampled_from(["log", "uniform", "integer", "log integer", "choice"]))
    if kind == "choice":
        kinds = st.sampled_from([st.integers(-9, 9), st.text(max_size=3), positive])
        return Choice(*draw_from(st.lists(draw_from(kinds), min_size=2, max_size=5, unique=True)))
    if kind == "uniform":
        return Uniform(*sorted(draw_from(st.lists(finite, min_size=2, max_size=2, unique=True))))
    if kind == "log":
        return LogUniform(
            *sorted(draw_from(st.lists(positive, min_size=2, max_size=2, unique=True)))
        )
    log = kind == "log integer"
    whole = st.integers(1 if log else -50, 500)
    return Integer(*sorted(draw_from(st.lists(whole, min_size=2, max_size=2, unique=True))), log)


def drawn(preset, seed, fixed=()):
    return draw(SPACE, preset, np.random.default_rng(seed), fixed)


@given(parameters(), st.floats(0, 1, exclude_max=True))
def test_a_value_lies_in_its_range(parameter, share):
    value = parameter.value(share)
    assert parameter.holds(value)
    assert type(value) in (int, float, str)
    assert type(value) is type(parameter.ends()[0])
    assert all(parameter.holds(end) for end in parameter.ends())


@given(parameters(), st.floats(0, 1, exclude_max=True))
def test_a_number_is_stored_as_it_is_printed(parameter, share):
    value = parameter.value(share)
    if isinstance(value, float) and not isinstance(parameter, Choice):
        assert value in parameter.ends() or float(f"{value:.4g}") == value


def test_what_is_drawn_is_spread_as_it_says():
    shares = (np.arange(10_000) + 0.5) / 10_000
    logs = np.log([LogUniform(1e-4, 1e-2).value(s) for s in shares])
    assert np.mean(logs) == pytest.approx(math.log(1e-3), abs=0.01)
    assert np.quantile(logs, 0.25) == pytest.approx(math.log(10**-3.5), abs=0.01)
    plain = [Uniform(0.0, 0.6).value(s) for s in shares]
    assert np.quantile(plain, [0.25, 0.75]) == pytest.approx([0.15, 0.45], abs=0.001)
    assert np.bincount([Integer(1, 4).value(s) for s in shares])[1:].tolist() == [2500] * 4
    counts = np.bincount([Integer(1, 7, log=True).value(s) for s in shares])
    assert counts[1] == pytest.approx(counts[2:4].sum(), abs=1)  # doubling is as likely anywhere
    assert counts[1] == pytest.approx(counts[4:8].sum(), abs=1)
    options = [Choice("a", "b", "c", "d").value(s) for s in shares]
    assert [options.count(o) for o in "abcd"] == [2500] * 4


@given(PRESETS, SEEDS, FIXED)
def test_a_draw_meets_its_conditions_and_makes_a_valid_config(preset, seed, fixed):
    values = drawn(preset, seed, fixed)
    config = replace(preset, **values)
    for name, parameter in SPACE.items():
        met = all(getattr(config, other) in allowed for other, allowed in parameter.when.items())
        assert (name in values) == (met and name not in fixed)
        assert name not in values or parameter.holds(values[name])
        assert name in values or getattr(config, name) == getattr(preset, name)


@given(SEEDS, FIXED)
def test_a_draw_is_a_function_of_the_seed_and_what_is_fixed_changes_nothing_else(seed, fixed):
    preset, generator = Config(fusion="attention"), np.random.default_rng(seed)
    whole = drawn(preset, seed)
    assert draw(SPACE, preset, generator, fixed).items() <= drawn(preset, seed, fixed).items()
    # Another draw follows, and it is the same one whatever was fixed or out of play before.
    again = np.random.default_rng(seed)
    draw(SPACE, Config(), again)
    assert generator.random() == again.random()
    free = {n: v for n, v in whole.items() if n not in fixed and not SPACE[n].when}
    assert free.items() <= drawn(preset, seed, fixed).items()


def test_a_field_that_is_appended_changes_no_other():
    longer = SPACE | {"dropout_of_later": Uniform(0.0, 1.0)}
    for seed in range(20):
        short, long = drawn(Config(), seed), draw(longer, Config(), np.random.default_rng(seed))
        assert short == {n: v for n, v in long.items() if n in SPACE}


def test_corners_have_every_end_once_and_keep_the_conditions():
    preset = Config()
    found = list(corners(SPACE, preset))
    whole = [tuple({n: getattr(preset, n) for n in SPACE} | corner) for corner in found]
    assert len({tuple(sorted((n, str(v)) for n, v in c.items())) for c in found}) == len(whole)
    for name, parameter in SPACE.items():
        assert {c[name] for c in found if name in c} >= set(parameter.ends())
        for corner in (c for c in found if name in c):
            config = replace(preset, **corner)
            assert all(getattr(config, other) in v for other, v in parameter.when.items())
    configs = [replace(preset, **corner) for corner in found]
    assert all(one != other for one, other in itertools.combinations(configs, 2))
    assert {"learning_rate": 0.0001} in found
    assert {"fusion": "attention", "share": 0.9} in found
    assert found[-1] == {
        "share": 0.9, "learning_rate": 0.01, "heads": 4, "fusion": "attention", "width": 16,
        "batch_size": 64, "gate": True,
    }  # fmt: skip


def test_a_corner_meets_conditions_that_pull_at_one_field():
    space = {
        "fusion": Choice("concat", "attention", "sum"),
        "heads": Choice(1, 4, when={"fusion": ("sum", "attention")}),
        "share": Uniform(0.0, 0.9, when={"heads": (4,), "fusion": ("attention",)}),
    }
    found = list(corners(space, Config()))
    assert {"fusion": "attention", "heads": 4, "share": 0.9} in found
    assert {"fusion": "sum", "heads": 1} in found


def test_a_corner_that_no_search_reaches_is_left_out():
    space = {"share": Uniform(0.0, 0.9, when={"gate": (True,)})}
    assert list(corners(space, Config())) == [{}]
    assert draw(space, Config(), np.random.default_rng(0)) == {}
    assert list(corners(space, Config(gate=True))) == [{"share": 0.0}, {"share": 0.9}]
    assert list(corners({}, Config())) == []


@pytest.mark.parametrize(
    ("parameter", "text", "condition"),
    [
        (LogUniform(1e-4, 1e-2), "0.0001 to 0.01, log-uniform", ""),
        (LogUniform(1e-12, 1), "1e-12 to 1, log-uniform", ""),
        (Uniform(0, 0.6), "0 to 0.6, uniform", ""),
        (Integer(1, 4), "1 to 4, whole numbers", ""),
        (Integer(8, 64, log=True), "8 to 64, whole numbers, log-uniform", ""),
        (Choice(16, 32, 64), "16, 32 or 64", ""),
        (Choice(0.1, 3.0), "0.1 or 3", ""),
        (Choice("a", "b", when={"gate": (True,)}), "a or b", "gate is True"),
        (
            Integer(1, 2, when={"fusion": ("sum", "concat"), "gate": (False,)}), "1 to 2, whole "
            "numbers", "fusion is sum or concat and gate is False",
        ),
    ],
)  # fmt: skip
def test_a_parameter_says_what_it_is(parameter, text, condition):
    assert (parameter.text(), str(parameter), parameter.condition()) == (text, text, condition)
    assert pickle.loads(pickle.dumps(parameter)) == parameter
    assert hash(parameter) == hash(pickle.loads(pickle.dumps(parameter)))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LogUniform(1e-2, 1e-4), "the first end must be below the second"),
        (lambda: LogUniform(0, 1), "a logarithm needs positive ends"),
        (lambda: LogUniform(1, math.inf), "the first end must be below the second"),
        (lambda: Uniform(0.5, 0.5), r"Uniform\(0.5, 0.5\): the first end must be below"),
        (lambda: Uniform(math.nan, 1), "the first end must be below the second"),
        (lambda: Integer(4, 4), "the first end must be below the second"),
        (lambda: Integer(0, 4, log=True), "a logarithm needs positive ends"),
        (lambda: Integer(1.0, 4), "the ends must be whole numbers"),
        (lambda: Integer(False, 4), "the ends must be whole numbers"),
        (lambda: Choice(), "name two different options or more"),
        (lambda: Choice(8), "name two different options or more"),
        (lambda: Choice("a", "b", "a"), "name two different options or more"),
        (lambda: Choice(1, 2.0), "all options must be of one type"),
        (lambda: Choice((1, 2), (3, 4)), "is no number, text or truth value"),
        (lambda: Choice(1, 2, when={"fusion": "sum"}), "with a tuple of values, got 'sum'"),
        (lambda: Uniform(0, 1, when={"fusion": ()}), "with a tuple of values"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(make, says):
    with pytest.raises(RequestError, match=says):
        make()


@pytest.mark.parametrize("preset", [Config(), Config(fusion="sum"), Config(heads=4)])
def test_a_sound_space_has_no_defect(preset):
    assert space_defect(SPACE, preset) is None
    assert space_defect({}, preset) is None
    assert space_defect(Model.search_space, preset) is None


@pytest.mark.parametrize("name", registry("model"))
def test_the_ranges_of_every_built_in_model_hold_its_preset(name):
    kind = registry("model")[name].load()
    assert preset_defect(kind.search_space, kind.Config()) is None


def test_a_value_of_the_preset_outside_of_its_range_is_named_unless_it_is_not_searched():
    space = {"heads": Choice(2, 8), "share": Uniform(0.4, 0.5, when={"fusion": ("nothing",)})}
    assert str(preset_defect(space, Config(heads=4))).startswith("search_space: heads is 4 in")
    assert preset_defect(space, Config(heads=4), fixed=["heads"]) is None
    assert preset_defect(space, Config(heads=8)) is None


DEFECTS = {
    "not a mapping": (["learning_rate"], "search_space must map fields of the Config"),
    "not a parameter": (
        {"share": (0, 1)}, "share must be a LogUniform, Uniform, Integer or Choice, got (0, 1).",
    ),
    "an unknown field": ({"dropuot": Uniform(0, 1)}, "the Config has no field dropuot."),
    "an end out of range": (
        {"share": Uniform(0, 1)},
        "the Config refuses share=1.0: share must be in [0, 1), got 1.0.",
    ),
    "an option that the Config does not know": (
        {"fusion": Choice("concat", "product")},
        "the Config refuses fusion=product: Unknown fusion",
    ),
    "an inherited range": ({"warmup": Uniform(-0.1, 0.2)}, "the Config refuses warmup=-0.1"),
    "floats for a whole number": (
        {"heads": LogUniform(1, 4)}, "heads is of type int, but 1.0 is of type float.",
    ),
    "whole numbers for a float": (
        {"share": Choice(0, 1)}, "share is of type float, but 0 is of type int.",
    ),
    "text for a truth value": (
        {"gate": Choice("false", "true")}, "gate is of type bool, but 'false' is of type str.",
    ),
    "a condition on an unknown field": (
        {"share": Uniform(0, 0.5, when={"fuson": ("sum",)})},
        "share is in play by fuson, but the Config has no such field.",
    ),
    "a condition that no option meets": (
        {"fusion": Choice("concat", "sum"), "heads": Choice(1, 2, when={"fusion": ("attntion",)})},
        "heads is in play where fusion is 'attntion', a value that it cannot take.",
    ),
    "a condition that the Config refuses": (
        {"heads": Choice(1, 2, when={"fusion": ("attntion",)})},
        "heads is in play where fusion is 'attntion', a value that it cannot take.",
    ),
    "a condition of another type": (
        {"share": Uniform(0, 0.5, when={"gate": (1,)})},
        "share is in play where gate is 1, a value that it cannot take.",
    ),
    "a circle": (
        {
            "fusion": Choice("concat", "sum", when={"heads": (1,)}),
            "heads": Choice(1, 2, when={"fusion": ("concat",)}),
            "share": Uniform(0, 0.5, when={"heads": (1,)}),
        },
        "the conditions of fusion and heads and share go round in a circle.",
    ),
    "a condition on itself": (
        {"heads": Choice(1, 2, when={"heads": (1,)})}, "the conditions of heads go round",
    ),
    "two fields that do not fit": (
        {"width": Choice(8, 12), "heads": Choice(2, 4, 8)},
        "the Config refuses width=12, heads=8: width must be a multiple of heads, got 12.",
    ),
    **{
        f"the budget: {name}": (
            {name: Integer(1, 5)}, f"{name} is part of the budget, which is the same for every",
        )
        for name in ("epochs", "min_updates", "min_epochs", "looks", "patience")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_a_sentence_that_names_the_field(name):
    space, says = DEFECTS[name]
    defect = space_defect(space, Config())
    assert defect is not None
    assert says in defect
    assert defect.startswith("search_space")
    assert defect.count("\n") == 0


def test_values_that_do_not_fit_inside_a_range_are_found_although_every_corner_fits():
    # 8 to 16 in the width: the ends are multiples of both heads, what lies between is not.
    space = {"width": Integer(8, 16), "heads": Choice(2, 4)}
    assert "width must be a multiple of heads" in str(space_defect(space, Config()))
