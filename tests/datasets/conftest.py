"""Films written from scratch, and a pool that works in this process."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from concurrent.futures import Future
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest

from emobench import Dataset

StateOf = Callable[[Dataset], str]
WriteFilm = Callable[..., None]
Rows = dict[str, tuple[Any, Any]]
WriteCsd = Callable[..., Path]
WritePickle = Callable[..., Path]


class HerePool:
    """Runs what is submitted at once, in this process."""

    count = 1

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args))
        return future


def _write_film(
    path: Path,
    seconds: float = 1.0,
    fps: Fraction | int = 25,
    tone: float | None = 440.0,
    picture: bool = True,
    start: float = 0.0,
    codec: str = "mpeg4",
) -> None:
    """Write a film: a bright bar that wanders to the right, and a tone in stereo at 48 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as film:
        video = film.add_stream(codec, rate=Fraction(fps)) if picture else None
        sound = film.add_stream("aac", rate=48_000, layout="stereo") if tone else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
            count = round(seconds * fps)
            for i in range(count):
                image = np.full((96, 128, 3), 30, np.uint8)
                left = 16 + 80 * i // count
                image[:, left : left + 16] = 220
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.time_base = 1 / Fraction(fps)
                frame.pts = i + round(start * fps)
                film.mux(video.encode(frame))
            film.mux(video.encode())
        if sound is not None:
            times = np.arange(round(seconds * 48_000)) / 48_000
            wave = (0.4 * np.sin(2 * np.pi * tone * times)).astype(np.float32)
            for first in range(0, len(wave), 1024):
                part = np.stack([wave[first : first + 1024]] * 2)
                block = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                block.sample_rate, block.pts = 48_000, first
                block.time_base = Fraction(1, 48_000)
                film.mux(sound.encode(block))
            film.mux(sound.encode())


@pytest.fixture(scope="session")
def write_film() -> WriteFilm:
    """``write_film(path, seconds, fps, tone, picture, start, codec)``."""
    return _write_film


@pytest.fixture
def pool() -> HerePool:
    return HerePool()


@pytest.fixture(scope="session")
def state_of() -> StateOf:
    """``state_of(corpus)``: changes with its fingerprint and with its files."""

    def state(corpus: Dataset) -> str:
        files = [(str(p), hashlib.sha256(p.read_bytes()).hexdigest()) for p in corpus.files()]
        return f"{corpus.fingerprint()}, {files}"

    return state


def _write_csd(path: Path, rows: Rows, names: list[str] | None = None, root: str = "root") -> Path:
    """Write intervals and features of each video as the CMU multimodal SDK does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, Any] = {"root name": root, "md5": None}
    with h5py.File(path, "w") as file:
        for video, (intervals, features) in rows.items():
            group = file.create_group(f"{root}/data/{video}")
            packed = {"compression": "gzip", "compression_opts": 9}
            group.create_dataset("intervals", data=np.asarray(intervals, float), **packed)
            group.create_dataset("features", data=np.asarray(features), **packed)
        file.require_group(f"{root}/data")
        for key, value in (metadata | ({"dimension names": names} if names else {})).items():
            text = file.create_dataset(f"{root}/metadata/{key}", (1,), h5py.string_dtype())
            text[0] = json.dumps(value)
    return path


@pytest.fixture(scope="session")
def write_csd() -> WriteCsd:
    """``write_csd(path, {video: (intervals, features)}, names, root)``."""
    return _write_csd


def _write_pickle(
    path: Path, parts: dict[str, list[tuple[Any, float]]], sizes: dict[str, int], **more: Any
) -> Path:
    """Write features of ``{part: [(id, sentiment), …]}`` as MMSA does; ids of three as MOSEI's.

    The first number of each feature is the utterance's place among all, from 1; every utterance
    has two steps of four.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {}
    place = 0
    for name, clips in parts.items():
        ids = [i for i, _ in clips]
        timed = bool(ids) and not isinstance(ids[0], str)
        sentiments = np.array([s for _, s in clips], np.float32)
        block = np.zeros((len(ids), 4, 1), np.float32)
        block[:, :2, 0] = np.arange(place + 1, place + len(ids) + 1)[:, None]
        place += len(ids)
        part: dict[str, Any] = {m: np.repeat(block, d, axis=2) for m, d in sizes.items()}
        part |= {f"{m}_lengths": [2] * len(ids) for m in ("audio", "vision") if m in sizes}
        part["id"] = np.array(ids) if timed else ids
        if timed:
            part["labels"] = sentiments[:, None, None]
        else:
            part["regression_labels"] = sentiments
            part["raw_text"] = [f"said {i}" for i in ids]
            part["text_bert"] = np.ones((len(ids), 3, 4), np.float32)
        part |= {key: make(ids) for key, make in more.items()}
        content[name] = {k: v for k, v in part.items() if v is not None}
    path.write_bytes(pickle.dumps(content))
    return path


@pytest.fixture(scope="session")
def write_pickle() -> WritePickle:
    """``write_pickle(path, {part: [(id, sentiment)]}, {modality: width}, key=ids -> value)``."""
    return _write_pickle
