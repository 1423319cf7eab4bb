"""Heads of recordings, pictures and films that claim more than a machine holds."""

from __future__ import annotations

import io
import resource
import struct
import wave
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from emobench import ClipError
from emobench.datasets.media import audio, media_seconds, read_audio, read_image, read_video, video


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """No test makes the process need 400 MB more than it ever did."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def png(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG with a head and a few of its bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "height", "depth"), [(2**20, 2**20, 8), (12_000, 12_000, 8), (30_000, 30_000, 16)]
)
def test_the_head_of_a_picture(tmp_path: Path, width: int, height: int, depth: int) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png(width, height, depth))
    for read in (read_image, read_video):
        with pytest.raises(ClipError, match=r"x\.png"):
            read(path)


def test_a_picture_within_the_limit_is_read(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 48), 7, np.uint8)).save(tmp_path / "x.png")
    assert (read_image(tmp_path / "x.png") == 7).all()


def sound(folder: Path, channels: int = 1, frames: int = 800) -> Path:
    path = folder / "x.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * channels * frames))
    return path


@pytest.mark.parametrize("claimed", [2**31, 2**32 - 2])
def test_the_head_of_a_recording(tmp_path: Path, claimed: int) -> None:
    path = sound(tmp_path)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = struct.pack("<I", claimed)
    path.write_bytes(data)
    with pytest.raises(ClipError, match="cut short"):
        read_audio(path)


def test_a_head_of_terabytes(tmp_path: Path) -> None:
    form = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
    sizes = struct.pack("<QQQI", 2**42, 2**42 - 80, 2**41, 0)
    (tmp_path / "x.wav").write_bytes(
        b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", len(sizes)) + sizes + b"fmt "
        + struct.pack("<I", len(form)) + form + b"data\xff\xff\xff\xff" + bytes(1000)
    )  # fmt: skip
    with pytest.raises(ClipError, match="cut short"):
        read_audio(tmp_path / "x.wav")


def test_many_channels_take_no_more_memory_than_few(tmp_path: Path) -> None:
    path = sound(tmp_path, channels=1000, frames=4)
    assert len(read_audio(path)) == 4


def test_hours_of_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MOST_FRAMES", 100_000)
    monkeypatch.setattr(audio, "BLOCK", 10_000)
    path = tmp_path / "x.flac"
    soundfile.write(path, np.zeros(200_000), 16_000)
    assert path.stat().st_size < 5_000
    with pytest.raises(ClipError, match=r"x\.flac has more than 100,000 samples"):
        read_audio(path)
    assert len(read_audio(path, 0.0, 1.0)) == 16_000


def test_sound_of_a_film_and_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_film: Callable[..., None]
) -> None:
    path = tmp_path / "x.mp4"
    write_film(path, seconds=1.0)
    monkeypatch.setattr(audio, "MOST_FRAMES", 4_000)
    with pytest.raises(ClipError, match=r"x\.mp4 has more than 4,000 samples"):
        read_audio(path)
    monkeypatch.setattr(video, "MOST_BYTES", 20_000)
    with pytest.raises(ClipError, match=r"x\.mp4 has pictures of more than 20,000 bytes"):
        read_video(path)


def test_the_head_of_a_film(tmp_path: Path, write_film: Callable[..., None]) -> None:
    write_film(tmp_path / "x.mp4", seconds=0.4, tone=None)
    data = bytearray((tmp_path / "x.mp4").read_bytes())
    for name, places in ((b"mp4v", (28, 30)), (b"tkhd", (80, 84)), (b"mvhd", (16, 20))):
        at = data.find(name)
        assert at > 0
        for place in places:
            data[at + place : at + place + 2] = b"\xff\xff"
    for name in (b"stts", b"stsz"):
        at = data.find(name)
        data[at + 8 : at + 16] = b"\xff\xff\xff\x7f" * 2
    (tmp_path / "x.mp4").write_bytes(data)
    for read in (read_video, media_seconds):
        try:
            read(tmp_path / "x.mp4")
        except ClipError as error:
            assert "x.mp4" in str(error)  # noqa: PT017 - it may also be read, by its frames' sizes


def test_a_raw_picture_of_a_claimed_size(tmp_path: Path) -> None:
    sink = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(sink, "PPM")
    data = sink.getvalue().replace(b"8 8", b"99999 99999", 1)
    (tmp_path / "x.pgm").write_bytes(data)
    with pytest.raises(ClipError, match=r"x\.pgm"):
        read_image(tmp_path / "x.pgm")
