"""Every corpus names its independent unit, and its record holds which utterances a unit has."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import registry

BUILT_IN = sorted(set(registry("dataset")) - {"manifest"})


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_corpus_names_its_unit(name: str) -> None:
    assert registry("dataset")[name].card.unit


def opened(folder: Path, words: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    requests: list[CorpusRequest] = corpus_requests(words, None, None, Folders(folder, folder))
    corpus = open_corpus(requests[0])
    return corpus.dataset.card.unit, corpus.units


def table(folder: Path, columns: str, *rows: str) -> str:
    lines = [f"label,text,split{columns}"]
    for i in range(12):
        part = ("train", "dev", "test")[i % 3]
        lines.append(f"{'ab'[i // 3 % 2]},words {i} said,{part}{rows[i % len(rows)]}")
    (folder / "own.csv").write_text("\n".join(lines))
    return str(folder / "own.csv")


def test_a_simulated_corpus_has_speakers(tmp_path: Path) -> None:
    word, units = opened(tmp_path, "simulated:size=42:speakers=7")
    assert word == "speaker"
    assert sorted(map(len, units.values())) == [6] * 7
    assert units["spk003"][0] == "spk003_utt0000"


def test_a_table_has_speakers_else_groups_else_utterances(tmp_path: Path) -> None:
    word, units = opened(tmp_path, table(tmp_path, ",speaker", ",ann", ",bob", ",cy"))
    assert word == "speaker"
    assert {name: len(ids) for name, ids in units.items()} == {"ann": 4, "bob": 4, "cy": 4}
    word, units = opened(tmp_path, table(tmp_path, ",group", ",d1", ",d2", ",d3"))
    assert (word, len(units)) == ("group", 3)
    assert opened(tmp_path, table(tmp_path, "", "")) == ("utterance", {})


def test_an_utterance_without_a_speaker_is_its_own_unit(tmp_path: Path) -> None:
    word, units = opened(tmp_path, table(tmp_path, ",speaker", ",ann", ",", ",cy"))
    assert word == "speaker"
    assert set(units) == {"ann", "cy"}


def test_a_joint_corpus_has_its_members_units(tmp_path: Path) -> None:
    small = "simulated:size=42:speakers=7:seed="
    word, units = opened(tmp_path, f"text={small}1+audio&vision={small}2")
    assert word == "speaker"
    assert len(units) == 14
    assert all(name.startswith("simulated:") for name in units)
