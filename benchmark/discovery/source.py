"""Reads names and cards from source files without importing them, since they import torch."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from emobench.errors import RequestError
from emobench.interface.card import Card, DatasetCard, ProtocolCard, PublishedSetting

AnyCard = Card | DatasetCard | ProtocolCard
CARDS: dict[str, type[AnyCard]] = {c.__name__: c for c in (Card, DatasetCard, ProtocolCard)}


_STATEMENT = re.compile(r"^(?:class (\w+)|[^\s#)\]}])", re.MULTILINE)
"""The start of what stands at the left margin, a class with its name."""
_CARD_LINE = re.compile(r"^    card\b[^=\n]*=\s*[\w.]+\s*\(", re.MULTILINE)
_CARD = re.compile(r"^    card\b[^=\n]*= \w+\(\n.*?^    \)", re.MULTILINE | re.DOTALL)
"""A card of a class, written over several lines as the formatter writes it."""


@dataclass(frozen=True)
class ClassWithCard:
    """A class with a card: its file, its name and its card."""

    path: Path
    class_name: str
    card: AnyCard


def _literal(node: ast.expr) -> Any:
    """Evaluate a literal; ``+`` of strings and `PublishedSetting` are allowed in it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _literal(node.left) + _literal(node.right)
    if isinstance(node, ast.Tuple):
        return tuple(_literal(one) for one in node.elts)
    if isinstance(node, ast.Call) and _name(node) == PublishedSetting.__name__:
        return PublishedSetting(**{k.arg: _literal(k.value) for k in node.keywords if k.arg})
    return ast.literal_eval(node)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _card_of(call: ast.Call, path: Path) -> AnyCard | None:
    kind = CARDS.get(_name(call))
    if kind is None:
        return None
    try:
        values = {k.arg: _literal(k.value) for k in call.keywords if k.arg}
    except (TypeError, ValueError):
        raise RequestError(
            f"{path}:{call.lineno}: a card must be written as a literal (strings, numbers, "
            "tuples, dictionaries), so that it can be read without importing the file."
        ) from None
    unknown = sorted(set(values) - {f.name for f in fields(kind)})
    if unknown:
        raise RequestError(f"{path}:{call.lineno}: the card has no field {unknown[0]!r}.")
    try:
        return kind(**values)
    except TypeError as error:
        raise RequestError(f"{path}:{call.lineno}: the card is incomplete: {error}.") from None


def formatted_cards_in(path: Path) -> list[ClassWithCard]:
    """Return what `cards_in` does for a file of our own, from the lines of its cards alone.

    Reading the whole of every file would be a fourth of what ``emobench list`` costs. Where cards
    are not written as the formatter writes them, the whole file is read after all. That the rest of
    the file is Python is not seen, and a card within a string would be taken for one: so this is
    for files that the tests have read, and not for anybody's.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = [_card_at(match, text, path) for match in _CARD.finditer(text)]
    except (OSError, ValueError, SyntaxError, RequestError):
        return cards_in(path)  # which says what is wrong, and where
    owners = {one.class_name for one in found if one is not None}
    if not found or not len(owners) == len(found) == len(_CARD_LINE.findall(text)):
        return cards_in(path)
    return [one for one in found if one is not None]


def _card_at(match: re.Match[str], text: str, path: Path) -> ClassWithCard | None:
    """The card whose lines are `match`; None unless it stands in a class of its own."""
    *_, owner = [None, *_STATEMENT.finditer(text, 0, match.start())]
    (parsed,) = ast.parse(f"class Owner:\n{match.group()}").body
    value = getattr(parsed.body[0], "value", None) if isinstance(parsed, ast.ClassDef) else None
    card = _card_of(value, path) if isinstance(value, ast.Call) else None
    if owner is None or not owner.group(1) or card is None:
        return None
    return ClassWithCard(path, owner.group(1), card)


def cards_in(path: Path) -> list[ClassWithCard]:
    """Every class with a card in the Python file at `path`, in order.

    Raises
    ------
    RequestError
        The file is not Python, or a card in it is not a complete literal.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise RequestError(f"{path}:{error.lineno}: not valid Python: {error.msg}.") from None
    except (RecursionError, MemoryError):  # what Python's parser says of brackets in brackets
        raise RequestError(f"{path}: not valid Python: it is nested too deep.") from None
    except (OSError, ValueError) as error:
        raise RequestError(f"{path} cannot be read: {error}.") from None
    found: list[ClassWithCard] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found.extend(_cards_of_class(node, path))
    return found


def _cards_of_class(node: ast.ClassDef, path: Path) -> list[ClassWithCard]:
    for statement in node.body:
        target = (
            statement.target
            if isinstance(statement, ast.AnnAssign)
            else statement.targets[0]
            if isinstance(statement, ast.Assign)
            else None
        )
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and target.id == "card" and isinstance(value, ast.Call):
            card = _card_of(value, path)
            return [ClassWithCard(path, node.name, card)] if card else []
    return []
