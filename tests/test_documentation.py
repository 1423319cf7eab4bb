"""The code in the documents runs."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from emobench import Condition, Regime, Trial
from emobench.contract import CHECKS, run_suite
from emobench.contract.subject import Subject
from emobench.discovery.registry import from_path
from emobench.discovery.representations import representations
from emobench.modality import MODALITIES

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "models" / "README.md"
PROTOCOLS_GUIDE = ROOT / "protocols" / "README.md"


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's Python blocks in one file, as it says that they stand."""
    path = tmp_path_factory.mktemp("guide") / "mean_pool.py"
    path.write_text("\n\n".join(blocks(GUIDE, "python")))
    return path


@pytest.fixture
def call(cli) -> Callable[[Path, str], subprocess.CompletedProcess[str]]:
    """Run one line of a guide in a folder."""

    def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
        name, *words = shlex.split(command)
        assert name == "emobench"
        return cli(*words, cwd=folder)

    return run


def test_every_command_of_the_models_guide_works_as_it_stands(guide, call):
    commands = [line for block in blocks(GUIDE, "sh") for line in block.splitlines()]
    assert {c.split()[1] for c in commands} == {"new-model", "check", "show", "run"}
    for command in commands:
        outcome = call(guide.parent, command)
        assert outcome.returncode == 0, f"{command}\n{outcome}"
    table = pd.read_csv(guide.parent / "results" / "leaderboard" / "leaderboard.csv")
    names = {e.name for e in from_path("model", guide)}
    assert len(names) >= 6
    assert set(table["model"]) == {f"{n}:epochs=2" for n in names} | {"late_fusion"}
    assert set(table["status"]) == {"done", "skipped"}
    skipped = table[table["status"] == "skipped"]
    assert set(skipped["reason"].str.split(" reads ").str[0]) <= {
        "reader:epochs=2", *(f"{n}:epochs=2" for n in names)
    }  # fmt: skip


def test_every_command_of_the_protocols_guide_works_as_it_stands(tmp_path, call):
    path = tmp_path / "telephone.py"
    path.write_text("\n\n".join(blocks(PROTOCOLS_GUIDE, "python")))
    commands = [line for block in blocks(PROTOCOLS_GUIDE, "sh") for line in block.splitlines()]
    assert len(commands) == 4
    for command in commands:
        outcome = call(tmp_path, command)
        assert outcome.returncode == 0, f"{command}\n{outcome}"
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    ours = table[table["protocol"] == "telephone_where_it_rings"]
    assert set(ours["condition"]) == {"full", "no_face", "noisy_line"}
    assert set(ours["regime"]) == {"full", "modality_dropout", "blind"}
    assert set(table["status"]) == {"done"}
    page = (tmp_path / "results" / "leaderboard" / "index.html").read_text()
    assert "blind − full" in page


def test_the_protocols_guide_names_every_word_that_there_is():
    """Fields of regimes, conditions and trials, beside those that every one has."""
    named = set(re.findall(r"`(\w+)`", PROTOCOLS_GUIDE.read_text(encoding="utf-8")))
    fields = {f.name for kind in (Regime, Condition, Trial) for f in dataclasses.fields(kind)}
    assert fields - {"name", "description", "regime", "condition"} <= named


def test_the_guides_backbone_keeps_the_contract_on_the_published_track(guide, checkpoints):
    (reader,) = (e for e in from_path("model", guide) if e.name == "reader")
    folder = str(checkpoints["roberta"])
    subject = Subject(reader, {"text_backbone": folder}, track="published")
    assert subject.modalities == ("text",)
    verdicts = {r.check: (r.verdict, r.note) for r in run_suite(subject)}
    expected = dict.fromkeys(set(CHECKS) - {"generate", "learns_by_heart"}, ("passed", ""))
    assert verdicts == verdicts | expected


def test_the_guide_lists_what_a_model_may_read_by_modality():
    listed = {
        modality: set(re.findall(r"`(\w+)`", line))
        for modality in MODALITIES
        for line in GUIDE.read_text().splitlines()
        if line.startswith(f"| {modality} |")
    }
    there = {
        modality: {
            name
            for name, kind in representations().items()
            if kind.modality == modality and not kind.reference_only
        }
        for modality in MODALITIES
    }
    assert listed == there


def test_the_guide_lists_the_checks_that_there_are():
    table = re.findall(r"^\| `(\w+)` \| ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert table == list(CHECKS)


def test_the_guides_entry_point_is_of_the_group_that_is_looked_at():
    (block,) = blocks(GUIDE, "toml")
    assert list(tomllib.loads(block)["project"]["entry-points"]) == ["emobench.models"]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_no_other_document_has_python_that_nothing_runs(name):
    assert blocks(ROOT / name, "python") == []
