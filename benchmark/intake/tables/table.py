"""What every reader of tables returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Table:
    """A table as text: what was read, where each row stands, and what was done to read it."""

    path: Path
    """The file or folder that was named."""
    header: list[str]
    """Names of the columns, without blanks around them, each once; empty for an empty file."""
    rows: list[list[str]]
    """The values as they are written; every row has a value per column, absent ones are empty."""
    places: list[str]
    """Where each row starts, for messages: ``line 5``, ``row 5``, or a file's name."""
    notes: list[str] = field(default_factory=list)
    """Sentences on what was dropped, merged or assumed."""
    home: Path = Path()
    """The folder to which paths in the table are relative."""
    files: list[Path] = field(default_factory=list)
    """The files that were read to make the table; media that rows name are not among them."""
    doubts: list[str] = field(default_factory=list)
    """Sentences on what may be no row, and was read as one."""
