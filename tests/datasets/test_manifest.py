"""Anybody's own corpus: one CSV with what a stranger has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from emobench import DataError, Folders, RequestError
from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.inputs import choose_inputs
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
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
    said = " ".join(corpus.dataset.card.defects)
    assert "some.npz has nothing of 4 of 24 rows (u20, u21, u22, u23)" in said


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
