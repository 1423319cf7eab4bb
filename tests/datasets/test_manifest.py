"""Anybody's own corpus: one CSV with what a stranger has."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import av
import numpy as np
import openpyxl
import pytest
import soundfile

from emobench import DataError, Folders, RequestError
from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.inputs import choose_inputs
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.precedence import precedence
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
from emobench.data.verification import verification
from emobench.datasets.manifest import CHOSEN, ManifestOptions
from emobench.discovery.registry import registry

LABELS = ("Freude", "Trauer", "Ärger")


def opened(path: Path, folders: Folders, options: str = "") -> Corpus:
    (request,) = corpus_requests(f"{path}{options}", None, None, folders)
    return open_corpus(request)


def write(folder: Path, rows: list[dict[str, str]], name: str = "own.csv") -> Path:
    columns = list(rows[0])
    lines = [";".join(columns), *(";".join(row[c] for c in columns) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def voices(folder: Path, count: int = 24, speakers: int = 8) -> list[dict[str, str]]:
    (folder / "clips").mkdir(exist_ok=True)
    draw = np.random.default_rng(0)
    rows = []
    for i in range(count):
        soundfile.write(folder / "clips" / f"{i}.wav", draw.normal(0, 0.1, 4000), 16_000)
        rows.append(
            {
                "id": f"u{i}",
                "label": LABELS[i % 3],
                "text": f"Satz {i}",
                "audio": f"clips/{i}.wav",
                "speaker": f"person {i % speakers}",
            }
        )
    return rows


def test_a_file_is_a_corpus_by_its_path(tmp_path: Path, folders: Folders, pool: Any) -> None:
    path = write(tmp_path, voices(tmp_path))
    corpus = opened(path, folders)
    assert corpus.request.label == str(path)
    assert corpus.classes == LABELS
    assert corpus.modalities == ("text", "audio")
    card = corpus.dataset.card
    assert "no speaker is in two parts" in card.split
    parts = split(corpus, policy(corpus, None), 0)
    speakers = corpus.table["speaker"].to_numpy()
    assert not set(speakers[parts.train]) & set(speakers[parts.test])
    target = prepare(corpus, ["log_mel"], pool)
    assert target.available.all()
    assert target.load("log_mel").lengths.min() > 0


def test_the_same_file_gives_the_same_split_and_a_seed_another(
    tmp_path: Path, folders: Folders
) -> None:
    path = write(tmp_path, voices(tmp_path))
    first, again = opened(path, folders), opened(path, folders)
    assert first.digest == again.digest
    other = opened(path, folders, ":seed=3")
    assert list(other.table["split"]) != list(first.table["split"])


def test_a_split_of_the_file_is_kept(tmp_path: Path, folders: Folders) -> None:
    rows = [row | {"split": ("train", "dev", "test")[i // 3 % 3]} for i, row in enumerate(
        {k: v for k, v in r.items() if k != "speaker"} for r in voices(tmp_path, 27)
    )]  # fmt: skip
    corpus = opened(write(tmp_path, rows), folders)
    assert list(corpus.table["split"]) == [r["split"] for r in rows]
    assert any("names no speaker" in d for d in corpus.dataset.card.defects)


def test_several_labels_hold_at_once(tmp_path: Path, folders: Folders) -> None:
    rows = voices(tmp_path)
    rows[0]["label"] = "Ärger | Trauer"
    rows[1]["label"] = ""
    corpus = opened(write(tmp_path, rows), folders)
    assert corpus.multilabel
    assert corpus.table["label"][0] == "Trauer|Ärger"
    assert corpus.labels[:3].tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 1]]


def test_labels_are_checked_against_the_classes_that_were_named(
    tmp_path: Path, folders: Folders
) -> None:
    path = write(tmp_path, voices(tmp_path))
    corpus = opened(path, folders, ":classes=Trauer|Freude|Ärger")
    assert corpus.classes == ("Trauer", "Freude", "Ärger")
    with pytest.raises(DataError) as caught:
        opened(path, folders, ":classes=Trauer|Freude")
    assert str(caught.value).count("unknown label 'Ärger'") == 8
    rows = [row | {"label": "Freude"} for row in voices(tmp_path)]
    with pytest.raises(DataError, match=r"has 1 class \(Freude\)"):
        opened(write(tmp_path, rows), folders)


def film(path: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    with av.open(str(path), "w") as out:
        picture = out.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 96, 96, "yuv420p"
        for _ in range(6):
            pixels = draw.integers(0, 255, (96, 96, 3), dtype=np.uint8)
            out.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(picture.encode(None))


def test_films_and_photographs_give_faces(tmp_path: Path, folders: Folders, pool: Any) -> None:
    rows = [{k: v for k, v in r.items() if k != "audio"} | {"video": "", "image": ""}
            for r in voices(tmp_path, 9, 9)]  # fmt: skip
    film(tmp_path / "a.mp4", 0)
    rows[0]["video"] = "a.mp4"
    picture = np.random.default_rng(1).integers(0, 255, (48, 48), dtype=np.uint8)
    with av.open(str(tmp_path / "b.png"), "w", format="image2") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 48, 48, "gray"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
    rows[1]["image"] = "b.png"
    corpus = opened(write(tmp_path, rows), folders)
    assert corpus.modalities == ("text", "audio", "vision")
    target = prepare(corpus, ["frames"], pool)
    assert target.available[:, 2].tolist() == [True, True] + [False] * 7
    pixels = np.rint(np.asarray(target.load("frames")[1], np.float32) * 255).astype(np.uint8)
    np.testing.assert_array_equal(pixels.reshape(48, 48), picture)
    assert not target.available[:, 1].any()  # the film has no sound, and that is said
    assert any("no sound" in p.problem for p in target.problems)


@pytest.mark.parametrize("how", ["column", "npz", "folder"])
def test_features_that_exist_stand_for_a_modality(
    tmp_path: Path, folders: Folders, pool: Any, how: str
) -> None:
    rows = [{k: v for k, v in r.items() if k != "audio"} for r in voices(tmp_path)]
    draw = np.random.default_rng(0)
    arrays = {r["id"]: draw.normal(size=(1 + i % 3, 5)) for i, r in enumerate(rows)}
    options = ""
    (tmp_path / "made").mkdir()
    for name, values in arrays.items():
        np.save(tmp_path / "made" / f"{name}.npy", values)
    if how == "column":
        rows = [r | {"audio_features": f"made/{r['id']}.npy"} for r in rows]
    elif how == "npz":
        np.savez(tmp_path / "voice.npz", **arrays)
        options = ":audio_features=voice.npz"
    else:
        options = f":audio_features={tmp_path / 'made'}"
    corpus = opened(write(tmp_path, rows), folders, options)
    target = prepare(corpus, ["audio_features"], pool)
    table = target.load("audio_features")
    for row, name in enumerate(corpus.ids):
        np.testing.assert_allclose(table[row], arrays[name], rtol=1e-6)


def test_features_are_taken_before_what_they_could_be_made_from(
    tmp_path: Path, folders: Folders
) -> None:
    rows = voices(tmp_path)
    np.savez(tmp_path / "text.npz", **{r["id"]: np.ones((1, 3)) for r in rows})
    corpus = opened(write(tmp_path, rows), folders, ":text_features=text.npz")
    inputs = {"text": ("tokens",), "audio": ("log_mel", "mfcc")}
    found = choose_inputs(inputs, corpus.sources, features=True)
    assert found == {"text": ("text_features",), "audio": ("log_mel", "mfcc")}


def test_features_under_other_ids_are_refused_and_missing_ones_named(
    tmp_path: Path, folders: Folders
) -> None:
    path = write(tmp_path, voices(tmp_path))
    np.savez(tmp_path / "other.npz", z1=np.ones(3), z2=np.ones(3))
    said = r"has no features of any id in .*'z1' and others.*'u0' and"
    with pytest.raises(DataError, match=said):
        opened(path, folders, ":audio_features=other.npz")
    np.savez(tmp_path / "some.npz", **{f"u{i}": np.ones(3) for i in range(20)})
    corpus = opened(path, folders, ":audio_features=some.npz")
    said = " ".join(corpus.dataset.doubts(corpus.table))
    assert "some.npz has audio_features of 20 of 24 rows" in said
    assert "the other 4 ('u20', 'u21', 'u22', 'u23'), and the recordings of 4 of these" in said


@pytest.mark.parametrize("how", ["npz", "column"])
@pytest.mark.parametrize("lacking", [0, 4])
def test_features_before_recordings_are_said(
    tmp_path: Path, folders: Folders, pool: Any, how: str, lacking: int
) -> None:
    rows = voices(tmp_path)
    made = {f"u{i}": np.full((1, 5), float(i + 1)) for i in range(24 - lacking)}
    options = ""
    if how == "npz":
        strays = {f"U-{i}": np.ones((1, 5)) for i in range(100, 100 + lacking)}
        np.savez(tmp_path / "mine.npz", **made, **strays)
        options = ":audio_features=mine.npz"
    else:
        for name, values in made.items():
            np.save(tmp_path / f"{name}.npy", values)
        rows = [r | {"audio_features": f"{r['id']}.npy" * (r["id"] in made)} for r in rows]
    corpus = opened(write(tmp_path, rows), folders, options)
    target = prepare(corpus, ["mfcc"], pool)
    found = [(f.verdict, f.text) for f in verification(target).findings]
    where = "mine.npz" if how == "npz" else "the column audio_features"
    size = f"{where}: features for {24 - lacking} of 24 rows, 5 wide, 1 step each"
    assert ("note" if lacking else "ok", size) in found
    (line,) = precedence(target)
    assert ("note", line) in found
    assert "track reads audio_features; the recorded voices, which are here too, are not" in line
    assert ("takes those of 20 with features" in line) == bool(lacking)
    assert precedence(target, ["audio_features"]) == [line]
    assert precedence(target, ["mfcc"]) == []
    doubts = [text for verdict, text in found if verdict == "doubt" and where in text]
    assert len(doubts) == bool(lacking)
    if lacking:
        assert "the recordings of 4 of these are not read" in doubts[0]
        assert ("4 ids of the file belong to no row ('U-100'" in doubts[0]) == (how == "npz")


def test_rows_without_features_and_without_recordings_are_no_doubt(
    tmp_path: Path, folders: Folders
) -> None:
    rows = [{k: v for k, v in r.items() if k != "audio"} for r in voices(tmp_path)]
    np.savez(tmp_path / "some.npz", **{f"u{i}": np.ones(3) for i in range(20)})
    corpus = opened(write(tmp_path, rows), folders, ":audio_features=some.npz")
    assert "some.npz has audio_features of 20 of 24" in " ".join(corpus.dataset.card.defects)
    assert corpus.dataset.doubts(corpus.table) == []


def test_slips_of_the_pen_are_pointed_at(tmp_path: Path, folders: Folders) -> None:
    rows = voices(tmp_path, 30, 10)
    rows[0]["label"], rows[4]["label"] = "freude", "Trauen"
    corpus = opened(write(tmp_path, rows), folders, ":seed=1")
    said = corpus.dataset.oddities(corpus.table)
    assert said[0] == "classes: Freude 10, Trauen 1, Trauer 9, Ärger 10"
    assert said[1] == "fewer than 5 utterances of 'Trauen'"
    doubts = " ".join(corpus.dataset.doubts(corpus.table))
    assert "'Freude' (9), 'freude' (1)" in doubts
    assert "'Trauen' and 'Trauer' are different classes; is one a slip of the pen?" in doubts
    assert "'freude' (1) in line 2" in doubts
    assert "if they are one ('Trauen' is in line 6)" in doubts
    rows = [r | {"label": r["label"] + ("|" if i == 3 else "")} for i, r in enumerate(rows)]
    with pytest.raises(DataError, match=r"has 1 error\.\n.*line 5: a stray \| in 'Freude\|'"):
        opened(write(tmp_path, rows), folders)


@pytest.mark.parametrize("how", ["column", "npz"])
def test_features_that_are_not_finite_are_zeroed_counted_and_named(
    tmp_path: Path, folders: Folders, pool: Any, how: str
) -> None:
    rows = [{k: v for k, v in r.items() if k != "audio"} for r in voices(tmp_path)]
    arrays = {r["id"]: np.ones((2, 3)) for r in rows}
    arrays["u4"][1] = np.nan, np.inf, 5.0
    options = ""
    if how == "npz":
        np.savez(tmp_path / "voice.npz", **arrays)
        options = ":audio_features=voice.npz"
    else:
        for name, values in arrays.items():
            np.save(tmp_path / f"{name}.npy", values)
        rows = [r | {"audio_features": f"{r['id']}.npy"} for r in rows]
    corpus = opened(write(tmp_path, rows), folders, options)
    target = prepare(corpus, ["audio_features"], pool)
    np.testing.assert_array_equal(target.load("audio_features")[4], [[1, 1, 1], [0, 0, 5]])
    (problem,) = target.problems
    assert (problem.clip, problem.policy) == ("u4", "set to 0")
    assert problem.problem == "2 of 6 values are NaN or infinite"


def test_copies_in_a_split_that_is_drawn_here_are_refused(
    tmp_path: Path, folders: Folders, pool: Any
) -> None:
    from emobench.corpus.leakage.duplicates import find_duplicates, refuse_duplicates

    rows = voices(tmp_path)
    for i in range(8):  # what oversampling before the split leaves behind
        rows.append(rows[i] | {"id": f"again{i}", "speaker": f"person {(i + 1) % 8}"})
    corpus = opened(write(tmp_path, rows), folders)
    target = prepare(corpus, [], pool)
    parts = split(corpus, policy(corpus, None), 0)
    found = find_duplicates(target, parts)
    assert len(found.whole) > 0
    with pytest.raises(DataError, match="are copies of train utterances"):
        refuse_duplicates(target, parts, found, "own.csv")


def test_the_corpus_is_named_by_its_file(folders: Folders) -> None:
    with pytest.raises(RequestError, match="named by its file"):
        registry("dataset")["manifest"].load()(folders)


def test_a_label_map_names_the_common_classes_and_says_what_is_left(
    tmp_path: Path, folders: Folders
) -> None:
    path = write(tmp_path, voices(tmp_path))
    corpus = opened(path, folders, ":canonical=Freude=happy|Ärger=angry")
    card = corpus.dataset.card
    assert card.canonical == {"Freude": "happy", "Ärger": "angry"}
    assert any("No common class for Trauer (8 of 24 utterances)" in d for d in card.defects)
    assert opened(path, folders).dataset.card.canonical == {}


def test_another_label_map_in_the_same_file_is_another_corpus(
    tmp_path: Path, folders: Folders
) -> None:
    path = write(tmp_path, voices(tmp_path))
    (tmp_path / "map.csv").write_text("label,canonical\nFreude,happy\nTrauer,sad\n", "utf-8")
    first = opened(path, folders, ":canonical=map.csv")
    (tmp_path / "map.csv").write_text("label,canonical\nFreude,sad\nTrauer,happy\n", "utf-8")
    assert opened(path, folders, ":canonical=map.csv").digest != first.digest


EMOTIONS = ("anger", "joy", "neutral", "sadness")


def authors_sheet(path: Path, rows: int = 60, **cells: str) -> Path:
    """A sheet with the columns of MELD.xlsx: no id, no speaker, no split, vectors in cells."""
    draw = np.random.default_rng(0)
    book = openpyxl.Workbook()
    book.active.append(["Utterance", "V1", "V3", "V4", "A2", "Emotion"])
    for i in range(rows):
        mean = i % len(EMOTIONS)
        v1, v3, v4, a2 = (draw.normal(mean, 1, n).round(4) for n in (6, 3, 2, 5))
        book.active.append([
            f"This is sentence number {i}.", str(v1.tolist()), str(v3), f"tensor({v4.tolist()})",
            " ".join(map(str, a2)), EMOTIONS[mean],
        ])  # fmt: skip
    for place, value in cells.items():
        book.active[place] = value
    book.save(path)
    return path


SHEET = ":audio_vectors=V1|V3|V4:vision_vectors=A2:text=Utterance:label=Emotion"


def test_vectors_in_the_cells_of_a_sheet_are_features(
    tmp_path: Path, folders: Folders, pool: Any
) -> None:
    path = authors_sheet(tmp_path / "MELD.xlsx")
    corpus = opened(path, folders, SHEET)
    assert corpus.classes == EMOTIONS
    assert corpus.sources == {
        "text": ("transcript",), "audio": ("audio_features",), "vision": ("vision_features",),
    }  # fmt: skip
    assert len(corpus.table) == 60
    assert not {"V1", "V3", "V4", "A2"} & set(corpus.table.columns)
    target = prepare(corpus, ["audio_features", "vision_features"], pool)
    assert target.available.all()
    assert target.load("audio_features").size == 11
    sheet = openpyxl.load_workbook(path).active
    for row in (0, 59):
        v1, v3, v4 = (sheet.cell(row + 2, c).value for c in (2, 3, 4))
        words = (v1 + v3 + v4.removeprefix("tensor(").removesuffix(")")).translate(
            str.maketrans("[],", "   ")
        )
        expected = np.array(words.split(), dtype=np.float32)[None]
        np.testing.assert_allclose(target.load("audio_features")[row], expected, rtol=1e-6)
    card = corpus.dataset.card
    assert "Drawn here" in card.split
    told = " ".join(card.defects)
    assert "no column id" in told
    assert "names no speaker" in told
    assert "The cells of 'V1' and 'V3' and 'V4' are audio_features, 11 numbers a step." in told
    parts = split(corpus, policy(corpus, None), 0)
    assert [len(p) for p in vars(parts).values()] == pytest.approx([39, 9, 12], abs=2)


def test_a_joint_request_can_hold_a_sheet_with_options(tmp_path: Path, folders: Folders) -> None:
    path = authors_sheet(tmp_path / "MELD.xlsx")
    (request,) = corpus_requests(f"text={path}{SHEET}+audio=simulated", None, None, folders)
    assert dict(request.parts[0].options)["audio_vectors"] == "V1|V3|V4"


@pytest.mark.parametrize(
    ("options", "cells", "why"),
    [
        (SHEET, {"B7": "[0.1, 0.2, 0.3"}, r"row 7, column 'V1': is cut off"),
        (SHEET, {"B7": "[0.1 0.2 ... 0.3]"}, r"row 7, column 'V1': numbers are left out"),
        (SHEET, {"E9": "1 2 3"}, r"row 9, column 'A2': 3 numbers, where most rows have 5"),
        (SHEET, {"B7": "[1", "E9": "1"}, r"row 7, column 'V1'.*row 9, column 'A2'"),
        (SHEET, {"C3": ""}, r"'V1', 'V3', 'V4' are to be put side by side.*: row 3"),
        (":audio_vectors=V9", {}, r"no column 'V9', which the option audio_vectors names"),
        (":text=Words", {}, r"no column 'Words'.*it has Utterance, V1"),
        (":text=Utterance:label=Utterance", {}, "cannot be both label and text"),
        (":audio_vectors=V1|V1", {}, "'V1' twice"),
    ],
)
def test_a_sheet_with_half_a_vector_is_refused(
    tmp_path: Path, folders: Folders, options: str, cells: dict[str, str], why: str
) -> None:
    path = authors_sheet(tmp_path / "MELD.xlsx", 12, **cells)
    with pytest.raises(DataError, match="(?s)" + why):
        opened(path, folders, options)


def test_two_ways_to_the_same_features_are_refused(tmp_path: Path, folders: Folders) -> None:
    path = authors_sheet(tmp_path / "MELD.xlsx", 12)
    with pytest.raises(RequestError, match="name one of them"):
        opened(path, folders, ":audio_vectors=V1:audio_features=x.npz")


def test_rows_without_vectors_lack_the_modality_and_are_counted(
    tmp_path: Path, folders: Folders, pool: Any
) -> None:
    path = authors_sheet(tmp_path / "MELD.xlsx", 24, E5="", E6="[nan, 1, 2, 3, 4]")
    corpus = opened(path, folders, SHEET)
    target = prepare(corpus, ["vision_features"], pool)
    assert np.flatnonzero(~target.available[:, 2]).tolist() == [3]
    assert target.load("vision_features")[4].tolist() == [[0, 1, 2, 3, 4]]
    assert any("1 of 5 values are NaN" in p.problem for p in target.problems)
    assert any("1 of 24 rows have none" in d for d in corpus.dataset.card.defects)


def test_vectors_that_nobody_asked_for_are_named(tmp_path: Path, folders: Folders) -> None:
    corpus = opened(authors_sheet(tmp_path / "MELD.xlsx", 24), folders)
    (doubt,) = [d for d in corpus.dataset.doubts(corpus.table) if "hold vectors" in d]
    assert "'V1' and 'V3' and 'V4'" in doubt
    assert "MELD.xlsx:audio_vectors=V1|V3|V4" in doubt


def test_a_chosen_column_is_read_in_place_of_one_of_our_name(
    tmp_path: Path, folders: Folders
) -> None:
    rows = [r | {"rater2": LABELS[(i + 1) % 3]} for i, r in enumerate(voices(tmp_path))]
    path = write(tmp_path, rows)
    plain, other = opened(path, folders), opened(path, folders, ":label=rater2:text=id")
    assert list(plain.table["label"]) == [r["label"] for r in rows]
    assert list(other.table["label"]) == [r["rater2"] for r in rows]
    assert list(other.table["text"]) == [r["id"] for r in rows]


def test_the_options_for_columns_leave_older_digests_alone() -> None:
    new = {"text_vectors", "audio_vectors", "vision_vectors", *CHOSEN}
    fields = {f.name: f for f in dataclasses.fields(ManifestOptions)}
    assert new == {n for n, f in fields.items() if f.metadata.get("later")}
