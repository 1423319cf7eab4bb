"""IEMOCAP in its official layout, written from scratch and broken on purpose.

Its licence lets nobody pass the recordings on, so no test here sees the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from emobench import SAMPLE_RATE, ClipError, DataError, Folders, RequestError
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import prepare
from emobench.datasets.iemocap import COUNTS, FOUR_CLASS_SESSIONS, Iemocap, IemocapOptions
from emobench.discovery.registry import registry

CODES = ("neu", "hap", "exc", "ang", "sad", "fru", "sur", "fea", "dis", "oth", "xxx")
PAIRS = {1: "FM", 2: "MF", 3: "FM", 4: "MF", 5: "FM"}
HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


def turn(name: str, code: str, start: float) -> str:
    """One utterance of an evaluation file, with what the raters said below its summary line."""
    return (
        f"[{start:.4f} - {start + 1.5:.4f}]\t{name}\t{code}\t[2.5000, 3.0000, 2.5000]\n"
        "C-E2:\tNeutral;\t()\nC-E3:\tAnger; Other;\t(blasé)\n"
        "A-E3:\tval 3; act 2; dom  2;\t()\nA-F1:\tval 3; act 2; dom  1;\t()\n\n"
    )


def write_dialogue(root: Path, session: int, dialogue: str, codes: tuple[str, ...] = CODES) -> None:
    """Write one dialogue's three kinds of files; its two speakers take turns."""
    home = root / f"Session{session}"
    evaluation, spoken, numbers = [], [], {"F": 0, "M": 0}
    for i, code in enumerate(codes):
        gender = "FM"[i % 2]
        name = f"{dialogue}_{gender}{numbers[gender]:03d}"
        numbers[gender] += 1
        evaluation.append((10.0 * i, turn(name, code, 10.0 * i)))
        spoken.append(f"{name} [{10 * i:08.4f}-{10 * i + 1.5:08.4f}]: I said {code}. [LAUGHTER]\n")
        wave = home / "sentences" / "wav" / dialogue / f"{name}.wav"
        wave.parent.mkdir(parents=True, exist_ok=True)
        tone = 0.1 * np.sin(np.arange(1600 + 160 * i) / 10)
        soundfile.write(wave, tone, SAMPLE_RATE)
    # The release lists turns by speaker, not by time.
    text = HEADER + "".join(t for _, t in evaluation[1::2] + evaluation[::2])
    for folder, content in (("EmoEvaluation", text), ("transcriptions", "".join(spoken))):
        (home / "dialog" / folder).mkdir(parents=True, exist_ok=True)
        path = home / "dialog" / folder / f"{dialogue}.txt"
        path.write_bytes(content.encode("latin-1"))


def write_corpus(root: Path, codes: tuple[str, ...] = CODES) -> Path:
    for session, pair in PAIRS.items():
        for gender, kind in zip(pair, ("impro01", "script01_1b"), strict=True):
            write_dialogue(root, session, f"Ses0{session}{gender}_{kind}", codes)
        noise = root / f"Session{session}" / "dialog" / "EmoEvaluation" / "Categorical"
        noise.mkdir(exist_ok=True)
        (noise / f"Ses0{session}F_impro01_e1_cat.txt").write_text("Ses :Neutral; ()")
    return root


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "iemocap" / "IEMOCAP_full_release"


def opened(folders: Folders, **options: str) -> Corpus:
    return open_corpus(
        CorpusRequest(registry("dataset")["iemocap"], tuple(options.items()), folders)
    )


def test_the_table_has_the_four_classes_in_order_of_time(folders: Folders, root: Path) -> None:
    write_corpus(root)
    table = Iemocap(folders).utterances()
    assert len(table) == 10 * 5
    first = table[table["dialogue"] == "Ses01F_impro01"]
    assert list(first["label"]) == ["neu", "hap", "hap", "ang", "sad"]
    assert list(first["id"].str[-4:]) == ["F000", "M000", "F001", "M001", "F002"]
    assert list(first["text"])[2] == "I said exc. [LAUGHTER]"
    # Who speaks is the last letter, not the one that names the session's motion capture.
    assert list(first["speaker"])[:2] == ["session_1_F", "session_1_M"]
    assert table["speaker"].nunique() == 10
    assert set(table["group"]) == {f"session_{s}" for s in range(1, 6)}


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (4, ("ang", "hap", "neu", "sad")),
        (6, ("hap", "sad", "neu", "ang", "exc", "fru")),
        (8, ("ang", "exc", "fea", "fru", "hap", "neu", "sad", "sur")),
    ],
)
def test_each_setting_has_its_classes_and_says_so(
    folders: Folders, root: Path, classes: int, names: tuple[str, ...]
) -> None:
    write_corpus(root)
    corpus = opened(folders, classes=str(classes))
    assert corpus.classes == names
    here = corpus.table["label"].value_counts()
    assert set(here.index) == set(names)
    assert here["hap"] == (20 if classes == 4 else 10)
    card = corpus.dataset.card
    assert set(card.counts["all"]) == set(names)
    assert card.canonical["hap"] == "happy"
    assert "fru" not in card.canonical
    assert card.canonical.get("exc") == (None if classes == 4 else "happy")


def test_another_setting_leaves_the_corpus_own_card_alone(folders: Folders) -> None:
    Iemocap(folders, IemocapOptions(classes=8))
    assert Iemocap.card.classes == Iemocap(folders).card.classes == ("ang", "hap", "neu", "sad")
    with pytest.raises(RequestError, match=r"Unknown number of classes of iemocap '5'.*4, 6, 8"):
        Iemocap(folders, IemocapOptions(classes=5))


def test_the_counts_of_the_card_agree_with_each_other_and_the_release() -> None:
    four = Iemocap.card.counts["all"]
    assert sum(four.values()) == sum(FOUR_CLASS_SESSIONS.values()) == 5531
    assert four["hap"] == COUNTS["hap"] + COUNTS["exc"]
    assert {c: COUNTS[c] for c in ("ang", "neu", "sad")} == {
        c: four[c] for c in ("ang", "neu", "sad")
    }
    no_agreement, other, disgust = 2507, 3, 2
    assert sum(COUNTS.values()) + no_agreement + other + disgust == 10_039


@pytest.mark.parametrize("classes", [4, 6, 8])
def test_folds_share_no_speaker_and_test_every_utterance_once(
    folders: Folders, root: Path, classes: int
) -> None:
    write_corpus(root)
    corpus = Iemocap(folders, IemocapOptions(classes=classes))
    table = corpus.utterances()
    tested = np.zeros(len(table), dtype=int)
    for fold in range(corpus.card.folds):
        parts = corpus.split(table, fold)
        speakers = [set(table["speaker"][parts == p]) for p in ("train", "dev", "test")]
        assert [len(s) for s in speakers] == [6, 2, 2]
        assert len(set.union(*speakers)) == 10
        assert set(table["group"][parts == "test"]) == {f"session_{fold + 1}"}
        tested += (parts == "test").to_numpy()
    assert (tested == 1).all()


def test_the_sessions_may_lie_in_the_corpus_folder_itself(folders: Folders) -> None:
    write_corpus(folders.data / "iemocap")
    assert len(Iemocap(folders).utterances()) == 50


def test_sound_is_read_and_an_absent_or_broken_clip_is_told_apart(
    folders: Folders, root: Path, pool: Any
) -> None:
    write_corpus(root)
    waves = root / "Session1" / "sentences" / "wav" / "Ses01F_impro01"
    (waves / "Ses01F_impro01_F000.wav").unlink()
    (waves / "Ses01F_impro01_M000.wav").write_text("corrupt")
    corpus = opened(folders)
    assert corpus.sources == {"text": ("transcript",), "audio": ("waveform",)}
    rows = corpus.table.set_index("id", drop=False)
    read = corpus.dataset.read
    assert read(rows.loc["Ses01F_impro01_F000"], "waveform") is None
    with pytest.raises(ClipError, match=r"Ses01F_impro01_M000\.wav"):
        read(rows.loc["Ses01F_impro01_M000"], "waveform")
    assert len(read(rows.loc["Ses01F_impro01_M001"], "waveform")) == 1600 + 3 * 160
    target = prepare(corpus, ["log_mel"], pool)
    assert target.available.sum(axis=0).tolist() == [50, 48]


def test_an_utterance_without_transcript_lacks_text(folders: Folders, root: Path) -> None:
    write_corpus(root)
    path = root / "Session2" / "dialog" / "transcriptions" / "Ses02M_impro01.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["M: (no time)", *lines[1:3], f"{lines[3].split(':')[0]}:"]))
    corpus = Iemocap(folders)
    rows = corpus.utterances().set_index("id", drop=False)
    assert corpus.read(rows.loc["Ses02M_impro01_F000"], "transcript") is None
    assert corpus.read(rows.loc["Ses02M_impro01_M001"], "transcript") is None
    assert corpus.read(rows.loc["Ses02M_impro01_M000"], "transcript") == "I said hap. [LAUGHTER]"


def test_without_sound_files_there_is_text_alone(folders: Folders, root: Path) -> None:
    write_corpus(root)
    for path in root.glob("Session*/sentences/wav/*/*.wav"):
        path.unlink()
    assert opened(folders).modalities == ("text",)


def test_new_sound_files_change_the_fingerprint(
    state_of: Callable[[Any], str], folders: Folders, root: Path
) -> None:
    write_corpus(root)
    before = state_of(Iemocap(folders))
    next(root.glob("Session3/sentences/wav/*/*.wav")).write_bytes(b"another")
    assert state_of(Iemocap(folders)) != before


def test_absent_sessions_are_all_named_with_the_way_to_get_them(
    folders: Folders, root: Path
) -> None:
    with pytest.raises(DataError, match=r"iemocap lacks Session1/.*Session5/.*sail\.usc\.edu"):
        Iemocap(folders).utterances()
    write_corpus(root)
    for path in root.glob("Session4/dialog/EmoEvaluation/*.txt"):
        path.unlink()
    with pytest.raises(DataError, match=r"lacks Session4/dialog/EmoEvaluation/Ses\*\.txt\. Sign"):
        Iemocap(folders).utterances()


@pytest.mark.parametrize("place", ["iemocap", "iemocap/IEMOCAP_full_release"])
def test_the_corpus_itself_as_data_dir_is_told(folders: Folders, root: Path, place: str) -> None:
    write_corpus(root)
    with pytest.raises(DataError, match="is the corpus itself"):
        Iemocap(Folders(folders.data / place, folders.cache)).utterances()


def spoil(change: Callable[[str], str], root: Path) -> Path:
    path = root / "Session1" / "dialog" / "EmoEvaluation" / "Ses01F_impro01.txt"
    path.write_text(change(path.read_text(encoding="latin-1")))
    return path


def test_broken_lines_are_all_listed_with_file_line_and_value(folders: Folders, root: Path) -> None:
    write_corpus(root)
    spoil(
        lambda t: (
            t.replace("\tneu\t", "\tbored\t")
            .replace("\thap\t[2.5000, 3.0000", "\thap\t[2.5000")
            .replace("F_impro01_F001\t", "F_impro02_F001\t")
        ),
        root,
    )
    with pytest.raises(DataError) as caught:
        Iemocap(folders).utterances()
    message = str(caught.value)
    assert "Session1" in message
    assert "unknown emotion 'bored'" in message
    assert "is not [start - end], utterance, emotion, [V, A, D]" in message
    assert "'Ses01F_impro02_F001' is no utterance of Ses01F_impro01 in session 1" in message
    assert message.count("Ses01F_impro01.txt, line ") == 3


def test_many_broken_lines_are_counted(folders: Folders, root: Path) -> None:
    write_corpus(root, CODES * 2)
    spoil(lambda t: t.replace(" - ", "-"), root)
    with pytest.raises(DataError, match=r"and 12 more\. Unpack"):
        Iemocap(folders).utterances()


def test_what_is_not_here_is_counted_by_session(folders: Folders, root: Path) -> None:
    write_corpus(root)
    for classes in (4, 8):
        corpus = Iemocap(folders, IemocapOptions(classes=classes))
        told = corpus.missing(corpus.utterances())
        assert len(told) == 5
        assert told[0].startswith("Session 1: 1075 of 1085 utterances of ang, exc, hap")
