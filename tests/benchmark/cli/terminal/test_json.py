"""Every command that lists something has ``--json``: one valid value alone on standard output."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import typer.main

from emobench.cli.app import app
from emobench.terminal.json_text import plain
from emobench.terminal.voice import Voice

SMALL = "simulated:size=126:speakers=7"

MAKERS = {
    "leaderboard", "new-model", "new-representation", "new-dataset", "new-protocol", "predict",
    "export", "data prepare", "data import", "data manifest", "masks export", "results merge",
    "results migrate", "results repair", "results export", "cache dir",
}  # fmt: skip
"""Commands that make something and say where it is; everything else answers a question."""

PLANNED = f"""
models = "majority,text_only"
protocol = "full_modalities"
dataset = "{SMALL}"
seeds = 1

[plan]
contrasts = [["text_only", "majority"]]
"""

AT_ONCE = {"new-model", "new-representation", "new-dataset", "new-protocol", "cache dir"}
QUIET = MAKERS - AT_ONCE | {"run", "data download", "cache prune", "certify", "plan"}
"""Commands that speak while they work."""

PLACES = {
    "run": ["--dry-run", "--models", "mlp", "--dataset", SMALL, "--seeds", "1"],
    "plan": ["study.toml", "--dry-run"],
    "list": [],
    "show": ["mlp:hidden=8"],
    "compare": ["text_only", "majority", "--margin", ".02"],
    "power": ["--models", "text_only,majority", "--difference", ".02"],
    "report": ["text_only"],
    "samples": ["text_only", "--count", "2"],
    "why": [],
    "rerun": [f"{SMALL}/full_modalities/controlled/full/full/text_only"],
    "certify": ["simulated", "-o", "certificate.zip"],
    "check": ["majority", "--checks", "output"],
    "doctor": [],
    "data list": [],
    "data verify": [SMALL],
    "data describe": [SMALL, "--representation", "mfcc"],
    "data download": ["ravdess", "--dry"],
    "results list": [],
    "results verify": [],
    "results validate": ["submission"],
    "cache list": [],
    "cache prune": ["--all", "--dry-run"],
}
"""What is typed after each command that answers."""

SLOW = {"results validate", "rerun", "certify"}

KEYS = {
    "run": {"results", "page", "grids"},
    "plan": {
        "action", "digest", "file", "created", "emobench", "measure", "alpha", "margin",
        "comparisons", "left_out", "existing", "others", "versions", "why", "changes",
    },
    "list": {"models", "datasets", "protocols"},
    "show": {"kind", "name", "file", "card", "options", "presets", "search_space"},
    "compare": {
        "dataset", "track", "protocol", "regime", "condition", "measure", "models", "scores",
        "difference", "low", "high", "p", "n_test", "margin", "p_equivalence", "verdict",
        "planned", "p_holm", "planned_comparisons",
    },
    "power": {
        "dataset", "track", "protocol", "regime", "condition", "measure", "models", "difference",
        "standard_error", "detectable", "unit", "n_units", "n_seeds", "same_on_every_unit",
        "asked_difference", "power", "units_needed", "seeds_needed",
    },
    "report": {"row", "seeds", "classes", "averages", "never_true"},
    "samples": {"row", "training_seed", "folds", "n_test", "utterances"},
    "rerun": {
        "title", "cell", "verdict", "utterances", "largest_difference", "decisions_changed",
        "columns_changed", "tolerance", "weights", "because", "circumstances", "seconds",
    },
    "certify": {"path", "section", "cells", "bytes", "fingerprint", "signer", "notes"},
    "check": {"model", "variant", "track", "row", "check", "verdict", "seconds", "note"},
    "doctor": {"state", "verdicts"},
    "data list": {"data_dir", "corpora"},
    "data verify": {"corpus", "title", "wrong", "doubtful", "findings", "defects"},
    "data describe": {
        "corpus", "title", "fold", "split", "utterances", "classes", "speakers", "modalities",
        "lengths", "figures",
    },
    "data download": {"corpus", "licence", "obtain", "files", "folder"},
    "cache list": {"cache_dir", "items"},
    "cache prune": {"cache_dir", "dry_run", "bytes", "removed", "kept", "failed"},
}  # fmt: skip
"""The keys that docs/cli.md promises, of the value or of each of its items."""


def commands(command: Any, path: str = "") -> dict[str, click.Command]:
    children = getattr(command, "commands", None)
    if children is None:
        return {path: command}
    found: dict[str, click.Command] = {}
    for name, child in children.items():
        found |= commands(child, f"{path} {name}".strip())
    return found


COMMANDS = commands(typer.main.get_command(app))


def options(name: str) -> set[str]:
    return {word for p in COMMANDS[name].params for word in p.opts}


def test_every_command_answers_in_json_or_makes_something() -> None:
    assert {name for name in COMMANDS if "--json" not in options(name)} == MAKERS
    assert set(PLACES) == set(COMMANDS) - MAKERS


def test_every_command_that_speaks_while_it_works_can_be_quiet() -> None:
    assert {name for name in COMMANDS if "--quiet" in options(name)} == QUIET


@pytest.fixture(scope="module")
def place(run_small: Callable[..., Any], cli: Any, tmp_path_factory: Any) -> Path:
    """A folder with results, a submission and nothing else."""
    folder: Path = tmp_path_factory.mktemp("place")
    made = run_small(
        folder / "results", "--models", "majority,text_only", "--protocol", "full_modalities"
    )
    assert made.returncode == 0, made.stderr
    out = cli("results", "export", "-q", "-o", folder / "submission", folder / "results")
    assert out.returncode == 0, out.stderr
    (folder / "study.toml").write_text(PLANNED)
    return folder


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW))
        for n in PLACES
        if n != "doctor"  # in tests of its own
    ],
)
def test_standard_output_is_one_json_value_with_the_keys_that_are_promised(
    cli: Any, place: Path, name: str
) -> None:
    ended = cli(*name.split(), *PLACES[name], "--json", cwd=place)
    assert ended.returncode == 0, ended.stderr
    value = json.loads(ended.stdout, parse_constant=pytest.fail)
    for one in value if isinstance(value, list) else [value]:
        assert KEYS.get(name, set(one)) == set(one)
    assert value


def test_a_request_that_makes_no_sense_leaves_standard_output_empty(cli: Any, place: Path) -> None:
    ended = cli("compare", "text_only", "nobody", "--json", cwd=place)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")


def test_what_failed_is_listed_for_programs_too(cli: Any, place: Path) -> None:
    assert json.loads(cli("results", "list", "--failed", "--json", cwd=place).stdout) == []


def test_a_quiet_run_prints_the_path_of_the_page_alone(cli: Any, place: Path) -> None:
    asked = ("run", "-q", "--models", "text_only", "--protocol", "full_modalities", "--dataset")
    ended = cli(*asked, SMALL, "--seeds", 1, "--epochs", 2, cwd=place)
    page = place / "results" / "leaderboard" / "index.html"
    assert (ended.stdout, ended.stderr) == (f"{page}\n", "")
    again = cli("leaderboard", "--quiet", cwd=place)
    assert (again.stdout, again.stderr) == (f"{page}\n", "")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW))
        for n in sorted(QUIET - {"run", "leaderboard", "data download"})
    ],
)
def test_other_quiet_commands_print_a_path_or_nothing(cli: Any, place: Path, name: str) -> None:
    (place / "features.csv").write_text("id,a,b\nu1,1,2\nu2,3,4\n")
    (place / "clips.csv").write_text("id,text\na,what a lovely morning\n")
    typed = {
        "data prepare": ([SMALL], 1),
        "data import": (["features.csv", "--as", "few", "--modality", "audio", "--replace"], 1),
        "masks export": (["masks.json", "--dataset", SMALL], 1),
        "results merge": (["results", "-o", "merged"], 1),
        "results migrate": ([], 1),
        "results repair": ([], 0),
        "data manifest": ([SMALL, "-o", "clips/clips.csv"], 1),
        "predict": (["results", "clips.csv", "--model", "text_only", "-o", "predicted.csv"], 1),
        "export": (["results", "trained", "--model", "text_only"], 1),
        "results export": (["-o", "exported"], 1),
        "cache prune": (["--older-than", "900w"], 0),
        "certify": (["simulated", "-o", "certificate.zip"], 1),
        "plan": (["study.toml"], 1),
    }
    words, lines = typed[name]
    ended = cli(*name.split(), *words, "-q", cwd=place)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    found = ended.stdout.splitlines()
    assert len(found) == lines
    assert all((place / line).exists() for line in found)


def test_a_fault_is_said_where_all_else_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    for voice in (Voice(quiet=True), Voice(as_json=True)):
        voice.fault("broken")
        assert capsys.readouterr() == ("", "broken\n")
    Voice().fault("broken")
    assert capsys.readouterr() == ("broken\n", "")


def test_no_value_of_python_is_too_odd_for_json(tmp_path: Path) -> None:
    odd = {
        "path": tmp_path, 3: (1, np.float64("nan"), math.inf), "array": np.arange(3),
        "flag": np.bool_(True), "set": frozenset({"a"}), "small": 5e-324,
    }  # fmt: skip
    found = json.loads(json.dumps(plain(odd), allow_nan=False))
    assert found == {
        "path": str(tmp_path), "3": [1, None, None], "array": [0, 1, 2], "flag": True,
        "set": ["a"], "small": 5e-324,
    }  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_the_document_names_every_key(name: str) -> None:
    text = (Path(__file__).parents[4] / "docs" / "cli.md").read_text(encoding="utf-8")
    part = text.partition("\n## For programs\n")[2].partition("\n## ")[0]
    shared = {"dataset", "track", "protocol", "regime", "condition", "measure"}
    (line,) = [one for one in part.splitlines() if re.match(rf"\| .*`{name}`", one)][:1]
    if name == "list":
        return  # by kind: what kinds there are is no matter of this table
    named = set(re.findall(r"`(\w+)`", line))
    assert KEYS[name] - (shared if name == "power" else set()) <= named


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_word_in_brackets_is_lost_from_a_help_text(name: str) -> None:
    """Rich takes `[word]` for a style, and prints nothing of it."""
    command = COMMANDS[name]
    texts = [command.help, *(getattr(one, "help", None) for one in command.params)]
    for text in filter(None, texts):
        assert not re.search(r"(?<!\\)\[[a-z#/@][^\[\]]*\]", text), text
