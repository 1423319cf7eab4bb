"""Casting ``key=value`` words to the fields of a dataclass."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from emobench.errors import RequestError, unknown
from emobench.interface.card import PRESETS

if TYPE_CHECKING:
    from emobench.discovery.registry import Entry

PRESET = "preset"
"""The word among a model's options that names a preset; the other options change that preset."""
PAPER = "paper"
"""The preset that takes the training, and nothing else, of ``published``."""


def configured(entry: Entry, options: Mapping[str, str], track: str) -> Any:
    """A model's hyper-parameters on a track: its preset, changed by the other options.

    Parameters
    ----------
    entry
        The model.
    options
        As typed after its name. ``preset=NAME`` takes the preset of that name: on a track for which
        the model has a preset ``NAME_TRACK``, that one.
    track
        ``controlled`` or ``published``; without ``preset=NAME`` it decides which preset is taken.

    Raises
    ------
    RequestError
        The model has no such preset or option, or a value does not fit.
    """
    own = {key: value for key, value in options.items() if key != PRESET}
    base = _preset(entry, options.get(PRESET), track)
    return with_options(base, own, f"model {entry.name}", also=(PRESET,))


def _preset(entry: Entry, name: str | None, track: str) -> Any:
    """The preset called `name`, or without a name the track's own."""
    kind = entry.load()
    if name is None:
        return kind.presets.get(PRESETS[track]) or kind.Config()
    presets = _with_paper(kind)
    if name not in presets:
        raise unknown(f"preset of the model {entry.name}", name, presets_of(entry))
    return presets.get(f"{name}_{track}", presets[name])


def _with_paper(kind: Any) -> dict[str, Any]:
    """A model's presets, with ``paper``: the training of ``published`` at the compact sizes.

    The config's `TRAINING` names fields of the model's own that are part of the training.
    """
    from emobench.interface.training_config import TrainingConfig

    found = dict(kind.presets)
    published, compact = found.get("published"), found.get("compact")
    if published is None or compact is None or PAPER in found:
        return found
    shared = [f.name for f in dataclasses.fields(TrainingConfig)]
    changes = {name: getattr(published, name) for name in (*shared, *compact.TRAINING)}
    found[PAPER] = dataclasses.replace(compact, **changes)
    return found | {f"{PAPER}_published": published}


def with_options(base: Any, options: dict[str, str], owner: str, also: tuple[str, ...] = ()) -> Any:
    """Copy of the dataclass instance `base` with `options` cast to its fields' types.

    Parameters
    ----------
    base
        A dataclass instance.
    options
        Field names to values as typed.
    owner
        Owner of the options, for the error message: ``"model emotiwave"``.
    also
        Further words that can be typed there, for the error message.

    Raises
    ------
    RequestError
        A field does not exist or a value does not fit its type.
    """
    if not options:
        return base
    if base is None:
        raise RequestError(f"The {owner} takes no options, got {', '.join(options)}.")
    types = get_type_hints(type(base))
    names = [f.name for f in dataclasses.fields(base)]
    values = {}
    for key, text in options.items():
        if key not in names:
            if key in ("tune", "tuned"):  # as rows of the leaderboard are called
                raise RequestError(f"{key}={text} is no option of the {owner}; use --tune {text}.")
            raise unknown(f"option of the {owner}", key, [*names, *also])
        values[key] = _cast(text, types[key], key, owner)
    return dataclasses.replace(base, **values)


@dataclasses.dataclass(frozen=True)
class Option:
    """One field that can be set with ``NAME:key=value``: its value, and that without options."""

    name: str
    value: Any
    default: Any
    meaning: str

    @property
    def is_changed(self) -> bool:
        """Whether an option gave it another value."""
        return bool(self.value != self.default)


def options_of(entry: Entry, options: Mapping[str, str] | None = None) -> list[Option]:
    """The options of a model (of its compact preset, or another one) or a corpus, described.

    Parameters
    ----------
    entry
        A model, a corpus or a protocol.
    options
        As typed after its name. The defaults are those of the preset that they name.

    Raises
    ------
    RequestError
        It has no such preset or option, or a value does not fit.
    """
    kind, typed = entry.load(), dict(options or {})
    if entry.kind == "model":
        base = _preset(entry, typed.get(PRESET), "controlled")
        chosen = configured(entry, typed, "controlled")
    else:
        base = kind.Options() if kind.Options is not None else None
        chosen = with_options(base, typed, f"{entry.kind} {entry.name}")
    if base is None:
        return []
    meanings = _meanings(type(base))
    return [
        Option(f.name, getattr(chosen, f.name), getattr(base, f.name), meanings.get(f.name, ""))
        for f in dataclasses.fields(base)
    ]


def presets_of(entry: Entry) -> dict[str, dict[str, Any]]:
    """A model's presets by name, each with what it changes of the first one."""
    found = _with_paper(entry.load())
    published = PRESETS["published"]
    again = [n for n, one in found.items() if n != published and one is found.get(published)]
    presets = {name: dataclasses.asdict(one) for name, one in found.items() if name not in again}
    first = next(iter(presets.values()), {})
    return {
        name: {key: value for key, value in one.items() if value != first.get(key)}
        for name, one in presets.items()
    }


def _meanings(kind: type) -> dict[str, str]:
    """Description of each field: the string below it, or its entry in the class's docstring."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__[:-1]):
        lines = inspect.cleandoc(owner.__doc__ or "").splitlines()
        for name in getattr(owner, "__annotations__", {}):
            if name in lines:
                entry = itertools.takewhile(
                    lambda x: x.startswith(" "), lines[lines.index(name) + 1 :]
                )
                found[name] = " ".join(line.strip() for line in entry)
        (body,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(owner))).body
        assert isinstance(body, ast.ClassDef)
        for field, text in itertools.pairwise(body.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                said = getattr(getattr(text, "value", None), "value", None)
                if isinstance(text, ast.Expr) and isinstance(said, str):
                    found[field.target.id] = " ".join(said.split())
    return found


def _cast(text: str, kind: type, key: str, owner: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if kind in (int, float, str):
            return kind(text)
    except (ValueError, KeyError):
        pass
    name = getattr(kind, "__name__", str(kind))
    raise RequestError(f"Option {key!r} of the {owner} must be of type {name}, got {text!r}.")
