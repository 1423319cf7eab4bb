"""A request that makes no sense: one sentence, exit status 2, nothing written."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--models", "emotivawe"], "Unknown model 'emotivawe'. Did you mean 'emotiwave'?"),
        (["--models", "x*"], "No model matches 'x*'"),
        (["--protocol", "missing"], "Unknown protocol 'missing'. Did you mean 'missing_modality'?"),
        (["--dataset", "ravdes"], "Unknown dataset 'ravdes'. Did you mean 'ravdess'?"),
        (["--dataset", "simulated:sise=3"], "'sise'. Did you mean 'size'"),
        (["--dataset", "simulated:size=many"], "must be of type int, got 'many'"),
        (["--dataset", "simulated:size=1"], "size=1"),
        (["--models", "emotiwave:fusion"], "options are written NAME:key=value"),
        (["--models", "emotiwave:unit=3"], "Did you mean 'units'?"),
        (["--models", "emotiwave:fusion=atention"], "Did you mean 'attention'"),
        (["--models", "emotiwave:min_updates=0"], "min_updates must be at least 1, got 0"),
        (["--models", "emotiwave:plateau=3"], "schedule=cosine and plateau=3 do not fit"),
        (["--models", "emotiwave:loss=focall"], "Did you mean 'focal'?"),
        (["--protocol", "full_modalities:x=1"], "takes no options, got x"),
        (["--track", "controled"], "Did you mean 'controlled'?"),
        (["--variant", "corected"], "Did you mean 'corrected'?"),
        (["--seeds", "0"], "--seeds must be at least 1"),
        (["--jobs", "0"], "--jobs must be at least 1"),
        (["--folds", "2"], "--folds 2: it must be at least 3"),
        (["--dev-folds", "2"], "--dev-folds 2 needs --folds"),
        (["--folds", "4", "--dev-folds", "3"], "--dev-folds 3: of 4 folds one is tested"),
        (["--folds", "4", "--dev-folds", "0"], "it must be from 1 to 2"),
        (["--tune", "1"], "--tune 1: it must be at least 2, since the first trial is the preset"),
        (["--halving"], "--halving is about a search; say how many trials with --tune N"),
        (["--inner", "3"], "--inner 3 is about a search"),
        (["--tune", "4", "--inner", "1"], "--inner 1: it must be at least 2 folds"),
        (["--device", "tpux"], "Unknown device 'tpux'"),
        (["--bad-clips", "ignore"], "Unknown policy for --bad-clips 'ignore'"),
        (["--models", "nowhere.py"], "There is no file nowhere.py"),
        (["--dataset", "ravdess", "--data-dir", "nowhere"], "data folder nowhere does not exist"),
        (["--dataset", "meld", "--data-dir", "."], "lacks train_sent_emo.csv"),
        (["--dataset", "ravdess", "--data-dir", "."], "Zenodo"),
    ],
)
def test_one_sentence_and_status_two(cli, tmp_path, arguments, expected):
    small = [] if "--dataset" in arguments else ["--dataset", "simulated:size=42:speakers=7"]
    outcome = cli("run", "--models", "majority", *small, *arguments, cwd=tmp_path)
    assert outcome.returncode == 2, outcome.stdout + outcome.stderr
    assert expected in " ".join(outcome.stderr.split())
    assert outcome.stderr.startswith("error: ")
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "results").exists()


EARLY = {
    "--results /proc/nothere/x": "cannot be written: no folder can be made there",
    "--results file/results": "cannot be written: not a folder",
    "--executor rya": "Did you mean 'ray'?",
    "--executor ray:memry=3GB": "Did you mean 'memory'?",
    "--executor local:x=1": "takes no options, got x",
    "--shard 3/2": "--shard 3/2: the first number is from 1",
    "--shard half": "--shard half: write it as 3/8",
    "--jobs 0": "--jobs must be at least 1",
}


def test_what_can_be_refused_at_once_is(tmp_path):
    """Each is refused before torch is imported, and before anything is read of a corpus."""
    (tmp_path / "file").write_text("in the way")
    code = (
        "import sys\nfrom emobench.cli import app\n"
        "for words in sys.argv[1:]:\n"
        "    sys.argv = ['emobench', 'run', '--dataset', 'ravdess', *words.split()]\n"
        "    try:\n        app.main()\n"
        "    except SystemExit as end:\n"
        "        print(end.code, 'torch' in sys.modules, file=sys.stderr, flush=True)\n"
    )
    command = [sys.executable, "-c", code, *EARLY]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert lines[1::2] == ["2 False"] * len(EARLY), done.stderr
    for line, (words, expected) in zip(lines[::2], EARLY.items(), strict=True):
        assert line.startswith("error: "), words
        assert expected in line
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_results_folder_that_cannot_be_written(cli, tmp_path):
    (tmp_path / "file").write_text("in the way")
    outcome = cli("run", "--models", "majority", "--results", tmp_path / "file" / "results")
    assert outcome.returncode == 2
    assert "cannot be written" in outcome.stderr
    assert "--results" in outcome.stderr


def test_rendering_an_empty_folder_says_what_to_do(cli, tmp_path):
    outcome = cli("leaderboard", "--results", tmp_path)
    assert outcome.returncode == 2
    assert "emobench run" in outcome.stderr


def test_unknown_names_to_list_and_show(cli):
    assert "Did you mean 'models'?" in cli("list", "model").stderr
    shown = cli("show", "emotiwav")
    assert shown.returncode == 2
    assert "Did you mean 'emotiwave'" in shown.stderr
