"""AFEW, CK+ and SemEval-2018 in their official layouts, all auxiliary to one main corpus at once.

These are the unimodal and bimodal corpora that the paper of `cross_modal_translation` adds in
training.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

MAIN = "simulated:size=126:speakers=7"
AUXILIARY = "text=semeval_2018_ec+audio&vision=afew+vision=ck_plus"
EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


def neighbour(name: str) -> Any:
    """Another test's module: in pytest's importlib mode tests cannot import one another."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"emobench_neighbour_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path, write_film: Any) -> Path:
    """19 tweets in train, 35 clips of films, 84 sequences of faces of 12 subjects."""
    home = tmp_path / "data"
    for emotion in EMOTIONS:
        for part, count in (("Train_AFEW", 4), ("Val_AFEW", 1)):
            for number in range(count):
                clip = home / "afew" / part / emotion / f"{number:09d}.avi"
                write_film(clip, seconds=0.6, fps=10)
    neighbour("test_ck_plus").write_cropped(home / "ck_plus")
    tweets = neighbour("test_semeval_2018_ec")
    root = home / "semeval_2018_ec"
    one = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "trust")
    rows = [tweets.row(i, one[i % 7], text=f"so {one[i % 7]} today {i}") for i in range(17)]
    tweets.write(root, "train", [*rows, tweets.row(90, "anger", "trust"), tweets.row(91)])
    tweets.write(root, "dev", [tweets.row(100, "joy")])
    tweets.write(root, "test-gold", [tweets.row(200, "anger")])
    return home


@pytest.mark.slow
def test_all_three_train_cross_modal_translation_beside_the_main_corpus(
    cli: Any, data: Path, tmp_path: Path
) -> None:
    outcome = cli(
        "run", "--dataset", MAIN, "--auxiliary", AUXILIARY, "--models", "cross_modal_translation",
        "--protocol", "full_modalities", "--seeds", 1, "--epochs", 1, "--jobs", 1,
        "--data-dir", data, "--results", tmp_path / "r",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    table = pd.read_csv(tmp_path / "r" / "leaderboard" / "leaderboard.csv")
    full = table[table["condition"] == "full"]
    assert set(full["status"]) == {"done"}
    (path,) = (tmp_path / "r").glob("corpora/*.json")
    counted: Counter[tuple[str, str]] = Counter()
    for count in json.loads(path.read_text())["counts"]:
        counted[count["corpus"], count["split"]] += count["n"]
    # The main corpus has no surprise. Of the 17 tweets of one emotion 2 are of trust and 2 of
    # surprise; of CK+ 7 of the 12 subjects are train in the first fold, with five emotions in
    # common.
    assert counted["semeval_2018_ec", "train"] == 13
    assert counted["afew", "train"] == 6 * 3
    assert counted["ck_plus", "train"] == 5 * 7
    added = ("semeval_2018_ec", "afew", "ck_plus")
    assert not any(
        n for (corpus, part), n in counted.items() if corpus in added and part != "train"
    )
    assert sum(n for (corpus, _), n in counted.items() if corpus.startswith("simulated")) == 126
