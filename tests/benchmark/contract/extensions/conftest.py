"""Runs the checks of an extension from its text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import Template

import pytest

import emobench.cli
from emobench.commands.examinations import sorted_out
from emobench.contract.extensions.examination import Examination, examine
from emobench.interface.dataset import Folders

Verdicts = dict[str, tuple[str, str]]


@pytest.fixture
def scaffold() -> Callable[[str], str]:
    """The text that ``emobench new-KIND mine`` writes."""

    def text(kind: str) -> str:
        path = Path(emobench.cli.__file__).parent / "templates" / f"{kind}.py.txt"
        return Template(path.read_text()).substitute(name="mine", class_name="Mine")

    return text


@pytest.fixture
def verdicts(tmp_path: Path) -> Callable[..., Verdicts]:
    """Check a text: name of each check to its verdict and note."""

    def check(text: str, *names: str) -> Verdicts:
        path = tmp_path / "mine.py"
        path.write_text(text)
        _, (one,) = sorted_out([str(path)], Folders(tmp_path, tmp_path / "cache"))
        assert isinstance(one, Examination)
        return {r.check: (r.verdict, r.note) for r in examine(one, names or None)}

    return check


@pytest.fixture
def changed() -> Callable[[str, str, str], str]:
    """A text with one place of it changed; the place must be there."""

    def change(text: str, old: str, new: str) -> str:
        assert text.count(old) == 1, (text.count(old), old)
        return text.replace(old, new)

    return change
