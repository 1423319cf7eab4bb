"""Runs the code of a document from its first block to its last, as a reader would."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

BLOCK = re.compile(r'^```(\w*)(?: title="([^"]+)")?[^\n]*\n(.*?)^```', re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code: its language, the file that it is if it has a title, and its text."""

    language: str
    title: str
    text: str


def blocks_of(path: Path) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(path.read_text(encoding="utf-8"))]


class Reader:
    """Somebody who does what a document says, in an empty folder."""

    def __init__(self, folder: Path, cli: Callable, python: Callable) -> None:
        self.folder, self._cli, self._python = folder, cli, python
        self._names: dict[str, object] = {}
        self.printed = ""

    def follow(self, document: Path) -> None:
        """Do it all; a command that fails or prints something else is an error."""
        for block in blocks_of(document):
            if block.title:
                (self.folder / block.title).write_text(block.text, encoding="utf-8")
            elif (do := getattr(self, f"_do_{block.language}", None)) is not None:
                do(block.text)

    def _do_sh(self, text: str) -> None:
        self.printed = ""
        for command in text.splitlines():
            name, *words = shlex.split(command)
            assert name == "emobench", command
            done = self._cli(*words, cwd=self.folder)
            self.printed += done.stdout
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def _do_python(self, text: str) -> None:
        self.printed = self._python([text], self.folder, self._names)

    def _do_toml(self, text: str) -> None:
        tomllib.loads(text)

    def _do_json(self, text: str) -> None:
        json.loads(text)

    def _do_text(self, text: str) -> None:
        printed = " ".join(self.printed.split())
        for line in text.splitlines():
            assert " ".join(line.split()) in printed, f"{line!r} is not printed:\n{self.printed}"


@pytest.fixture
def reader(tmp_path: Path, cli: Callable, python: Callable) -> Reader:
    return Reader(tmp_path, cli, python)


SCRIPTS = Path(__file__).parents[2] / "docs" / "website"


@pytest.fixture(scope="session")
def website() -> Iterator[SimpleNamespace]:
    """The modules of docs/website, as they are when Python runs the folder."""
    names = [path.stem for path in SCRIPTS.glob("[!_]*.py")]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        for name in names:  # theirs are plain words, which others may have used
            patch.delitem(sys.modules, name, raising=False)
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
        for name in names:
            sys.modules.pop(name, None)
