"""CMU-MOSI as the SDK stores it and as utterance vectors, from scratch, broken, and for real."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emobench import DataError, Folders, RequestError
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import prepare
from emobench.datasets.cmu_mosi import ARCHIVE_COUNTS, ZEROS, CmuMosi, CmuMosiOptions
from emobench.discovery.registry import registry

WriteCsd = Callable[..., Path]
WritePickle = Callable[..., Path]
SENTIMENTS = (2.4, -0.2, 0.0)
VIDEOS = [f"video{i:02d}" for i in range(18)]
PARTS = {"train": VIDEOS[:8], "valid": VIDEOS[8:12], "test": VIDEOS[12:]}


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "cmu_mosi"


def clock(rate: float, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Nine seconds of features whose first column says when they were taken."""
    starts = np.arange(round(rate * 9)) / rate
    features = np.zeros((len(starts), width), np.float32)
    features[:, 0] = starts
    return np.stack([starts, starts + 1 / rate], axis=1), features


@pytest.fixture
def write_sdk(root: Path, write_csd: WriteCsd) -> Callable[..., None]:
    def write(videos: list[str] = VIDEOS) -> None:
        spans = [[6.0, 9.0], [0.0, 3.0], [3.0, 6.0]]
        labels = {v: (spans, np.array(SENTIMENTS)[:, None]) for v in videos}
        write_csd(root / "CMU_MOSI_Opinion_Labels.csd", labels, root="Opinion Segment Labels")
        words = np.array([f"w{i}" for i in range(9)], dtype="S8")[:, None]
        said = {v: (clock(1, 1)[0], words) for v in videos}
        write_csd(root / "CMU_MOSI_TimestampedWords.csd", said)
        write_csd(root / "CMU_MOSI_COVAREP.csd", {v: clock(100, 74) for v in videos})
        write_csd(root / "CMU_MOSI_Visual_Facet_41.csd", {v: clock(30, 47) for v in videos})
        text = "".join(f"standard_{p}_fold={v!r}\n" for p, v in PARTS.items())
        (root / "cmu_mosi_std_folds.py").write_text(text)

    return write


def archive(videos: list[str] = VIDEOS, per_video: int = 11) -> dict[str, np.ndarray]:
    """Utterance vectors whose first number is the utterance's place in the archive."""
    # Names are sorted as text, so that _10 stands before _2: as in the real file.
    ids = sorted(f"{v}_{n}" for v in videos for n in range(1, per_video + 1))
    place = np.arange(len(ids), dtype=np.float32)[:, None]
    video = [i.rsplit("_", 1)[0] for i in ids]
    return {
        "ids": np.array(ids),
        "video_id": np.array(video),
        "text_raw": np.array([f"SAID {i}" for i in ids]),
        "text": np.repeat(place, 100, axis=1),
        "audio": np.repeat(place, 73, axis=1),
        "video": np.repeat(place, 100, axis=1).astype(np.float64),
        "sentiment": np.resize(SENTIMENTS, len(ids)),
        "label_binary": np.resize([1, 0, 1], len(ids)),
        "split": np.array(["test" if v in PARTS["test"] else "train" for v in video]),
        "official_split": np.array(["train"] * len(ids)),
    }


def write_archive(root: Path, **changes: Any) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    path = root / "cmu_mosi_utterances.npz"
    arrays = {k: v for k, v in (archive() | changes).items() if v is not None}
    np.savez(path, **arrays)
    return path


def opened(folders: Folders, **options: str) -> Corpus:
    return open_corpus(
        CorpusRequest(registry("dataset")["cmu_mosi"], tuple(options.items()), folders)
    )


def test_the_sdk_files_give_two_classes_in_order_of_time(
    folders: Folders, write_sdk: Callable[..., None]
) -> None:
    write_sdk()
    corpus = opened(folders)
    table = corpus.table
    assert list(table["id"][:3]) == ["video00[1]", "video00[2]", "video00[0]"]
    assert list(table["label"][:3]) == ["negative", "positive", "positive"]
    assert list(table["group"]) == list(table["speaker"]) == sorted(VIDEOS * 3)
    parts = {p: sorted(rows["group"].unique()) for p, rows in table.groupby("split")}
    assert parts == {"train": PARTS["train"], "dev": PARTS["valid"], "test": PARTS["test"]}
    assert corpus.sources == {
        "text": ("transcript",), "audio": ("covarep_74",), "vision": ("vision_features",),
    }  # fmt: skip
    assert corpus.dataset.card.split.startswith("The SDK's standard folds")


def test_the_sdk_features_are_cut_by_the_label_s_interval(
    folders: Folders, write_sdk: Callable[..., None], pool: Any
) -> None:
    write_sdk()
    corpus = opened(folders)
    last = corpus.table.set_index("id", drop=False).loc["video03[0]"]
    read = corpus.dataset.read
    assert read(last, "transcript") == "w6 w7 w8"
    assert read(last, "covarep_74")[[0, -1], 0].tolist() == pytest.approx([6.0, 8.99])
    assert read(last, "vision_features").shape == (90, 47)
    target = prepare(corpus, ["covarep_74", "vision_features"], pool)
    assert set(target.load("covarep_74").lengths) == {300}
    assert target.available.all()


def test_the_sdk_files_are_preferred_to_the_archive(
    folders: Folders, root: Path, write_sdk: Callable[..., None]
) -> None:
    write_archive(root)
    assert opened(folders).sources["audio"] == ("audio_features",)
    write_sdk()
    assert opened(folders).sources["audio"] == ("covarep_74",)


def test_videos_that_are_in_no_fold_are_named(
    folders: Folders, write_sdk: Callable[..., None]
) -> None:
    write_sdk([*VIDEOS, "extra"])
    with pytest.raises(DataError, match=r"in none of the standard folds of .*: extra\. Take cmu"):
        CmuMosi(folders).utterances()


def test_sdk_files_without_folds_say_where_they_come_from(
    folders: Folders, root: Path, write_sdk: Callable[..., None]
) -> None:
    write_sdk()
    (root / "cmu_mosi_std_folds.py").unlink()
    with pytest.raises(DataError, match=r"Put cmu_mosi_std_folds\.py there .*CMU_MOSI of the"):
        CmuMosi(folders).utterances()


def test_values_that_are_not_finite_are_told_once_they_were_counted(
    folders: Folders, root: Path, write_sdk: Callable[..., None], write_csd: WriteCsd
) -> None:
    write_sdk()
    intervals, features = clock(100, 74)
    features[5, 3] = -np.inf
    rows = dict.fromkeys(VIDEOS, (intervals, features))
    write_csd(root / "CMU_MOSI_COVAREP.csd", rows)
    told = opened(folders).dataset.card.defects[-1]
    assert told.startswith("covarep_74: 18 of 1,198,800 values")


def test_the_archive_gives_the_utterances_in_order_of_time(folders: Folders, root: Path) -> None:
    write_archive(root)
    corpus = opened(folders)
    table = corpus.table
    assert list(table["id"][:11]) == [f"video00_{n}" for n in range(1, 12)]
    order = archive()
    for i in (0, 1, 9, 10, 100):
        row = table.iloc[i]
        place = list(order["ids"]).index(row["id"])
        assert row["sentiment"] == order["sentiment"][place]
        assert row["label"] == ("positive" if order["label_binary"][place] else "negative")
        for source, width in (
            ("text_features", 100), ("audio_features", 73), ("vision_features", 100),
        ):  # fmt: skip
            values = corpus.dataset.read(row, source)
            assert values.dtype == np.float32
            np.testing.assert_array_equal(values, np.full((1, width), place))
        assert corpus.dataset.read(row, "transcript") == f"SAID {row['id']}"
    assert corpus.sources == {
        "text": ("transcript", "text_features"), "audio": ("audio_features",),
        "vision": ("vision_features",),
    }  # fmt: skip


def test_dev_is_whole_videos_of_train_and_always_the_same(folders: Folders, root: Path) -> None:
    write_archive(root)
    table = CmuMosi(folders).utterances()
    videos = {p: set(rows["group"]) for p, rows in table.groupby("split")}
    assert {p: len(v) for p, v in videos.items()} == {"train": 2, "dev": 10, "test": 6}
    assert videos["test"] == set(PARTS["test"])
    assert not videos["train"] & videos["dev"]
    order = np.random.default_rng(0).permutation(18 * 11)
    write_archive(root, **{k: v[order] for k, v in archive().items()})
    again = CmuMosi(folders).utterances()
    assert list(again["id"]) == list(table["id"])
    assert list(again["split"]) == list(table["split"])
    assert list(again["sentiment"]) == list(table["sentiment"])


def test_the_card_says_which_split_the_archive_has(folders: Folders, root: Path) -> None:
    write_archive(root)
    corpus = CmuMosi(folders)
    assert corpus.card.split.startswith("That of the archive")
    assert corpus.card.counts == ARCHIVE_COUNTS
    assert any("trained on the labels of train and dev" in d for d in corpus.card.defects)
    assert corpus.missing(corpus.utterances()) == [
        "train: 1223 of 1245 utterances", "dev: 92 of 202 utterances",
        "test: 686 of 752 utterances",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["sdk", "archive"])
def test_zero_is_positive_or_left_out(
    folders: Folders, root: Path, write_sdk: Callable[..., None], kind: str
) -> None:
    if kind == "sdk":
        write_sdk()
    else:
        write_archive(root)
    kept, dropped = opened(folders), opened(folders, zero="drop")
    zero = kept.table["sentiment"] == 0
    assert set(kept.table["label"][zero]) == {"positive"}
    assert list(dropped.table["id"]) == list(kept.table["id"][~zero])
    for part, counts in kept.dataset.card.counts.items():
        fewer = dropped.dataset.card.counts[part]
        assert counts["negative"] == fewer["negative"]
        assert counts["positive"] - fewer["positive"] == ZEROS[kind][part]
    assert CmuMosi.card.counts["train"] == {"negative": 552, "positive": 732}
    with pytest.raises(RequestError, match="reading of cmu_mosi's sentiment 0 'neutral'"):
        CmuMosi(folders, CmuMosiOptions(zero="neutral"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"audio": None, "split": None}, "lacks the arrays split, audio"),
        ({"audio": np.zeros((3, 73))}, r"audio has shape \(3, 73\); it must have 198 rows and 2"),
        ({"sentiment": np.zeros((198, 1))}, r"sentiment has shape \(198, 1\).*1 dimension\."),
        ({"split": np.array(["valid"] * 198)}, "not so: 'video00_1', .* and 188 more"),
        ({"sentiment": np.full(198, np.nan)}, "sentiment finite; not so"),
        ({"ids": np.array([f"u{i}" for i in range(198)])}, "ids must end with a number"),
    ],
)
def test_a_broken_archive_is_named(
    folders: Folders, root: Path, changes: dict[str, Any], told: str
) -> None:
    path = write_archive(root, **changes)
    with pytest.raises(DataError, match=told) as caught:
        CmuMosi(folders).utterances()
    assert str(path) in str(caught.value)


def test_an_archive_with_pickles_or_cut_short_is_not_read(folders: Folders, root: Path) -> None:
    path = write_archive(root, text_raw=np.array([object()] * 198))
    with pytest.raises(DataError, match="cannot be read as a NumPy archive"):
        CmuMosi(folders).utterances()
    write_archive(root)
    for kept in (path.stat().st_size // 2, 0):
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(DataError, match="cannot be read as a NumPy archive"):
            CmuMosi(folders).utterances()


def test_another_archive_changes_the_fingerprint(
    state_of: Callable[[Any], str], folders: Folders, root: Path
) -> None:
    write_archive(root)
    before = state_of(CmuMosi(folders))
    write_archive(root, audio=archive()["audio"] + 1)
    assert state_of(CmuMosi(folders)) != before


def test_nothing_here_is_told_with_the_way_to_get_it(folders: Folders, root: Path) -> None:
    with pytest.raises(
        DataError, match=r"has neither CMU_MOSI_Opinion.* nor cmu_mosi_utt.* nor a pickle.*SDK"
    ):
        CmuMosi(folders).utterances()
    write_archive(root)
    with pytest.raises(DataError, match="is the corpus itself"):
        CmuMosi(Folders(root, folders.cache)).utterances()


SIZES = {"text": 768, "audio": 5, "vision": 20}


def clips(first: int = 1) -> dict[str, list[tuple[str, float]]]:
    """Three utterances of each video by time, numbered from `first`."""
    by_time = (-0.2, 0.0, 2.4)
    return {
        part: [(f"{v}$_${n + first}", by_time[n]) for v in videos for n in range(3)]
        for part, videos in PARTS.items()
    }


def test_a_pickle_alone_is_enough(
    folders: Folders, root: Path, write_pickle: WritePickle, pool: Any
) -> None:
    parts = clips(first=9)  # so that the numbers' digits are not in the order of the numbers
    write_pickle(root / "aligned_50.pkl", {p: v[::-1] for p, v in parts.items()}, SIZES)
    corpus = opened(folders)
    table = corpus.table
    assert list(table["id"][:3]) == ["video00$_$9", "video00$_$10", "video00$_$11"]
    assert list(table["label"][:3]) == ["negative", "positive", "positive"]
    assert list(table["group"]) == list(table["speaker"]) == sorted(VIDEOS * 3)
    found = {p: sorted(rows["group"].unique()) for p, rows in table.groupby("split")}
    assert found == {"train": PARTS["train"], "dev": PARTS["valid"], "test": PARTS["test"]}
    assert corpus.sources == {
        "text": ("transcript", "text_features"), "audio": ("audio_features",),
        "vision": ("vision_features",),
    }  # fmt: skip
    assert corpus.dataset.card.split.startswith("Train, valid (dev) and test of aligned_50.pkl")
    assert corpus.dataset.read(table.iloc[1], "transcript") == "said video00$_$10"
    assert corpus.dataset.read(table.iloc[1], "audio_features").tolist() == [[23.0] * 5] * 2
    assert prepare(corpus, ["audio_features"], pool).available.all()
    vectors = opened(folders, text="vectors")
    assert vectors.sources["text"] == ("text_features", "transcript")


def test_a_pickle_that_is_the_corpus_is_one(
    folders: Folders, root: Path, write_pickle: WritePickle
) -> None:
    write_pickle(root / "aligned_50.pkl", clips(), {"text": 768, "audio": 5})
    before = opened(folders)
    assert before.modalities == ("text", "audio")
    write_pickle(root / "unaligned_50.pkl", clips(0), SIZES)
    assert opened(folders).digest == before.digest
    write_pickle(root / "aligned_50.pkl", clips(), {}, raw_text=lambda ids: None)
    with pytest.raises(DataError, match=r"aligned_50\.pkl has none of text, audio, vision, and no"):
        opened(folders)


def test_zero_of_a_pickle_is_positive_or_left_out(
    folders: Folders, root: Path, write_pickle: WritePickle
) -> None:
    write_pickle(root / "unaligned_50.pkl", clips(), SIZES)
    kept, dropped = opened(folders), opened(folders, zero="drop")
    zero = kept.table["sentiment"] == 0
    assert zero.sum() == len(VIDEOS)
    assert set(kept.table["label"][zero]) == {"positive"}
    assert list(dropped.table["id"]) == list(kept.table["id"][~zero])
    row = dropped.table.iloc[-1]
    assert dropped.dataset.read(row, "vision_features")[0, 0] == len(kept.table)


@pytest.mark.parametrize("first", [0, 1])
def test_beside_the_sdk_s_labels_a_pickle_gives_what_is_not_there(
    folders: Folders, root: Path, write_sdk: Callable[..., None], write_pickle: WritePickle,
    first: int,
) -> None:  # fmt: skip
    write_sdk()
    (root / "CMU_MOSI_COVAREP.csd").unlink()
    write_pickle(root / "aligned_50.pkl", clips(first), SIZES)
    corpus = opened(folders)
    assert corpus.sources == {
        "text": ("transcript",), "audio": ("audio_features",), "vision": ("vision_features",),
    }  # fmt: skip
    table = corpus.table
    assert list(table["id"][:3]) == ["video00[1]", "video00[2]", "video00[0]"]
    read = [corpus.dataset.read(row, "audio_features")[0, 0] for _, row in table.iterrows()]
    assert read == list(range(1, len(table) + 1))
    assert corpus.dataset.read(table.iloc[0], "vision_features").shape == (90, 47)
    assert f"counted from {first}, segments by time; 54 of 54" in corpus.dataset.card.defects[-1]


def test_the_archive_is_preferred_to_a_pickle(folders: Folders, root: Path) -> None:
    write_archive(root)
    before = opened(folders)
    (root / "aligned_50.pkl").write_bytes(b"no pickle")
    assert opened(folders).digest == before.digest


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (lambda p: {"train": p["train"], "test": p["test"]}, "has no utterance in dev; it needs"),
        (
            lambda p: p | {"test": [*p["test"], ("video17$_$9", np.nan)]},
            "no sentiment .* of 1 of 55 utterances: video17",
        ),
        (lambda p: p | {"test": [("odd", 1.0)]}, r"ids that are not all of one form.*: 'odd'"),
    ],
)
def test_a_pickle_alone_that_is_no_corpus_is_named(
    folders: Folders, root: Path, write_pickle: WritePickle, parts: Any, told: str
) -> None:
    path = write_pickle(root / "aligned_50.pkl", parts(clips()), SIZES)
    with pytest.raises(DataError, match=told) as caught:
        CmuMosi(folders).utterances()
    assert str(path) in str(caught.value)


def test_a_pickle_that_wants_to_call_something_is_not_read(folders: Folders, root: Path) -> None:
    root.mkdir()
    path = root / "aligned_50.pkl"
    path.write_bytes(b"cbuiltins\neval\n(S'1'\ntR.")
    with pytest.raises(DataError) as caught:
        CmuMosi(folders).utterances()
    assert f"{path} is a pickle that wants to call builtins.eval" in str(caught.value)


@pytest.fixture(scope="module")
def real(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> CmuMosi:
    if not (real_data / "cmu_mosi" / "cmu_mosi_utterances.npz").is_file():
        pytest.skip("no cmu_mosi_utterances.npz among the real recordings")
    return CmuMosi(Folders(real_data, tmp_path_factory.mktemp("cache")))


def test_the_real_archive_has_the_published_counts(real: CmuMosi) -> None:
    table = real.utterances()
    assert len(table) == 2199
    assert table["group"].nunique() == 93
    parts = table["split"].value_counts()
    assert (parts["train"] + parts["dev"], parts["test"]) == (1447, 752)
    found = {p: rows["label"].value_counts().to_dict() for p, rows in table.groupby("split")}
    assert found == ARCHIVE_COUNTS == real.card.counts
    zeros = table[table["sentiment"] == 0]["split"].value_counts().to_dict()
    assert zeros == ZEROS["archive"]
    assert real.missing(table) == []
    assert (table.groupby("group")["split"].nunique() == 1).all()


def test_the_real_official_split_has_the_counts_of_the_card(real: CmuMosi) -> None:
    arrays = real._arrays
    sentiment = arrays["sentiment"]
    for name, part in (("train", "train"), ("val", "dev"), ("test", "test")):
        there = sentiment[arrays["official_split"] == name]
        assert CmuMosi.card.counts[part] == {
            "negative": (there < 0).sum(), "positive": (there >= 0).sum(),
        }  # fmt: skip
        assert (there == 0).sum() == ZEROS["sdk"][part]


def linear(real: CmuMosi, sources: tuple[str, ...], train: list[str], tested: str) -> float:
    """Accuracy on a part of a linear model over the vectors."""
    table = real.utterances()
    values = np.hstack(
        [np.concatenate([real.read(row, s) for _, row in table.iterrows()]) for s in sources]
    )
    seen, unseen = table["split"].isin(train).to_numpy(), (table["split"] == tested).to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
    model.fit(values[seen], table["label"][seen])
    return float(model.score(values[unseen], table["label"][unseen]))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("text_features",), 0.757),
        (("audio_features",), 0.557),
        (("vision_features",), 0.515),
        (("text_features", "audio_features", "vision_features"), 0.767),
    ],
)
def test_a_linear_model_on_the_real_vectors_scores_what_it_should(
    real: CmuMosi, sources: tuple[str, ...], expected: float
) -> None:
    """By our notes; far less means that vectors and labels are mixed up."""
    score = linear(real, sources, ["train", "dev"], "test")
    assert score == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("source", "dev", "test"), [("text_features", 0.98, 0.76), ("vision_features", 0.87, 0.52)]
)
def test_the_real_vectors_know_the_labels_of_dev_as_the_card_says(
    real: CmuMosi, source: str, dev: float, test: float
) -> None:
    assert linear(real, (source,), ["train"], "dev") == pytest.approx(dev, abs=0.02)
    assert linear(real, (source,), ["train"], "test") == pytest.approx(test, abs=0.02)


def pickled(real: CmuMosi, folders: Folders, write_pickle: WritePickle) -> Path:
    """The real ids, sentiments and official split as MMSA writes them."""
    arrays = real._arrays
    names = np.char.add(np.char.add(arrays["video_id"], "$_$"), [
        i.rsplit("_", 1)[1] for i in arrays["ids"]
    ])  # fmt: skip
    parts = {}
    for name, part in (("train", "train"), ("val", "valid"), ("test", "test")):
        there = arrays["official_split"] == name
        parts[part] = list(zip(names[there].tolist(), arrays["sentiment"][there], strict=True))
    return write_pickle(folders.data / "cmu_mosi" / "aligned_50.pkl", parts, {"audio": 5})


def test_the_real_utterances_as_a_pickle_have_the_counts_of_the_card(
    real: CmuMosi, folders: Folders, write_pickle: WritePickle
) -> None:
    pickled(real, folders, write_pickle)
    corpus = CmuMosi(folders)
    table = corpus.utterances()
    found = {p: rows["label"].value_counts().to_dict() for p, rows in table.groupby("split")}
    assert found == corpus.card.counts
    assert corpus.missing(table) == []


def test_the_real_sentiments_tell_how_a_pickle_counts(
    real: CmuMosi, folders: Folders, write_pickle: WritePickle, write_csd: WriteCsd
) -> None:
    path = pickled(real, folders, write_pickle)
    table = real.utterances()
    draw = np.random.default_rng(0)
    labels, folds = {}, {}
    for video, rows in table.groupby("group"):
        starts = np.arange(len(rows)) * 4.0
        order = draw.permutation(len(rows))
        spans = np.stack([starts, starts + 3], axis=1)[order]
        labels[video] = (spans, rows["sentiment"].to_numpy()[order][:, None])
    official = dict(zip(real._arrays["video_id"], real._arrays["official_split"], strict=True))
    for name, part in (("train", "train"), ("val", "valid"), ("test", "test")):
        folds[part] = [str(v) for v, p in official.items() if p == name]
    write_csd(path.parent / "CMU_MOSI_Opinion_Labels.csd", labels)
    (path.parent / "standard_folds.json").write_text(json.dumps(folds))
    corpus = CmuMosi(folders)
    assert len(corpus.utterances()) == 2199
    assert "counted from 1, segments by time; 2,199 of 2,199" in corpus.card.defects[-1]
