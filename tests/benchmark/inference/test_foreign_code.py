"""Code that only a record of somebody else names is not run: not a representation, not a corpus."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emobench import Folders, RequestError
from emobench.discovery.own_representations import (
    MARK,
    name_in_file,
    refuse_foreign_paths,
)
from emobench.inference.exports.folder import CONFIG, OURS, PROVEN, is_export, read_description
from emobench.inference.origin import check_versions, refuse_unnamed_corpus

EVIL = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
OWN = """
import numpy as np
from emobench import Representation

class Mine(Representation):
    name, modality, size, source, version = "mine", "audio", 3, "audio", 1

    def extract(self, media):
        return np.zeros((1, 3))
"""
CORPUS = """
from pathlib import Path
from emobench import Dataset, DatasetCard

Path(__file__).with_name("ran").touch()

class Evil(Dataset):
    card = DatasetCard(
        name="evil", title="Evil", classes=("a", "b"), modalities=("text",), licence="none",
        obtain="nowhere", split="none",
    )
"""


def name_of(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return MARK.join(("mine", digest, str(path).replace("/", "%2F")))


def test_a_stored_name_with_a_path_runs_no_file(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(EVIL + OWN)
    with pytest.raises(RequestError, match="named with a file of code, which is run only if you"):
        check_versions({"audio": {name_of(tmp_path / "evil.py"): 1}})
    assert not (tmp_path / "ran").exists()


def test_a_file_that_was_named_here_may_be_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    name = name_in_file(tmp_path / "mine.py", "audio")
    assert name.count(MARK) == 2
    refuse_foreign_paths([name, "mfcc", MARK.join(name.split(MARK)[:2])])


def test_a_corpus_that_only_a_record_names_is_not_run(
    tmp_path: Path, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(CORPUS)
    monkeypatch.chdir(tmp_path)
    for words in ("evil.py", "simulated:size=63+auxiliary(evil.py)", "text=evil.py+audio=ravdess"):
        spec: Any = SimpleNamespace(dataset=words)
        with pytest.raises(RequestError, match=r"evil\.py, which is run only if you name it"):
            refuse_unnamed_corpus(spec, None, folders)
        with pytest.raises(RequestError, match=r"evil\.py, which is run only if you name it"):
            refuse_unnamed_corpus(spec, "evil", folders)
        refuse_unnamed_corpus(spec, words, folders)
    refuse_unnamed_corpus(SimpleNamespace(dataset="simulated:size=63"), None, folders)  # type: ignore[arg-type]
    assert not (tmp_path / "ran").exists()


def export(folder: Path, content: Any) -> Path:
    for name in PROVEN:
        (folder / name).write_bytes(b"x")
    (folder / CONFIG).write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("content", [5, [OURS], {OURS: 3}, None, "emobench", {}])
def test_a_configuration_of_another_kind_is_no_export(tmp_path: Path, content: Any) -> None:
    assert not is_export(export(tmp_path, content))


@pytest.mark.parametrize(
    ("digests", "said"),
    [
        (None, "does not name the digests"),
        ({}, "does not name the digests"),
        (dict.fromkeys(PROVEN, "0") | {"../../etc/passwd": "0"}, "no file beside it"),
        (dict.fromkeys(PROVEN, "0"), "is not the file that was exported"),
        (
            {name: hashlib.sha256(b"x").hexdigest() for name in PROVEN},
            "cannot be read",
        ),
    ],
)
def test_what_a_configuration_says_of_other_files_is_looked_at(
    tmp_path: Path, digests: Any, said: str
) -> None:
    content = {OURS: {"format": 1, "sha256": digests, "description": {"task": []}}}
    with pytest.raises(RequestError, match=said):
        read_description(export(tmp_path, content))
