"""``emobench show`` and ``list`` for representations, which have no card but their class."""

from __future__ import annotations

import inspect
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text


def named_representations(name: str) -> list[str]:
    """Whole names of what `name` means among representations: those of a file, or one."""
    from emobench.commands.examinations import representations_in

    if name.endswith(".py"):
        return representations_in(Path(name)) if Path(name).is_file() else []
    from emobench.discovery.representations import representations

    return [name] if name in representations() else []


def show_representation(name: str) -> None:
    """Print what a representation is, what it needs, and whose licence binds its values."""
    console = Console()
    own = name.split("#")[0]
    console.print(f"[bold]{own}[/bold] (representation)", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for head, text in _facts(name).items():
        if text:
            table.add_row(head, text)
    console.print(table, markup=False, highlight=False)
    console.print(f"  file  {_file(name)}", markup=False, soft_wrap=True)


def facts(name: str) -> dict[str, str]:
    """What `show_representation` prints, for a program; the keys are documented, and stay."""
    found = _facts(name)
    plain = {key.replace(" ", "_"): text for key, text in found.items()}
    return {"kind": "representation", "name": name.split("#")[0], "file": _file(name), **plain}


def _file(name: str) -> str:
    """The file of the class."""
    from emobench.discovery.representations import representation

    return inspect.getfile(inspect.getmro(representation(name))[1 if "#" in name else 0])


def _facts(name: str) -> dict[str, str]:
    from emobench.discovery.representations import representation, source_of, stamped

    kind = representation(name)
    packages = kind.packages.values()
    usual = name.split("#")[0] if "#" not in name else "FILE"
    return {
        "what it is": " ".join((inspect.getdoc(kind) or "").replace("``", "").split()),
        "modality": kind.modality,
        "starts from": getattr(kind, "base", source_of(name)),
        "learned": "on the train part" if hasattr(kind, "base") else "",
        "version": f"{kind.version}{stamped(name).replace(name.split('#')[0], '', 1)}",
        "licence": kind.licence,
        "packages": ", ".join(f'pip install "{one}"' for one in packages),
        "every model": f"emobench run --encoder {kind.modality}={usual}"
        if not (kind.discrete or kind.reference_only)
        else "",
    }


def list_representations(as_json: bool) -> None:
    """Print every representation by its modality."""
    from emobench.commands.catalogue import listed_representations

    found = listed_representations()
    if as_json:
        from emobench.terminal.json_text import print_json

        print_json(found)
        return
    table = Table(box=None, padding=(0, 2), title_justify="left", title_style="bold")
    table.title = Text("representations")
    table.add_column(Text("name"), style="bold", no_wrap=True)
    table.add_column(Text("of"))
    table.add_column(Text("what it is"))
    for one in found:
        licence = f" ({one['licence']})" if one["licence"] else ""
        table.add_row(Text(one["name"]), Text(one["modality"]), Text(one["what"] + licence))
    Console().print(table)
