"""What a run from Python returns, refuses and survives."""

from __future__ import annotations

import builtins
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import emobench
from emobench import RequestError
from emobench.store.cell_reader import CellReader


def test_the_frame_is_the_table_of_the_page(ways):
    frame = ways.result.frame
    stored = pd.read_csv(ways.python / "results" / "leaderboard" / "leaderboard.csv")
    assert list(frame.columns) == list(stored.columns)
    assert len(frame) == len(stored) == 2 * 2 * 14
    assert (frame["macro_f1"].fillna(-1) == stored["macro_f1"].fillna(-1)).all()
    assert set(frame["status"]) == {"done", "skipped"}
    assert frame["n_seeds"].max() == 1
    assert ways.result.failures.empty


def test_predictions_give_the_scores_again(ways):
    found = ways.result.predictions("mine", regime="full", condition="text")
    assert set(found["condition"]) == {"text"}
    right = (found["truth"] == found["predicted"]).mean()
    frame = ways.result.frame.query("model == 'mine:epochs=1' and regime == 'full'")
    (row,) = frame[frame["condition"] == "text"].to_dict("records")
    assert row["accuracy"] == pytest.approx(right, abs=1e-6)
    assert row["n_test"] == len(found)
    chances = found.filter(regex="^p_")
    assert chances.shape[1] == 6
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1)
    names = chances.columns.str.removeprefix("p_")
    assert (names[chances.to_numpy().argmax(axis=1)] == found["predicted"]).all()


def test_a_confusion_matrix_counts_the_predictions(ways):
    counts = ways.result.confusion("mine.py")
    found = ways.result.predictions("mine", regime="full")
    for truth in counts.index:
        for predicted in counts.columns:
            same = (found["truth"] == truth) & (found["predicted"] == predicted)
            assert counts.loc[truth, predicted] == same.sum()


def test_what_commands_print_is_returned(ways):
    from emobench.leaderboard import compare

    result = ways.result
    pairs = compare(result.folder, "mine", "majority", margin=0.9)
    frame = result.compare("mine.py", "majority", margin=0.9)
    assert list(frame["difference"]) == [one.gap.value for one in pairs]
    assert list(frame["verdict"]) == [one.verdict for one in pairs]
    assert frame["margin_p_value"].notna().all()
    assert set(result.report("mine", regime="full")["class"]) >= {"anger", "macro avg"}
    ids = result.numbers()
    number = ids[ids["address"].str.endswith("/full/full/mine:epochs=1/macro_f1")]
    assert result.why(number["short"].iloc[0]).is_reproduced
    with pytest.raises(RequestError, match="--difference is one between 0 and 1, got 2"):
        result.power(difference=2)


def test_it_shows_as_text_and_as_a_table(ways):
    text, table = repr(ways.result), ways.result._repr_html_()
    head = "missing_modality on simulated:size=126:speakers=7, controlled track, condition full"
    assert text.startswith(f"{head}\nmodel ")
    assert text.endswith(f"page: {ways.result.page}")
    assert head in table
    assert table.count("<tr>") == 1 + 4
    assert "\x1b" not in text


def test_of_a_shared_folder_it_shows_what_was_asked_for(ways, at):
    with at(ways.python):
        one = emobench.run(
            "majority", "missing_modality", "simulated:size=126:speakers=7", seeds=1,
            executor="in_process",
        )  # fmt: skip
    assert set(one.frame["model"]) == {"majority"}
    everything = emobench.open_results(ways.python / "results")
    assert set(everything.frame["model"]) == {"majority", "mine:epochs=1"}
    assert "mine:epochs=1" in repr(everything)


def test_the_page_opens_in_a_browser(ways, monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert ways.result.open() == ways.result.page
    assert shown == [ways.result.page.as_uri()]


def test_cells_that_fail_are_listed_and_said(make, at):
    folder = make("broken")
    text = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(
        text.replace("words = ", 'raise ValueError("<i>no</i>") or ', 1)
    )
    with at(folder):
        result = emobench.run(
            ["mine.py", "majority"], "full_modalities", "simulated:size=126:speakers=7",
            seeds=1, epochs=1, executor="in_process",
        )  # fmt: skip
    assert (result.done, result.failed) == (1, 1)
    (failed,) = result.failures.to_dict("records")
    assert failed["model"] == "mine:epochs=1"
    assert "<i>no</i>" in failed["reason"]
    assert "1 row failed: see .failures" in repr(result)
    assert "1 row failed: see .failures" in result._repr_html_()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"models": "emotivawe"}, "Unknown model 'emotivawe'. Did you mean 'emotiwave'?"),
        ({"models": "majority", "seeds": 0}, "--seeds must be at least 1, got 0."),
        ({"models": "majority", "halving": True}, "--halving is about a search"),
        ({"models": "majority", "jobs": 0}, "--jobs must be at least 1, got 0."),
        ({"models": "nowhere.py"}, "There is no file nowhere.py."),
        ({"models": "majority", "track": "controled"}, "Did you mean 'controlled'?"),
    ],
)
def test_a_wrong_request_is_refused_in_the_commands_words(at, cli, tmp_path, options, said):
    with at(tmp_path), pytest.raises(RequestError) as raised:
        emobench.run(**options)
    assert said in str(raised.value)
    words = [w for k, v in options.items() for w in ([f"--{k}"] if v is True else [f"--{k}", v])]
    assert cli("run", *words, cwd=tmp_path).stderr == f"error: {raised.value}\n"
    assert not list(tmp_path.iterdir())


def test_an_unknown_parameter_is_a_type_error():
    with pytest.raises(TypeError, match="sedes"):
        emobench.run(sedes=2)  # type: ignore[call-arg]


def test_there_is_nothing_to_open(tmp_path):
    with pytest.raises(RequestError, match="There is no results folder"):
        emobench.open_results(tmp_path / "nowhere")
    with pytest.raises(RequestError, match="Nothing stored in"):
        emobench.open_results(tmp_path).frame  # noqa: B018


def test_who_stops_a_run_is_told_that_it_goes_on(at, tmp_path, monkeypatch, capsys):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emobench.study.run._run_all", stopped)
    with at(tmp_path), pytest.raises(KeyboardInterrupt):
        emobench.run("majority")
    assert "the same command goes on from there" in capsys.readouterr().err


def test_threads_and_folder_are_as_before(ways, at):
    import torch

    before, threads = os.environ.get("OMP_NUM_THREADS"), torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with at(ways.python):
            emobench.run_file(ways.file / "study.toml")
            assert os.getcwd() == str(ways.python)  # noqa: PTH109 - what the process says
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_a_model_that_was_edited_is_run_as_it_is_now(make, at):
    """A notebook lives on: the class that is run has the digest that is stored."""
    folder = make("edited")
    asked = ("mine.py", "full_modalities", "simulated:size=126:speakers=7")
    with at(folder):
        first = emobench.run(*asked, seeds=1, epochs=1, executor="in_process")
        text = (folder / "mine.py").read_text()
        other = text.replace("return Output(", "return Output(0 * ")
        (folder / "mine.py").write_text(other)
        second = emobench.run(*asked, seeds=1, epochs=1, executor="in_process")
    kept = second.predictions("mine").filter(regex="^logit_")
    assert (kept == 0).all(axis=None)
    assert len(first.frame) == len(second.frame) == 1


class ZMQInteractiveShell:
    """What a notebook has."""


def test_a_notebook_gets_plain_lines(monkeypatch, capsys):
    from emobench.terminal.progress import PlainScreen, screen

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    with screen(1) as display:
        assert isinstance(display, PlainScreen)
        display.say("[b]one[/b] of two")
    assert capsys.readouterr().out.endswith(" [b]one[/b] of two\n")


SCRIPT = """
import multiprocessing, os, sys
if "spawn" in sys.argv:
    multiprocessing.get_all_start_methods = lambda: ["spawn"]
import emobench
os.chdir("study")
result = emobench.run_file("words.toml", results=sys.argv[1])
print(result)
print("ended", result.done, result.failed)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["script", "script spawn", "command"])
def test_a_script_needs_no_guard_of_its_main_part(way, tmp_path, environment):
    """Workers start from it without running it again, and in the caller's folder."""
    (tmp_path / "study").mkdir()
    rows = ["id,label,text,speaker"]
    rows += [f"u{i},{('joy', 'rage')[i % 2]},word {i},s{i // 4}" for i in range(32)]
    (tmp_path / "study" / "words.csv").write_text("\n".join(rows))
    (tmp_path / "study" / "words.toml").write_text(
        'models = ["majority", "text_only"]\nprotocol = "full_modalities"\n'
        'dataset = "words.csv"\nseeds = 1\njobs = 2\n'
    )
    (tmp_path / "script.py").write_text(SCRIPT)
    start = ["-c", SCRIPT] if way == "command" else ["script.py"]
    more = ["spawn"] if "spawn" in way else []
    done = subprocess.run(
        [sys.executable, *start, "out", *more],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ended 2 0") == 1
    assert (tmp_path / "study" / "out" / "leaderboard" / "leaderboard.csv").is_file()


STOPPABLE = (
    "import emobench\n"
    "emobench.run('mlp', dataset='simulated:size=126:speakers=7', seeds=99, jobs=1, results='r')\n"
)


@pytest.mark.slow
def test_interrupted_it_raises_and_leaves_what_is_finished(tmp_path, environment):
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPABLE],
        cwd=tmp_path, env=environment, start_new_session=True, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        # A shell's background job, as CI may be one, hands an ignored SIGINT down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 200
    while not list(tmp_path.glob("r/trainings/[!.]*/cells-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert "stopped: finished trainings and cells are stored" in said
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert list(CellReader(tmp_path / "r").every())
    result = emobench.open_results(tmp_path / "r")
    assert set(result.frame["status"]) <= {"done", "incomplete"}
