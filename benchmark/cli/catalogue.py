"""``emobench list`` and ``emobench show``: entries and their cards.

What only ``show`` needs is imported on call: a list is to be there at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emobench.commands.card_sheet import CardSheet, sheets
from emobench.commands.catalogue import KINDS, REPRESENTATIONS, Listed, kinds_called, lines_of
from emobench.discovery.registry import Entry, name_and_options, reader_of, registry
from emobench.discovery.source import cards_in
from emobench.discovery.words import shield

if TYPE_CHECKING:
    from emobench.discovery.options import Option

CHANGED = "*"
"""Marks a value that an option changed."""


def list_command(kind: str, as_json: bool) -> None:
    """Print the entries of one kind (``models``) or of ``all``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    if kind == REPRESENTATIONS:
        from emobench.cli.representation_card import list_representations

        list_representations(as_json)
        return
    chosen = kinds_called(kind)
    if as_json:
        from emobench.discovery.card_numbers import named
        from emobench.terminal.json_text import print_json

        # Numbers from presets are named, not filled in: that would load every model, and torch.
        listing: dict[str, Any] = {
            plural: [asdict(named(e) if k == "model" else e.card) for e in registry(k).values()]
            for plural, k in chosen.items()
        }
        print_json(listing if kind == "all" else listing[kind])
        return
    console = Console()
    for plural, k in chosen.items():
        console.print(_table(plural, lines_of(k)))


def _table(title: str, lines: Iterable[Listed]) -> Table:
    # Texts and not strings: a card holds no markup, and what reads markup takes long to load.
    table = Table(box=None, padding=(0, 2), title_justify="left", title_style="bold")
    table.title = Text(title)
    table.add_column(Text("name"), style="bold", no_wrap=True)
    table.add_column(Text("what it is"))
    for line in lines:
        table.add_row(Text(line.name), Text(line.title))
    return table


def show_command(word: str, as_json: bool = False) -> None:
    """Print the whole card of a model, corpus or protocol, or of those in a file.

    Of a representation it is what its class says.

    With options after its name, as in ``emobench run``, the configuration that results is printed,
    and what they change of the defaults is marked. The defaults are those of ``preset=NAME``.

    Raises
    ------
    RequestError
        The name or an option is unknown, or a value does not fit.
    """
    named = _representations_called(word)
    cards = [] if named and not _has_cards(word) else sheets(word)  # refuses unknown options
    if as_json:
        from emobench.cli.representation_card import facts
        from emobench.terminal.json_text import print_json

        print_json([*(facts(one) for one in named), *(sheet.content() for sheet in cards)])
        return
    if named:
        from emobench.cli.representation_card import show_representation

        for one in named:
            show_representation(one)
    for sheet in cards:
        _print_card(sheet)
        _print_options(sheet.entry, sheet.effective, sheet.typed)
        _print_presets(sheet)
        _print_search_space(sheet.entry, sheet.typed)


def _representations_called(word: str) -> list[str]:
    """Whole names of the representations that `word` means."""
    name, _ = name_and_options(shield(word, {n for kind in KINDS for n in registry(kind)}))
    if any(name in registry(kind) for kind in KINDS) or reader_of("dataset", name):
        return []
    from emobench.cli.representation_card import named_representations

    return named_representations(name)


def _has_cards(word: str) -> bool:
    return word.endswith(".py") and bool(cards_in(Path(word)))


def _print_card(sheet: CardSheet) -> None:
    console = Console()
    console.print(f"[bold]{sheet.name}[/bold] ({sheet.kind})", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for field, value in asdict(sheet.card).items():
        text = "\n".join(map(_setting, value)) if field == "settings" else _text(value)
        if text and field != "name":
            table.add_row(field.replace("_", " "), text.replace("``", ""))
    console.print(table, markup=False, highlight=False)
    # On one line, so that it can be copied.
    console.print(f"  file  {sheet.path}", markup=False, highlight=False, soft_wrap=True)


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


def _print_presets(sheet: CardSheet) -> None:
    """Print the presets for NAME:preset=NAME, if there is a choice."""
    from emobench.discovery.options import PRESET

    presets = sheet.presets
    if len(presets) < 2:
        return
    first = next(iter(presets))
    title = f"presets, written {sheet.name}:{PRESET}=NAME"
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
