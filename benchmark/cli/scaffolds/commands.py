"""The commands that write a file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME_HELP = "Its name, and that of the file."


def add_scaffolds(app: typer.Typer) -> None:
    """Add ``new-model`` and its like to the command line."""
    app.command()(new_model)
    app.command()(new_representation)
    app.command()(new_dataset)
    app.command()(new_protocol)


def new_model(name: Annotated[str, typer.Argument(help=NAME_HELP)]) -> None:
    """Write NAME.py here: a small model that passes the check and runs, to start from."""
    _write("model", name)


def new_representation(name: Annotated[str, typer.Argument(help=NAME_HELP)]) -> None:
    """Write NAME.py here: features of your own that pass the check and run, to start from."""
    _write("representation", name)


def new_dataset(
    name: Annotated[str, typer.Argument(help=NAME_HELP)],
    example: Annotated[
        bool, typer.Option(help="Also write a folder NAME with made-up recordings to try it on.")
    ] = True,
) -> None:
    """Write NAME.py here: a corpus with a layout of its own, to start from."""
    _write("dataset", name, example)


def new_protocol(name: Annotated[str, typer.Argument(help=NAME_HELP)]) -> None:
    """Write NAME.py here: a protocol that passes the check and runs, to start from."""
    _write("protocol", name)


def _write(kind: str, name: str, example: bool = False) -> None:
    from emobench.cli.scaffolds.scaffold import new_file_command

    new_file_command(kind, name, Path.cwd(), example)
