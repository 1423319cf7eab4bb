"""What a command says and where: aloud, beside the JSON of a program, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print nothing but errors, and the path of what was made."),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON; other words go to standard error.")]


@dataclass(frozen=True)
class Voice:
    """How a command speaks.

    Parameters
    ----------
    quiet
        Say nothing but errors, and at the end the path of what was made.
    as_json
        Standard output is for JSON alone: words go to standard error.
    """

    quiet: bool = False
    as_json: bool = False

    def say(self, text: str) -> None:
        """Print a line that a person may want to read."""
        if not self.quiet:
            typer.echo(text, err=self.as_json)

    def fault(self, text: str) -> None:
        """Print a line that is also said where all else is silent: among the errors there."""
        typer.echo(text, err=self.quiet or self.as_json)

    def made(self, path: object, text: str) -> None:
        """Print the last line: `text` about what was made, or its bare path where all is quiet."""
        if self.as_json:
            self.say(text)
        else:
            typer.echo(str(path) if self.quiet else text)

    def result(self, value: Any) -> None:
        """Print the answer of a command as JSON, if a program asked."""
        if self.as_json:
            from emobench.terminal.json_text import print_json

            print_json(value)


ALOUD = Voice()
"""How a command speaks that was told nothing."""
