"""Reads names and cards from source files without importing them, since they import torch."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from emobench.errors import RequestError
from emobench.interface.card import Card, DatasetCard, ProtocolCard, PublishedSetting

AnyCard = Card | DatasetCard | ProtocolCard
CARDS: dict[str, type[AnyCard]] = {c.__name__: c for c in (Card, DatasetCard, ProtocolCard)}


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
    except (OSError, UnicodeDecodeError) as error:
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
