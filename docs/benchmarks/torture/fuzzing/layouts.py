"""Corpora in their official layouts, one of whose files is changed."""

from __future__ import annotations

import csv
import functools
import io
import pickle
import wave
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from emobench import EmobenchError, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.discovery.registry import registry
from fuzzing.feature_files import _member, mmsa
from fuzzing.mutation import bytes_of, lines_or_bytes, text_of, zip_of
from fuzzing.target import KEPT, Files, Target


def _csv(rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _sound() -> bytes:
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(640))
    return sink.getvalue()


def _meld() -> Files:
    head = ["Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID",
            "Utterance_ID", "Season", "Episode", "StartTime", "EndTime"]  # fmt: skip
    emotions = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
    rows = [
        [i, "Oh, my God!", "Monica", emotions[i % 7], "neutral", i // 3, i % 3, 8, 21,
         "00:16:16,059", "00:16:21,731"] for i in range(7)
    ]  # fmt: skip
    return {f"{part}_sent_emo.csv": _csv([head, *rows]) for part in ("train", "dev", "test")}


def _emorynlp() -> Files:
    head = ["Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode",
            "Start_Time", "End_Time"]  # fmt: skip
    emotions = ("Joyful", "Mad", "Neutral", "Peaceful", "Powerful", "Sad", "Scared")
    return {
        f"emorynlp_{part}_final.csv": _csv(
            [head, *(["Oh, yeah!", "['Monica Geller']", e, 1 + i // 4, 1 + i % 4, 1, episode,
                      "00:00:02.877", "00:00:07.548"] for i, e in enumerate(emotions))]
        )
        for part, episode in (("train", 2), ("dev", 15), ("test", 1))
    }  # fmt: skip


def _semeval() -> Files:
    emotions = ("anger", "anticipation", "disgust", "fear", "joy", "love", "optimism",
                "pessimism", "sadness", "surprise", "trust")  # fmt: skip
    found: Files = {}
    for part in ("train", "dev", "test-gold"):
        rows = [
            [f"2018-En-{i:05d}-{part}", f"tweet no {i}", *(int(i == n) for n in range(11))]
            for i in range(11)
        ]
        lines = ["\t".join(map(str, row)) for row in (["ID", "Tweet", *emotions], *rows)]
        found[f"2018-E-c-En-{part}.txt"] = ("\n".join(lines) + "\n").encode()
    return found


def _fer2013() -> Files:
    pixels = " ".join(str(i % 256) for i in range(48 * 48))
    usages = ("Training", "Training", "PublicTest", "PrivateTest")
    rows = [[i // 4 % 7, f"{i} {pixels.split(' ', 1)[1]}", usages[i % 4]] for i in range(8)]
    return {"fer2013.csv": _csv([["emotion", "pixels", "Usage"], *rows])}


def _iemocap() -> Files:
    found: Files = {}
    for session in range(1, 6):
        dialogue = f"Ses0{session}F_impro01"
        evaluation = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
        spoken = ""
        for i, code in enumerate(("neu", "hap", "ang", "sad")):
            name = f"{dialogue}_{'FM'[i % 2]}{i // 2:03d}"
            evaluation += (
                f"[{10 * i:.4f} - {10 * i + 1.5:.4f}]\t{name}\t{code}\t[2.5, 3.0, 2.5]\n"
                "C-E2:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  2;\t()\n\n"
            )
            spoken += f"{name} [{10 * i:08.4f}-{10 * i + 1.5:08.4f}]: I said {code}.\n"
            found[f"Session{session}/sentences/wav/{dialogue}/{name}.wav"] = _sound()
        home = f"Session{session}/dialog"
        found[f"{home}/EmoEvaluation/{dialogue}.txt"] = evaluation.encode()
        found[f"{home}/transcriptions/{dialogue}.txt"] = spoken.encode()
    return {f"IEMOCAP_full_release/{name}": data for name, data in found.items()}


def _crema_d() -> Files:
    sound = _sound()
    return {
        f"AudioWAV/{actor}_DFA_{emotion}_XX.wav": sound
        for actor in range(1001, 1013)
        for emotion in ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
    }


def _ravdess() -> Files:
    sound = _sound()
    return {
        f"Actor_{actor:02d}/03-01-{emotion:02d}-01-01-01-{actor:02d}.wav": sound
        for actor in range(1, 25)
        for emotion in range(1, 3)
    }


def _ck_plus() -> Files:
    picture = b"P5 4 4 255\n" + bytes(16)
    found: Files = {}
    for subject in range(4):
        for code in range(1, 8):
            name = f"S{10 + subject:03d}_{code:03d}"
            home = f"{name[:4]}/{code:03d}"
            for frame in (1, 2):
                found[f"cohn-kanade-images/{home}/{name}_{frame:08d}.png"] = picture
            found[f"Emotion/{home}/{name}_{2:08d}_emotion.txt"] = f"   {code:.7e}\n".encode()
    return found


def _mosi() -> Files:
    videos = [f"video{i:02d}" for i in range(12)]
    ids = [f"{v}_{n}" for v in videos for n in (1, 2)]
    place = np.arange(len(ids), dtype=np.float32)[:, None]
    sink = io.BytesIO()
    np.savez(
        sink, ids=np.array(ids), video_id=np.array([i[:7] for i in ids]),
        text_raw=np.array([f"SAID {i}" for i in ids]), text=np.repeat(place, 4, axis=1),
        audio=np.repeat(place, 3, axis=1), video=np.repeat(place, 3, axis=1),
        sentiment=np.resize([1.5, -0.5, 2.0], len(ids)),
        label_binary=np.resize([1, 0, 1], len(ids)),
        split=np.array(["test" if i[:7] > "video08" else "train" for i in ids]),
        official_split=np.array(["train"] * len(ids)),
    )  # fmt: skip
    return {"cmu_mosi_utterances.npz": sink.getvalue()}


def _mosi_pickle() -> Files:
    parts = mmsa()
    parts["test"] = {**parts["train"], "id": ["x$_$1", "x$_$2"]}
    for part in parts.values():
        part["regression_labels"] = np.array([1.0, -1.0], np.float32)
        part["text"] = part["audio"]
    return {"unaligned_50.pkl": pickle.dumps(parts)}


LAYOUTS: dict[str, tuple[str, Callable[[], Files], float]] = {
    "meld": ("meld", _meld, 4),
    "emorynlp": ("emorynlp", _emorynlp, 4),
    "semeval": ("semeval_2018_ec", _semeval, 4),
    "fer2013": ("fer2013", _fer2013, 1),
    "iemocap": ("iemocap", _iemocap, 0.5),
    "crema_d": ("crema_d", _crema_d, 0.4),
    "ravdess": ("ravdess", _ravdess, 0.4),
    "ck_plus": ("ck_plus", _ck_plus, 0.4),
    "mosi": ("cmu_mosi", _mosi, 2),
    "mosi_pickle": ("cmu_mosi", _mosi_pickle, 1),
}


@functools.cache
def _whole(kind: str) -> Files:
    return LAYOUTS[kind][1]()


def changed(kind: str, random: Random) -> Files:
    """One file is changed, renamed, left out, or there twice."""
    files = dict(_whole(kind))
    home = LAYOUTS[kind][0]
    for _ in range(random.choice((1, 1, 3))):
        name = random.choice(list(files))
        how = random.random()
        if how < 0.08:
            files.pop(name)
        elif how < 0.2:
            files[_renamed(name, random)] = files[name]
        elif name.endswith((".csv", ".txt")) and len(files[name]) < 500_000:
            files[name] = lines_or_bytes(files[name], random)
        elif name.endswith(".npz"):
            files[name] = zip_of(files[name], random, _member)
        else:
            files[name] = bytes_of(files[name], random)
        if not files:
            return {}
    return {f"{home}/{name}": data for name, data in files.items()}


def _renamed(name: str, random: Random) -> str:
    """A path beside the file, with a changed name that a file system can hold."""
    *above, last = name.split("/")
    new = "".join(c for c in text_of(last, random) if c not in "/\0")[:80]
    new = new.encode("utf-8", "ignore")[:200].decode("utf-8", "ignore")
    return "/".join([*above, new if new not in ("", ".", "..") else "x"])


def use(corpus: str, folder: Path, out: Path) -> None:
    """Open the corpus, and what is read of every utterance but its media."""
    where: Any = Folders(folder, out)
    found = open_corpus(CorpusRequest(registry("dataset")[corpus], (), where))
    assert len(found.table) > 0


def targets() -> list[Target]:
    """A target for each layout."""
    return [
        Target(
            f"layout_{kind}", functools.partial(changed, kind), functools.partial(use, corpus),
            (EmobenchError,), 0.3 * share, KEPT,
        )
        for kind, (corpus, _, share) in LAYOUTS.items()
    ]  # fmt: skip
