"""``emobench list`` and ``emobench show``: entries and their cards.

What only ``show`` needs is imported on call: a list is to be there at once.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emobench.discovery.registry import (
    Entry,
    Kind,
    from_path,
    name_and_options,
    reader_of,
    registry,
)
from emobench.discovery.source import AnyCard
from emobench.discovery.words import shield
from emobench.errors import RequestError, unknown
from emobench.interface.card import Card, DatasetCard

if TYPE_CHECKING:
    from emobench.discovery.options import Option

KINDS: tuple[Kind, ...] = get_args(Kind)

CHANGED = "*"
"""Marks a value that an option changed."""


def list_command(kind: str, as_json: bool) -> None:
    """Print the entries of one kind (``models``) or of ``all``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    plurals = {f"{k}s": k for k in KINDS}
    if kind != "all" and kind not in plurals:
        raise unknown("kind", kind, [*plurals, "all"])
    chosen = plurals if kind == "all" else {kind: plurals[kind]}
    if as_json:
        from emobench.cli.terminal.json_text import print_json
        from emobench.discovery.card_numbers import named

        # Numbers from presets are named, not filled in: that would load every model, and torch.
        listing: dict[str, Any] = {
            plural: [asdict(named(e) if k == "model" else e.card) for e in registry(k).values()]
            for plural, k in chosen.items()
        }
        print_json(listing if kind == "all" else listing[kind])
        return
    console = Console()
    for plural, k in chosen.items():
        console.print(_table(plural, list(registry(k).values())))


def _table(title: str, entries: list[Entry]) -> Table:
    # Texts and not strings: a card holds no markup, and what reads markup takes long to load.
    table = Table(box=None, padding=(0, 2), title_justify="left", title_style="bold")
    table.title = Text(title)
    table.add_column(Text("name"), style="bold", no_wrap=True)
    table.add_column(Text("what it is"))
    for entry in entries:
        table.add_row(Text(entry.name), Text(_summary(entry.card)))
        for what, options in getattr(entry.card, "rows", {}).items():
            typed = "".join(f":{key}={value}" for key, value in options.items())
            table.add_row(Text(f"{entry.name}{typed}"), Text(f"The same, {what}"))
    return table


def _summary(card: AnyCard) -> str:
    if isinstance(card, Card):
        source = ", ".join(str(p) for p in (card.authors, card.year) if p)
        tail = f" ({source})" if source else ""
        return f"{card.title}{tail}" if card.kind != "reference" else card.title
    if isinstance(card, DatasetCard):
        classes = f"{len(card.classes)} classes" if card.classes else "your classes"
        return f"{card.title}: {'+'.join(card.modalities)}, {classes}"
    return f"{card.title}: {card.question}"


def show_command(word: str, as_json: bool = False) -> None:
    """Print the whole card of a model, corpus or protocol, or of those in a file.

    With options after its name, as in ``emobench run``, the configuration that results is printed,
    and what they change of the defaults is marked. The defaults are those of ``preset=NAME``.

    Raises
    ------
    RequestError
        The name or an option is unknown, or a value does not fit.
    """
    from emobench.discovery.options import options_of

    known = {name for kind in KINDS for name in registry(kind)}
    name, typed = name_and_options(shield(word, known))
    listed = []
    for entry in _find(name):
        if entry is reader_of("dataset", name):
            typed = typed | {"path": name}
        options = options_of(entry, typed)  # which refuses unknown ones before anything is printed
        if as_json:
            listed.append(_plain(entry, options, typed))
            continue
        _print_card(entry)
        _print_options(entry, _effective(entry, options), typed)
        _print_presets(entry)
        _print_search_space(entry, typed)
    if as_json:
        from emobench.cli.terminal.json_text import print_json

        print_json(listed)


def _plain(entry: Entry, options: list[Option], typed: dict[str, str]) -> dict[str, Any]:
    """All that `show_command` prints as a program gets it; the keys are documented, and stay."""
    from emobench.discovery.card_numbers import filled
    from emobench.discovery.options import configured, presets_of

    is_model = entry.kind == "model"
    space, config = {}, None
    if is_model:
        space, config = entry.load().search_space, configured(entry, typed, "controlled")
    return {
        "kind": entry.kind,
        "name": entry.name,
        "file": entry.path,
        "card": asdict(filled(entry) if is_model else entry.card),
        "options": [
            {
                "name": one.name,
                "value": one.value,
                "default": one.default,
                "changed": one.is_changed,
                "meaning": one.meaning.replace("``", ""),
            }
            for one in _effective(entry, options)
        ],
        "presets": presets_of(entry) if is_model else {},
        "search_space": {
            name: {
                "range": parameter.text(),
                "start": getattr(config, name, None),
                "in_play_where": parameter.condition(),
                "searched": name not in typed,
            }
            for name, parameter in space.items()
        },
    }


def _find(name: str) -> list[Entry]:
    if name.endswith(".py"):
        found = []
        for kind in KINDS:
            try:
                found += from_path(kind, Path(name))
            except RequestError as error:
                if "holds no" not in str(error):
                    raise
        if not found:
            raise RequestError(f"{name} holds no class with a card.")
        return found
    matches = [registry(k)[name] for k in KINDS if name in registry(k)]
    if not matches and (reader := reader_of("dataset", name)):
        return [reader]
    if not matches and Path(f"{name}.py").is_file():
        raise RequestError(f"Nothing is called {name!r}, but there is a file {name}.py here.")
    if not matches:
        raise unknown("name", name, [n for k in KINDS for n in registry(k)])
    return matches


def _print_card(entry: Entry) -> None:
    from emobench.discovery.card_numbers import filled

    console = Console()
    console.print(f"[bold]{entry.name}[/bold] ({entry.kind})", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    card = filled(entry) if entry.kind == "model" else entry.card
    for field, value in asdict(card).items():
        text = "\n".join(map(_setting, value)) if field == "settings" else _text(value)
        if text and field != "name":
            table.add_row(field.replace("_", " "), text.replace("``", ""))
    console.print(table, markup=False, highlight=False)
    # On one line, so that it can be copied.
    console.print(f"  file  {entry.path}", markup=False, highlight=False, soft_wrap=True)


def _print_options(entry: Entry, options: list[Option], typed: dict[str, str]) -> None:
    """Print the options for NAME:key=value, and what those that were typed change."""
    from emobench.discovery.options import PRESET

    title = f"options, written {entry.name}:key=value"
    if PRESET in typed:
        title += f"; defaults of the preset {typed[PRESET]}"
    own = [key for key in typed if key != PRESET]
    if own:
        title += f"; {CHANGED} what you changed"
    table = Table(title=title, title_justify="left", box=None)
    for head in ("option", *(["value"] if own else []), "default", "meaning"):
        table.add_column(head)
    choices = _choices() if entry.kind == "model" else {}
    for option in options:
        known = f" Known: {', '.join(choices[option.name])}." if option.name in choices else ""
        meaning = option.meaning.replace("``", "") + known
        value = f"{option.value} {CHANGED}" if option.is_changed else str(option.value)
        cells = [value] if own else []
        style = "bold" if option.is_changed else None
        table.add_row(option.name, *cells, str(option.default), meaning, style=style)
    if table.row_count:
        console = Console()
        console.print()
        console.print(table, markup=False, highlight=False)


def _effective(entry: Entry, options: list[Option]) -> list[Option]:
    """Those of `options` that change something: what is solved at once has no training loop.

    One that was typed stays all the same: it is part of the configuration.
    """
    from emobench.interface.training_config import TrainingConfig

    if not getattr(entry.card, "closed_form", False):
        return options
    shared = {f.name for f in fields(TrainingConfig)}
    return [option for option in options if option.name not in shared or option.is_changed]


def _print_search_space(entry: Entry, typed: dict[str, str]) -> None:
    """Print what a search may change of a model's configuration, and how far."""
    from emobench.discovery.options import PRESET, configured
    from emobench.interface.search_space import space_defect

    if entry.kind != "model":
        return
    config = configured(entry, typed, "controlled")
    space = entry.load().search_space
    console = Console()
    console.print()
    defect = space_defect(space, config)
    if defect or not space:
        text = defect or "search space: empty, this model has nothing to search"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
        return
    title = "search space, from which emobench run --tune draws"
    table = Table(title=title, title_justify="left", box=None)
    conditional = any(parameter.when for parameter in space.values())
    own = any(key != PRESET for key in typed)
    start = "value" if own else typed.get(PRESET) or "preset"
    for head in ("option", "range", start, *["in play where"][: int(conditional)]):
        table.add_column(head)
    for name, parameter in space.items():
        condition = [parameter.condition()][: int(conditional)]
        reach = "as you set it, not searched" if name in typed else parameter.text()
        table.add_row(name, reach, str(getattr(config, name)), *condition)
    console.print(table, markup=False, highlight=False)


def _print_presets(entry: Entry) -> None:
    """Print the presets for NAME:preset=NAME, if there is a choice."""
    from emobench.discovery.options import PRESET, presets_of

    presets = presets_of(entry) if entry.kind == "model" else {}
    if len(presets) < 2:
        return
    first = next(iter(presets))
    title = f"presets, written {entry.name}:{PRESET}=NAME"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("preset")
    table.add_column(f"what it changes of {first}")
    for name, changes in presets.items():
        table.add_row(name, ", ".join(f"{key}={value}" for key, value in changes.items()))
    console = Console()
    console.print()
    console.print(table, markup=False, highlight=False)


def _choices() -> dict[str, list[str]]:
    """The options that take a name, with the names that the training knows."""
    from emobench.training.losses import LOSSES
    from emobench.training.sampling import SAMPLERS

    return {"loss": sorted(LOSSES), "sampling": sorted(SAMPLERS)}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        texts = [f"{k}: {_part(v)}" for k, v in value.items()]
        long = any(", " in text or text.endswith(".") for text in texts)
        return ("\n" if long else "; ").join(texts)
    if isinstance(value, list | tuple):
        parts = [_part(part) for part in value]
        return ("\n" if any(" " in part for part in parts) else ", ").join(parts)
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value) if value else ""


def _setting(one: dict[str, Any]) -> str:
    """A published setting in a sentence."""
    claim = f"{one['measure']} {one['claimed']}" if one["claimed"] is not None else "no figure"
    typed = "".join(f", {key}={value}" for key, value in one["options"].items())
    cannot = f"; cannot be run: {one['blocked']}" if one["blocked"] else ""
    return f"{one['corpus']}{typed}: {claim} ({one['source']}); {one['split_text']}{cannot}"


def _part(value: Any) -> str:
    """Format one part of a field: a word, several words, or counts by name."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value if part)
    return str(value)
