"""A corpus is what its files and its table hold, wherever they lie; its changes are told."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import DataError, Dataset, DatasetCard, Folders
from emobench.corpus.identity import (
    Change,
    corpus_digest,
    files_digest,
    reasons,
    remember,
    source_files,
)


class Clips(Dataset):
    """Every file below a folder."""

    card = DatasetCard("clips", "Clips", ("a", "b"), ("text",), "none", "none", "none")

    def utterances(self) -> pd.DataFrame:
        return pd.DataFrame({"id": ["u"], "speaker": ["s"], "group": ["s"], "label": ["a"]})

    def sources(self) -> dict[str, tuple[str, ...]]:
        return {"text": ("transcript",)}

    def read(self, row: pd.Series, source: str) -> Any:
        return "text"

    def files(self) -> Iterable[Path]:
        return sorted(p for p in self.folders.data.rglob("*") if p.is_file())


def clips(root: Path, contents: dict[str, bytes]) -> Clips:
    for name, content in contents.items():
        path = root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Clips(Folders(root / "data", root / "cache"))


def digest(dataset: Clips) -> str:
    table = dataset.utterances()
    return corpus_digest(table, dataset, dataset.sources(), source_files(dataset))


NAMES = st.sampled_from(["a.wav", "b.wav", "x/a.wav", "x/y/c.wav"])
CONTENTS = st.dictionaries(NAMES, st.binary(min_size=1, max_size=3), min_size=1)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=CONTENTS, second=CONTENTS)
def test_digests_are_equal_exactly_where_the_files_are(
    first: dict[str, bytes], second: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    both = [clips(tmp_path_factory.mktemp("c"), contents) for contents in (first, second)]
    # The common folder of all files has no name: it may be moved.
    inner = [source_files(one) for one in both]
    assert (digest(both[0]) == digest(both[1])) == (inner[0] == inner[1])
    if set(first) == set(second):
        assert (digest(both[0]) == digest(both[1])) == (first == second)


def test_a_corpus_can_be_moved(tmp_path: Path) -> None:
    one = clips(tmp_path / "here", {"a.wav": b"1", "x/b.wav": b"2"})
    before = digest(one)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert digest(Clips(Folders(tmp_path / "there" / "data", tmp_path / "cache"))) == before


def test_exchanged_contents_of_two_files_of_one_name_are_another_corpus(tmp_path: Path) -> None:
    contents = {"x/0.npy": b"1", "y/0.npy": b"2"}
    before = digest(clips(tmp_path, contents))
    assert digest(clips(tmp_path, {"x/0.npy": b"2", "y/0.npy": b"1"})) != before


def test_a_corpus_without_files_has_no_digest_of_them(tmp_path: Path) -> None:
    assert files_digest(source_files(clips(tmp_path, {}))) == ""


def test_pointers_of_git_lfs_are_refused_once_wherever_they_stand(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 1\n"
    dataset = clips(tmp_path, {"a.wav": b"RIFF", "b.wav": pointer, "x/c.flv": pointer})
    with pytest.raises(DataError, match=r"2 of 3 files are pointers of Git LFS.*git lfs pull"):
        source_files(dataset)


def test_what_changed_is_told_with_examples(tmp_path: Path) -> None:
    dataset = clips(tmp_path, {f"{i}.wav": b"1" for i in range(6)})
    digests, said = [], []
    steps: list[dict[str, bytes]] = [{}, {"0.wav": b"2"}, {f"{i}.wav": b"3" for i in range(7)}]
    for step in steps:
        clips(tmp_path, step)
        table, files = dataset.utterances(), source_files(dataset)
        digests.append(corpus_digest(table, dataset, dataset.sources(), files))
        changes = remember(tmp_path / "cache", "clips", digests[-1], table, dataset, files)
        said.append(reasons(changes, digests[0], digests[-1]))
    assert said[0] == []
    assert said[1] == ["1 file changed (0.wav)"]
    assert said[2] == [
        "1 file changed (0.wav)",
        "6 files changed (0.wav, 1.wav, 2.wav and 3 more); 1 file added (6.wav)",
    ]


def test_other_rows_and_values_are_told(tmp_path: Path) -> None:
    dataset, cache = clips(tmp_path, {"a.wav": b"1"}), tmp_path / "cache"
    table = pd.DataFrame({"id": ["u", "v"], "label": ["a", "b"]})
    remember(cache, "c", "1", table, dataset, {})
    remember(cache, "c", "2", table.assign(label=["b", "a"]), dataset, {})
    changes = remember(cache, "c", "3", table[:1], dataset, {})
    assert [c.what for c in changes] == ["other values in the column label", "2 rows became 1"]


def test_reasons_are_given_only_from_a_known_state() -> None:
    changes = [Change("a", "b", "", "first"), Change("b", "c", "", "second")]
    assert reasons(changes, "a", "c") == ["first", "second"]
    assert reasons(changes, "b", "c") == ["second"]
    assert reasons(changes, "x", "c") == []
    assert reasons(changes, "c", "c") == []
    assert reasons([*changes, Change("c", "a", "", "back")], "c", "a") == ["back"]
