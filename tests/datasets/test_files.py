"""The files of built-in corpora: content decides, litter is passed over, other places are seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import ClipError, DataError, Dataset, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.clip_policy import check_modalities
from emobench.corpus.preparation.extract import prepare
from emobench.datasets import semeval_2018_ec
from emobench.datasets.source_files import list_tree
from emobench.discovery.registry import registry

WriteCsd = Callable[..., Path]
WritePickle = Callable[..., Path]
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


def write(root: Path, name: str, content: str = "a sound or a film") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


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


def write_iemocap(root: Path) -> None:
    for session in range(1, 6):
        home = root / f"IEMOCAP_full_release/Session{session}"
        dialogue = f"Ses0{session}F_impro01"
        ids = [f"{dialogue}_F{i:03d}" for i in range(4)]
        codes = zip(ids, ("ang", "hap", "neu", "sad"), strict=True)
        turns = [f"[{n} - {n + 1}]\t{i}\t{c}\t[2.5, 3.0, 2.5]\n" for n, (i, c) in enumerate(codes)]
        write(home, f"dialog/EmoEvaluation/{dialogue}.txt", "".join(turns))
        write(home, f"dialog/EmoEvaluation/Categorical/{dialogue}_e1_cat.txt", "not read")
        said = "".join(f"{i} [0-1]: I said so.\n" for i in ids)
        write(home, f"dialog/transcriptions/{dialogue}.txt", said)
        for i in ids:
            write(home, f"sentences/wav/{dialogue}/{i}.wav")


def write_ck_plus(root: Path) -> None:
    for code in range(1, 8):
        for frame in (1, 2):
            write(root, f"cohn-kanade-images/S010/{code:03d}/S010_{code:03d}_{frame:08d}.png")
        write(root, f"Emotion/S010/{code:03d}/S010_{code:03d}_00000002_emotion.txt", f"  {code}.0 ")


def write_ck_48(root: Path) -> None:
    for code, emotion in enumerate(("anger", "contempt", "Disgust"), start=1):
        for frame in (15, 16):
            write(root, f"CK+48/{emotion}/S010_{code:03d}_{frame:08d}.png")


def write_fer2013(root: Path) -> None:
    usages = ("Training", "PublicTest", "PrivateTest")
    rows = "".join(f"{i},{' '.join([str(i)] * 2304)},{u}\n" for i, u in enumerate(usages))
    write(root, "icml_face_data.csv", "emotion, pixels, Usage\n" + rows)


def write_emorynlp(root: Path) -> None:
    head = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Start_Time,End_Time\n"
    for episode, part in enumerate(("train", "dev", "test"), start=1):
        row = f"Oh!,['Monica Geller'],Mad,1,1,1,{episode},00:00:01,00:00:02\n"
        write(root, f"emorynlp_{part}_final.csv", head + row)


def write_semeval(root: Path) -> None:
    head = "\t".join(semeval_2018_ec.COLUMNS) + "\n"
    for part in ("train", "dev", "test-gold"):
        labels = "\t".join("10000000000")
        write(root, f"2018-E-c-En-{part}.txt", f"{head}2018-En-1\tso {part}\t{labels}\n")


def write_folds(root: Path, name: str) -> None:
    parts = {"train": ["v0"], "valid": ["v1"], "test": ["v2"]}
    write(root, name, "".join(f"standard_{p}_fold={v!r}\n" for p, v in parts.items()))


def write_sdk(root: Path, name: str, columns: int, write_csd: WriteCsd) -> None:
    """Labels, words and sounds of three videos of three seconds."""
    spans = [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
    videos = ("v0", "v1", "v2")
    labels = "Labels" if name == "CMU_MOSEI" else "Opinion_Labels"
    strength = np.tile([[2.0], [-1.0], [1.0]], columns)
    write_csd(root / f"{name}_{labels}.csd", dict.fromkeys(videos, (spans, strength)))
    words = np.array([[b"one"], [b"two"], [b"six"]])
    write_csd(root / f"{name}_TimestampedWords.csd", dict.fromkeys(videos, (spans, words)))
    sounds = np.arange(3 * 74, dtype=np.float32).reshape(3, 74)
    write_csd(root / f"{name}_COVAREP.csd", dict.fromkeys(videos, (spans, sounds)))


def write_cmu_mosei(root: Path, write_csd: WriteCsd, write_pickle: WritePickle) -> None:
    write_sdk(root, "CMU_MOSEI", 7, write_csd)
    write_folds(root, "cmu_mosei_std_folds.py")
    parts = {"train": "v0", "valid": "v1", "test": "v2"}
    clips = {p: [(f"{v}$_${i}", s) for i, s in enumerate((2, -1, 1))] for p, v in parts.items()}
    write_pickle(root / "aligned_50.pkl", clips, {"vision": 35, "audio": 74})


def write_cmu_mosi(root: Path, write_csd: WriteCsd, write_pickle: WritePickle) -> None:
    write_sdk(root, "CMU_MOSI", 1, write_csd)
    write_folds(root, "cmu_mosi_std_folds.py")
    write(root, "cmu_mosi_utterances.npz", "not read beside the files of the SDK")


def write_mosi_archive(root: Path) -> None:
    root.mkdir(parents=True)
    videos = [f"v{n:02d}" for n in range(24)]
    widths = {"text": 100, "audio": 73, "video": 100}
    arrays = {m: np.ones((len(videos), d), np.float32) for m, d in widths.items()}
    np.savez(
        root / "cmu_mosi_utterances.npz",
        ids=[f"{v}_1" for v in videos],
        video_id=videos,
        text_raw=["said"] * len(videos),
        sentiment=np.resize([1.0, -1.0], len(videos)),
        split=np.resize(["train", "train", "test"], len(videos)),
        **arrays,
    )


LAYOUTS: dict[str, Callable[..., None]] = {
    "ravdess": write_ravdess,
    "crema_d": write_crema_d,
    "meld": write_meld,
    "afew": write_afew,
    "iemocap": write_iemocap,
    "ck_plus": write_ck_plus,
    "ck_plus 48": write_ck_48,
    "fer2013": write_fer2013,
    "emorynlp": write_emorynlp,
    "semeval_2018_ec": write_semeval,
    "cmu_mosei": write_cmu_mosei,
    "cmu_mosi": write_cmu_mosi,
    "cmu_mosi archive": write_mosi_archive,
}
Made = tuple[str, Folders]
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/._x", "a.part")


@pytest.fixture(params=LAYOUTS)
def made(
    request: pytest.FixtureRequest,
    folders: Folders,
    write_csd: WriteCsd,
    write_pickle: WritePickle,
) -> Made:
    """A corpus's name, and the folders in which it lies in one of its official layouts."""
    name = request.param.split()[0]
    layout = LAYOUTS[request.param]
    needs = (write_csd, write_pickle) if layout in (write_cmu_mosei, write_cmu_mosi) else ()
    layout(folders.data / name, *needs)
    return name, folders


def asked(name: str, folders: Folders) -> CorpusRequest:
    return CorpusRequest(registry("dataset")[name], (), folders)


def state(name: str, folders: Folders) -> str:
    """The corpus's digest, or why it cannot be opened."""
    try:
        return open_corpus(asked(name, folders)).digest
    except DataError as error:
        return str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)
@given(st.data())
def test_any_file_replaced_by_one_of_its_size_is_another_corpus(
    made: Made, data: st.DataObject
) -> None:
    name, folders = made
    before = open_corpus(asked(name, folders))
    path = data.draw(st.sampled_from(sorted(before.dataset.files())))
    facts, content = path.stat(), path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size
    assert state(name, folders) != before.digest
    path.write_bytes(content)
    assert state(name, folders) == before.digest


def test_the_listed_files_are_all_that_is_read(made: Made, tmp_path: Path) -> None:
    """A copy of the listed files alone is the same corpus, whatever else lies in the folder."""
    name, folders = made
    for number, folder in enumerate(sorted(p for p in folders.data.rglob("*") if p.is_dir())):
        write(folder, f"notes {number}.md")
    whole = open_corpus(asked(name, folders))
    copy = Folders(tmp_path / "copy", folders.cache)
    for path in whole.dataset.files():
        target = copy.data / path.relative_to(folders.data)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    alone = open_corpus(asked(name, copy))
    assert alone.digest == whole.digest
    assert alone.table.equals(whole.table)
    for sources in whole.sources.values():
        for source in sources:
            for _, row in whole.table.iterrows():
                assert_same(read(alone.dataset, row, source), read(whole.dataset, row, source))


def read(dataset: Dataset, row: pd.Series, source: str) -> Any:
    try:
        return dataset.read(row, source)
    except ClipError as error:
        return str(error).replace(str(dataset.folders.data), "")


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def test_litter_changes_nothing_and_is_counted_once(made: Made) -> None:
    name, folders = made
    before = open_corpus(asked(name, folders))
    for path in list(before.dataset.files()):
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
        for left in LITTER:
            write(path.parent, left)
    after = open_corpus(asked(name, folders))
    assert after.digest == before.digest
    told = [t for t in after.dataset.oddities(after.table) if "passed over" in t]
    assert len(told) == 1
    assert any(name in told[0] for name in ("._", *LITTER))


@pytest.mark.parametrize("typed", ["crema_d", "text&audio=crema_d"])
@pytest.mark.parametrize("name", ["1001_DFA_ANG_HI.wav", "1001_DFA_ANG_XX.wav"])
def test_a_file_added_or_changed_while_others_are_read_is_noticed(
    folders: Folders, pool: Any, typed: str, name: str
) -> None:
    write_crema_d(folders.data / "crema_d")
    corpus = open_corpus(corpus_requests(typed, None, None, folders)[0])
    write(folders.data / "crema_d/CREMA-D/AudioWAV", name, "A sound or a film")
    with pytest.raises(DataError, match="changed while they were read"):
        prepare(corpus, ["mfcc"], pool)


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
        open_corpus(asked("ravdess", folders))
    (folders.data / "RAVDESS").rename(folders.data / "ravdess")
    with pytest.raises(DataError, match=r"Actors_01-24\.zip is an archive that is not unpacked"):
        open_corpus(asked("ravdess", folders))


RENAMED = {
    "afew": ("Train_AFEW/Angry", "Train_AFEW/ANGRY"),
    "ck_plus": ("cohn-kanade-images/S010/001", "cohn-kanade-images/s010/001"),
    "ck_plus 48": ("CK+48/Disgust", "CK+48/DISGUST"),
    "iemocap": (
        "IEMOCAP_full_release/Session1/sentences/wav/Ses01F_impro01",
        "IEMOCAP_full_release/Session1/sentences/wav/ses01f_IMPRO01",
    ),
}
"""A folder of a corpus, and its name after a system that changes case."""


@pytest.mark.parametrize("layout", RENAMED)
def test_folders_in_another_case_lose_nothing(layout: str, folders: Folders) -> None:
    name = layout.split()[0]
    root = folders.data / name
    LAYOUTS[layout](root)
    before = open_corpus(asked(name, folders))
    was, now = (root / folder for folder in RENAMED[layout])
    now.parent.mkdir(parents=True, exist_ok=True)
    was.rename(now)
    after = open_corpus(asked(name, folders))
    columns = ["id", "speaker", "group", "label"]
    assert after.table[columns].equals(before.table[columns])
    assert len(list(after.dataset.files())) == len(list(before.dataset.files()))
    source = next(s for ss in after.sources.values() for s in ss if s != "transcript")
    for _, row in after.table.iterrows():
        assert read(after.dataset, row, source) is not None


def test_clips_that_belong_to_nothing_are_counted(folders: Folders) -> None:
    write_crema_d(folders.data / "crema_d")
    write(folders.data / "crema_d/CREMA-D/VideoFlash", "1001_dfa_ANG_XX.flv")
    corpus = open_corpus(asked("crema_d", folders))
    assert any("1 films, such as 1001_dfa" in t for t in corpus.dataset.oddities(corpus.table))
    write_afew(folders.data / "afew")
    write(folders.data / "afew/Train_AFEW", "9.avi")
    corpus = open_corpus(asked("afew", folders))
    assert any("1 files, such as" in t for t in corpus.dataset.oddities(corpus.table))


def test_features_of_no_utterance_are_an_error_with_a_way_on(
    folders: Folders, pool: Any, write_csd: WriteCsd, write_pickle: WritePickle
) -> None:
    """The SDK can cut its files itself; their videos are then called ``VIDEO[N]``."""
    root = folders.data / "cmu_mosi"
    write_cmu_mosi(root, write_csd, write_pickle)
    sounds = np.ones((3, 74), np.float32)
    cut = ([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], sounds)
    write_csd(root / "CMU_MOSI_COVAREP.csd", {f"v{i}[0]": cut for i in range(3)})
    target = prepare(open_corpus(asked("cmu_mosi", folders)), ["covarep_74"], pool)
    with pytest.raises(DataError, match=r"has any audio, .* --dataset text=cmu_mosi"):
        check_modalities(target)
