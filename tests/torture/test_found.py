"""What the campaigns of `docs/benchmarks/torture/fuzz.py` broke, each as a small input, mended."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from emobench import DataError, Folders, RequestError, open_features, read_table, whole_npz
from emobench.cli import app as command_line
from emobench.conditions.mask_set import read_masks
from emobench.corpus.corpus import open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.datasets import cmu_mosi, meld
from emobench.datasets.manifests.segments import seconds
from emobench.discovery.chosen_features import parse
from emobench.discovery.paths import near_paths
from emobench.discovery.registry import from_path, registry, resolve
from emobench.discovery.source import cards_in
from emobench.discovery.words import shield
from emobench.grid.plan.shard import parse_shard
from emobench.intake.archives import unpack
from emobench.intake.formats import scout
from emobench.results import failures, inventory
from emobench.store.index import Index
from emobench.store.merger import merge
from emobench.store.store import Store
from emobench.study.file import read_study

DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"jobs = {DEEP}", "nested too deep"),
        (f"jobs = {'1' * 5000}", "not TOML: Exceeds the limit"),
    ],
)
def test_a_study_that_pythons_reader_does_not_take(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(RequestError, match=said):
        read_study(tmp_path / "study.toml")


@pytest.mark.parametrize(
    "head", ["{'descr': '<f4', (", "{'shape': '''", "{'descr': [", "\x00", "["]
)
def test_the_head_of_an_array_that_is_no_python(tmp_path: Path, head: str) -> None:
    said = (head + "\n").encode()
    data = b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said + bytes(64)
    (tmp_path / "x.npy").write_bytes(data)
    with pytest.raises(DataError, match="cannot be read"):
        open_features(tmp_path / "x.npy")


def sealed(**changes: Any) -> bytes:
    content = {"format": 1, "dataset": "d", "modalities": ["text"], "kept": {"c": {"a": "t"}}}
    content |= changes
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return json.dumps(content | {"digest": hashlib.sha256(text.encode()).hexdigest()}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"modalities": None}, {"modalities": [["text"]]}, {"modalities": ["smell"]},
        {"modalities": ["text", "text"]}, {"modalities": "text"}, {"kept": []}, {"kept": {"c": 3}},
        {"kept": {"c": {"a": None}}}, {"kept": {"c": {"a": "x"}}}, {"dataset": 3}, {"format": [1]},
    ],
)  # fmt: skip
def test_masks_with_a_right_digest_and_values_of_another_kind(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = tmp_path / "masks.json"
    path.write_bytes(sealed())
    assert read_masks(path).of("c", ["a"], ["text"]).tolist() == [[True]]
    path.write_bytes(sealed(**changes))
    with pytest.raises(DataError, match="no mask set"):
        read_masks(path)


def test_a_training_that_says_how_long_it_took_in_words(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = store.training("t")
    folder.mkdir(parents=True)
    said = {"spec": {}, "report": {"params": 1, "train_seconds": "9223372036854775808"}}
    (folder / "training.json").write_text(json.dumps(said))
    assert Index(tmp_path, kept=True).rows["t"].seconds is None


def test_an_old_cell_that_is_no_json_is_named_by_a_merge(tmp_path: Path) -> None:
    cell = tmp_path / "one" / "cells" / "a"
    cell.mkdir(parents=True)
    (cell / "report.json").write_text('{"n": ')
    (tmp_path / "one" / "trainings").mkdir()
    done = merge([tmp_path / "one"], tmp_path / "out")
    assert any("cell a of" in line for line in done.broken)


def test_a_number_of_thousands_of_digits_in_meld(tmp_path: Path) -> None:
    (tmp_path / "meld").mkdir()
    lines = [",".join(meld.COLUMNS)]
    lines += [",".join({"Dialogue_ID": "9" * 5000}.get(c, "1") for c in meld.COLUMNS)]
    for name in ("train_sent_emo.csv", "dev_sent_emo.csv", "test_sent_emo.csv"):
        (tmp_path / "meld" / name).write_text("\n".join(lines))
    with pytest.raises(DataError):
        registry("dataset")["meld"].load()(Folders(tmp_path, tmp_path)).utterances()


@pytest.mark.parametrize("shape", [899_999_999_991, 10])
def test_an_archive_of_mosi_that_claims_more_than_it_holds(tmp_path: Path, shape: int) -> None:
    head = io.BytesIO()
    header = {"descr": "|b1", "fortran_order": False, "shape": (shape,)}
    np.lib.format.write_array_header_1_0(head, header)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("ids.npy", head.getvalue() + b"1")
    with pytest.raises(DataError, match="as long as its head says"):
        whole_npz(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("ids.npy", b"\x93NUMPY\x01\x00\x06\x00{'a': ")
    with pytest.raises(DataError, match="NumPy archive"):
        whole_npz(tmp_path / "b.npz")


def test_masks_that_are_nested_too_deep(tmp_path: Path) -> None:
    (tmp_path / "masks.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"nested too deep|cannot be read as JSON"):
        read_masks(tmp_path / "masks.json")


@pytest.mark.parametrize("text", ["x = '\0'", "x = " + "(" * 3000, "class X:\n    card = Card(\0)"])
def test_a_model_file_that_pythons_parser_does_not_take(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.py").write_text(text)
    with pytest.raises(RequestError, match=r"m\.py"):
        cards_in(tmp_path / "m.py")


def test_names_that_are_longer_than_any_files(folders: Folders) -> None:
    long = "a" * 70_000
    for word in (long, f"{long}.py", f"/x/{long}", f"{long}.csv"):
        with pytest.raises(RequestError):
            resolve("model", word)
        with pytest.raises(RequestError):
            from_path("model", Path(word))
        with pytest.raises(RequestError):
            corpus_requests(word if word != f"{long}.csv" else long, None, None, folders)
        with pytest.raises(RequestError):
            parse(f"audio={word}")
        assert near_paths(Path(word)) == []


def test_an_hdf5_file_whose_texts_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["ids"], file["audio"] = [b"a", b"b"], np.ones((2, 3))
    monkeypatch.setattr(scout, "__file__", str(tmp_path / "ends.py"))
    (tmp_path / "ends.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    scout.SCOUT.end()
    with pytest.raises(DataError, match="ends the process that does it"):
        open_features(path)
    monkeypatch.undo()
    assert open_features(path).ids == ("a", "b")


@pytest.mark.parametrize("text", [f"1/{'1' * 5000}", f"{'1' * 5000}/2"])
def test_a_part_of_a_grid_with_thousands_of_digits(text: str) -> None:
    with pytest.raises(RequestError, match="write it as 3/8"):
        parse_shard(text)


def test_a_word_of_seventy_thousand_letters_takes_no_minutes() -> None:
    before = time.process_time()
    words = f"simulated:size=6{'a' * 70_000}"
    assert shield(words, ("simulated",)) == words
    assert time.process_time() - before < 5


def test_a_member_of_an_archive_without_a_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x", "content")
    data = (tmp_path / "x.zip").read_bytes()
    place = data.index(b"PK\x01\x02")
    nameless = data[: place + 28] + b"\0\0" + data[place + 30 : place + 46] + data[place + 47 :]
    end = nameless.index(b"PK\x05\x06")
    size = (end - place).to_bytes(4, "little")
    (tmp_path / "x.zip").write_bytes(nameless[: end + 12] + size + nameless[end + 16 :])
    with pytest.raises(DataError, match=r"x\.zip"):
        unpack(tmp_path / "x.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["9" * 400 + ":01:02", "9" * 5000 + ":01:02", "1" * 5000])
def test_a_clock_with_more_hours_than_numbers_hold(text: str) -> None:
    assert seconds(text) is None


def test_a_label_of_seventy_thousand_letters(tmp_path: Path, folders: Folders) -> None:
    lines = [f"t{i},{'a' * 70_000 if i else 'joy'}" for i in range(12)]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *lines]))
    assert len(read_table(tmp_path / "own.csv").rows) == 12
    (request,) = corpus_requests(str(tmp_path / "own.csv"), None, None, folders)
    with pytest.raises(DataError, match="a label of 70,000 characters"):
        open_corpus(request)


@pytest.mark.parametrize(
    "record", ["[]", '{"rows": [[]], "dataset": 1, "protocol": 1, "model": 1}']
)
def test_records_of_another_kind_are_told_and_not_raised(tmp_path: Path, record: str) -> None:
    for name in ("grids", "trainings", "cells/a"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "grids" / "x.json").write_text(record)
    (tmp_path / "cells" / "a" / "failure.json").write_text('{"reason": "\x01"')
    (tmp_path / "cells" / "a" / "spec.json").write_text("{}")
    found = inventory(tmp_path)
    assert any("x.json cannot be read" in note for note in found.notes)
    assert "what" in failures(tmp_path).columns


def test_a_path_that_the_system_refuses_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise OSError(36, "File name too long", str(tmp_path / "x"))

    monkeypatch.setattr(command_line, "app", refuse)
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == 2
    assert capsys.readouterr().err == f"error: {str(tmp_path / 'x')!r}: File name too long.\n"


@pytest.mark.parametrize("point", [0xD800, 0x110000])
def test_code_points_that_are_none_in_an_archive_of_mosi(tmp_path: Path, point: int) -> None:
    word = np.array([point], np.uint32).view("<U1")
    folder = tmp_path / "cmu_mosi"
    folder.mkdir()
    arrays = {name: np.array(["train"]) for name in cmu_mosi.FACTS} | {"sentiment": np.ones(1)}
    arrays |= {name: np.ones((1, 2), np.float32) for name in cmu_mosi.ARRAYS.values()}
    path = folder / "cmu_mosi_utterances.npz"
    np.savez(path, **(arrays | {"ids": np.array(["a_1"]), "video_id": word}))
    with pytest.raises(DataError, match="video_id holds no text"):
        registry("dataset")["cmu_mosi"].load()(Folders(tmp_path, tmp_path)).utterances()
