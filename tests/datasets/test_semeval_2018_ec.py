"""SemEval-2018 Task 1 E-c in its official layout, written from scratch, and broken on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import DataError, Folders
from emobench.datasets.semeval_2018_ec import SemEval2018Ec

EMOTIONS = (
    "anger", "anticipation", "disgust", "fear", "joy", "love", "optimism", "pessimism",
    "sadness", "surprise", "trust",
)  # fmt: skip
HEADER = ("ID", "Tweet", *EMOTIONS)
NAMES = {part: f"2018-E-c-En-{part}.txt" for part in ("train", "dev", "test-gold")}


def row(number: int, *holds: str, text: str | None = None) -> list[str]:
    labels = ["1" if e in holds else "0" for e in EMOTIONS]
    return [f"2018-En-{number:05d}", text if text is not None else f"tweet no {number}", *labels]


def write(root: Path, part: str, rows: Sequence[Sequence[str]], end: str = "\n") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    path = root / NAMES[part]
    path.write_bytes("".join("\t".join(r) + end for r in (HEADER, *rows)).encode())
    return path


def write_corpus(root: Path) -> None:
    write(root, "train", [row(i, EMOTIONS[i % 11], "trust") for i in range(22)])
    write(root, "dev", [row(100, "joy", "love", "optimism"), row(101)])
    write(root, "test-gold", [row(200, "anger", "disgust"), row(201, "surprise")])


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "semeval_2018_ec"


def test_labels_are_the_emotions_that_hold_in_the_order_of_the_classes(
    folders: Folders, root: Path
) -> None:
    write_corpus(root)
    corpus = SemEval2018Ec(folders)
    table = corpus.utterances()
    assert corpus.card.multilabel
    assert corpus.card.classes == EMOTIONS
    assert list(table["split"]) == ["train"] * 22 + ["dev"] * 2 + ["test"] * 2
    assert list(table["label"][[0, 10, 22, 23, 24]]) == [
        "anger|trust", "trust", "joy|love|optimism", "", "anger|disgust",
    ]  # fmt: skip
    assert table["id"].is_unique
    assert corpus.sources() == {"text": ("transcript",)}
    assert corpus.read(table.iloc[3], "transcript") == "tweet no 3"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    text=st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]), min_size=1),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_tweet_is_read_as_it_is_written(folders: Folders, text: str, end: str) -> None:
    """Quotes, line separators other than the line feed, and byte order marks too."""
    root = folders.data / "semeval_2018_ec"
    write_corpus(root)
    write(root, "dev", [row(7, text='"half a quote'), row(8, "fear", text=text)], end)
    table = SemEval2018Ec(folders).utterances()
    dev = table[table["split"] == "dev"]
    assert list(dev["text"]) == ['"half a quote', text]
    assert list(dev["label"]) == ["", "fear"]


def test_the_same_text_is_one_group_and_every_other_tweet_its_own(
    folders: Folders, root: Path
) -> None:
    write_corpus(root)
    write(root, "dev", [row(100, "joy", text="tweet no 3"), row(101, text="tweet no 3 ")])
    table = SemEval2018Ec(folders).utterances().set_index("id")
    assert table["group"]["dev_2018-En-00100"] == table["group"]["train_2018-En-00003"]
    assert table["group"].nunique() == len(table) - 1
    assert list(table["speaker"]) == list(table["group"])
    assert SemEval2018Ec(folders).oddities(table.reset_index()) == [
        "1 texts stand more than once, 1 of them with different labels",
        "1 tweets have no emotion",
    ]


def test_what_the_reported_corpus_has_more_is_counted(folders: Folders, root: Path) -> None:
    write_corpus(root)
    corpus = SemEval2018Ec(folders)
    assert corpus.missing(corpus.utterances()) == [
        "2018-E-c-En-train.txt: 6816 of 6838 tweets",
        "2018-E-c-En-dev.txt: 884 of 886 tweets",
        "2018-E-c-En-test-gold.txt: 3257 of 3259 tweets",
    ]


def test_absent_files_are_all_named_with_the_way_to_get_them(folders: Folders, root: Path) -> None:
    with pytest.raises(DataError, match=r"lacks .*train\.txt, .*dev\.txt, .*gold\.txt\. .*17751"):
        SemEval2018Ec(folders).utterances()
    write(folders.data, "train", [row(0)])
    with pytest.raises(DataError, match="is the corpus itself"):
        SemEval2018Ec(folders).utterances()


def test_the_ungraded_test_cannot_stand_in(folders: Folders, root: Path) -> None:
    write_corpus(root)
    ungraded = [[*row(i)[:2], *["NONE"] * 11] for i in range(3)]
    write(root, "test-gold", ungraded).rename(root / "2018-E-c-En-test.txt")
    with pytest.raises(DataError, match=r"lacks .*gold\.txt\. 2018-E-c-En-test\.txt is the ungra"):
        SemEval2018Ec(folders).utterances()
    path = write(root, "test-gold", ungraded)
    with pytest.raises(DataError) as caught:
        SemEval2018Ec(folders).utterances()
    assert f"{path} is the ungraded form of the test: every label is NONE" in str(caught.value)


def test_every_broken_row_is_named_up_to_ten(folders: Folders, root: Path) -> None:
    write_corpus(root)
    rows = [row(0), row(1)[:5], [*row(2)[:2], "2", *row(2)[3:]], [*row(3)[:12], "NONE"]]
    path = write(root, "train", rows)
    with pytest.raises(DataError) as caught:
        SemEval2018Ec(folders).utterances()
    assert (
        f"{path} has broken rows: line 3: 5 fields instead of 13; line 4: anger is '2', not 0 or 1;"
        " line 5: trust is 'NONE', not 0 or 1. "
    ) in str(caught.value)
    write(root, "train", [row(i)[:-1] for i in range(13)])
    with pytest.raises(DataError, match=r"line 2: .*; line 11: 12 fields.* and 3 more\."):
        SemEval2018Ec(folders).utterances()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "its first line must be ID, Tweet, anger"),
        ("\t".join(HEADER[::-1]).encode(), "its first line must be ID, Tweet, anger"),
        ("\t".join(HEADER).encode() + b"\n1\t\xff\n", "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_is_not_the_table(
    folders: Folders, root: Path, content: bytes, what: str
) -> None:
    write_corpus(root)
    (root / NAMES["dev"]).write_bytes(content)
    with pytest.raises(DataError, match=what) as caught:
        SemEval2018Ec(folders).utterances()
    assert NAMES["dev"] in str(caught.value)
