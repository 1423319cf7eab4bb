"""Recordings, films and pictures with changed bytes, and with heads that claim too much."""

from __future__ import annotations

import functools
import io
import struct
from fractions import Fraction
from pathlib import Path
from random import Random

import av
import numpy as np
import soundfile
from PIL import Image

from emobench import ClipError
from emobench.datasets.media import media_seconds, read_audio, read_image, read_video
from fuzzing.mutation import bytes_of
from fuzzing.target import Files, Target

EDGES = (0, 1, 2, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)
"""Numbers that a head may tell."""


def _sound(form: str, subtype: str | None = None) -> bytes:
    sink = io.BytesIO()
    wave = 0.3 * np.sin(np.arange(1600) / 10)
    soundfile.write(sink, wave, 16_000, format=form, subtype=subtype)
    return sink.getvalue()


def _picture(form: str, mode: str = "RGB") -> bytes:
    sink = io.BytesIO()
    values = np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)
    Image.fromarray(values).convert(mode).save(sink, form)
    return sink.getvalue()


def _film(container: str, codec: str) -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as film:
        video = film.add_stream(codec, rate=Fraction(25))
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for i in range(6):
            picture = np.full((48, 64, 3), 20 * i, np.uint8)
            film.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(video.encode())
    return sink.getvalue()


@functools.cache
def originals() -> dict[str, tuple[str, bytes]]:
    """Kind to a file's name and content."""
    return {
        "wav": ("x.wav", _sound("WAV", "PCM_16")),
        "flac": ("x.flac", _sound("FLAC")),
        "ogg": ("x.ogg", _sound("OGG")),
        "aiff": ("x.aiff", _sound("AIFF")),
        "caf": ("x.caf", _sound("CAF")),
        "mp3": ("x.mp3", _sound("MP3")),
        "png": ("x.png", _picture("PNG")),
        "jpeg": ("x.jpg", _picture("JPEG", "L")),
        "gif": ("x.gif", _picture("GIF", "P")),
        "bmp": ("x.bmp", _picture("BMP")),
        "tiff": ("x.tiff", _picture("TIFF")),
        "webp": ("x.webp", _picture("WEBP")),
        "mp4": ("x.mp4", _film("mp4", "mpeg4")),
        "mkv": ("x.mkv", _film("matroska", "mpeg4")),
        "avi": ("x.avi", _film("avi", "mpeg4")),
    }


SOUNDS = ("wav", "flac", "ogg", "aiff", "caf", "mp3")
FILMS = ("mp4", "mkv", "avi")


def changed(kind: str, random: Random) -> Files:
    """Changed bytes; half of the time a number of the head is one at the edges."""
    name, data = originals()[kind]
    if random.random() < 0.5:
        place = random.randrange(min(len(data), 200))
        number = random.choice(EDGES) % 2**32
        order = random.choice("<>")
        data = data[:place] + struct.pack(f"{order}I", number) + data[place + 4 :]
    else:
        data = bytes_of(data, random, [content for _, content in originals().values()])
    return {name: data}


def use(kind: str, folder: Path, out: Path) -> None:
    """Read it as what it was, as another, in part, and ask for its length."""
    path = next(folder.iterdir())
    if kind in SOUNDS:
        calls = [
            functools.partial(read_audio, path, 0.01, 0.05),
            functools.partial(read_audio, path),
        ]
    elif kind in FILMS:
        calls = [functools.partial(read_video, path)]
    else:
        calls = [functools.partial(read_image, path)]
    refused: ClipError | None = None
    for call in (*calls, functools.partial(media_seconds, path)):
        try:
            call()
        except ClipError as error:
            refused = error
    if refused is not None:
        raise refused


def targets() -> list[Target]:
    """Every container."""
    shares = dict.fromkeys(originals(), 1.0) | {"mp4": 0.5, "mkv": 0.5, "avi": 0.5, "wav": 2}
    return [
        Target(
            f"clip_{kind}", functools.partial(changed, kind), functools.partial(use, kind),
            (ClipError,), 0.2 * share,
        )
        for kind, share in shares.items()
    ]  # fmt: skip
