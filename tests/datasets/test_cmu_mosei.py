"""CMU-MOSEI as the CMU multimodal SDK stores it, written from scratch and broken on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import ClipError, DataError, Folders, RequestError
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.leakage.flawed_splits import draw_flawed_split
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import SplitPolicy
from emobench.datasets.cmu_mosei import CmuMosei, CmuMoseiOptions
from emobench.discovery.registry import registry

WriteCsd = Callable[..., Path]
WritePickle = Callable[..., Path]
NAMES = ["sentiment", "happy", "sad", "anger", "surprise", "disgust", "fear"]
"""The order that the SDK's README documents."""

LABELS = {
    "aaa": (
        # Not in order of time, overlapping, and one begins before 0: all as in the real file.
        [[4.0, 8.5], [-0.4, 4.2], [8.0, 12.0]],
        [[1, 2, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0], [-1, 0, 0, 0, 0, 0, 1]],
    ),
    "bbb": ([[0.0, 3.0], [3.0, 6.0]], [[0, 0, 0, 0, 0, 0, 0], [2, 1, 1 / 3, 0, 1, 0, 0]]),
    "ccc": ([[0.0, 3.0], [3.0, 9.0]], [[-2, 0, 2, 1, 0, 0, 0], [0, 0, 0, 0, 2 / 3, 0, 1 / 3]]),
    "ddd": ([[0.0, 3.0]], [[3.2, 0, 0, 3.4, 0, 0, 0]]),
    "not-in-a-fold": ([[0.0, 3.0]], [[0, 1, 0, 0, 0, 0, 0]]),
}
FOLDS = {"train": ["aaa", "bbb"], "valid": ["ccc"], "test": ["ddd", "no-labels"]}
VIDEOS = ("aaa", "bbb", "ccc", "ddd")


def steps(rate: float, seconds: float = 12.0) -> np.ndarray:
    """Intervals of a feature that is taken `rate` times a second."""
    starts = np.arange(round(rate * seconds)) / rate
    return np.stack([starts, starts + 1 / rate], axis=1)


def clock(rate: float, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Features whose first column says when they were taken."""
    intervals = steps(rate)
    features = np.zeros((len(intervals), width), np.float32)
    features[:, 0] = intervals[:, 0]
    return intervals, features


def words(video: str) -> tuple[np.ndarray, np.ndarray]:
    said = [f"{video}{i}" if i % 3 else "sp" for i in range(12)]
    return steps(1), np.array(said, dtype="S32")[:, None]


def write_folds(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    text = "".join(f"standard_{part}_fold={videos!r}\n\n" for part, videos in FOLDS.items())
    (root / "cmu_mosei_std_folds.py").write_text(text)


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "cmu_mosei"


@pytest.fixture
def write_corpus(root: Path, write_csd: WriteCsd) -> Callable[..., None]:
    def write(labels: Any = LABELS, names: list[str] | None = NAMES, features: bool = True) -> None:
        write_csd(root / "CMU_MOSEI_Labels.csd", labels, names, "All Labels")
        write_folds(root)
        if not features:
            return
        files = {
            "TimestampedWords": {v: words(v) for v in VIDEOS},
            "TimestampedWordVectors": {v: clock(1, 300) for v in VIDEOS},
            "COVAREP": {v: clock(100, 74) for v in VIDEOS},
            "VisualFacet42": {v: clock(30, 35) for v in VIDEOS[:-1]},
        }
        for name, rows in files.items():
            write_csd(root / f"CMU_MOSEI_{name}.csd", rows)

    return write


def opened(folders: Folders, **options: str) -> Corpus:
    return open_corpus(
        CorpusRequest(registry("dataset")["cmu_mosei"], tuple(options.items()), folders)
    )


def labels_by_id(corpus: CmuMosei) -> dict[str, str]:
    table = corpus.utterances()
    return dict(zip(table["id"], table["label"], strict=True))


def test_the_table_has_every_segment_of_the_folds_in_order_of_time(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    table = CmuMosei(folders).utterances()
    assert list(table["id"]) == [
        "aaa[1]", "aaa[0]", "aaa[2]", "bbb[0]", "bbb[1]", "ccc[0]", "ccc[1]", "ddd[0]",
    ]  # fmt: skip
    assert list(table["split"]) == ["train"] * 5 + ["dev"] * 2 + ["test"]
    assert list(table["group"]) == list(table["speaker"]) == [i[:3] for i in table["id"]]
    assert list(table["sentiment"]) == pytest.approx([0, 1, -1, 0, 2, -2, 0, 3.2])


def test_any_number_of_emotions_holds(folders: Folders, write_corpus: Callable[..., None]) -> None:
    write_corpus()
    assert labels_by_id(CmuMosei(folders)) == {
        "aaa[0]": "happy", "aaa[1]": "disgust", "aaa[2]": "fear", "bbb[0]": "",
        "bbb[1]": "happy|sad|surprise", "ccc[0]": "sad|anger", "ccc[1]": "surprise|fear",
        "ddd[0]": "anger",
    }  # fmt: skip
    corpus = opened(folders)
    assert corpus.multilabel
    assert corpus.classes == tuple(NAMES[1:])
    assert corpus.labels[corpus.ids.index("bbb[1]")].tolist() == [1, 1, 0, 1, 0, 0]


def test_the_single_reading_drops_and_counts_nothing_and_ties(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    corpus = opened(folders, labels="single")
    assert dict(zip(corpus.ids, corpus.table["label"], strict=True)) == {
        "aaa[0]": "happy", "aaa[1]": "disgust", "aaa[2]": "fear", "ccc[0]": "sad",
        "ccc[1]": "surprise", "ddd[0]": "anger",
    }  # fmt: skip
    card = corpus.dataset.card
    assert not card.multilabel
    assert not corpus.multilabel
    assert (
        "labels=single: of 8 segments 1 without emotion and 1 whose strongest emotions are as "
        "strong are dropped." in card.defects
    )
    assert CmuMosei.card.multilabel
    with pytest.raises(RequestError, match="Unknown reading of cmu_mosei's labels 'argmax'"):
        CmuMosei(folders, CmuMoseiOptions(labels="argmax"))


def test_the_card_says_what_these_files_have(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    corpus = opened(folders)
    told = corpus.dataset.card.defects[len(CmuMosei.card.defects) :]
    assert told == (
        "Here, values beyond the bounds: ddd[0].",
        "Here, in no fold: 1 videos.",
    )
    assert corpus.dataset.missing(corpus.table) == [
        "train: 16321 of 16326 segments", "dev: 1869 of 1871 segments",
        "test: 4658 of 4659 segments",
    ]  # fmt: skip


strengths = st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0, 4 / 3, 2.0, 3.0])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(*[strengths] * 6), min_size=1, max_size=8))
def test_each_column_lands_in_its_own_class(
    folders: Folders, write_corpus: Callable[..., None], values: list[tuple[float, ...]]
) -> None:
    spans = [[float(i), i + 1.0] for i in range(len(values))]
    labels = {v: (spans, [[0.0, *row] for row in values]) for v in VIDEOS}
    write_corpus(labels, features=False)
    many, one = CmuMosei(folders), CmuMosei(folders, CmuMoseiOptions(labels="single"))
    found, single = labels_by_id(many), labels_by_id(one)
    for i, row in enumerate(values):
        holds = [n for n, x in zip(NAMES[1:], row, strict=True) if x > 0]
        assert found[f"aaa[{i}]"] == "|".join(holds)
        strongest = [n for n, x in zip(NAMES[1:], row, strict=True) if x == max(row) and x > 0]
        assert single.get(f"aaa[{i}]") == (strongest[0] if len(strongest) == 1 else None)


@pytest.mark.parametrize("names", [None, NAMES, ["Sentiment", "Happiness", "Sadness", *NAMES[3:]]])
def test_names_that_agree_or_say_nothing_are_read(
    folders: Folders, write_corpus: Callable[..., None], names: list[str] | None
) -> None:
    write_corpus(names=names)
    assert labels_by_id(CmuMosei(folders))["aaa[1]"] == "disgust"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (
            [*NAMES[:5], "fear", "disgust"],
            "column 5 is 'fear', documented as 'disgust'; column 6 is 'disgust', documented as "
            "'fear'",
        ),
        (["sentiment", *sorted(NAMES[1:])], "column 1 is 'anger', documented as 'happy'"),
        (NAMES[1:], "column 0 is 'happy', documented as 'sentiment'"),
    ],
)
def test_a_file_that_has_the_columns_elsewhere_is_refused(
    folders: Folders, write_corpus: Callable[..., None], names: list[str], told: str
) -> None:
    write_corpus(names=names)
    with pytest.raises(DataError) as caught:
        CmuMosei(folders).utterances()
    assert told in str(caught.value)
    assert "CMU_MOSEI_Labels.csd says of itself" in str(caught.value)


def test_the_old_file_of_six_emotions_is_refused(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    six = {v: (spans, np.array(rows)[:, 1:]) for v, (spans, rows) in LABELS.items()}
    write_corpus(six, names=None)
    with pytest.raises(DataError, match="video aaa has 6 values per segment, not the 7 of senti"):
        CmuMosei(folders).utterances()


def test_a_segment_has_every_row_that_overlaps_it(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    corpus = CmuMosei(folders)
    rows = corpus.utterances().set_index("id", drop=False)
    read = corpus.read
    # Words of one second: 4.0 to 8.5 has the fifth to the ninth; every third is a pause.
    assert read(rows.loc["aaa[0]"], "transcript") == "aaa4 aaa5 aaa7 aaa8"
    assert read(rows.loc["aaa[0]"], "glove_300")[:, 0].tolist() == [4, 5, 6, 7, 8]
    assert read(rows.loc["aaa[1]"], "glove_300")[:, 0].tolist() == [0, 1, 2, 3, 4]
    sound = read(rows.loc["bbb[1]"], "covarep_74")
    assert sound.shape == (300, 74)
    assert sound.dtype == np.float32
    assert sound[[0, -1], 0].tolist() == pytest.approx([3.0, 5.99])
    assert read(rows.loc["aaa[2]"], "facet").shape == (120, 35)
    assert read(rows.loc["ddd[0]"], "facet") is None


def test_a_segment_in_which_nothing_is_said_lacks_text(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_csd: WriteCsd
) -> None:
    write_corpus()
    silent = {v: (steps(1), np.full((12, 1), b"sp")) for v in VIDEOS}
    early = {"aaa": ([[0.0, 1.0]], np.array([["only"]], dtype="S8"))}
    write_csd(root / "CMU_MOSEI_TimestampedWords.csd", silent | early)
    corpus = CmuMosei(folders)
    rows = corpus.utterances().set_index("id", drop=False)
    assert corpus.read(rows.loc["bbb[0]"], "transcript") is None
    assert corpus.read(rows.loc["aaa[1]"], "transcript") == "only"
    assert corpus.read(rows.loc["aaa[0]"], "transcript") is None


def test_sources_are_what_is_here_in_the_order_of_preference(
    state_of: Callable[[Any], str],
    folders: Folders,
    root: Path,
    write_corpus: Callable[..., None],
    write_csd: WriteCsd,
) -> None:
    write_corpus()
    write_csd(root / "CMU_MOSEI_VisualOpenFace2.csd", {v: clock(30, 713) for v in VIDEOS})
    assert CmuMosei(folders).sources() == {
        "text": ("transcript", "glove_300"), "audio": ("covarep_74",),
        "vision": ("facet", "openface2_713"),
    }  # fmt: skip
    before = state_of(CmuMosei(folders))
    for name in ("TimestampedWords", "COVAREP", "VisualFacet42"):
        (root / f"CMU_MOSEI_{name}.csd").unlink()
    assert CmuMosei(folders).sources() == {
        "text": ("glove_300",), "audio": (), "vision": ("openface2_713",),
    }  # fmt: skip
    assert state_of(CmuMosei(folders)) != before
    assert opened(folders).modalities == ("text", "vision")


def test_values_that_are_not_finite_are_read_as_0_counted_once_and_told(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_csd: WriteCsd
) -> None:
    write_corpus()
    intervals, features = clock(100, 74)
    features[310, :2] = -np.inf, np.nan
    covarep = root / "CMU_MOSEI_COVAREP.csd"
    write_csd(covarep, {v: clock(100, 74) for v in VIDEOS[1:]} | {"aaa": (intervals, features)})
    told: list[str] = []
    corpus = CmuMosei(folders)
    corpus.prepare(lambda what, done, total: told.append(f"{what} {done}/{total}"))
    assert "checking CMU_MOSEI_COVAREP.csd 4/4" in told
    rows = corpus.utterances().set_index("id", drop=False)
    assert (
        "covarep_74: 2 of 355,200 values (0.00056%) are not finite; they are read as 0."
        in corpus.card.defects
    )
    values = corpus.read(rows.loc["aaa[1]"], "covarep_74")
    assert np.isfinite(values).all()
    assert values[310, :2].tolist() == [0, 0]
    told.clear()
    CmuMosei(folders).prepare(lambda what, done, total: told.append(what))
    assert told == []


def test_features_are_prepared_like_any_source(
    folders: Folders, write_corpus: Callable[..., None], pool: Any
) -> None:
    write_corpus()
    corpus = opened(folders)
    target = prepare(corpus, ["covarep_74", "facet", "glove_300"], pool)
    assert target.load("covarep_74").lengths.tolist() == [420, 450, 400, *[300] * 3, 600, 300]
    assert target.available.sum(axis=0).tolist() == [8, 8, 7]


@pytest.mark.parametrize("reading", ["multi", "single"])
def test_labels_averaged_over_a_video_are_a_flaw_that_can_be_audited(
    folders: Folders, root: Path, write_csd: WriteCsd, pool: Any, reading: str
) -> None:
    """Each video has two segments of its emotion, and one of the next."""
    videos = [f"video{i}" for i in range(8)]
    spans = [[0.0, 2.0], [2.0, 4.0], [4.0, 6.0]]
    rows = np.eye(6)[[[i % 6, (i + 1) % 6, i % 6] for i in range(8)]]
    labels = {v: (spans, np.pad(r, ((0, 0), (1, 0)))) for v, r in zip(videos, rows, strict=True)}
    write_csd(root / "CMU_MOSEI_Labels.csd", labels, NAMES, "All Labels")
    parts = {"train": videos[:6], "valid": videos[6:7], "test": videos[7:]}
    text = "".join(f"standard_{part}_fold={names!r}\n" for part, names in parts.items())
    (root / "cmu_mosei_std_folds.py").write_text(text)
    write_csd(root / "CMU_MOSEI_TimestampedWordVectors.csd", {v: clock(1, 300) for v in videos})
    corpus = opened(folders, labels=reading)
    target = prepare(corpus, ["glove_300"], pool)
    honest, flawed = (
        draw_flawed_split(target, SplitPolicy(1), 0, flaw) for flaw in ("", "video_averaged")
    )
    for part, taken in vars(honest.parts).items():
        assert (vars(flawed.parts)[part] == taken).all()
    own = np.repeat(np.arange(8) % 6, 3)
    if reading == "single":
        assert (flawed.rows.labels == own).all()
    else:
        assert (flawed.rows.labels == np.eye(6)[own] + np.eye(6)[(own + 1) % 6]).all()
    assert (flawed.rows.labels != honest.rows.labels).any()


def test_features_of_another_width_or_without_intervals_are_named(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_csd: WriteCsd
) -> None:
    write_corpus()
    write_csd(root / "CMU_MOSEI_COVAREP.csd", {"aaa": clock(100, 43), "bbb": clock(100, 74)})
    with h5py.File(root / "CMU_MOSEI_COVAREP.csd", "a") as file:
        del file["root/data/bbb/intervals"]
        file["root/data/bbb/intervals"] = np.zeros((7, 2))
    corpus = CmuMosei(folders)
    corpus.prepare()
    rows = corpus.utterances().set_index("id", drop=False)
    with pytest.raises(ClipError, match=r"COVAREP\.csd: video aaa has 43 columns, covarep_74 has"):
        corpus.read(rows.loc["aaa[0]"], "covarep_74")
    with pytest.raises(ClipError, match=r"features of shape \(1200, 74\) with intervals of shape"):
        corpus.read(rows.loc["bbb[0]"], "covarep_74")


def test_labels_that_are_no_numbers_or_last_no_time_are_listed(
    folders: Folders, write_corpus: Callable[..., None]
) -> None:
    none = [0.0] * 7
    broken = {
        "aaa": ([[0, 1], [2, 2], [3, 4]], [none, none, [np.nan, *none[1:]]]),
        "bbb": ([[0, 1]], [none]),
        "ccc": ([[5, np.inf]], [none]),
    }
    write_corpus(broken)
    with pytest.raises(DataError) as caught:
        CmuMosei(folders).utterances()
    message = str(caught.value)
    assert "video aaa: no number, or no duration, in row 1, 2; video ccc:" in message
    assert "bbb" not in message


def test_files_that_are_cut_short_aligned_or_something_else_are_refused(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_csd: WriteCsd
) -> None:
    write_corpus()
    labels = root / "CMU_MOSEI_Labels.csd"
    whole = labels.read_bytes()
    labels.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"Labels\.csd cannot be read as an HDF5 file.*again"):
        CmuMosei(folders).utterances()
    write_csd(labels, {"aaa[0]": LABELS["ddd"]}, NAMES)
    with pytest.raises(DataError, match=r"already been aligned by the SDK \(it holds aaa\[0\]\)"):
        CmuMosei(folders).utterances()
    write_csd(labels, {}, NAMES)
    with pytest.raises(DataError, match="holds no video"):
        CmuMosei(folders).utterances()
    with h5py.File(labels, "w") as file:
        file["numbers"] = [1, 2]
    with pytest.raises(DataError, match=r"must hold one group with a group 'data'.*numbers"):
        CmuMosei(folders).utterances()


def test_a_feature_file_that_is_cut_short_is_named_before_anything_runs(
    folders: Folders, root: Path, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    (root / "CMU_MOSEI_COVAREP.csd").write_bytes(b"\x89HDF")
    with pytest.raises(DataError, match=r"CMU_MOSEI_COVAREP\.csd cannot be read"):
        opened(folders)


def test_absent_labels_are_named_with_the_way_to_get_them(
    folders: Folders, root: Path, write_corpus: Callable[..., None]
) -> None:
    with pytest.raises(DataError, match=r"cmu_mosei lacks CMU_MOSEI_Labels\.csd\. Download"):
        CmuMosei(folders).utterances()
    write_corpus()
    with pytest.raises(DataError, match="is the corpus itself"):
        CmuMosei(Folders(root, folders.cache)).utterances()


def test_absent_folds_say_where_they_come_from(
    folders: Folders, root: Path, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    (root / "cmu_mosei_std_folds.py").unlink()
    with pytest.raises(DataError) as caught:
        CmuMosei(folders).utterances()
    assert f"{root} lacks the standard folds. Put cmu_mosei_std_folds.py there" in str(caught.value)
    assert "mmsdk/mmdatasdk/dataset/standard_datasets/CMU_MOSEI" in str(caught.value)


@pytest.mark.parametrize("form", ["json", "json_dev", "json_standard", "text", "python"])
def test_every_form_of_the_folds_gives_the_same_split(
    folders: Folders, root: Path, write_corpus: Callable[..., None], form: str
) -> None:
    write_corpus()
    (root / "cmu_mosei_std_folds.py").unlink()
    if form.startswith("json"):
        names = {"valid": "dev"} if form == "json_dev" else {}
        folds = {names.get(p, p): videos for p, videos in FOLDS.items()}
        if form == "json_standard":
            folds = {f"standard_{p}_fold": videos for p, videos in FOLDS.items()}
        (root / "standard_folds.json").write_text(json.dumps(folds))
    elif form == "text":
        for part, videos in FOLDS.items():
            (root / f"standard_{part}_fold.txt").write_text("\r\n".join(videos) + "\r\n")
    else:
        (root / "cmu_mosei_std_folds.py").write_text(
            "'''Folds.'''\nimport nothing_that_exists\nother = open('x')\n"
            + "".join(f"standard_{p}_fold = [\n  {str(v)[1:-1]},\n]\n" for p, v in FOLDS.items())
        )
    assert list(CmuMosei(folders).utterances()["split"]) == ["train"] * 5 + ["dev"] * 2 + ["test"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("standard_train_fold=[", "is no Python"),
        ("standard_train_fold=['aaa']", "valid must be a list of video ids and not be empty"),
        ("standard_train_fold=open('x')", "line 1: standard_train_fold must be a plain list"),
        ("standard_train_fold=[1]\nstandard_valid_fold=['b']", "train must be a list of video"),
        (
            "standard_train_fold=['aaa', 'b']\nstandard_valid_fold=['c']\n"
            "standard_test_fold=['aaa']",
            "puts videos into two parts: aaa.",
        ),
    ],
)
def test_broken_folds_are_named(
    folders: Folders, root: Path, write_corpus: Callable[..., None], text: str, told: str
) -> None:
    write_corpus()
    (root / "cmu_mosei_std_folds.py").write_text(text)
    with pytest.raises(DataError) as caught:
        CmuMosei(folders).utterances()
    assert "cmu_mosei_std_folds.py" in str(caught.value)
    assert told in str(caught.value)


def test_folds_of_another_corpus_are_told(
    folders: Folders, root: Path, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    (root / "standard_folds.json").write_text('{"train": ["x"], "valid": ["y"], "test": ["z"]}')
    with pytest.raises(DataError, match=r"No video of .* is in the standard folds"):
        CmuMosei(folders).utterances()


CLIPS = [
    # Segments by time, as the table has them: video, start, end, place in the label file.
    (video, *spans[row], row, labels[row][0])
    for video, (spans, labels) in LABELS.items()
    for row in sorted(range(len(spans)), key=lambda row: spans[row])
    if video != "not-in-a-fold"
]
NUMBERING = {"0 by time": 0, "1 by time": 1, "as in the file": None}
SIZES = {"text": 768, "audio": 74, "vision": 35}


def clips(numbering: str = "1 by time") -> dict[str, list[tuple[Any, float]]]:
    """The segments of the folds as a pickle names them, by part; sentiments in float32."""
    found: dict[str, list[tuple[Any, float]]] = {}
    seen: dict[str, int] = {}
    for video, start, end, row, sentiment in CLIPS:
        rank = seen[video] = seen.get(video, -1) + 1
        first = NUMBERING.get(numbering)
        name: Any = f"{video}$_${rank + (first or 0)}"
        if numbering == "as in the file":
            name = f"{video}[{row}]"
        elif numbering == "by start and end":
            name = [video, str(start + 0.01), str(end - 0.02)]
        part = next(p for p, videos in FOLDS.items() if video in videos)
        found.setdefault(part, []).append((name, sentiment))
    return found


@pytest.mark.parametrize("numbering", ["0 by time", "1 by time", "as in the file"])
def test_modalities_without_a_csd_come_from_a_pickle(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle,
    numbering: str,
) -> None:  # fmt: skip
    write_corpus()
    for name in ("COVAREP", "VisualFacet42"):
        (root / f"CMU_MOSEI_{name}.csd").unlink()
    write_pickle(root / "aligned_50.pkl", clips(numbering), SIZES)
    corpus = opened(folders)
    assert corpus.sources == {
        "text": ("transcript", "glove_300"), "audio": ("covarep_74",), "vision": ("facet",),
    }  # fmt: skip
    for place, (_, row) in enumerate(corpus.table.iterrows(), start=1):
        for source, width in (("covarep_74", 74), ("facet", 35)):
            values = corpus.dataset.read(row, source)
            np.testing.assert_array_equal(values, np.full((2, width), place, np.float32))
    rows = corpus.table.set_index("id", drop=False)
    assert corpus.dataset.read(rows.loc["aaa[0]"], "transcript") == "aaa4 aaa5 aaa7 aaa8"
    words = {
        "0 by time": "counted from 0, segments by time",
        "1 by time": "counted from 1, segments by time",
        "as in the file": "counted from 0, segments as in the label file",
    }[numbering]
    assert corpus.dataset.card.defects[-2:] == (
        "From aligned_50.pkl: audio and vision.",
        f"aligned_50.pkl: utterances {words}; 8 of 8 have the sentiment of their segment.",
    )


def test_a_pickle_is_left_alone_where_all_csd_files_are_here(
    state_of: Callable[[Any], str], folders: Folders, root: Path, write_corpus: Callable[..., None]
) -> None:
    write_corpus()
    before = CmuMosei(folders)
    (root / "aligned_50.pkl").write_bytes(b"no pickle")
    after = CmuMosei(folders)
    assert list(after.utterances()["id"]) == list(before.utterances()["id"])
    assert after.sources() == before.sources()
    assert state_of(after) == state_of(before)


def test_labels_and_a_pickle_are_a_corpus(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle,
    pool: Any,
) -> None:  # fmt: skip
    write_corpus(features=False)
    write_pickle(root / "unaligned_50.pkl", clips(), SIZES | {"vision": 20})
    corpus = opened(folders)
    assert corpus.sources == {
        "text": ("transcript", "text_features"), "audio": ("covarep_74",),
        "vision": ("vision_features",),
    }  # fmt: skip
    assert corpus.dataset.read(corpus.table.iloc[1], "transcript") == "said aaa$_$2"
    names = ["covarep_74", "vision_features", "text_features"]
    target = prepare(corpus, names, pool)
    assert target.available.all()
    for name in names:
        assert [target.load(name)[i][0, 0] for i in range(8)] == list(range(1, 9))
    single = opened(folders, labels="single")
    row = single.table.set_index("id", drop=False).loc["ddd[0]"]
    assert single.dataset.read(row, "covarep_74")[0, 0] == 8


def test_the_pickle_of_sentiments_is_joined_by_start_and_end(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle
) -> None:
    write_corpus(features=False)
    sizes = {"text": 300, "audio": 74, "vision": 35}
    write_pickle(root / "mosei_senti_data.pkl", clips("by start and end"), sizes)
    corpus = opened(folders)
    assert corpus.sources == {
        "text": ("glove_300",), "audio": ("covarep_74",), "vision": ("facet",),
    }  # fmt: skip
    read = [corpus.dataset.read(row, "glove_300") for _, row in corpus.table.iterrows()]
    assert [values[0, 0] for values in read] == list(range(1, 9))
    assert "utterances joined by start and end; 8 of 8" in corpus.dataset.card.defects[-1]


def test_a_modality_that_no_pickle_has_is_left_out(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle
) -> None:
    write_corpus(features=False)
    write_pickle(root / "aligned_50.pkl", clips(), {"audio": 74}, raw_text=lambda ids: None)
    assert opened(folders).modalities == ("audio",)
    write_pickle(root / "unaligned_50.pkl", clips("0 by time"), SIZES)
    corpus = opened(folders)
    assert corpus.modalities == ("text", "audio", "vision")
    assert corpus.dataset.read(corpus.table.iloc[0], "transcript") == "said aaa$_$0"
    told = corpus.dataset.card.defects
    assert "From aligned_50.pkl: audio." in told
    assert "From unaligned_50.pkl: text and vision." in told
    names = {p.name for p in corpus.dataset.files()}
    assert {"aligned_50.pkl", "unaligned_50.pkl"} <= names


def test_another_pickle_is_another_corpus(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle
) -> None:
    write_corpus(features=False)
    path = write_pickle(root / "aligned_50.pkl", clips(), SIZES)
    before = opened(folders)
    assert path in before.dataset.files()
    write_pickle(path, clips(), SIZES | {"audio": 75})
    assert opened(folders).digest != before.digest


def test_segments_that_the_pickle_lacks_are_absent_and_counted(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle,
    pool: Any,
) -> None:  # fmt: skip
    write_corpus()
    (root / "CMU_MOSEI_COVAREP.csd").unlink()
    parts = clips()
    del parts["train"][2]
    write_pickle(root / "aligned_50.pkl", parts, SIZES)
    corpus = opened(folders)
    assert (
        "aligned_50.pkl has nothing of 1 of 8 segments (aaa[2]); audio counts as absent there."
        in corpus.dataset.card.defects
    )
    audio = prepare(corpus, ["covarep_74"], pool).available[:, 1]
    assert [i for i, there in zip(corpus.ids, audio, strict=True) if not there] == ["aaa[2]"]


def test_a_pickle_whose_numbers_cannot_be_made_out_is_refused(
    folders: Folders, root: Path, write_corpus: Callable[..., None], write_pickle: WritePickle
) -> None:
    write_corpus(features=False)
    parts = {part: [(i, -s if s else 1.0) for i, s in members] for part, members in clips().items()}
    path = write_pickle(root / "aligned_50.pkl", parts, SIZES)
    with pytest.raises(
        DataError, match=r"aligned_50\.pkl cannot be joined to the labels"
    ) as caught:
        CmuMosei(folders).utterances()
    assert str(path) in str(caught.value)
    others = {part: [(f"x{i}", s) for i, s in members] for part, members in clips().items()}
    write_pickle(path, others, SIZES)
    with pytest.raises(DataError, match=r"it has xaaa\$_\$1, .*; the corpus has aaa\[1\]"):
        CmuMosei(folders).utterances()


def test_a_hostile_or_broken_pickle_is_named_with_what_it_tried(
    folders: Folders, root: Path, write_corpus: Callable[..., None], tmp_path: Path
) -> None:
    write_corpus(features=False)
    canary = tmp_path / "canary"
    path = root / "aligned_50.pkl"
    path.write_bytes(f"cposix\nsystem\n(S'touch {canary}'\ntR.".encode())
    with pytest.raises(DataError) as caught:
        opened(folders)
    assert f"{path} is a pickle that wants to call posix.system" in str(caught.value)
    assert not canary.exists()
    path.write_bytes(b"\x80\x04}")
    with pytest.raises(DataError, match=r"aligned_50\.pkl ends too early for a pickle"):
        CmuMosei(folders).utterances()
