"""Joint corpora: labels, ids, splits and media of the members; auxiliary ones in train alone."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, Dataset, DatasetCard, Folders, RequestError
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.joint.dataset import JointRequest, Member
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.corpus.preparation.utterance import extract_rows
from emobench.corpus.split import policy, split
from emobench.corpus.view import FoldView, fold_view
from emobench.discovery.registry import Entry, registry
from emobench.grid.results.corpus_record import write_corpus
from emobench.interface.card import CANONICAL
from emobench.store.store import Store
from emobench.training.predict import predict

NOWHERE = Folders(Path("nowhere"), Path("nowhere"))
"""Relative: what a corpus remembers lands below the folder of the test."""
SOURCE = {"text": "transcript", "audio": "waveform", "vision": "frames"}


@pytest.fixture(scope="module", autouse=True)
def _working_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("working"))
        yield


class Written(Dataset):
    """Rows as given; every modality of a row says the row's id."""

    card: DatasetCard

    def __init__(self, request: WrittenRequest) -> None:
        super().__init__(request.folders)
        self.request = request

    def utterances(self) -> pd.DataFrame:
        return pd.DataFrame(list(self.request.rows))

    def sources(self) -> dict[str, tuple[str, ...]]:
        return dict(self.request.sources)

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Fold k of a corpus with folds: its speakers in a circle."""
        if self.request.folds == 1:
            return utterances["split"]
        turn = (utterances["speaker"].str[1:].astype(int) + fold) % 3
        return turn.map({0: "test", 1: "dev", 2: "train"})

    def read(self, row: pd.Series, source: str) -> Any:
        modality = next(m for m, names in self.request.sources.items() if source in names)
        if modality not in row["has"]:
            return None
        if source == "transcript":
            return f"{self.request.name} {row['id']}"
        number = int(row["id"][1:]) + 1
        return np.random.default_rng(number).random(1600).astype(np.float32) * 0.5

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        return ["u999"]


@dataclass(frozen=True, eq=False)
class WrittenRequest(CorpusRequest):
    """A corpus by its rows."""

    name: str = ""
    rows: Sequence[Mapping[str, str]] = ()
    classes: tuple[str, ...] = ()
    canonical: dict[str, str] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folds: int = 1

    @property
    def label(self) -> str:
        return self.name

    def dataset(self) -> Dataset:
        card = DatasetCard(
            name=self.name,
            title=f"The corpus {self.name}",
            licence=f"Licence of {self.name}.",
            obtain="A test writes it.",
            split=f"As {self.name} says.",
            classes=self.classes,
            canonical=self.canonical,
            modalities=tuple(self.sources),
            folds=self.folds,
            defects=(f"Defect of {self.name}.",),
            metric="uar",
        )
        kind = type("Written", (Written,), {"card": card})
        return kind(self)


ENTRY: Entry = registry("dataset")["simulated"]


def written(
    name: str,
    rows: Sequence[Mapping[str, str]],
    canonical: dict[str, str] | None = None,
    classes: tuple[str, ...] = (),
    modalities: Sequence[str] = ("text", "audio"),
    folds: int = 1,
    folders: Folders = NOWHERE,
) -> WrittenRequest:
    """Ask for a corpus called `name`; its classes are those of `canonical` and of `classes`."""
    canonical = {"a": "angry", "h": "happy"} if canonical is None else canonical
    return WrittenRequest(
        ENTRY, (), folders, name, tuple(rows), (*canonical, *classes), canonical,
        {m: (SOURCE[m],) for m in modalities}, folds,
    )  # fmt: skip


def rows(count: int, labels: str = "ah", has: str = "text audio vision") -> list[dict[str, str]]:
    """`count` utterances of six speakers: two parts in four are train."""
    parts = ("train", "train", "dev", "test")
    return [
        {
            "id": f"u{i:03d}",
            "speaker": f"s{i % 6}",
            "group": f"g{i % 6}",
            "label": labels[i // 4 % len(labels)],
            "split": parts[i % 4],
            "has": has,
        }
        for i in range(count)
    ]


def join(*members: CorpusRequest | Member, auxiliary: Sequence[Member] = ()) -> JointRequest:
    """Members side by side."""
    found = tuple(m if isinstance(m, Member) else Member(m) for m in members)
    first = found[0].request
    return JointRequest(first.entry, (), first.folders, found, auxiliary=tuple(auxiliary))


def with_auxiliary(main: CorpusRequest, *auxiliary: CorpusRequest | Member) -> JointRequest:
    """A main corpus with others in its train."""
    found = tuple(m if isinstance(m, Member) else Member(m) for m in auxiliary)
    return JointRequest(main.entry, (), main.folders, main=main, auxiliary=found)


LABELS = st.sampled_from(["a", "h", "x"])
PARTS = st.sampled_from(["train", "dev", "test"])


@st.composite
def tables(draw: Any) -> list[dict[str, str]]:
    """Any rows that keep both common classes in train and every part filled."""
    first = rows(8)
    more = draw(st.lists(st.tuples(LABELS, PARTS, st.integers(0, 5)), max_size=12))
    return first + [
        {
            "id": f"u{8 + i:03d}", "speaker": f"s{who}", "group": f"g{who}", "label": label,
            "split": part, "has": "text",
        }
        for i, (label, part, who) in enumerate(more)
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(tables(), tables())
def test_rows_of_members_stand_side_by_side(
    one: list[dict[str, str]], two: list[dict[str, str]]
) -> None:
    other = {"a": "happy", "h": "surprise"}
    request = join(written("one", one, classes=("x",)), written("two", two, other, ("x",)))
    corpus = open_corpus(request)
    maps = {"one": {"a": "angry", "h": "happy"}, "two": other}
    expected = {
        f"{name}/{r['id']}": (maps[name][r["label"]], r["split"], name, f"{name}/{r['speaker']}")
        for name, table in (("one", one), ("two", two))
        for r in table
        if r["label"] != "x"
    }
    parts = corpus.dataset.split(corpus.table, 0)
    columns = (corpus.table["label"], parts, corpus.table["corpus"], corpus.table["speaker"])
    assert dict(zip(corpus.ids, zip(*columns, strict=True), strict=True)) == expected
    assert corpus.classes == ("angry", "happy", "surprise")
    assert corpus.member_names == ("one", "two")
    assert [corpus.member_names[i] for i in corpus.members] == list(corpus.table["corpus"])
    assert not corpus.auxiliary.any()
    dropped = Counter(r["label"] for table in (one, two) for r in table)["x"]
    assert len(corpus.table) == len(one) + len(two) - dropped
    assert ("Left out of" in corpus.dataset.card.split) == (dropped > 0)


def test_classes_are_the_common_ones_that_occur_in_their_order() -> None:
    one = written("one", rows(24, "zyx"), {"z": "surprise", "y": "disgust", "x": "angry"})
    two = written("two", rows(16, "ba"), {"a": "neutral", "b": "neutral", "unused": "sad"})
    classes = open_corpus(join(one, two)).classes
    assert classes == ("angry", "disgust", "neutral", "surprise")
    assert sorted(classes, key=CANONICAL.index) == list(classes)


@settings(max_examples=40, deadline=None)
@given(tables(), tables(), st.integers(0, 2), st.booleans())
def test_auxiliary_corpora_add_their_train_part_to_train_alone(
    one: list[dict[str, str]], two: list[dict[str, str]], fold: int, grouped: bool
) -> None:
    main = written("main", one, classes=("x",), folds=3)
    plain = open_corpus(main)
    joint = open_corpus(with_auxiliary(main, written("more", two, classes=("x",))))
    added = joint.auxiliary
    assert joint.ids[: len(one)] == plain.ids
    assert list(joint.table["label"][: len(one)]) == list(plain.table["label"])
    assert joint.classes == plain.classes
    assert joint.ids[len(one) :] == [
        f"more/{r['id']}" for r in two if r["split"] == "train" and r["label"] != "x"
    ]
    assert list(added) == [False] * len(one) + [True] * (len(joint.ids) - len(one))
    rules = [policy(c, 3 if grouped else None) for c in (plain, joint)]
    assert rules[0] == rules[1]
    assert rules[0].folds == 3
    assert ("Auxiliary" in rules[1].describe(joint)) == (grouped and added.any())
    try:
        expected = split(plain, rules[0], fold)
    except DataError:
        return  # a part is empty, or a class is not in train
    found = split(joint, rules[1], fold)
    assert list(found.dev) == list(expected.dev)
    assert list(found.test) == list(expected.test)
    assert set(found.train) == {*expected.train, *np.flatnonzero(added)}


def test_auxiliary_labels_become_the_first_class_that_means_the_same() -> None:
    main = written("main", rows(24, "cnh"), {"c": "neutral", "n": "neutral", "h": "happy"})
    more = written("more", rows(24, "jms"), {"j": "happy", "m": "neutral", "s": "sad"})
    corpus = open_corpus(with_auxiliary(main, more))
    labels = corpus.table["label"][corpus.auxiliary]
    assert Counter(labels) == {"h": 4, "c": 4}
    assert corpus.classes == ("c", "n", "h")
    card = corpus.dataset.card
    assert "8 utterances of more (text and audio)" in card.split
    assert "Left out of more, for want of a common class: 4 of s." in card.split
    assert card.metric == "uar"


def test_a_joint_corpus_takes_auxiliary_ones_too() -> None:
    members = (written("one", rows(16)), written("two", rows(16)))
    corpus = open_corpus(join(*members, auxiliary=[Member(written("more", rows(16)))]))
    assert Counter(corpus.table["corpus"]) == {"one": 16, "two": 16, "more": 8}
    parts = split(corpus, policy(corpus, None), 0)
    assert set(corpus.table["corpus"].iloc[[*parts.dev, *parts.test]]) == {"one", "two"}


def test_only_the_named_modalities_of_a_member_are_read() -> None:
    one, two = written("one", rows(8)), written("two", rows(8))
    request = join(Member(one, ("text",)), Member(two, ("audio",)))
    corpus = open_corpus(request)
    assert corpus.sources == {"text": ("transcript",), "audio": ("waveform",)}
    read = corpus.dataset.read
    first, second = corpus.table.iloc[3], corpus.table.iloc[11]
    assert read(first, "transcript") == "one u003"
    assert read(first, "waveform") is None
    assert read(second, "transcript") is None
    np.testing.assert_array_equal(
        read(second, "waveform"), two.dataset().read(pd.Series(two.rows[3]), "waveform")
    )


def test_rows_are_found_in_the_members_own_table_after_some_were_dropped() -> None:
    one = written("one", [*rows(8, "x"), *rows(16)[8:]], classes=("x",))
    corpus = open_corpus(join(one, written("two", rows(8))))
    assert corpus.ids[0] == "one/u008"
    assert corpus.dataset.read(corpus.table.iloc[0], "transcript") == "one u008"


def test_the_card_says_what_the_members_say() -> None:
    corpus = open_corpus(join(written("one", rows(8)), written("two", rows(8), folds=3)))
    card = corpus.dataset.card
    assert card.licence == "one: Licence of one; two: Licence of two"
    assert card.defects == ("one: Defect of one.", "two: Defect of two.")
    assert card.split.startswith("Every member's standard split, and of several folds the first.")
    assert "one: As one says. two (first of 3 folds): As two says." in card.split
    assert (card.metric, card.folds) == ("macro_f1", 1)
    assert corpus.dataset.missing(corpus.table) == ["one/u999", "two/u999"]


def test_the_digest_knows_the_members_and_what_is_used_of_them() -> None:
    one, two = written("one", rows(8)), written("two", rows(8))
    digests = [
        open_corpus(r).digest
        for r in (
            join(one, two),
            join(Member(one, ("text",)), two),
            join(one, Member(two, ("text",))),
            join(one, written("two", rows(12))),
            join(one, auxiliary=[Member(two)]),
            with_auxiliary(one, two),
            with_auxiliary(one, Member(two, ("text",))),
        )
    ]
    assert len(set(digests)) == len(digests)
    assert open_corpus(join(one, two)).digest == digests[0]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            join(Member(written("one", rows(8)), ("vision",)), written("two", rows(8))),
            "vision=one: one has no vision, only text and audio",
        ),
        (
            join(written("one", rows(8), {}, ("a", "h")), written("two", rows(8))),
            "one does not say which common classes",
        ),
        (
            join(written("one", rows(8), {"a": "anger", "h": "happy"}), written("two", rows(8))),
            "Unknown common class on the card of one 'anger'. Did you mean 'angry'",
        ),
        (
            join(written("one", rows(8)), written("two", rows(8, "x"), classes=("x",))),
            "two adds no utterance",
        ),
        (
            with_auxiliary(
                written("one", rows(8), modalities=("text",)),
                Member(written("two", rows(8)), ("audio",)),
            ),
            "two cannot add audio: one has no audio here",
        ),
        (
            join(
                written("one", rows(8), modalities=("text",)),
                auxiliary=[Member(written("two", rows(8)), ("audio",))],
            ),
            "two cannot add audio: one has no audio here",
        ),
        (
            with_auxiliary(written("one", rows(8), {}, ("a", "h")), written("two", rows(8))),
            "one does not say which common classes",
        ),
    ],
)
def test_members_that_cannot_be_joined(request_: JointRequest, expected: str) -> None:
    with pytest.raises(RequestError) as error:
        open_corpus(request_)
    assert expected in str(error.value)


def test_forms_that_no_model_could_read_side_by_side_are_refused() -> None:
    one, two = written("one", rows(8)), written("two", rows(8))
    object.__setattr__(two, "sources", {"text": ("transcript",), "audio": ("tape",)})
    with pytest.raises(RequestError, match=r"joined in audio, .* waveform in one; tape in two"):
        open_corpus(join(one, two))
    assert open_corpus(join(one, Member(two, ("text",)))).modalities == ("text", "audio")


@pytest.mark.parametrize("part", ["dev", "test"])
def test_a_joint_corpus_without_a_part_is_refused(part: str) -> None:
    kept = [r for r in rows(16) if r["split"] != part]
    corpus = open_corpus(join(written("one", kept), written("two", kept)))
    with pytest.raises(DataError, match=f"the {part} part is empty"):
        split(corpus, policy(corpus, None), 0)


def test_groups_are_what_the_members_keep_apart() -> None:
    corpus = open_corpus(join(written("one", rows(8)), written("two", rows(8))))
    assert set(corpus.table["group"]) == {f"{n}/s{i}" for n in ("one", "two") for i in range(6)}


@pytest.fixture
def target(folders: Folders, pool: Any) -> Prepared:
    """Text of one corpus and voices of another, one of whose utterances has none."""
    spoken = [r | {"has": "text"} if r["id"] == "u001" else r for r in rows(16)]
    request = join(
        Member(written("one", rows(24), folders=folders), ("text",)),
        Member(written("two", spoken, folders=folders), ("audio",)),
    )
    return prepare(open_corpus(request), ["mfcc", "prosody"], pool)


def view_of(target: Prepared) -> FoldView:
    corpus: Corpus = target.corpus
    parts = split(corpus, policy(corpus, None), 0)
    return fold_view(target, parts, {"text": ("tokens",), "audio": ("mfcc",)})


def test_a_view_has_each_members_modality_and_its_number(target: Prepared) -> None:
    view = view_of(target)
    np.testing.assert_array_equal(view.corpora, [0] * 24 + [1] * 16)
    np.testing.assert_array_equal(view.available[:, 0], [True] * 24 + [False] * 16)
    lacking = np.flatnonzero(~view.available[24:, 1])
    assert [view.ids[24 + i] for i in lacking] == ["two/u001"]
    assert "two/u001" not in {view.ids[i] for i in view.parts.train}
    batch = view.batch(np.array([0, 30]), np.ones((2, 2), bool))
    assert batch.present["text"].tolist() == [True, False]
    assert batch.present["audio"].tolist() == [False, True]
    assert batch.inputs["audio"]["mfcc"].values[0].abs().sum() == 0


def test_standardisation_sees_the_train_rows_that_have_it(target: Prepared) -> None:
    view = view_of(target)
    one = view.features["audio"]["mfcc"]
    frames = np.concatenate([one[int(i)] for i in view.parts.train])
    assert len(frames) == sum(one.table.lengths[view.parts.train])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-4)


def test_predictions_name_the_member(target: Prepared) -> None:
    view = view_of(target)
    kind = registry("model")["majority"].load()
    model = kind(view.task, kind.Config(), "corrected")
    test = view.parts.test
    table = predict(model, view, view.available[test], torch.device("cpu"))
    assert list(table["corpus"]) == [i.split("/")[0] for i in table["id"]]
    assert set(table["corpus"]) == {"one", "two"}


def test_predictions_of_an_ordinary_corpus_name_none(folders: Folders, pool: Any) -> None:
    alone = prepare(open_corpus(written("one", rows(24), folders=folders)), ["mfcc"], pool)
    view = view_of(alone)
    kind = registry("model")["majority"].load()
    model = kind(view.task, kind.Config(), "corrected")
    table = predict(model, view, view.available[view.parts.test], torch.device("cpu"))
    assert "corpus" not in table.columns
    assert not view.corpora.any()


def test_the_record_counts_usable_rows_by_member(target: Prepared, tmp_path: Path) -> None:
    store = Store(tmp_path / "results")
    store.open()
    key = write_corpus(store, target, policy(target.corpus, None), [])
    record = json.loads((tmp_path / "results" / "corpora" / f"{key}.json").read_text())
    assert record["unusable"] == 1
    counts = Counter()
    for count in record["counts"]:
        counts[count["corpus"], count["split"]] += count["n"]
    assert counts == {
        ("one", "train"): 12, ("one", "dev"): 6, ("one", "test"): 6,
        ("two", "train"): 7, ("two", "dev"): 4, ("two", "test"): 4,
    }  # fmt: skip


def simulated(folders: Folders, words: str, auxiliary: str | None = None) -> CorpusRequest:
    (request,) = corpus_requests(words, auxiliary, None, folders)
    return request


SMALL = "simulated:size=42:speakers=6:seed="


def test_a_request_opens_the_same_corpus_in_any_process(folders: Folders) -> None:
    request = simulated(folders, f"text={SMALL}1+audio&vision={SMALL}2")
    corpus = open_corpus(request)
    copy = pickle.loads(pickle.dumps(request))
    assert copy.label == request.label
    assert open_corpus(copy).digest == corpus.digest
    # What a worker does: the dataset is built and read, prepare is never called.
    found = extract_rows(copy, "frames", [], 41, 43)
    assert [one.values is not None for one in found] == [False, True]
    assert corpus.dataset.generating_process() is None


def test_a_simulated_main_corpus_keeps_its_ceiling(folders: Folders) -> None:
    corpus = open_corpus(simulated(folders, f"{SMALL}1", f"text={SMALL}2"))
    plain = open_corpus(simulated(folders, f"{SMALL}1"))
    assert corpus.sources == plain.sources
    process = corpus.dataset.generating_process()
    np.testing.assert_array_equal(process, plain.dataset.generating_process())
    # Beside equals there is no ceiling, and nothing that only the ceiling may read.
    joined = open_corpus(simulated(folders, f"{SMALL}1+{SMALL}2"))
    assert joined.sources == {m: (s,) for m, s in SOURCE.items()}


def test_real_corpora_side_by_side(real_data: Path, tmp_path: Path, pool: Any) -> None:
    faces = real_data / "fer2013" / "fer2013.npz"
    for path in (faces, real_data / "meld", real_data / "ravdess"):
        if not path.exists():
            pytest.skip(f"no {path}")
    data = tmp_path / "data"
    (data / "fer2013").mkdir(parents=True)
    for name in ("meld", "ravdess"):
        (data / name).symlink_to((real_data / name).resolve())
    with np.load(faces) as archive, (data / "fer2013" / "fer2013.csv").open("w") as file:
        pixels, emotion, usage = (archive[k] for k in ("pixels", "emotion", "usage"))
        file.write("emotion,pixels,Usage\n")
        for i in range(0, len(usage), 100):
            file.write(f"{emotion[i]},{' '.join(map(str, pixels[i].ravel()))},{usage[i]}\n")
    request = simulated(Folders(data, tmp_path / "cache"), "text=meld+audio=ravdess+fer2013")
    corpus = open_corpus(request)
    assert corpus.classes == CANONICAL
    assert corpus.modalities == ("text", "audio", "vision")
    assert Counter(corpus.table["corpus"]) == {"meld": 13_708, "ravdess": 1_440, "fer2013": 359}
    parts = corpus.dataset.split(corpus.table, 0)
    test = corpus.table[parts == "test"]
    assert Counter(test["corpus"]) == {"meld": 2_610, "ravdess": 240, "fer2013": 36}
    labels = Counter(test["label"][test["corpus"] == "ravdess"])
    # Four actors, calm and neutral together.
    assert labels == dict.fromkeys(CANONICAL, 32) | {"neutral": 48}
    joy = test[(test["corpus"] == "meld") & (test["label"] == "happy")]
    assert len(joy) == 402
    speech = corpus.table[corpus.table["corpus"] == "ravdess"].iloc[0]
    assert corpus.dataset.read(speech, "waveform").size > 16_000
    assert corpus.dataset.read(speech, "transcript") is None
    assert str(corpus.dataset.read(corpus.table.iloc[0], "transcript")).startswith("also I was the")
