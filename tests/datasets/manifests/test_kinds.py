"""Whole kinds: renderings of a name, names of a column, gaps, litter, cells that are no class."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from emobench import SAMPLE_RATE, DataError, Folders, normal_form
from emobench.corpus.corpus import open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.datasets.manifest import Manifest, ManifestOptions

kinds = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Row = dict[str, str]
PARTS = ("train", "train", "dev", "test")


def rows(count: int = 8) -> list[Row]:
    labels = ("Ärger", "3", "sehr froh")
    return [
        {"id": f"Zoë {i}" if i % 2 else str(i), "label": labels[i % 3], "text": f"Satz {i}",
         "speaker": ("Ärzte", "7", "Ann B")[i % 3], "group": f"é{i // 2}", "split": PARTS[i // 2]}
        for i in range(count)
    ]  # fmt: skip


def opened(folder: Path, table: list[Row], folders: Folders, **options: str) -> Manifest:
    path = folder / "own.csv"
    columns = list(table[0])
    lines = ["\t".join(columns), *("\t".join(r[c] for c in columns) for r in table)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Manifest(folders, ManifestOptions(path=str(path), **options))


@cache
def _clean(folders: Folders) -> pd.DataFrame:
    folder = folders.data / "clean"
    folder.mkdir()
    return opened(folder, rows(), folders).utterances()


def decimal(name: str) -> str:
    return f"{name}.0" if name.isdigit() else name


RENDERINGS = st.sampled_from([
    str, str.upper, str.lower, str.title, decimal,
    lambda n: f"0{n}" if n.isdigit() else n,
    lambda n: f"\u00a0{n} ",
    lambda n: n.replace(" ", "  "),
    lambda n: n.replace(" ", "\u00a0"),
    lambda n: n[:1] + "\u200b" + n[1:],
    lambda n: "\ufeff" + n,
    lambda n: unicodedata.normalize("NFD", n),
    lambda n: unicodedata.normalize("NFC", n),
])  # fmt: skip


@kinds
@given(st.data())
def test_renderings_of_a_name_give_the_same_corpus(
    tmp_path: Path, folders: Folders, data: st.DataObject
) -> None:
    clean = rows()
    drawn = st.lists(RENDERINGS, min_size=len(clean), max_size=len(clean))
    table = [dict(r) for r in clean]
    for column in ("label", "speaker", "group"):
        for row, change in zip(table, data.draw(drawn), strict=True):
            row[column] = change(row[column])
    expected = _clean(folders)
    corpus = opened(tmp_path, table, folders)
    found = corpus.utterances()
    for column in ("id", "text", "split"):
        assert list(found[column]) == list(expected[column])
    for column in ("label", "speaker", "group"):
        assert list(map(normal_form, found[column])) == list(map(normal_form, expected[column]))
        assert found[column].nunique() == expected[column].nunique()
    assert len(corpus.card.classes) == 3
    for column in ("label", "speaker", "group"):
        merged = len({r[column].strip() for r in table}) > len({r[column] for r in clean})
        said = any(re.search(f"{column}s? written", d) for d in corpus.doubts(found))
        assert said == merged


@kinds
@given(st.integers(0, 7), st.integers(0, 7), RENDERINGS)
def test_an_id_twice_in_any_rendering_is_said(
    tmp_path: Path, folders: Folders, first: int, second: int, change: object
) -> None:
    assume(first != second)
    table = rows()
    table[second]["id"] = change(table[first]["id"])  # type: ignore[operator]
    corpus = opened(tmp_path, table, folders)
    try:
        said = " ".join(corpus.doubts(corpus.utterances()))
    except DataError as error:
        said = str(error)
    assert f"line {first + 2}" in said
    assert f"line {second + 2}" in said


@kinds
@given(st.data())
def test_renderings_of_ids_find_their_features(
    tmp_path: Path, folders: Folders, data: st.DataObject
) -> None:
    clean = rows()
    keys = [data.draw(RENDERINGS)(r["id"]) for r in clean]
    assume(len({normal_form(k) for k in keys}) == len(keys))
    arrays = {k: np.full((1, 2), i, np.float32) for i, k in enumerate(keys)}
    np.savez(tmp_path / "voice.npz", **arrays)
    corpus = opened(tmp_path, clean, folders, audio_features=str(tmp_path / "voice.npz"))
    for i, row in corpus.utterances().iterrows():
        values = corpus.read(row, "audio_features")
        assert isinstance(values, np.ndarray)
        assert values.max() == i


def spelt(words: str) -> st.SearchStrategy[str]:
    """A name of a column in any case, with any blanks."""
    forms = [
        str, str.upper, str.title, lambda n: n.replace("_", " "), lambda n: n.replace("_", "-"),
        lambda n: n.replace("_", ""), lambda n: f" {n}\u00a0",
        lambda n: "".join(p.title() for p in n.split("_")),
    ]  # fmt: skip
    return st.builds(lambda n, f: f(n), st.sampled_from(words.split()), st.sampled_from(forms))


@kinds
@given(
    st.tuples(
        spelt("id clip_id utterance_id name filename utt_id key"),
        spelt("label emotion class annotation sentiment category"),
        spelt("text transcription sentence transcript utterance"),
        spelt("speaker speaker_id actor subject participant_id"),
        spelt("split mode partition set subset usage fold phase whatever"),
    )
)
def test_columns_under_other_names_give_the_same_rows(
    tmp_path: Path, folders: Folders, names: tuple[str, ...]
) -> None:
    clean = rows()
    expected = _clean(folders)
    named = dict(zip(("id", "label", "text", "speaker", "split"), names, strict=True))
    named["group"] = "group"
    corpus = opened(tmp_path, [{named[k]: v for k, v in r.items()} for r in clean], folders)
    pd.testing.assert_frame_equal(corpus.utterances()[list(expected)], expected)
    for ours, other in named.items():
        if other.strip() != ours:
            assert any(repr(other.strip()) in d and ours in d for d in corpus.card.defects)


@kinds
@given(
    st.sampled_from(
        ["start", "start_time", "Onset", "begin", "start_ms", "Start(ms)", "from", "tmin"]
    ),
    st.sampled_from(["end", "end_time", "Offset", "stop", "end_ms", "End(ms)", "to", "tmax"]),
)
def test_times_under_other_names_cut_the_same_segments(
    tmp_path: Path, folders: Folders, start: str, end: str
) -> None:
    wave = np.repeat(np.arange(1, 5) / 10, SAMPLE_RATE // 4)
    for film in (tmp_path / f"f{i}.wav" for i in range(4)):
        if not film.exists():
            soundfile.write(film, wave, SAMPLE_RATE)
    scales = [1000 if "ms" in name else 1 for name in (start, end)]
    table = [
        {"id": f"u{i}", "label": "ab"[i % 2], "audio": f"f{i // 4}.wav",
         start: f"{i % 4 * 0.25 * scales[0]:g}", end: f"{(i % 4 + 1) * 0.25 * scales[1]:g}",
         "split": PARTS[i // 4]}
        for i in range(16)
    ]  # fmt: skip
    corpus = opened(tmp_path, table, folders)
    for i, row in corpus.utterances().iterrows():
        voice = corpus.read(row, "waveform")
        assert isinstance(voice, np.ndarray)
        np.testing.assert_allclose(voice, (int(str(i)) % 4 + 1) / 10, atol=1e-3)


GAPS = ("", "nan", "NaN", "NULL", "None", "N/A", "?", "-", "#N/A", "<NA>", "\\N")


@kinds
@given(st.data())
def test_rows_in_are_rows_used_and_rows_named(
    tmp_path: Path, folders: Folders, data: st.DataObject
) -> None:
    clean = [r | {"label": r["label"].lower()} for r in rows()]
    empty = data.draw(st.sets(st.integers(0, 7), max_size=3))
    words = {i: data.draw(st.sampled_from(GAPS)) for i in empty}
    table = [r | {"label": words.get(i, r["label"])} for i, r in enumerate(clean)]
    again = data.draw(st.none() | st.integers(0, 7))
    if again is not None:
        table.insert(again, {k: k for k in table[0]})
    corpus = opened(tmp_path, table, folders)
    found = corpus.utterances()
    said = " ".join([*corpus.doubts(found), *corpus.card.defects])
    assert list(found["id"]) == [r["id"] for i, r in enumerate(clean) if i not in empty]
    for place, row in enumerate(table, start=2):
        used = row["id"] in set(found["id"])
        assert used or f"line {place}" in said


NO_CLASS = st.sampled_from([
    "a, b", "a;b", "a/b", "a + b", "a & b", "['a']", "['a', 'b']", "{'a': 0.5}", "a:0.6;b:0.4",
    "a=.6", "a (0.6)", "60% a", "0.3,0.7", "0.3 0.7", "[1, 0]", "2.5", "-0.3333", "7", "a and b",
    "unknown", "none", "a b", "a-b", "nan", "x/y", "x, y",
])  # fmt: skip


@kinds
@given(NO_CLASS, st.integers(1, 3), st.booleans())
def test_a_cell_that_is_no_class_is_never_one_silently(
    tmp_path: Path, folders: Folders, cell: str, count: int, listed: bool
) -> None:
    table = [r | {"label": "ab"[i % 2]} for i, r in enumerate(rows())]
    for row in table[1 : 1 + count]:
        row["label"] = cell
    corpus = opened(tmp_path, table, folders, **({"classes": "a|b"} if listed else {}))
    try:
        said = corpus.doubts(corpus.utterances())
    except DataError as error:
        said = [str(error)]
    assert any(repr(cell) in d for d in said)


@pytest.mark.parametrize("what", ["own.csv", "map.csv", "f0.wav", "v0.npy", "side.npz"])
def test_any_source_file_of_the_same_size_replaced_is_another_corpus(
    tmp_path: Path, folders: Folders, what: str
) -> None:
    for kind in (b"one", b"two"):
        (tmp_path / "f0.wav").write_bytes(b"RIFF" + kind)
        np.save(tmp_path / "v0.npy", np.frombuffer(kind, np.uint8).astype(float)[None])
        np.savez(tmp_path / "side.npz", u0=np.frombuffer(kind, np.uint8).astype(float))
        mapped = "label,canonical\na,happy\nb,fear\n" if kind == b"one" else (
            "label,canonical\na,anger\nb,fear\n")  # fmt: skip
        (tmp_path / "map.csv").write_text(mapped.replace("anger", "angry"))
        lines = [f"u{i};{'ab'[i % 2]};t {i};;;{PARTS[i // 4]}" for i in range(16)]
        lines[0] = f"u0;a;{kind.decode()};f0.wav;v0.npy;train"
        (tmp_path / "own.csv").write_text(
            "\n".join(["id;label;text;audio;vision_features;split", *lines])
        )
        if kind == b"one":
            kept = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
            typed = f"{tmp_path / 'own.csv'}:audio_features=side.npz:canonical=map.csv"
            (request,) = corpus_requests(typed, None, None, folders)
            first = open_corpus(request).digest
    for name, data in kept.items():
        if name != what:
            (tmp_path / name).write_bytes(data)
    assert (tmp_path / what).stat().st_size == len(kept[what])
    (request,) = corpus_requests(typed, None, None, folders)
    assert open_corpus(request).digest != first
