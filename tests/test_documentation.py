"""The code in the documents runs."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

import emobench
from emobench import Condition, Regime, Trial, callbacks
from emobench.callbacks.audience import EVENTS
from emobench.contract import CHECKS, run_suite
from emobench.contract.extensions.dataset_checks import CHECKS as DATASET_CHECKS
from emobench.contract.extensions.representation_checks import CHECKS as REPRESENTATION_CHECKS
from emobench.contract.subject import Subject
from emobench.discovery.registry import from_path
from emobench.discovery.representations import representations
from emobench.modality import MODALITIES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "cli.md"
GUIDE = ROOT / "models" / "README.md"
CORPORA = ROOT / "datasets" / "README.md"
PYTHON = ROOT / "docs" / "python.md"
PROTOCOLS_GUIDE = ROOT / "protocols" / "README.md"


def documents() -> list[Path]:
    """Every Markdown file of the repository."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines()]


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}( .*)?\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return [code for _, code in found]


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


@pytest.mark.slow
def test_the_readmes_model_has_15_lines_passes_the_check_and_runs(tmp_path, call):
    (code,) = blocks(README, "python")
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15
    (tmp_path / "my_model.py").write_text(code)
    (commands,) = blocks(README, "sh")
    assert [c.split()[1] for c in commands.splitlines()] == ["check", "run"]
    for command in commands.splitlines():
        done = call(tmp_path, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    ours = table[(table["model"] == "my_model:epochs=1") & (table["condition"] == "full")]
    assert set(ours["status"]) == {"done"}


@pytest.mark.slow
def test_every_command_of_the_command_line_document_works(tmp_path, call):
    found = [block for block in blocks(COMMANDS, "sh") if "emobench new-" not in block]
    commands = [line for block in found for line in block.splitlines()]
    assert {c.split()[1] for c in commands} == {
        "leaderboard",
        "run",
        "masks",
        "compare",
        "power",
        "report",
        "samples",
        "why",
        "data",
        "predict",
        "export",
        "cache",
    }
    said = {}
    for command in commands:
        done = call(tmp_path, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout
    assert "full" in said[next(c for c in reversed(commands) if c.split()[1] == "why")]
    predicted = next(c for c in reversed(commands) if c.split()[1] == "predict")
    assert said[predicted].startswith("id,predicted,p_")


@pytest.mark.slow
def test_what_the_command_line_document_writes_passes_its_check_and_runs(tmp_path, call):
    (block,) = (block for block in blocks(COMMANDS, "sh") if "emobench new-" in block)
    words = [line.split()[1] for line in block.splitlines()]
    kinds = ("new-representation", "new-dataset", "new-protocol")
    assert words == [*(w for kind in kinds for w in (kind, "check")), "run"]
    for command in block.splitlines():
        done = call(tmp_path, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    assert set(table["status"]) == {"done"}


@pytest.mark.slow
def test_the_features_of_the_corpora_document_pass_their_check_and_run(tmp_path, call):
    (code,) = blocks(CORPORA, "python")
    (tmp_path / "word_shape.py").write_text(code)
    (commands,) = blocks(CORPORA, "sh")
    assert [c.split()[1] for c in commands.splitlines()] == ["check", "run"]
    for command in commands.splitlines():
        done = call(tmp_path, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    assert set(table["status"]) == {"done"}
    assert table["track"].str.startswith("controlled+text=word_shape@").all()


def test_the_corpora_document_lists_the_checks_that_there_are():
    text = CORPORA.read_text(encoding="utf-8")
    _, _, after = text.partition("| check | passes if |\n")
    listed = re.findall(r"^\| `(\w+)` \|", after.partition("\n\n")[0], flags=re.MULTILINE)
    assert listed == list(REPRESENTATION_CHECKS)
    _, _, after = COMMANDS.read_text(encoding="utf-8").partition("| check of a corpus |")
    listed = re.findall(r"^\| `(\w+)` \|", after.partition("\n\n")[0], flags=re.MULTILINE)
    assert listed == list(DATASET_CHECKS)


def test_the_corpora_document_shows_a_csv_that_is_read(tmp_path, call):
    """The recordings that it names are not there, which is an error of a corpus: they go."""
    (rows,) = blocks(ROOT / "datasets" / "README.md", "csv")
    table = pd.read_csv(StringIO(rows), sep=";").drop(columns="audio")
    assert set(table) == {"id", "label", "text", "speaker"}
    many = pd.concat([table.assign(id=table["id"] + f"_{n}", speaker=f"s{n}") for n in range(6)])
    many.to_csv(tmp_path / "interviews.csv", sep=";", index=False)
    assert call(tmp_path, "emobench data verify interviews.csv").returncode == 0


@pytest.mark.slow
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


@pytest.mark.slow
def test_every_command_of_the_protocols_guide_works_as_it_stands(tmp_path, call):
    path = tmp_path / "telephone.py"
    path.write_text("\n\n".join(blocks(PROTOCOLS_GUIDE, "python")))
    commands = [line for block in blocks(PROTOCOLS_GUIDE, "sh") for line in block.splitlines()]
    assert len(commands) == 5
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


@pytest.mark.slow
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
    _, _, after = GUIDE.read_text(encoding="utf-8").partition("\n## The check\n")
    section, _, _ = after.partition("\n## ")
    table = re.findall(r"^\| `(\w+)` \| ", section, flags=re.MULTILINE)
    assert table == list(CHECKS)


def test_the_guides_entry_point_is_of_the_group_that_is_looked_at():
    (block,) = blocks(GUIDE, "toml")
    assert list(tomllib.loads(block)["project"]["entry-points"]) == ["emobench.models"]


@pytest.mark.slow
def test_every_block_of_the_python_document_runs(tmp_path, python):
    (code,) = blocks(README, "python")
    (tmp_path / "my_model.py").write_text(code)
    printed = python(blocks(PYTHON, "python"), tmp_path)
    assert "missing_modality on simulated:size=126, controlled track, condition full" in printed
    assert "Did you mean 'late_fusion'?" in printed
    assert printed.count("emobench run --models majority,late_fusion,my_model.py") == 1
    assert (tmp_path / "study.toml").is_file()


def test_the_python_document_names_every_parameter_and_everything_a_run_returns():
    text = PYTHON.read_text(encoding="utf-8")
    public = {name for name in dir(emobench.RunResult) if not name.startswith("_")}
    for name in public | {"request", "failed"}:
        assert re.search(rf"\br\.{name}\b|`{name}`", text), name


def named_in_tables(path: Path, heading: str = "") -> list[str]:
    """Names in the first columns of a document's tables, below a heading if one is given."""
    section = path.read_text(encoding="utf-8")
    if heading:
        section = section.partition(heading)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_public_name_stands_in_one_of_two_lists():
    users = named_in_tables(PYTHON, "\n## Every name\n")
    plugins = named_in_tables(ROOT / "docs" / "plugins.md")
    assert sorted(users + plugins) == sorted(emobench.__all__)


def test_the_python_document_names_every_event_and_what_its_record_has():
    section = PYTHON.read_text(encoding="utf-8").partition("\n## Trackers and other callbacks\n")[2]
    rows = dict(re.findall(r"^\| `(on_\w+)` \| .+? \| (.+) \|$", section, flags=re.MULTILINE))
    kinds = {
        "on_run_start": callbacks.RunStart, "on_epoch": callbacks.Epoch,
        "on_cell": callbacks.CellEnd, "on_training": callbacks.TrainingEnd,
        "on_run_end": callbacks.RunEnd,
    }  # fmt: skip
    assert set(rows) == set(kinds) == set(EVENTS)
    for event, kind in kinds.items():
        name, _, fields = rows[event].partition(":")
        assert name == f"`{kind.__name__}`"
        listed = re.findall(r"`(\w+)`", fields)
        assert listed == [field.name for field in dataclasses.fields(kind)]
    for field in dataclasses.fields(callbacks.Training):
        assert f"`{field.name}`" in section, field.name


def test_the_study_of_the_command_line_document_is_one(tmp_path, cli):
    (text,) = blocks(COMMANDS, "toml")
    (code,) = blocks(README, "python")
    (tmp_path / "my_model.py").write_text(code)
    (tmp_path / "study.toml").write_text(text)
    done = cli("run", tmp_path / "study.toml", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "grid 2 of 2" in done.stdout


# Run by tests/leaderboard/submission/test_schema.py and by the tests of tests/documents.
ELSEWHERE = {
    ROOT / "docs" / "results-format.md",
    ROOT / "docs" / "tutorial.md",
    ROOT / "docs" / "formats.md",
    *(ROOT / "docs" / "guides").glob("*.md"),
}
RUN = {README, COMMANDS, GUIDE, CORPORA, PROTOCOLS_GUIDE, PYTHON} | ELSEWHERE
CODE = r"^```(sh|bash|console|python|pycon|toml|json|yaml)\b.*$"


@pytest.mark.parametrize(
    "path", sorted(set(documents()) - RUN), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_no_other_document_has_code_that_nothing_runs(path):
    assert re.findall(CODE, path.read_text(encoding="utf-8"), flags=re.MULTILINE) == []


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_toml_and_json_block_can_be_read(path):
    for block in blocks(path, "toml"):
        tomllib.loads(block)
    for block in blocks(path, "json"):
        json.loads(block)
