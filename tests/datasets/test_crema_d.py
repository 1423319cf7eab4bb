"""CREMA-D in its official layout, written from scratch, and broken on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emobench import SAMPLE_RATE, DataError, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
from emobench.datasets.crema_d import CremaD
from emobench.discovery.registry import registry

Film = Callable[..., None]
EMOTIONS = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
SENTENCES = ("IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI")
ACTORS = range(1001, 1092)


def write_clip(root: Path, name: str, seconds: float = 0.1) -> Path:
    path = root / "AudioWAV" / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 200 * times), SAMPLE_RATE)
    return path


def write_corpus(root: Path) -> None:
    """Every actor says one sentence in every emotion."""
    whole = write_clip(root, "1001_DFA_ANG_XX").read_bytes()
    for actor in ACTORS:
        for emotion in EMOTIONS:
            (root / "AudioWAV" / f"{actor}_DFA_{emotion}_XX.wav").write_bytes(whole)


def request(folders: Folders) -> CorpusRequest:
    return CorpusRequest(registry("dataset")["crema_d"], (), folders)


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "crema_d"


def test_the_name_tells_actor_sentence_and_emotion(folders: Folders, root: Path) -> None:
    for name in ("1091_IEO_HAP_LO", "1003_ITS_SAD_XX", "1040_ITH_SAD_X"):
        write_clip(root, name)
    corpus = CremaD(folders)
    table = corpus.utterances()
    assert list(table["id"]) == ["1003_ITS_SAD_XX", "1040_ITH_SAD_X", "1091_IEO_HAP_LO"]
    assert list(table["label"]) == ["sad", "sad", "happy"]
    assert list(table["speaker"]) == ["actor_1003", "actor_1040", "actor_1091"]
    assert list(table["text"]) == [
        "I think I've seen this before.",
        "I think I have a doctor's appointment.",
        "It's eleven o'clock.",
    ]
    assert len(corpus.read(table.iloc[0], "waveform")) == 1600
    assert corpus.read(table.iloc[2], "transcript") == "It's eleven o'clock."


def test_every_sentence_code_has_a_text(folders: Folders, root: Path) -> None:
    for sentence in SENTENCES:
        write_clip(root, f"1001_{sentence}_NEU_XX")
    assert CremaD(folders).utterances()["text"].nunique() == 12


def test_folds_share_no_actor_and_test_every_actor_once(folders: Folders, root: Path) -> None:
    write_corpus(root)
    corpus = open_corpus(request(folders))
    tested: Counter[str] = Counter()
    for fold in range(5):
        parts = split(corpus, policy(corpus, None), fold)
        rows = {p: corpus.table.iloc[getattr(parts, p)] for p in ("train", "dev", "test")}
        actors = {p: set(r["speaker"]) for p, r in rows.items()}
        assert sum(map(len, actors.values())) == len(set().union(*actors.values())) == 91
        sizes = [len(actors[p]) for p in ("train", "dev", "test")]
        assert sizes == {0: [63, 9, 19], 4: [63, 10, 18]}.get(fold, [64, 9, 18])
        assert all(set(r["label"]) == set(corpus.classes) for r in rows.values())
        tested.update(actors["test"])
    assert tested == Counter({f"actor_{a}": 1 for a in ACTORS})


@given(actors=st.sets(st.sampled_from(ACTORS), min_size=1), fold=st.integers(0, 4))
def test_an_actors_part_does_not_depend_on_who_else_is_here(actors: set[int], fold: int) -> None:
    corpus = CremaD(Folders(Path("data"), Path("cache")))
    everybody = pd.DataFrame({"speaker": [f"actor_{a}" for a in ACTORS]})
    some = everybody[[a in actors for a in ACTORS]]
    assert corpus.split(some, fold).equals(corpus.split(everybody, fold)[some.index])


def test_films_give_faces_to_the_clips_that_have_one(
    state_of: Callable[[Any], str], folders: Folders, root: Path, write_film: Film, pool: Any
) -> None:
    for actor in (1001, 1002, 1003):
        write_clip(root, f"{actor}_DFA_ANG_XX")
    before = state_of(CremaD(folders))
    assert CremaD(folders).sources()["vision"] == ()
    write_film(root / "VideoFlash" / "1001_DFA_ANG_XX.flv", seconds=2.0, tone=None, codec="flv")
    (root / "VideoFlash" / "1002_DFA_ANG_XX.flv").write_text("broken")
    corpus = open_corpus(request(folders))
    assert corpus.modalities == ("text", "audio", "vision")
    assert state_of(corpus.dataset) != before
    target = prepare(corpus, ["frames"], pool)
    lengths = dict(zip(corpus.ids, target.load("frames").lengths, strict=True))
    assert {i: n for i, n in lengths.items() if n} == {"1001_DFA_ANG_XX": 10}
    said = [p for p in target.problems if p.problem != "not among the files"]
    assert [p.clip for p in said] == ["1002_DFA_ANG_XX"]
    assert "1002_DFA_ANG_XX.flv cannot be read" in said[0].problem


def test_the_silent_clip_costs_its_audio_only(folders: Folders, root: Path, pool: Any) -> None:
    write_clip(root, "1076_MTI_ANG_XX")
    soundfile.write(root / "AudioWAV" / "1076_MTI_SAD_XX.wav", np.zeros(8000), SAMPLE_RATE)
    target = prepare(open_corpus(request(folders)), ["mfcc"], pool)
    np.testing.assert_array_equal(target.available, [[True, True], [True, False]])
    said = [p for p in target.problems if p.problem != "not among the files"]
    assert [(p.clip, p.problem) for p in said] == [("1076_MTI_SAD_XX", "silent audio (0.5 s)")]


def test_clips_that_are_not_here_are_counted(folders: Folders, root: Path) -> None:
    write_corpus(root)
    corpus = CremaD(folders)
    said = corpus.missing(corpus.utterances())
    assert said[0] == "anger: 1180 of 1271 clips"
    assert said[4] == "neutral: 996 of 1087 clips"
    assert sum(corpus.card.counts["all"].values()) == 7442


def test_an_absent_folder_is_named_with_the_way_to_get_it(folders: Folders, root: Path) -> None:
    with pytest.raises(DataError) as caught:
        CremaD(folders).utterances()
    assert f"There is no {root / 'AudioWAV'}/*.wav. Clone" in str(caught.value)
    write_clip(folders.data, "1001_DFA_ANG_XX")
    with pytest.raises(DataError, match="is the corpus itself"):
        CremaD(folders).utterances()


def test_names_that_are_not_crema_d_are_all_listed(folders: Folders, root: Path) -> None:
    names = ["1001_DFA_ANG", "1092_DFA_ANG_XX", "1001_ABC_ANG_XX", "1001_DFA_SUR_XX"]
    for name in (*names, "1001_DFA_ANG_XX"):
        write_clip(root, name)
    with pytest.raises(DataError) as caught:
        CremaD(folders).utterances()
    for words in (
        "1001_DFA_ANG.wav: not four fields",
        "1092_DFA_ANG_XX.wav: unknown actor 1092 (1001 to 1091",
        "1001_ABC_ANG_XX.wav: unknown sentence ABC (IEO,",
        "1001_DFA_SUR_XX.wav: unknown emotion SUR (ANG,",
    ):
        assert words in str(caught.value)
    for number in range(10, 20):
        write_clip(root, f"copy{number}")
    with pytest.raises(DataError, match=r"and 4 more\. Move them"):
        CremaD(folders).utterances()


def test_a_clone_without_git_lfs_is_recognised(folders: Folders, root: Path) -> None:
    path = write_clip(root, "1001_DFA_ANG_XX")
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 72000\n")
    with pytest.raises(DataError, match=r"1 of 1 files .*Git LFS.*1001_DFA_ANG_XX\.wav"):
        open_corpus(request(folders))
