"""EmoryNLP in its official layout, written from scratch, broken on purpose, and for real."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from emobench import DataError, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.datasets.emorynlp import EmoryNlp
from emobench.datasets.meld import Meld
from emobench.discovery.registry import registry

HEADER = [
    "Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode",
    "Start_Time", "End_Time",
]  # fmt: skip
EMOTIONS = ("Joyful", "Mad", "Neutral", "Peaceful", "Powerful", "Sad", "Scared")
TIMES = ["00:00:02.877", "00:00:07.548"]
EPISODE = {"train": "2", "dev": "15", "test": "1"}


def row(number: int, text: str = "Oh, yeah!", part: str = "train", **other: str) -> list[str]:
    speaker = other.get("speaker", "['Monica Geller']")
    emotion = other.get("emotion", EMOTIONS[number % 7])
    scene = other.get("scene", str(1 + number // 4))
    place = [scene, str(1 + number % 4), other.get("season", "1"), EPISODE[part]]
    return [text, speaker, emotion, *place, *TIMES]


def write_part(
    root: Path, part: str, rows: Iterable[list[str]], header: list[str] | None = None
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"emorynlp_{part}_final.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header or HEADER, *rows])
    return path


def write_corpus(root: Path) -> None:
    for part, count in (("train", 14), ("dev", 7), ("test", 7)):
        write_part(root, part, [row(i, part=part) for i in range(count)])


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "emorynlp"


def test_the_table_has_the_official_parts_in_the_official_order(
    folders: Folders, root: Path
) -> None:
    write_corpus(root)
    table = EmoryNlp(folders).utterances()
    assert list(table["split"]) == ["train"] * 14 + ["dev"] * 7 + ["test"] * 7
    assert list(EmoryNlp(folders).split(table, 0)) == list(table["split"])
    assert list(table["label"][:7]) == list(EMOTIONS)
    assert list(table["id"][[0, 5, 14]]) == [
        "s01_e02_c01_u001", "s01_e02_c02_u002", "s01_e15_c01_u001",
    ]  # fmt: skip
    corpus = open_corpus(CorpusRequest(registry("dataset")["emorynlp"], (), folders))
    assert corpus.modalities == ("text",)


def test_scenes_of_the_same_number_are_kept_apart(folders: Folders, root: Path) -> None:
    write_corpus(root)
    rows = [row(0), row(0, season="2"), row(0, scene="11"), row(1, scene="1")]
    write_part(root, "train", rows)
    groups = EmoryNlp(folders).utterances()["group"]
    assert list(groups[:4]) == ["s01_e02_c01", "s02_e02_c01", "s01_e02_c11", "s01_e02_c01"]
    assert not set(groups[:4]) & set(groups[4:])


def test_several_speakers_are_one_speaker_in_any_order(folders: Folders, root: Path) -> None:
    write_corpus(root)
    speakers = [
        "['Ross Geller', 'Bonnie']", "['Bonnie', 'Ross Geller']", '["Amanda (Ross\' date)"]',
        "['#ALL#']",
    ]  # fmt: skip
    write_part(root, "train", [row(i, speaker=s) for i, s in enumerate(speakers)])
    assert list(EmoryNlp(folders).utterances()["speaker"][:4]) == [
        "Bonnie and Ross Geller", "Bonnie and Ross Geller", "Amanda (Ross' date)", "#ALL#",
    ]  # fmt: skip


def test_texts_are_read_as_they_are_but_for_html_entities(folders: Folders, root: Path) -> None:
    texts = ["Well, yes.", 'He said "no".', "Two\nlines", "an M&M.", "very &ndash;"]
    write_corpus(root)
    write_part(root, "train", [row(i, t) for i, t in enumerate(texts)])
    corpus = EmoryNlp(folders)
    table = corpus.utterances()
    assert list(table["text"][:5]) == [*texts[:4], "very –"]
    assert corpus.read(table.iloc[4], "transcript") == "very –"


def test_speakers_that_are_no_list_of_names_are_all_listed(folders: Folders, root: Path) -> None:
    write_corpus(root)
    speakers = ["Monica", "['Monica']", "[]", "['']", "[1]", "'Monica'", "__import__('os')", "['a"]
    path = write_part(root, "dev", [row(i, speaker=s) for i, s in enumerate(speakers)])
    with pytest.raises(DataError) as caught:
        EmoryNlp(folders).utterances()
    message = str(caught.value)
    assert f"{path}: Speaker must be a list of names such as ['Ross Geller']; not so:" in message
    assert [int(n) for n in re.findall(r"line (\d+)", message)] == [2, 4, 5, 6, 7, 8, 9]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_any_names_survive_the_list_literal(folders: Folders, root: Path, names: list[str]) -> None:
    write_corpus(root)
    write_part(root, "dev", [row(0, part="dev", speaker=repr(names))])
    table = EmoryNlp(folders).utterances().set_index("split")
    assert table.loc["dev", "speaker"] == " and ".join(sorted(names))


def test_unknown_labels_and_broken_numbers_are_all_listed(folders: Folders, root: Path) -> None:
    write_corpus(root)
    path = write_part(root, "test", [row(0), row(1, emotion="joyful"), row(2, emotion="Happy")])
    with pytest.raises(DataError, match="line 3: 'joyful', line 4: 'Happy'") as caught:
        EmoryNlp(folders).utterances()
    assert str(path) in str(caught.value)
    write_part(root, "test", [row(0), *(row(i, scene="x") for i in range(12))])
    with pytest.raises(DataError, match=r"Scene_ID must be a number.*line 3.* and 2 more"):
        EmoryNlp(folders).utterances()


def test_missing_files_are_all_named_with_the_way_to_get_them(folders: Folders, root: Path) -> None:
    with pytest.raises(DataError, match=r"lacks .*_train_.*_dev_.*_test_.*declare-lab/MELD"):
        EmoryNlp(folders).utterances()
    write_corpus(root)
    (root / "emorynlp_dev_final.csv").unlink()
    with pytest.raises(DataError, match=r"lacks emorynlp_dev_final.csv\. Take"):
        EmoryNlp(folders).utterances()


def test_the_corpus_itself_as_data_dir_is_told(folders: Folders, root: Path) -> None:
    write_corpus(root)
    with pytest.raises(DataError, match="is the corpus itself"):
        EmoryNlp(Folders(root, folders.cache)).utterances()


def test_what_is_not_here_is_counted(folders: Folders, root: Path) -> None:
    write_corpus(root)
    corpus = EmoryNlp(folders)
    assert corpus.missing(corpus.utterances()) == [
        "train: 7537 of 7551 utterances", "dev: 947 of 954 utterances",
        "test: 977 of 984 utterances",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def real(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> EmoryNlp:
    if not (real_data / "emorynlp").is_dir():
        pytest.skip("no emorynlp among the real recordings")
    return EmoryNlp(Folders(real_data, tmp_path_factory.mktemp("cache")))


def test_the_real_corpus_has_the_published_counts_and_those_of_the_card(real: EmoryNlp) -> None:
    table = real.utterances()
    assert table["split"].value_counts().to_dict() == {"train": 7551, "dev": 954, "test": 984}
    assert table["id"].is_unique
    found = {p: rows["label"].value_counts().to_dict() for p, rows in table.groupby("split")}
    assert found == real.card.counts
    assert real.missing(table) == []


def test_the_real_oddities_are_as_the_card_says(real: EmoryNlp) -> None:
    table = real.utterances()
    train, test = table[table["split"] == "train"], table[table["split"] == "test"]
    assert test["text"].isin(set(train["text"])).mean() == pytest.approx(0.169, abs=0.001)
    assert test["speaker"].isin(set(train["speaker"])).mean() == pytest.approx(0.882, abs=0.001)
    assert (table.groupby("group")["split"].nunique() == 1).all()
    assert table.groupby("split")["group"].agg(lambda s: s.str[:7].nunique()).to_dict() == {
        "train": 77, "dev": 11, "test": 9,
    }  # fmt: skip
    numbers = table["id"].str[-3:].astype(int).groupby(table["group"])
    gaps = numbers.max() - numbers.size()
    assert (gaps.sum(), (gaps > 0).sum(), len(gaps)) == (2952, 787, 827)
    assert (table["speaker"] == "#ALL#").sum() == 81
    assert not table["text"].str.contains("&[a-z]+;", regex=True).any()


def test_the_real_corpus_shares_texts_with_meld(real: EmoryNlp, real_data: Path) -> None:
    meld = Meld(real.folders).utterances()
    here = real.utterances()

    def long(table: pd.DataFrame, part: str | None = None) -> pd.Series:
        chosen = table if part is None else table[table["split"] == part]
        texts = chosen["text"][chosen["text"].str.split().str.len() >= 5]
        return texts.str.lower().str.replace("[^a-z0-9]", "", regex=True)

    def shared(one: pd.Series, other: pd.Series) -> float:
        return float(one.isin(set(other)).mean())

    assert shared(long(here), long(meld)) == pytest.approx(0.26, abs=0.01)
    assert shared(long(meld, "test"), long(here, "train")) == pytest.approx(0.15, abs=0.01)
    assert shared(long(here, "test"), long(meld, "train")) == pytest.approx(0.16, abs=0.01)


def test_a_linear_model_on_real_texts_is_far_from_chance(real: EmoryNlp) -> None:
    """Always the majority class scores .133 weighted F1; mixed-up texts would come near it."""
    table = real.utterances()
    train, test = table[table["split"] == "train"], table[table["split"] == "test"]
    model = make_pipeline(
        TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", sublinear_tf=True),
        LogisticRegression(C=1, max_iter=300),
    )
    model.fit(train["text"], train["label"])
    score = f1_score(test["label"], model.predict(test["text"]), average="weighted")
    print("weighted F1", score)
    assert 0.25 < score < 0.40
