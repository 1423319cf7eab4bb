"""The search space of a model: which hyper-parameters a search may change, and how far.

A model declares it beside its Config, a parameter for each field that is searched:

    search_space = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "fusion": Choice("concat", "attention"),
        "heads": Integer(1, 4, when={"fusion": ("attention",)}),
    }

A configuration is drawn with one uniform number per field (random search, Bergstra and Bengio,
JMLR 13, 2012), whatever is fixed or out of play: so a trial's learning rate is the same beside any
other setting.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from emobench.errors import EmobenchError
from emobench.interface.ranges import check_ranges
from emobench.interface.search_parameter import Parameter
from emobench.interface.training_config import TrainingConfig
from emobench.randomness import trial_stream

BUDGET = ("epochs", "min_updates", "min_epochs", "looks", "patience")
"""What decides how long a model is trained; it is the same for every trial of a contest."""
SAMPLES = 32
"""Drawn configurations that `space_defect` builds beside the corners."""

Space = Mapping[str, Parameter]
"""Field of a Config to what it can become."""


def draw(
    space: Space,
    preset: TrainingConfig,
    generator: np.random.Generator,
    fixed: Collection[str] = (),
) -> dict[str, Any]:
    """Draw a configuration: the values of the fields in play, in the order of `space`.

    Parameters
    ----------
    space
        The search space.
    preset
        The configuration that the values change; its own values decide conditions on fields that
        are not drawn.
    generator
        Random numbers; ``len(space)`` of them are taken, whatever is fixed or out of play.
    fixed
        Fields that the user set by hand: they keep the preset's value.
    """
    shares = generator.random(len(space))
    values = {
        name: parameter.value(float(share))
        for (name, parameter), share in zip(space.items(), shares, strict=True)
        if name not in fixed
    }
    return _in_play(space, preset, values)


def corners(space: Space, preset: TrainingConfig) -> Iterator[dict[str, Any]]:
    """Every field at each of its ends while the others stay at the preset, then all low, all high.

    A field with a condition comes with the condition met; it is left out where nothing that is
    searched can meet it. No two corners are the same configuration.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    for corner in _every_corner(space, preset):
        whole = {n: getattr(preset, n) for n in space} | corner
        key = tuple((n, repr(v)) for n, v in whole.items())
        if key not in seen:
            seen.add(key)
            yield corner


def _every_corner(space: Space, preset: TrainingConfig) -> Iterator[dict[str, Any]]:
    for name, parameter in space.items():
        met = _met(space, preset, name)
        if met is not None:
            for end in parameter.ends():
                yield met | {name: end}
    if space:
        for end in (0, -1):
            yield _in_play(space, preset, {n: p.ends()[end] for n, p in space.items()})


def _met(space: Space, preset: TrainingConfig, name: str) -> dict[str, Any] | None:
    """The fewest changes of other fields that bring `name` into play; None if none do."""
    wanted = _wanted(space, name)
    options = [[(other, v) for v in (None, *values)] for other, values in wanted.items()]
    found = [{o: v for o, v in combination if v is not None} for combination in product(*options)]
    for changes in sorted(found, key=len):
        values = changes | {name: space[name].ends()[0]}
        if _in_play(space, preset, values) == values:
            return changes
    return None


def _wanted(space: Space, name: str) -> dict[str, list[Any]]:
    """Searched fields on which `name` depends, also by others, and values that they should have."""
    wanted: dict[str, list[Any]] = {}
    left, seen = [name], {name}
    while left:
        for other, values in space[left.pop()].when.items():
            if other in space:
                known = wanted.setdefault(other, [])
                known += [v for v in values if v not in known and space[other].holds(v)]
                left += {other} - seen
                seen.add(other)
    return wanted


def _in_play(space: Space, preset: TrainingConfig, values: dict[str, Any]) -> dict[str, Any]:
    """Those of `values` whose condition holds in the configuration that they make."""
    decided: dict[str, bool] = {}

    def plays(name: str) -> bool:
        if name not in decided:
            decided[name] = name in values and all(
                (values[other] if plays(other) else getattr(preset, other)) in allowed
                for other, allowed in space[name].when.items()
            )
        return decided[name]

    return {name: value for name, value in values.items() if plays(name)}


def space_defect(space: Any, preset: TrainingConfig) -> str | None:
    """The first thing that is wrong with a search space, as a sentence; None if nothing is.

    Parameters
    ----------
    space
        What a model declares as its `search_space`.
    preset
        A configuration of that model.
    """
    if not isinstance(space, Mapping):
        return "search_space must map fields of the Config to LogUniform, Uniform, Integer, Choice."
    kinds = _kinds(preset)
    for name, parameter in space.items():
        defect = _defect_of_field(name, parameter, kinds)
        if defect:
            return defect
    for name, parameter in space.items():
        defect = _defect_of_condition(name, parameter, space, preset)
        if defect:
            return defect
    circle = _circle(space)
    if circle:
        return f"search_space: the conditions of {' and '.join(circle)} go round in a circle."
    for corner in corners(space, preset):
        defect = _refusal(preset, corner)
        if defect:
            return defect
    for number in range(SAMPLES if space else 0):
        defect = _refusal(preset, draw(space, preset, trial_stream("", number)))
        if defect:
            return defect
    return None


def preset_defect(space: Space, preset: TrainingConfig, fixed: Collection[str] = ()) -> str | None:
    """Say which of the preset's values its range does not hold; None if all are held.

    Parameters
    ----------
    space
        A search space without a defect.
    preset
        A configuration of its model.
    fixed
        Fields that the user set by hand: they are not searched.
    """
    values = {name: getattr(preset, name) for name in space}
    for name in _in_play(space, preset, values):
        # A zero stands for "off", or for a choice that the model makes itself.
        if name not in fixed and values[name] != 0 and not space[name].holds(values[name]):
            return (
                f"search_space: {name} is {values[name]!r} in the preset, which its range "
                f"({space[name]}) does not hold: no other trial would be near the preset."
            )
    return None


def _kinds(preset: TrainingConfig) -> dict[str, type]:
    """The type of every field, by its annotation where that can be evaluated."""
    own = {f.name: type(getattr(preset, f.name)) for f in dataclasses.fields(preset)}
    try:
        hints = typing.get_type_hints(type(preset))
    except (NameError, AttributeError, TypeError):  # a name that is imported for type checkers only
        return own
    plain = (bool, int, float, str)
    return {n: hints[n] if hints.get(n) in plain else kind for n, kind in own.items()}


def _defect_of_field(name: str, parameter: Any, kinds: Mapping[str, type]) -> str | None:
    if not isinstance(parameter, Parameter):
        return (
            f"search_space: {name} must be a LogUniform, Uniform, Integer or Choice, "
            f"got {parameter!r}."
        )
    if name not in kinds:
        return f"search_space: the Config has no field {name}."
    if name in BUDGET:
        return (
            f"search_space: {name} is part of the budget, which is the same for every trial and "
            "every model; it cannot be searched."
        )
    for end in parameter.ends():
        if type(end) is not kinds[name]:
            wanted, got = kinds[name].__name__, type(end).__name__
            return f"search_space: {name} is of type {wanted}, but {end!r} is of type {got}."
    return None


def _defect_of_condition(
    name: str, parameter: Parameter, space: Space, preset: TrainingConfig
) -> str | None:
    kinds = _kinds(preset)
    for other, values in parameter.when.items():
        if other not in kinds:
            return f"search_space: {name} is in play by {other}, but the Config has no such field."
        now = getattr(preset, other)
        # A value that the search never draws can be set by hand, but not all of them.
        drawn = other not in space or any(space[other].holds(v) or v == now for v in values)
        for value in values:
            fits = type(value) is kinds[other] and _refusal(preset, {other: value}) is None
            if not (drawn and fits):
                return (
                    f"search_space: {name} is in play where {other} is {value!r}, "
                    "a value that it cannot take."
                )
    return None


def _circle(space: Space) -> list[str]:
    """Fields whose conditions depend on each other, sorted; empty if there are none."""
    edges = {name: {o for o in p.when if o in space} for name, p in space.items()}
    left = dict(edges)
    while ready := [name for name, others in left.items() if not others & left.keys()]:
        for name in ready:
            del left[name]
    return sorted(left)


def _refusal(preset: TrainingConfig, changes: Mapping[str, Any]) -> str | None:
    """Why the Config refuses `changes` of the preset."""
    try:
        check_ranges(dataclasses.replace(preset, **changes))
    except (EmobenchError, ValueError, TypeError) as error:
        changed = ", ".join(f"{n}={v}" for n, v in changes.items())
        return f"search_space: the Config refuses {changed}: {error}"
    return None
