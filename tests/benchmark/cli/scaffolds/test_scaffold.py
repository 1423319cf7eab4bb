"""``emobench new-model`` and its like: each file passes its check and runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from emobench import RequestError
from emobench.cli.scaffolds.scaffold import SCAFFOLDS, new_file_command
from emobench.commands.examinations import sorted_out
from emobench.contract import CHECKS, run_suite, subjects
from emobench.discovery.own_representations import classes_in
from emobench.discovery.registry import from_path
from emobench.interface.dataset import Folders

ROOT = Path(__file__).parents[4]
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def made(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind, ``my_KIND.py``."""
    folder = tmp_path_factory.mktemp("made")
    for kind in SCAFFOLDS:
        outcome = cli(f"new-{kind}", f"my_{kind}", cwd=folder)
        assert outcome.returncode == 0, outcome.stderr
        (folder / f"{kind}.said").write_text(outcome.stdout)
    return folder


@pytest.mark.parametrize("kind", SCAFFOLDS)
def test_it_is_short_it_teaches_and_says_what_to_type_next(made, kind):
    text = (made / f"my_{kind}.py").read_text()
    assert len(text.splitlines()) <= 60
    assert re.search(r"^ *# ", text, re.MULTILINE)
    assert "$" not in text
    said = (made / f"{kind}.said").read_text().splitlines()
    assert said[1] == f"  emobench check my_{kind}.py" + " --data-dir ." * (kind == "dataset")
    assert said[2].startswith("  emobench run ")
    assert f"my_{kind}.py" in said[2]


def test_a_new_model_passes_every_check_as_it_stands(made):
    (subject,) = subjects(str(made / "my_model.py"))
    verdicts = {r.check: r.verdict for r in run_suite(subject)}
    assert verdicts == {**dict.fromkeys(CHECKS, "passed"), "generate": "not applicable"}
    assert subject.kind.search_space


@pytest.mark.slow
def test_a_new_model_learns(made):
    (subject,) = subjects(str(made / "my_model.py"))
    model = subject.build()
    session = subject.session(model)
    model.fit(session)
    assert session.dev_score(model)[0] > 0.8


@pytest.mark.slow
def test_all_of_them_stand_in_one_grid(made, cli):
    outcome = cli(
        "run", "--models", "my_model.py,late_fusion", "--encoder", "audio=my_representation.py",
        "--dataset", "my_dataset.py", "--data-dir", ".", "--protocol", "my_protocol.py",
        "--seeds", 1, "--epochs", 1, "--jobs", 1, cwd=made,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    table = pd.read_csv(made / "results" / "leaderboard" / "leaderboard.csv")
    assert set(table["dataset"]) == {"my_dataset"}
    assert set(table["protocol"]) == {"my_protocol"}
    assert set(table["model"]) == {"my_model:epochs=1", "late_fusion"}
    assert set(table["condition"]) == {"full", "no_text", "no_audio"}
    (track,) = set(table["track"])
    assert re.fullmatch(r"controlled\+audio=my_representation@[0-9a-f]{8}", track)
    page = (made / "results" / "leaderboard" / "leaderboard.md").read_text()
    assert "Loudness, peak and noisiness of every 40 ms of a voice" in page
    again = cli("leaderboard", "--take-away", "--results", "results", cwd=made)
    assert again.returncode == 0, again.stderr
    (script,) = (made / "results" / "leaderboard" / "take-away").glob("*/run.sh")
    assert "--encoder audio=my_representation\n" in script.read_text()
    assert "--encoder audio=FILE" in script.read_text()


def test_a_corpus_without_recordings_says_what_is_expected(cli, tmp_path):
    outcome = cli("new-dataset", "mine", "--no-example", cwd=tmp_path)
    assert "says what it expects to find in mine/" in outcome.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["mine.py"]
    checked = cli("check", "mine.py", "--data-dir", ".", cwd=tmp_path)
    assert checked.returncode == 1
    assert "Put recordings called SPEAKER_CLASS_TAKE.wav into DATA_DIR/mine" in checked.stdout


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(RequestError, match="--no-example leaves it as it is"):
        new_file_command("dataset", "mine", tmp_path, example=True)
    assert not list((tmp_path / "mine").iterdir())
    new_file_command("dataset", "mine", tmp_path)
    assert (tmp_path / "mine.py").is_file()


@pytest.mark.parametrize("kind", SCAFFOLDS)
def test_it_keeps_to_the_projects_style(made, kind):
    path = made / f"my_{kind}.py"
    for words in (["check"], ["format", "--check"]):
        config = ["--config", ROOT / "pyproject.toml"]
        command = [sys.executable, "-m", "ruff", *words, *config, path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


NAMES = ("model", "config", "x", "_private", "_", "CamelCase", "mlp_2", "_2x", "protocol", "path")


@pytest.mark.parametrize("kind", SCAFFOLDS)
def test_every_name_gives_a_file_that_can_be_loaded(tmp_path, kind):
    for name in dict.fromkeys([*NAMES, *(word.lower() for word in SCAFFOLDS[kind].taken)]):
        new_file_command(kind, name, tmp_path)
        path = tmp_path / f"{name}.py"
        if kind == "representation":
            assert [k.name for k in classes_in(path)] == [name]
            continue
        (entry,) = from_path(kind, path)
        assert entry.name == name
        assert entry.load().card.name == name


REFUSALS = [
    ("my-thing", "'my-thing' cannot name a {}: use letters, digits and underscores"),
    ("2fast", "cannot name a {}"),
    ("class", "cannot name a {}"),
    ("modèle", "cannot name a {}"),
    ("a/b", "cannot name a {}"),
    ("", "cannot name a {}"),
    ("new.py", "Leave out the .py."),
    ("all", "'all' means every {}"),
    ("torch", "would hide the Python module 'torch'"),
    ("emobench", "would hide the Python module 'emobench'"),
    ("json", "would hide the Python module 'json'"),
]


@pytest.mark.parametrize("kind", SCAFFOLDS)
@pytest.mark.parametrize(("name", "said"), REFUSALS)
def test_a_name_that_would_not_work_is_refused_with_the_reason(tmp_path, kind, name, said):
    with pytest.raises(RequestError) as caught:
        new_file_command(kind, name, tmp_path)
    assert said.format(kind) in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("model", "emotiwave"),
        ("representation", "mfcc"),
        ("dataset", "ravdess"),
        ("protocol", "ablation"),
    ],
)
def test_a_name_that_is_taken_is_refused(tmp_path, kind, name):
    with pytest.raises(RequestError, match=f"There is a {kind} '{name}' already"):
        new_file_command(kind, name, tmp_path)


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "mine.py").write_text("precious")
    with pytest.raises(RequestError, match=r"mine.py is here already"):
        new_file_command("model", "mine", tmp_path)
    assert (tmp_path / "mine.py").read_text() == "precious"


def test_the_command_line_refuses_in_one_sentence(cli):
    outcome = cli("new-model", "majority")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("error: There is a model 'majority' already")


def test_check_sorts_what_it_is_given(made, monkeypatch):
    monkeypatch.chdir(made)
    words = ["my_model.py", "my_dataset.py", "my_protocol.py", "my_representation.py", "ablation"]
    models, others = sorted_out([*words, "mfcc", "mlp,b*"], Folders(made, made / "cache"))
    assert [entry.name for entry, _ in models] == ["my_model", "mlp", "bilstm"]
    assert [one.label for one in others] == [
        "my_dataset (corpus)", "my_protocol (protocol)", "my_representation (representation of "
        "audio)", "ablation (protocol)", "mfcc (representation of audio)",
    ]  # fmt: skip


def test_a_file_can_hold_a_model_and_its_features(made, tmp_path):
    both = [(made / f"my_{kind}.py").read_text() for kind in ("representation", "model")]
    (tmp_path / "both.py").write_text("\n".join(both))
    models, (features,) = sorted_out([str(tmp_path / "both.py")], Folders(made, made))
    assert [entry.name for entry, _ in models] == ["my_model"]
    assert features.label == "my_representation (representation of audio)"


def test_a_models_file_is_not_imported_before_its_own_check(made, tmp_path):
    text = (made / "my_model.py").read_text()
    (tmp_path / "mine.py").write_text(f"# a Representation\n{text}\nraise ValueError\n")
    ((entry, _),), others = sorted_out([str(tmp_path / "mine.py")], Folders(made, made))
    assert (entry.name, others) == ("my_model", [])


def test_check_says_where_there_is_nothing_to_check(made, monkeypatch):
    monkeypatch.chdir(made)
    (made / "empty.py").write_text("'''A Representation? No.'''\n")
    where = Folders(made, made / "cache")
    for word, said in (
        ("empty.py", "holds nothing to check"),
        ("gone.py", "There is no file gone.py"),
        ("late_fusoin", "Did you mean 'late_fusion'"),
    ):
        with pytest.raises(RequestError, match=said):
            sorted_out([word], where)


def test_show_and_list_say_what_representations_are(made, cli):
    shown = cli("show", "my_representation.py", cwd=made).stdout
    assert "my_representation (representation)" in shown
    assert "Loudness, peak" in shown
    ours = " ".join(cli("show", "egemaps").stdout.split())
    assert "openSMILE is audEERING's: free for research" in ours
    assert 'pip install "emobench[opensmile]"' in ours
    listed = " ".join(cli("list", "representations").stdout.split())
    assert "egemaps_lld" in listed
    assert "expressed_text" not in listed
    assert '"licence": "openSMILE is' in cli("list", "representations", "--json").stdout
    unknown = cli("show", "egemap")
    assert unknown.returncode == 2
    assert "Did you mean 'egemaps'" in unknown.stderr


def test_checks_are_chosen_by_name_whatever_has_them(made, cli):
    named = ("check", "my_protocol.py", "my_dataset.py", "--data-dir", ".")
    done = cli(*named, "--checks", "card,names", cwd=made)
    assert re.findall(r"^  (\w+)", done.stdout, flags=re.MULTILINE) == ["names", "card"]
    assert "2 checks: 2 passed" in done.stdout
    alone = cli(*named, "--checks", "card", cwd=made)
    assert "(protocol)" not in alone.stdout
    wrong = cli(*named, "--checks", "cart", cwd=made)
    assert wrong.returncode == 2
    assert "Did you mean 'card'" in wrong.stderr


def test_the_example_is_a_corpus_without_a_fault(made, cli):
    verified = cli("data", "verify", "my_dataset.py", "--data-dir", ".", cwd=made)
    assert verified.stdout.splitlines()[-1] == "0 things wrong"
    assert "in both train and test" not in verified.stdout.replace("no speaker is in both", "")
