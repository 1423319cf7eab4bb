"""The commands of a section, from what its records say."""

from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.takeaway.command import run_script, study_file
from emobench.study.file import read_study

from ..conftest import ALL, REGIMES, Made, Writer


def commands(root: Path) -> list[list[str]]:
    (section,) = read_board(Results(root)).sections
    lines = run_script(section).splitlines()
    return [shlex.split(line) for line in lines if not line.startswith("#")]


def writer(root: Path, **changes: Any) -> Writer:
    return Writer(root, n=12, subsets=(), rates=(), regimes=REGIMES[:1], **changes)


def test_folds_encoders_and_auxiliary_corpora_are_options_again(tmp_path: Path) -> None:
    made = Made("net:fusion=a*b", skill=ALL)
    names = {
        "track": "controlled+text=bert-base:layer=3+audio=a b",
        "dataset": "meld+auxiliary(text=x+vision=y)", "split": "grouped_5_dev_2",
    }  # fmt: skip
    writer(tmp_path).grid(made, **names)
    (words,) = commands(tmp_path)
    assert words == [
        "emobench", "run", "--models", "net:fusion=a*b", "--protocol", "missing_modality",
        "--dataset", "meld", "--auxiliary", "text=x+vision=y", "--seeds", "2", "--folds", "5",
        "--dev-folds", "2", "--encoder", "text=bert-base:layer=3", "--encoder", "audio=a b",
    ]  # fmt: skip


def test_the_study_is_read_as_the_same_commands(tmp_path: Path) -> None:
    root = tmp_path / "results"
    made = Made("net:fusion=a*b", skill=ALL)
    names = {
        "track": "controlled+text=bert-base:layer=3+audio=a b",
        "dataset": "meld+auxiliary(text=x+vision=y)", "split": "grouped_5_dev_2",
    }  # fmt: skip
    writer(root).grid(made, **names)
    writer(root, seeds=3).grid(Made('qu"ote', skill=ALL), **names)
    writer(root).grid(Made("net", skill=ALL, variant="as_published"), **names)
    (section,) = read_board(Results(root)).sections
    path = tmp_path / "study.toml"
    path.write_text(study_file(section), "utf-8")
    study = read_study(path)
    assert len(study.grids) == 3
    said = [shlex.split(line)[2:] for line in study.command.splitlines()[1:]]
    typed = [words[2:] for words in commands(root)]
    assert [_options(words) for words in said] == [_options(words) for words in typed]


def _options(words: list[str]) -> list[tuple[str, ...]]:
    """Options with their values, in any order, but for those that are the default."""
    starts = [i for i, word in enumerate(words) if word.startswith("--")] + [len(words)]
    pairs = {tuple(words[a:b]) for a, b in pairwise(starts)}
    return sorted(pairs - {("--protocol", "missing_modality"), ("--seeds", "3")})


def test_rows_with_other_seeds_have_a_command_of_their_own(tmp_path: Path) -> None:
    for name, seeds in (("net", 3), ("other", 2), ("third", 3)):
        writer(tmp_path, seeds=seeds).grid(Made(name, skill=ALL))
    writer(tmp_path).grid(Made("majority", "reference"))
    found = [(words[3], words[words.index("--seeds") + 1]) for words in commands(tmp_path)]
    assert [set(models.split(",")) for models, _ in found] == [
        {"other"}, {"net", "third", "majority"}
    ]  # fmt: skip
    assert [seeds for _, seeds in found] == ["2", "3"]


def test_variants_and_searches_have_commands_of_their_own(tmp_path: Path) -> None:
    here = writer(tmp_path)
    net, strong = Made("net", skill=ALL), Made("net", skill={"text": 3.0})
    for made in (net, Made("net", skill=ALL, variant="as_published")):
        here.grid(made)
    here.tuned(net, strong, budget="tuned:4+halving")
    found = [words[4:] for words in commands(tmp_path)]
    same = ["--protocol", "missing_modality", "--dataset", "simulated", "--seeds", "2"]
    assert found == [
        [*same, "--variant", "as_published"], same, [*same, "--tune", "4", "--halving"]
    ]  # fmt: skip
