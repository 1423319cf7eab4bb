"""The files of built-in corpora: content decides, litter is passed over, other places are seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import DataError, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.datasets.source_files import list_tree
from emobench.discovery.registry import registry

MELD = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,"
    "StartTime,EndTime\n"
)
SPLITS = {
    "train": "train_splits/train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}
EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


def write(root: Path, name: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a sound or a film")


def write_ravdess(root: Path) -> None:
    for actor in range(1, 25):
        folder = f"Audio_Speech_Actors_01-24/Actor_{actor:02d}"
        write(root, f"{folder}/03-01-01-01-01-01-{actor:02d}.WAV")
    write(root, "Video_Speech_Actor_01/Actor_01/01-01-01-01-01-01-01.mp4")


def write_crema_d(root: Path) -> None:
    for emotion in ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"):
        for actor in (1001, 1002, 1003):
            write(root, f"CREMA-D/AudioWAV/{actor}_DFA_{emotion}_XX.wav")
    write(root, "CREMA-D/VideoFlash/1001_DFA_ANG_XX.mp4")


def write_meld(root: Path) -> None:
    root.mkdir(parents=True)
    for part, folder in SPLITS.items():
        rows = "".join(
            f"{i},said {i},Ross,{e},neutral,{i},0,1,1,0,1\n" for i, e in enumerate(("joy", "fear"))
        )
        (root / f"{part}_sent_emo.csv").write_text(MELD + rows)
        write(root, f"{folder}/dia0_utt0.wav")
        write(root, f"{folder}/dia1_utt0.mp4")


def write_afew(root: Path) -> None:
    for part in ("Train_AFEW", "Val_AFEW"):
        for emotion in EMOTIONS:
            write(root, f"{part}/{emotion}/1.avi")
            write(root, f"{part}/{emotion}/2.AVI")


LAYOUTS = {
    "ravdess": write_ravdess,
    "crema_d": write_crema_d,
    "meld": write_meld,
    "afew": write_afew,
}
each_corpus = pytest.mark.parametrize(("name", "layout"), LAYOUTS.items(), ids=LAYOUTS)


def request(name: str, folders: Folders) -> CorpusRequest:
    return CorpusRequest(registry("dataset")[name], (), folders)


@each_corpus
def test_any_file_replaced_by_one_of_its_size_is_another_corpus(
    name: str, layout: Callable[[Path], None], folders: Folders
) -> None:
    root = folders.data / name
    layout(root)
    clips = {p for p in root.rglob("*") if p.is_file()}
    digests = [open_corpus(request(name, folders)).digest]
    files = list(open_corpus(request(name, folders)).dataset.files())
    assert set(files) == clips
    for path in files[:1] + files[-2:]:
        facts, content = path.stat(), path.read_bytes()
        changed = content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]
        path.write_bytes(changed)
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        digests.append(open_corpus(request(name, folders)).digest)
        assert digests[-1] not in digests[:-1], path


@each_corpus
def test_litter_changes_nothing_and_is_counted(
    name: str, layout: Callable[[Path], None], folders: Folders
) -> None:
    root = folders.data / name
    layout(root)
    before = open_corpus(request(name, folders))
    clips = [p for p in before.dataset.files() if p.suffix.casefold() != ".csv"]
    for path in clips:
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7")
    (clips[0].parent / "Thumbs.db").write_bytes(b"x")
    (clips[0].parent / f"{clips[0].name}.part").write_bytes(b"x")
    after = open_corpus(request(name, folders))
    assert after.digest == before.digest
    told = " ".join(after.dataset.oddities(after.table))
    assert "passed over" in told
    assert "._" in told or "Thumbs" in told


@given(
    st.lists(st.sampled_from(["a.wav", "b.WAV", "._a.wav", ".DS_Store", "c.mp4.part"]), unique=True)
)
def test_every_file_is_listed_or_litter(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in names:
        write(root, name)
        write(root, f"__MACOSX/{name}")
    tree = list_tree(root, 1)
    assert {p.name for p in tree.files} == {n for n in names if n in ("a.wav", "b.WAV")}
    assert sorted([*tree.files, *tree.litter]) == sorted(p for p in root.rglob("*") if p.is_file())


def test_an_archive_and_another_name_of_the_folder_are_named(folders: Folders) -> None:
    write(folders.data, "RAVDESS/Audio_Speech_Actors_01-24.zip")
    with pytest.raises(DataError, match=r"rename it to 'ravdess'"):
        open_corpus(request("ravdess", folders))
    (folders.data / "RAVDESS").rename(folders.data / "ravdess")
    with pytest.raises(DataError, match=r"Actors_01-24\.zip is an archive that is not unpacked"):
        open_corpus(request("ravdess", folders))
