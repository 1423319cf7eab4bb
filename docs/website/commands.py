"""The reference of commands: what ``--help`` says of each, as a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import typer.main

HEAD: Final = """\
# Commands and options

This page is made of the commands themselves: it says what `--help` says.
[The command line](../cli.md) tells what they are for, with examples.

"""


def commands_page(app: typer.Typer) -> str:
    """Return the reference of all commands of an app as Markdown."""
    found = list(all_commands(typer.main.get_command(app), app.info.name or ""))
    rows = [f"| [`{path}`](#{_anchor(path)}) | {_first_line(c)} |" for path, c in found]
    table = "\n".join(["| command | what it does |", "|---|---|", *rows])
    return "\n".join([HEAD + table, "", *(_section(path, command) for path, command in found)])


def all_commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with the words that call it."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        if not child.hidden:
            yield from all_commands(child, f"{path} {name}")


def _anchor(path: str) -> str:
    return path.lower().replace(" ", "-")


def _first_line(command: Any) -> str:
    return _cell((command.help or "").split("\n\n")[0])


def _cell(text: str) -> str:
    """A text in one line of a table; a bracket is none of a link."""
    line = re.sub(r"\s+", " ", text).strip().replace("<", "&lt;")
    return re.sub(r"([|\[\]])", r"\\\1", line)


def _section(path: str, command: Any) -> str:
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    given = [p for p in shown if p.param_type_name == "argument"]
    usage = " ".join([path, *(["[OPTIONS]"] if shown else []), *(_argument(p) for p in given)])
    lines = [f"## {path}", "", command.help or "", "", f"    {usage}", ""]
    if given:
        lines += ["| argument | meaning |", "|---|---|"]
        lines += [f"| `{_argument(p)}` | {_cell(getattr(p, 'help', '') or '')} |" for p in given]
        lines += [""]
    lines += ["| option | default | meaning |", "|---|---|---|"]
    lines += [_option(p) for p in shown if p.param_type_name == "option"]
    return "\n".join([*lines, "| `-h`, `--help` | | Show this and exit. |", ""])


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name or "").upper().strip("[]")
    name += "..." if parameter.nargs == -1 and not name.endswith("...") else ""
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:
    spelled = ", ".join(f"`{word}`" for word in [*parameter.opts, *parameter.secondary_opts])
    kind = "" if parameter.is_flag else f" {_kind(parameter)}"
    default = parameter.default
    empty = default is None or default is False or default in ((), [])
    shown = "" if empty or callable(default) else f"`{default}`"
    return f"| {spelled}{kind} | {shown} | {_cell(parameter.help or '')} |"


def _kind(parameter: Any) -> str:
    """What an option takes, in a word; older versions of typer name it otherwise."""
    if parameter.metavar:
        return str(parameter.metavar)
    described = getattr(parameter, "type_descriptor", None)
    name = getattr(described.annotation, "__name__", "") if described else parameter.type.name
    known = {"Path": "PATH", "path": "PATH", "str": "TEXT", "int": "NUMBER", "integer": "NUMBER"}
    return known.get(name, "NUMBER" if name == "float" else "TEXT")
