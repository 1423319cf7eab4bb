"""What rows and columns of a manifest mean: renderings of one name, gaps, segments, splits."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import SAMPLE_RATE, DataError, Folders
from emobench.datasets.manifest import Manifest, ManifestOptions
from emobench.datasets.manifests import read_manifest
from emobench.datasets.manifests.segments import unlikely_times

few = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Row = dict[str, str]


def opened(folder: Path, rows: list[Row], folders: Folders, **options: str) -> Manifest:
    path = folder / "own.csv"
    columns = list(rows[0])
    lines = [";".join(columns), *(";".join(r[c] for c in columns) for r in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return Manifest(folders, ManifestOptions(path=str(path), **options))


def base(count: int = 24) -> list[Row]:
    names = ("Ärger", "Fröhlich", "3")
    return [
        {"id": f"u{i}", "label": names[i % 3], "text": f"t {i}", "speaker": f"Zoë {i // 3}"}
        for i in range(count)
    ]


RENDERINGS = (
    str,
    str.upper,
    str.lower,
    lambda n: f"  {n} ",
    lambda n: unicodedata.normalize("NFD", n),
    lambda n: f"{n}.0" if n.isdigit() else n,
)


@few
@given(st.data())
def test_renderings_of_labels_and_speakers_are_one_name(
    tmp_path: Path, folders: Folders, data: st.DataObject
) -> None:
    rows = base()
    kinds = st.lists(st.sampled_from(RENDERINGS), min_size=len(rows), max_size=len(rows))
    labels, speakers = data.draw(kinds), data.draw(kinds)
    other = [
        r | {"label": f(r["label"]), "speaker": g(r["speaker"])}
        for r, f, g in zip(rows, labels, speakers, strict=True)
    ]
    corpus = opened(tmp_path, other, folders)
    table = corpus.utterances()
    assert len(table) == len(rows)
    assert len(corpus.card.classes) == 3
    truth = [r["speaker"] for r in rows]
    assert len(set(zip(truth, table["speaker"], strict=True))) == len(set(truth))
    people = {p: {t for t, s in zip(truth, table["split"], strict=True) if s == p}
              for p in ("train", "dev", "test")}  # fmt: skip
    assert not people["train"] & people["test"]
    assert not people["train"] & people["dev"]
    written = {r["label"].strip() for r in other}
    assert len(written) == 3 or any("label" in d for d in corpus.doubts(table))


def test_a_class_that_is_listed_is_no_gap(tmp_path: Path, folders: Folders) -> None:
    rows = [r | {"label": ("nan", "joy", "fear")[i % 3]} for i, r in enumerate(base())]
    table = opened(tmp_path, rows, folders, classes="nan|joy|fear").utterances()
    assert list(table["label"]) == [r["label"] for r in rows]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("-0.3333", "1.5", "2.0"), "look like numbers"),
        (("angry, happy", "happy", "angry"), "look like lists"),
        (("angry/happy", "happy", "angry"), "look like lists"),
        (("['angry']", "happy", "angry"), "look like lists"),
        (("angry:0.6 sad:0.4", "happy", "angry"), "with weights"),
        (('{"angry": 0.6}', "happy", "angry"), "with weights"),
        (("nan", "", "?"), "No row of"),
    ],
)
def test_cells_that_are_no_class_are_refused(
    tmp_path: Path, folders: Folders, labels: tuple[str, ...], said: str
) -> None:
    rows = [r | {"label": labels[i % 3].replace('"', "'")} for i, r in enumerate(base())]
    with pytest.raises(DataError, match=said):
        opened(tmp_path, rows, folders).utterances()


def test_sentences_in_the_place_of_labels_are_refused(tmp_path: Path, folders: Folders) -> None:
    rows = [r | {"label": f"I said {i} things"} for i, r in enumerate(base())]
    with pytest.raises(DataError, match="are two columns swapped"):
        opened(tmp_path, rows, folders).utterances()


@few
@given(
    st.sampled_from(["mode", "set", "Subset", "partition", "usage", "fold"]),
    st.permutations(["Train", "valid", "TEST"]),
)
def test_a_split_of_another_name_is_read_and_said(
    tmp_path: Path, folders: Folders, column: str, parts: list[str]
) -> None:
    rows = [r | {column: parts[i // 3 % 3]} for i, r in enumerate(base())]
    corpus = opened(tmp_path, rows, folders)
    table = corpus.utterances()
    known = {"Train": "train", "valid": "dev", "TEST": "test"}
    assert list(table["split"]) == [known[r[column]] for r in rows]
    assert any(repr(column) in d and "split" in d for d in corpus.card.defects)


def test_mmsa_is_read(tmp_path: Path, folders: Folders) -> None:
    words, parts = ("Negative", "Neutral", "Positive"), ("train", "valid", "test")
    rows = [
        {"video_id": f"v{i // 3}", "clip_id": str(i % 3), "text": f"t {i}", "label": f"{i / 9}",
         "annotation": words[i % 3], "mode": parts[i // 3 % 3]}
        for i in range(18)
    ]  # fmt: skip
    table = opened(tmp_path, rows, folders).utterances()
    assert list(table["id"][:2]) == ["v0$_$0", "v0$_$1"]
    assert list(table["label"][:3]) == list(words)
    assert list(table["split"][::3][:3]) == ["train", "dev", "test"]
    assert list(table["group"][::3][:2]) == ["v0", "v1"]


def sounds(folder: Path, seconds: int = 3) -> list[Row]:
    rows = []
    for i in range(24):
        wave = np.repeat(np.arange(1, seconds + 1) / 10, SAMPLE_RATE)
        if i % seconds == 0:
            soundfile.write(folder / f"film{i // seconds}.wav", wave, SAMPLE_RATE)
        rows.append(
            {"id": f"u{i}", "label": "abc"[i % 3], "audio": f"film{i // seconds}.wav",
             "start": str(i % seconds), "end": f"00:00:0{i % seconds + 1},000"}
        )  # fmt: skip
    return rows


def test_segments_are_read_and_stay_together(tmp_path: Path, folders: Folders) -> None:
    corpus = opened(tmp_path, sounds(tmp_path), folders)
    table = corpus.utterances()
    for i, row in table.iterrows():
        wave = corpus.read(row, "waveform")
        assert isinstance(wave, np.ndarray)
        np.testing.assert_allclose(wave, (int(str(i)) % 3 + 1) / 10, atol=1e-3)
        assert len(wave) == SAMPLE_RATE
    assert (table.groupby("audio")["split"].nunique() == 1).all()
    assert not any("serve utterances" in d for d in corpus.doubts(table))


def test_one_file_for_several_labels_is_doubted(tmp_path: Path, folders: Folders) -> None:
    rows = [{k: v for k, v in r.items() if k not in ("start", "end")} for r in sounds(tmp_path)]
    corpus = opened(tmp_path, rows, folders)
    assert any("8 files" in d and "start and end" in d for d in corpus.doubts(corpus.utterances()))


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("1", "1", "ends at 1 s, its start is 1 s"),
        ("-1", "1", "start is '-1'; write seconds"),
        ("0", "soon", "end is 'soon'; write seconds"),
        ("0", "9", "passes the end"),
        ("1000", "2000", "milliseconds"),
    ],
)
def test_wrong_segments_are_named(
    tmp_path: Path, folders: Folders, start: str, end: str, said: str
) -> None:
    rows = sounds(tmp_path)
    rows[1] |= {"start": start, "end": end}
    with pytest.raises(DataError, match=f"line 3: .*{said}"):
        opened(tmp_path, rows, folders).utterances()


def test_a_length_stands_for_the_end(tmp_path: Path, folders: Folders) -> None:
    rows = [
        {k: v for k, v in r.items() if k not in ("start", "end")}
        | {"offset": r["start"], "duration": "0.5"}
        for r in sounds(tmp_path)
    ]
    corpus = opened(tmp_path, rows, folders)
    wave = corpus.read(corpus.utterances().iloc[2], "waveform")
    assert isinstance(wave, np.ndarray)
    assert len(wave) == SAMPLE_RATE // 2
    np.testing.assert_allclose(wave, 0.3, atol=1e-3)


FORMS = (
    str,
    str.upper,
    lambda p: p.replace("/", "\\"),
    lambda p: "./" + p,
    lambda p: "C:\\Users\\me\\" + p.replace("/", "\\"),
    lambda p: "/home/me/corpus/" + p,
    lambda p: unicodedata.normalize("NFD", p),
)


@few
@given(st.lists(st.sampled_from(FORMS), min_size=3, max_size=3))
def test_paths_are_found_in_any_form(tmp_path: Path, folders: Folders, forms: list) -> None:  # type: ignore[type-arg]
    (tmp_path / "clips").mkdir(exist_ok=True)
    names = [f"clips/Töne{i}.wav" for i in range(3)]
    for name in names:
        soundfile.write(tmp_path / name, np.zeros(160), SAMPLE_RATE)
    rows = [
        {"id": f"u{i}", "label": "ab"[i % 2], "audio": form(name)}
        for i, (form, name) in enumerate(zip(forms, names, strict=True))
    ]
    corpus = opened(tmp_path, rows, folders)
    assert list(read_manifest(corpus.path).table["audio"]) == names
    assert set(corpus.files()) == {corpus.path, *(tmp_path / n for n in names)}


def test_a_suffix_that_two_files_could_have_is_asked_for(tmp_path: Path, folders: Folders) -> None:
    for suffix in ("wav", "flac"):
        soundfile.write(tmp_path / f"u0.{suffix}", np.zeros(160), SAMPLE_RATE)
    rows = [{"id": f"u{i}", "label": "ab"[i % 2], "audio": "u0"} for i in range(30)]
    with pytest.raises(DataError) as caught:
        opened(tmp_path, rows, folders).utterances()
    assert str(caught.value).count("there is no file") == 1
    assert "there is u0.flac" in str(caught.value)


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("é", "e\u0301"), ("a b", "a  b")])
def test_one_id_in_two_spellings_is_refused(
    tmp_path: Path, folders: Folders, one: str, other: str
) -> None:
    rows = base()
    rows[0]["id"], rows[1]["id"] = one, other
    with pytest.raises(DataError, match="occurs in line 2 already, written"):
        opened(tmp_path, rows, folders).utterances()


def test_ids_in_another_case_are_doubted_and_nobody_is_no_person(
    tmp_path: Path, folders: Folders
) -> None:
    rows = base()
    rows[0]["id"], rows[1]["id"] = "aB", "Ab"
    rows[2]["speaker"], rows[9]["speaker"] = "unknown", "?"
    corpus = opened(tmp_path, rows, folders)
    table = corpus.utterances()
    said = " ".join(corpus.doubts(table))
    assert "differ from others in spelling alone" in said
    assert "names nobody" in said
    assert table["speaker"][2] != table["speaker"][9]


def test_words_for_one_emotion_are_doubted(tmp_path: Path, folders: Folders) -> None:
    rows = [r | {"label": ("sad", "joy", "sadness", "happy")[i % 4]} for i, r in enumerate(base())]
    corpus = opened(tmp_path, rows, folders)
    said = " ".join(corpus.doubts(corpus.utterances()))
    assert "'sad' and 'sadness' are different" in said
    assert "'happy' and 'joy' are different" in said


@pytest.mark.parametrize("transposed", [True, False])
def test_widths_of_features_agree(tmp_path: Path, folders: Folders, transposed: bool) -> None:
    rows = [r | {"audio_features": f"{r['id']}.npy"} for r in base()]
    for i, row in enumerate(rows):
        values = np.ones((4, 5 + i % 3))
        np.save(tmp_path / row["audio_features"], values if transposed else values.T[None])
    corpus = opened(tmp_path, rows, folders)
    if transposed:
        with pytest.raises(DataError, match="all have 4 rows: is it transposed"):
            corpus.utterances()
    else:
        values = corpus.read(corpus.utterances().iloc[0], "audio_features")  # type: ignore[assignment]
        assert values.shape == (5, 4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"split": "train"}, "no row for test"),
        ({"Text": "another {i}"}, "'Text' could be text as well"),
        ({"is_test": "1"}, "'is_test' looks like a part of the split"),
        ({"fold_nr": "{k}"}, "looks like folds of a cross-validation"),
        ({"partition": "{k}"}, "looks like the split, but holds 0, 1, 2"),
        ({"start_frame": "{i}"}, "'start_frame' looks like a time"),
        ({"start": "{i}", "end": "{i}.5"}, "start and end of 24 rows are not used"),
        ({"wav2vec": "{i}.npy"}, "names files of features and is not read"),
        ({"text": "always this"}, "24 of 24 texts are the same"),
        ({"text": "nan"}, "has 'nan' in 24 rows"),
        ({"label": "1{k}0"}, "are read as classes without an order"),
    ],
)
def test_what_may_be_misread_is_said(
    tmp_path: Path, folders: Folders, changed: dict[str, str], said: str
) -> None:
    rows = base()
    rows = [r | {c: v.format(i=i, k=i % 3) for c, v in changed.items()} for i, r in enumerate(rows)]
    corpus = opened(tmp_path, rows, folders)
    assert any(said in d for d in corpus.doubts(corpus.utterances()))


def test_parts_that_share_people_files_and_texts_are_doubted(
    tmp_path: Path, folders: Folders
) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(160), SAMPLE_RATE)
    rows = [
        r | {"split": ("train", "test")[i // 12], "audio": "a.wav" if i in (0, 12) else "",
             "text": f"t {i % 12}", "speaker": ("Zoë", "zoe\u0308 ")[i // 12]}
        for i, r in enumerate(base())
    ]  # fmt: skip
    corpus = opened(tmp_path, rows, folders)
    said = " ".join(corpus.doubts(corpus.utterances()))
    assert "1 speakers are in both train and test" in said
    assert "1 files in the column audio are in both train and test, such as a.wav" in said
    assert "12 of 12 test texts stand in train too" in said


def test_a_list_of_declared_classes_is_refused(tmp_path: Path, folders: Folders) -> None:
    rows = [r | {"label": ("a", "b", "a, b")[i % 3]} for i, r in enumerate(base())]
    with pytest.raises(DataError, match="look like lists of classes"):
        opened(tmp_path, rows, folders, classes="a|b").utterances()
    listed = opened(tmp_path, rows, folders, classes="a|b|a, b")
    assert listed.utterances()["label"].nunique() == 3


def test_times_that_look_like_milliseconds_are_doubted() -> None:
    times = [str(i * 1000) for i in range(5)]
    table = pd.DataFrame(
        {"start": times[:-1], "end": times[1:], "audio": "long.wav", "video": "", "line": "line 2"}
    )
    assert "are they milliseconds?" in " ".join(unlikely_times(table))
    table["end"] = [str(i * 1000 + 2) for i in range(4)]
    assert unlikely_times(table) == []


def test_two_columns_make_the_id_where_one_does_not(tmp_path: Path, folders: Folders) -> None:
    rows = [
        {"Dialogue_ID": str(i // 3), "Utterance_ID": str(i % 3)}
        | {k: v for k, v in r.items() if k != "id"}
        for i, r in enumerate(base())
    ]
    corpus = opened(tmp_path, rows, folders)
    assert list(corpus.utterances()["id"][:4]) == ["0_0", "0_1", "0_2", "1_0"]


def test_rows_without_an_id_are_known_by_their_place(tmp_path: Path, folders: Folders) -> None:
    rows = [{k: v for k, v in r.items() if k != "id"} for r in base()]
    corpus = opened(tmp_path, rows, folders)
    assert list(corpus.utterances()["id"][:2]) == ["line 2", "line 3"]


def test_declared_classes_that_differ_in_case_alone_stay_apart(
    tmp_path: Path, folders: Folders
) -> None:
    rows = [r | {"label": ("us", "US", "it", "IT")[i % 4]} for i, r in enumerate(base())]
    corpus = opened(tmp_path, rows, folders, classes="us|US|it")
    counts = corpus.utterances()["label"].value_counts()
    assert dict(counts) == {"it": 12, "us": 6, "US": 6}
    (said,) = [d for d in corpus.doubts(corpus.utterances()) if "read as one" in d]
    assert "'IT'" in said or "'it'" in said
