"""The tables of docs/cli.md on exit statuses, variables and keys are true, and are all there is."""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench.cli import catalogue
from emobench.diagnosis import software
from emobench.diagnosis.environment import LIBRARIES, OURS

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

HANDED_ON = {
    "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RANK", "LOCAL_RANK", "WORLD_SIZE",
    "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "RAY_USAGE_STATS_ENABLED",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO",
}  # fmt: skip
"""What emobench sets for processes and libraries that it starts, and nobody else has to know."""

LOOKS = re.compile(r"_?[A-Z][A-Z0-9]*(_[A-Za-z0-9]+)+|DISPLAY|BROWSER|RANK")


def part(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_words(title: str) -> list[str]:
    return re.findall(r"^\| `?([\w]+)`? \|", part(title), flags=re.MULTILINE)[1:]


def handled() -> Iterator[str]:
    """Names of variables in every file of ours that has to do with the environment."""
    for folder in ("benchmark", "models", "datasets", "protocols", "leaderboard"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "os.environ" not in source or path.parent.name == "upkeep":
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    if LOOKS.fullmatch(node.value):
                        yield node.value
                elif isinstance(node, ast.keyword) and node.arg and LOOKS.fullmatch(node.arg):
                    yield node.arg


def test_every_variable_that_the_code_reads_is_documented_and_the_other_way_round() -> None:
    documented = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+) \|$", part("Environment variables"), flags=re.MULTILINE
    )
    ours = {name: (who, what) for name, who, what in documented}
    assert ours == {name: ("emobench", what) for name, what in OURS.items()} | {
        name: (who, what) for name, (what, who) in LIBRARIES.items()
    }
    found = {name for name in handled() if not name.startswith("RAY_worker")}
    assert found - HANDED_ON - set(LIBRARIES) == set(OURS)


def closed(*_: Any) -> None:
    raise BrokenPipeError(32, "Broken pipe")


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def stopped(*_: Any) -> None:
    raise KeyboardInterrupt


CASES: dict[str, tuple[tuple[str, ...], Any]] = {
    "0": (("list",), None),
    "1": (("doctor", "--cache-dir", "file/cache"), None),
    "2": (("list", "nonsense"), None),
    "3": (("list",), full),
    "130": (("list",), stopped),
    "141": (("list",), closed),
}


def test_every_status_of_the_table_has_a_case() -> None:
    assert first_words("Exit status") == list(CASES)


@pytest.mark.parametrize("status", CASES)
def test_statuses_are_those_of_the_table(
    cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: str
) -> None:
    words, does = CASES[status]
    if does is not None:
        monkeypatch.setattr(catalogue, "list_command", does)
    monkeypatch.setattr(software, "run_probe", lambda which: ({}, "was not tried"))
    (tmp_path / "file").write_text("")
    ended = cli(*words, cwd=tmp_path)
    assert ended.returncode == int(status)
    assert "Traceback" not in ended.stderr
