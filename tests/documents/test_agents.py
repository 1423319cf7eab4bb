"""What AGENTS.md says is there is there: paths, commands, targets and tests."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"^```\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
PROSE = re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE)
PATHS = set(re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:md|toml|yml))`", PROSE))
ROWS = re.findall(r"^\| (.+) \| ((?:`tests/[^|]+`(?:, )?)+) \|$", PROSE, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(PATHS))
def test_a_path_that_it_names_is_there(path):
    inside = [ROOT, ROOT / "benchmark"]  # `interface/` stands in the row of `benchmark/`
    assert any((folder / path).exists() for folder in inside), path


@pytest.mark.parametrize("line", COMMANDS.splitlines())
def test_a_command_that_it_names_is_there(line):
    words = [w for w in shlex.split(line, comments=True) if not w.startswith("OMP_NUM_THREADS")]
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert words[1] in targets
    elif words[1:3] == ["-m", "pytest"]:
        given = [w for w in words if w.startswith("tests")]
        assert given
        assert all((ROOT / w).exists() for w in given)
    elif words[0] == "emobench":
        assert words[1] in {"check", "run"}  # their options: tests/test_documents.py
    else:
        assert (ROOT / words[1] / "__main__.py").is_file()


def test_every_rule_of_the_table_names_a_test_file_that_has_tests():
    table = PROSE.partition("| rule | held by |")[2].partition("\n\n")[0]
    assert len(ROWS) == table.count("\n| ")
    for rule, files in ROWS:
        for name in re.findall(r"`(.+?)`", files):
            assert re.search(r"^def test_", (ROOT / name).read_text(), re.MULTILINE), rule


def test_it_is_short():
    assert len(TEXT.splitlines()) <= 100
