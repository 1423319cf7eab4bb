"""``emobench run`` from end to end, as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from emobench.store.cell_reader import CellReader

COLUMNS = [
    "model", "variant", "track", "dataset", "protocol", "regime", "condition", "status", "reason",
    "n_seeds", "n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "macro_f1_low",
    "macro_f1_high", "weighted_f1", "uar", "ece", "params", "train_seconds",
    "predict_ms_per_utterance", "commonest_class_macro_f1", "best_single", "best_single_macro_f1",
]  # fmt: skip
SOLVED = {"majority", "oracle", "text_only", "audio_only", "vision_only", "late_fusion"}
TRAINED = {"mlp", "bilstm"}
PUBLISHED = {
    "cross_modal_translation", "emotiwave", "avfusion", "cross_modal_attention", "emoxformer",
    "tensor_fusion",
}  # fmt: skip
MODELS = SOLVED | TRAINED | PUBLISHED

# A cap on epochs is part of a row's name; what is solved in closed form knows no epochs.
ROWS = SOLVED | {f"{m}:epochs=2" for m in TRAINED | PUBLISHED | {"emotiwave:readout=mean"}}


# A pack in the making has another name.
FINISHED = "trainings/[!.]*/cells-*.parquet"


def predictions(results: Path) -> dict[str, str]:
    """The stored predictions of every cell, as text that says every bit."""
    found = {key: repr(table.to_dict("list")) for key, table in tables(results).items()}
    assert found
    return found


def tables(results: Path) -> dict[str, pd.DataFrame]:
    reader = CellReader(results)
    return {cell.key: reader.table(cell).to_pandas() for cell in reader.every()}


def test_a_newcomers_run_ends_with_the_path_of_a_page(finished):
    results, outcome = finished
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    last = outcome.stdout.strip().splitlines()[-1]
    assert last == f"The leaderboard is at {results / 'leaderboard' / 'index.html'}"
    assert (results / "leaderboard" / "leaderboard.md").is_file()


def test_csv_has_the_public_columns_and_every_model_regime_and_condition(finished):
    table = pd.read_csv(finished[0] / "leaderboard" / "leaderboard.csv")
    assert list(table.columns)[: len(COLUMNS)] == COLUMNS
    assert set(table["model"]) == ROWS
    assert set(table["regime"]) == {"full", "modality_dropout"}
    conditions = {"full", "text", "audio", "vision", "text+audio", "text+vision", "audio+vision"}
    conditions |= {f"missing_0.{i}" for i in range(1, 8)}
    assert set(table["condition"]) == conditions
    assert len(table) == len(ROWS) * 2 * len(conditions)
    assert set(table["status"]) == {"done", "skipped"}
    skipped = table[table["status"] == "skipped"]
    single = skipped["model"].str.endswith("_only")
    assert skipped["reason"][single].str.contains("which this condition removes").all()
    # The one other model that does not read all three.
    assert set(skipped["model"][~single]) == {"avfusion:epochs=2"}
    assert set(skipped["condition"][~single]) == {"text"}
    assert skipped["reason"][~single].str.contains("reads no text").all()


def test_a_log_says_what_was_done_and_how_much_is_left(finished):
    lines = finished[1].stdout.splitlines()
    assert any("trainings and" in line and "cells to do" in line for line in lines)
    assert any("left]" in line and "dev macro-F1" in line for line in lines)


def test_nothing_in_a_results_folder_is_a_pickle_or_half_written(finished):
    files = [p for p in finished[0].rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {
        ".json",
        ".parquet",
        ".safetensors",
        ".html",
        ".md",
        ".csv",
    }
    assert not list(finished[0].rglob(".*"))


def test_the_same_command_again_trains_nothing_and_redoes_no_cell(finished, run_small):
    results, _ = finished
    before = {p: p.stat().st_mtime_ns for p in results.glob("trainings/*/*")}
    again = run_small(results, "--models", "all", "--protocol", "missing_modality")
    assert again.returncode == 0
    assert "nothing to compute: what can be run is in the results already" in again.stdout
    assert {p: p.stat().st_mtime_ns for p in results.glob("trainings/*/*")} == before


def test_another_protocol_shares_the_trainings(finished, run_small):
    results, _ = finished
    before = {p.name for p in results.glob("trainings/*")}
    shared = run_small(results, "--models", "emotiwave", "--protocol", "full_modalities")
    assert shared.returncode == 0
    assert "nothing to compute: what can be run is in the results already" in shared.stdout
    assert {p.name for p in results.glob("trainings/*")} == before


def test_the_same_seed_gives_identical_predictions_in_another_folder(finished, run_small, tmp_path):
    run_small(tmp_path / "other", "--models", "emotiwave,late_fusion")
    first, second = predictions(finished[0]), predictions(tmp_path / "other")
    assert set(second) < set(first)
    assert all(first[cell] == second[cell] for cell in second)


@pytest.mark.slow
def test_killed_in_the_middle_and_started_again_it_ends_with_the_same_predictions(
    finished, command, run_small, tmp_path
):
    words, environment = command
    results = tmp_path / "killed"
    arguments = ["run", "--models", "emotiwave,cross_modal_attention", "--seeds", "1"]
    arguments += ["--epochs", "2", "--jobs", "2", "--results", str(results)]
    arguments += ["--dataset", "simulated:size=126:speakers=7"]
    process = subprocess.Popen(
        [*words, *arguments], env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not list(results.glob(f"{FINISHED}")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = predictions(results)
    resumed = run_small(results, "--models", "emotiwave,cross_modal_attention")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    undisturbed, ended = predictions(finished[0]), predictions(results)
    assert len(kept) < len(ended) == 2 * 2 * 14
    assert all(undisturbed[cell] == ended[cell] for cell in ended)
    assert not list(results.rglob(".partial-*"))


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_interrupted_it_says_what_is_kept_and_leaves_no_worker(command, tmp_path):
    words, environment = command
    arguments = ["run", "--models", "emotiwave", "--seeds", "9", "--jobs", "2"]
    arguments += ["--dataset", "simulated:size=126:speakers=7", "--results", str(tmp_path / "r")]
    process = subprocess.Popen(
        [*words, *arguments], env=environment, start_new_session=True, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        # A shell's background job, as CI may be one, hands an ignored SIGINT down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(f"r/{FINISHED}")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.startswith("stopped: finished trainings and cells are stored")
    assert "Traceback" not in said
    deadline = time.monotonic() + 20
    while _group_lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _group_lives(process.pid)


def test_no_model_lies_above_the_oracle(finished):
    table = pd.read_csv(finished[0] / "leaderboard" / "leaderboard.csv")
    key = ["regime", "condition"]
    ceiling = table[table["model"] == "oracle"].set_index(key)["accuracy_high"]
    others = table[(table["model"] != "oracle") & (table["status"] == "done")].set_index(key)
    assert (others["accuracy_low"] <= ceiling.loc[others.index].to_numpy()).all()


BROKEN = """
import torch
from emobench import Card, Model, Output

class {name}(Model):
    card = Card(name="{name}", title="broken on purpose", inputs={{"text": ("tokens",)}})
    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.bias = torch.nn.Parameter(torch.zeros(len(task.classes)))
    def forward(self, batch):
        logits = self.bias.expand(len(batch), -1)
        {body}
        return Output(logits)
"""


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("raises", "raise KeyError('lost')", "KeyError: 'lost' (raises.py:"),
        ("gives_nan", "logits = logits * float('nan')", "are NaN or infinite"),
        ("wrong_shape", "logits = logits[:, :-1]", "have shape"),
        (
            "nan_when_text_is_absent",
            "logits = logits / batch.present['text'][:, None]",
            "are NaN or infinite",
        ),
    ],
)
def test_a_broken_model_fails_its_own_cells_and_leaves_the_others(
    run_small, tmp_path, name, body, reason
):
    path = tmp_path / f"{name}.py"
    path.write_text(BROKEN.format(name=name, body=body))
    outcome = run_small(tmp_path / "results", "--models", f"{path},majority")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    broken, standing = (
        table[table["model"] == f"{name}:epochs=2"],
        table[table["model"] == "majority"],
    )
    assert (standing["status"] == "done").all()
    failed = broken[broken["status"] == "failed"]
    assert len(failed) > 0
    assert failed["reason"].str.contains(reason, regex=False).all()
    assert outcome.stdout.strip().splitlines()[-1].startswith("The leaderboard is at ")


def test_a_model_that_was_not_checked_or_has_failed_is_said_to_be_so(run_small, cli, tmp_path):
    path = tmp_path / "noisy.py"
    path.write_text(BROKEN.format(name="noisy", body="logits = logits + torch.randn(1)"))
    arguments = (tmp_path / "results", "--models", path, "--protocol", "full_modalities")
    said = run_small(*arguments).stdout
    assert f"warning: {path} was not checked as it stands: emobench check {path}" in said
    assert cli("check", path, "--checks", "stateless").returncode == 1
    said = run_small(*arguments).stdout.splitlines()
    assert f"warning: {path} has failed `emobench check` (1 check: stateless)" == said[-2]
    grids = [json.loads(p.read_text()) for p in (tmp_path / "results").glob("grids/*.json")]
    newest = max(grids, key=lambda grid: grid["created"])
    assert newest["contract"] == {"state": "failed", "failed": ["stateless"]}


def test_what_is_skipped_is_said_with_its_model_and_corpus(run_small, tmp_path):
    outcome = run_small(
        tmp_path / "r", "--models", "emoxformer,text_only", "--variant", "as_published",
        "--protocol", "full_modalities",
    )  # fmt: skip
    assert outcome.returncode == 0
    assert "text_only has no variant but corrected and is run in that" in outcome.stdout
    alone = run_small(
        tmp_path / "s", "--models", "tensor_fusion", "--variant", "as_published",
        "--protocol", "full_modalities",
    )  # fmt: skip
    lines = alone.stdout.splitlines()
    assert "nothing to compute: every cell of this request is skipped" in alone.stdout
    assert "in the results already" not in alone.stdout
    assert (
        "skipped: tensor_fusion:epochs=2 (as_published) on simulated:size=126:speakers=7: has no "
        "variant as_published, only corrected (1 cell)"
    ) in lines
    assert "0 cells are there, 1 skipped, 0 failed" in lines


def test_modalities_of_the_complete_corpus_that_are_not_here_are_said_once(cli, tmp_path):
    (tmp_path / "meld").mkdir()
    classes = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,"
    for number, part in enumerate(("train", "dev", "test")):
        lines = [f"{head}StartTime,EndTime"]
        for i in range(14):
            said = f"{part} says {classes[i % 7]} {i}"
            lines.append(f"{i},{said},Ross,{classes[i % 7]},neutral,{number},{i},1,1,0,1")
        (tmp_path / "meld" / f"{part}_sent_emo.csv").write_text("\n".join(lines))
    outcome = cli(
        "run", "--models", "majority", "--protocol", "full_modalities", "--dataset", "meld",
        "--data-dir", tmp_path, "--results", tmp_path / "results", "--jobs", 1,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    said = "warning: there is no audio and no vision of meld here; the complete corpus has them"
    assert outcome.stdout.count(said) == 1
    assert "1 training and 1 cell to do" in outcome.stdout
    assert "1 cell is there, 0 skipped, 0 failed" in outcome.stdout


def test_failed_cells_run_again_only_when_asked(run_small, tmp_path):
    path = tmp_path / "flaky.py"
    flag = tmp_path / "mended"
    body = f"import pathlib; assert pathlib.Path({str(flag)!r}).exists(), 'not yet'"
    path.write_text(BROKEN.format(name="flaky", body=body))
    arguments = (tmp_path / "results", "--models", path, "--protocol", "full_modalities")
    assert run_small(*arguments).returncode == 1
    flag.touch()
    assert run_small(*arguments).returncode == 1
    assert run_small(*arguments, "--retry-failed").returncode == 0


def test_a_changed_model_is_trained_again_and_the_reason_is_said(run_small, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(BROKEN.format(name="mine", body="pass"))
    arguments = (tmp_path / "results", "--models", path, "--protocol", "full_modalities")
    assert run_small(*arguments).returncode == 0
    path.write_text(path.read_text() + "# another day\n")
    again = run_small(*arguments)
    assert "mine is trained again: its model changed since the stored results" in again.stdout


def test_folds_are_pooled_and_scored_once(run_small, tmp_path):
    outcome = run_small(
        tmp_path / "r", "--models", "majority", "--protocol", "full_modalities", "--folds", 3
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    table = pd.read_csv(tmp_path / "r" / "leaderboard" / "leaderboard.csv")
    assert list(table["n_test"]) == [126]


def test_lists_and_cards(cli):
    listing = json.loads(cli("list", "models", "--json").stdout)
    assert {card["name"] for card in listing} >= MODELS
    shown = cli("show", "emotiwave")
    assert "10.6084/m9.figshare" in shown.stdout
    assert "as_published" in shown.stdout


def test_leaderboard_renders_again_from_what_is_stored(finished, cli):
    results, _ = finished
    page = results / "leaderboard" / "index.html"
    before = page.read_bytes()
    page.unlink()
    assert cli("leaderboard", "--results", results).returncode == 0
    assert page.read_bytes() == before


def test_a_dry_run_counts_estimates_and_writes_nothing(run_small, tmp_path):
    results = tmp_path / "results"
    asked = ("--models", "emotiwave,text_only", "--protocol", "full_modalities,missing_modality")
    outcome = run_small(results, *asked, "--dry-run")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    said = outcome.stdout
    # Two regimes of two models, whose full one serves both protocols.
    assert "planned: 4 distinct trainings, " in said
    assert "the 2 protocols need 6 trainings one by one, 2 of them shared" in said
    assert "estimate: " in said
    assert "made clips of a second" in said
    assert "text_only on simulated:size=126:speakers=7: reads text" in said
    assert "leaderboard is at" not in said
    assert not results.exists()


def test_a_dry_run_of_what_is_stored_has_nothing_to_estimate(finished, run_small):
    results = finished[0]
    before = {p: p.stat().st_mtime_ns for p in results.rglob("*") if p.is_file()}
    asked = ("--models", "all", "--protocol", "missing_modality", "--dry-run")
    outcome = run_small(results, *asked)
    assert outcome.returncode == 0
    assert "to do: 0 trainings, 0 cells" in outcome.stdout
    assert "estimate" not in outcome.stdout
    assert {p: p.stat().st_mtime_ns for p in results.rglob("*") if p.is_file()} == before
