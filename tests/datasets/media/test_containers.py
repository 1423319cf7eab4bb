"""The same sound from every container, whatever its name; segments; files that are no clip."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.io import imsave

from emobench import FRAME_RATE, SAMPLE_RATE, ClipError
from emobench.datasets.media import media_seconds, read_audio, read_image, read_video


class Container(NamedTuple):
    """How FFmpeg calls a container, its sound and its picture; empty for none."""

    form: str
    sound: str
    rate: int = 48_000
    picture: str = ""


CONTAINERS = {
    "m4a": Container("ipod", "aac", 44_100),
    "alac": Container("ipod", "alac"),
    "mp3": Container("mp3", "libmp3lame", 44_100),
    "opus": Container("ogg", "libopus"),
    "wma": Container("asf", "wmav2", 44_100),
    "weba": Container("webm", "libopus"),
    "amr": Container("amr", "libopencore_amrnb", 8_000),
    "flac": Container("flac", "flac"),
    "aiff": Container("aiff", "pcm_s16be", 44_100),
    "caf": Container("caf", "pcm_s16le"),
    "wav": Container("wav", "pcm_s16le", 44_100),
    "wav of mp3": Container("wav", "libmp3lame", 44_100),
    "au": Container("au", "pcm_s16be"),
    "aac": Container("adts", "aac"),
    "mka": Container("matroska", "libmp3lame", 44_100),
    "mp4": Container("mp4", "aac", 44_100, "mpeg4"),
    "m4v": Container("ipod", "aac", 48_000, "mpeg4"),
    "mov": Container("mov", "pcm_s16le", 48_000, "mpeg4"),
    "3gp": Container("3gp", "libopencore_amrnb", 8_000, "mpeg4"),
    "ts": Container("mpegts", "aac", 48_000, "mpeg2video"),
    "mpg": Container("mpeg", "mp2", 48_000, "mpeg1video"),
    "mts": Container("mpegts", "ac3", 48_000, "mpeg2video"),
    "wmv": Container("asf", "wmav2", 44_100, "wmv2"),
    "webm": Container("webm", "libopus", 48_000, "libvpx"),
    "avi": Container("avi", "libmp3lame", 44_100, "mpeg4"),
    "flv": Container("flv", "aac", 44_100, "flv"),
    "mkv": Container("matroska", "aac", 48_000, "mpeg4"),
}

WIDTH, HEIGHT, RATE = 176, 144, 25


def chirp(seconds: float, rate: int = 48_000) -> NDArray[np.float32]:
    """A swelling tone that rises: it resembles itself at no other time."""
    time = np.arange(round(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * (200 * time + 150 * time**2))
    return (0.4 * wave * (0.6 + 0.4 * np.sin(6 * np.pi * time))).astype(np.float32)


def bar(number: int, count: int) -> NDArray[np.uint8]:
    """A bright bar that wanders from left to right."""
    picture = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    left = (WIDTH - 16) * number // max(count, 1)
    picture[:, left : left + 16] = 220
    return picture


def write(path: Path, container: Container, seconds: float, every: int = 12) -> None:
    """Write the chirp, and the bar where the container holds pictures.

    ``every`` is the distance of key frames.
    """
    with av.open(str(path), "w", format=container.form) as film:
        video = film.add_stream(container.picture, rate=RATE) if container.picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            video.codec_context.gop_size = every
            if container.picture == "libvpx":
                video.options = {"deadline": "realtime", "cpu-used": "8"}
        sound = film.add_stream(container.sound, rate=container.rate, layout="mono")
        if not container.sound.startswith(("pcm", "flac", "alac", "libopencore")):
            sound.bit_rate = 96_000
        if video is not None:
            count = round(seconds * RATE)
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(bar(number, count), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                film.mux(video.encode(frame))
            film.mux(video.encode())
        codec = sound.codec_context
        codec.open(strict=False)
        resampler = av.AudioResampler(
            codec.format.name, "mono", container.rate, codec.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(chirp(seconds)[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            film.mux(sound.encode(piece))
        film.mux(sound.encode())


def likeness(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Highest correlation of two waveforms, whatever the delay of a codec."""
    size = len(one) + len(other)
    spectra = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    return float(np.fft.irfft(spectra).max() / np.linalg.norm(one) / np.linalg.norm(other))


SECONDS = 2.0
Clips = Callable[[str], Path]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """``clip(kind)``: a recording in that container, under a name that says nothing."""
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def written(kind: str) -> Path:
        path = folder / f"clip {list(CONTAINERS).index(kind)}"
        write(path, CONTAINERS[kind], SECONDS)
        return path

    return written


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_sound_is_the_same_from_every_container(clip: Clips, kind: str) -> None:
    wave = read_audio(clip(kind))
    assert wave.dtype == np.float32
    assert len(wave) / SAMPLE_RATE == pytest.approx(SECONDS, abs=0.09)
    assert likeness(wave, chirp(SECONDS, SAMPLE_RATE)) > 0.93
    assert media_seconds(clip(kind)) == pytest.approx(SECONDS, abs=0.11)


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from(sorted(CONTAINERS)),
    name=st.sampled_from(
        [
            "a.wav",
            "a.mp3",
            "a.MP4",
            "a.raw",
            "a.gsm",
            "a.ul",
            "a.txt",
            "a.jpg",
            "a.b.m3u8",
            "a",
            "é%3d",
        ]
    ),
)
def test_a_name_changes_nothing(
    clip: Clips, tmp_path_factory: pytest.TempPathFactory, kind: str, name: str
) -> None:
    path = tmp_path_factory.mktemp("renamed") / name
    path.hardlink_to(clip(kind))
    np.testing.assert_array_equal(read_audio(path), read_audio(clip(kind)))
    assert media_seconds(path) == media_seconds(clip(kind))


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(
        ["wav", "flac", "aiff", "mp3", "opus", "m4a", "webm", "mov", "wav of mp3"]
    ),
    start=st.none() | st.floats(0, 1.8),
    length=st.none() | st.floats(0.001, 1.0),
)
def test_a_segment_is_a_slice_of_the_whole(
    clip: Clips, kind: str, start: float | None, length: float | None
) -> None:
    whole = read_audio(clip(kind))
    end = None if length is None else min((start or 0.0) + length, len(whole) / SAMPLE_RATE)
    segment = read_audio(clip(kind), start, end)
    first = round((start or 0.0) * SAMPLE_RATE)
    last = len(whole) if end is None else max(round(end * SAMPLE_RATE), first + 1)
    np.testing.assert_allclose(segment, whole[first:last], atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 11_127])
@settings(max_examples=8, deadline=None)
@given(start=st.floats(0, 2.9), length=st.floats(0.01, 1.0))
def test_a_segment_of_any_rate_is_a_slice_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rate: int, start: float, length: float
) -> None:
    path = tmp_path_factory.mktemp("rates") / "a.wav"
    soundfile.write(path, chirp(3.0, rate), rate)
    whole = read_audio(path)
    end = min(start + length, 3.0)
    expected = whole[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    np.testing.assert_allclose(read_audio(path, start, end), expected, atol=1e-4)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=() if kind in ("mp4", "webm") else pytest.mark.slow)
        for kind, made in CONTAINERS.items()
        if made.picture
    ],
)
def test_a_segment_of_a_film_is_a_slice_of_the_whole(clip: Clips, kind: str) -> None:
    whole = read_video(clip(kind)).astype(int)
    assert len(whole) == SECONDS * FRAME_RATE
    for start, end in ((0.8, 1.2), (1.6, None), (None, 0.4), (1.3, 1.35)):
        first = round((start or 0.0) * FRAME_RATE)
        last = len(whole) if end is None else max(round(end * FRAME_RATE), first + 1)
        segment = read_video(clip(kind), start, end)
        assert len(segment) == last - first
        assert np.abs(segment - whole[first:last]).mean() < 1


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "every"), [("mp4", 12), ("mp4", 300), ("mkv", 12), ("avi", 300)])
def test_a_late_segment_of_a_long_film_is_found(tmp_path: Path, kind: str, every: int) -> None:
    write(tmp_path / "a", CONTAINERS[kind], 8.0, every=every)
    whole = read_video(tmp_path / "a").astype(int)
    for start, end in ((5.2, 5.8), (7.4, 8.0)):
        segment = read_video(tmp_path / "a", start, end)
        expected = whole[round(start * FRAME_RATE) : round(end * FRAME_RATE)]
        assert np.abs(segment - expected).mean() < 1


@pytest.mark.parametrize("read", [read_audio, read_video])
@pytest.mark.parametrize("kind", ["mp4", "mpg", "webm"])
@pytest.mark.parametrize(
    ("start", "end"),
    [(2.5, None), (2.5, 3.0), (1.0, 3.0), (None, 3.0), (1500.0, 2000.0), (-1.0, 1.0), (1.0, 1.0),
     (1.0, 0.5), (float("nan"), None), (0.0, float("inf"))],
)  # fmt: skip
def test_a_segment_outside_is_refused_with_the_length(
    clip: Clips, read: Any, kind: str, start: float | None, end: float | None
) -> None:
    with pytest.raises(ClipError, match=r"clip \d+ is (1\.9|2\.0)\d s long, and the segment is "):
        read(clip(kind), start, end)


def test_an_end_may_be_rounded_up(clip: Clips) -> None:
    for kind in ("wav", "mp4"):
        assert len(read_audio(clip(kind), 1.0, 2.05)) == pytest.approx(16_000, abs=1_000)
    assert len(read_video(clip("mp4"), 1.0, 2.05)) == 5


NO_CLIPS = {
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "AppleDouble": b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(100),
    "web page": b"\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>",
    "empty": b"",
    "zero bytes": bytes(5000),
    "text file": "Hallo, das ist keine Aufnahme. é 你好\n".encode() * 50,
    "a text file": b"#EXTM3U\n#EXTINF:10,\nhttp://localhost/a.ts\n",
    "text": "id,label".encode("utf-16"),
    "zip archive": b"PK\x03\x04" + os.urandom(3000),
    "gzip": b"\x1f\x8b\x08\0" + os.urandom(3000),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3" + os.urandom(3000),
}


@pytest.mark.parametrize("read", [read_audio, read_video, read_image, media_seconds])
@pytest.mark.parametrize("kind", NO_CLIPS)
@pytest.mark.parametrize("name", ["a.mp4", "a.wav", "a.jpg", "a"])
def test_a_file_that_is_no_clip_is_called_by_its_name(
    tmp_path: Path, read: Any, kind: str, name: str
) -> None:
    (tmp_path / name).write_bytes(NO_CLIPS[kind])
    with pytest.raises(ClipError, match=kind) as said:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(said.value)
    assert "\n" not in str(said.value)


CUT = sorted(
    set(CONTAINERS) - {"opus", "aac", "amr", "ts", "mts", "mpg", "avi", "flv", "wma", "wmv"}
)


@settings(max_examples=25, deadline=None)
@given(kind=st.sampled_from(CUT), share=st.floats(0.3, 0.85))
def test_what_is_cut_short_is_refused(
    clip: Clips, tmp_path_factory: pytest.TempPathFactory, kind: str, share: float
) -> None:
    """The containers that are left out tell no length, or a wrong one."""
    content = clip(kind).read_bytes()
    path = tmp_path_factory.mktemp("cut") / "a"
    path.write_bytes(content[: int(share * len(content))])
    for read in (read_audio, read_video):
        with pytest.raises(ClipError, match=r"is cut short|cannot be read|has no"):
            read(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    for read in (read_audio, read_video, read_image, media_seconds):
        with pytest.raises(ClipError, match="cannot be read"):
            read(tmp_path)


def test_a_cover_is_no_film_and_titles_may_be_in_any_encoding(tmp_path: Path) -> None:
    imsave(tmp_path / "cover.jpg", bar(10, 20), check_contrast=False)
    picture = (tmp_path / "cover.jpg").read_bytes()
    write(tmp_path / "plain", CONTAINERS["mp3"], 1.0)
    cover = b"\0image/jpeg\0\x03\0" + picture
    title = b"\0Pr\xe9lude"
    tags = b"".join(
        name + len(data).to_bytes(4, "big") + b"\0\0" + data
        for name, data in ((b"APIC", cover), (b"TIT2", title))
    )
    size = bytes(len(tags) >> shift & 127 for shift in (21, 14, 7, 0))
    (tmp_path / "song").write_bytes(b"ID3\3\0\0" + size + tags + (tmp_path / "plain").read_bytes())
    with pytest.raises(ClipError, match="has no picture"):
        read_video(tmp_path / "song")
    assert media_seconds(tmp_path / "song") == pytest.approx(1.0, abs=0.06)
    assert likeness(read_audio(tmp_path / "song"), chirp(1.0, SAMPLE_RATE)) > 0.98


def test_a_photograph_named_as_film_is_one_frame(tmp_path: Path) -> None:
    imsave(tmp_path / "a.png", bar(10, 20), check_contrast=False)
    np.testing.assert_array_equal(read_video(tmp_path / "a.png"), read_image(tmp_path / "a.png"))
    with pytest.raises(ClipError, match="has no sound"):
        read_audio(tmp_path / "a.png")


def value_or_clip_error(read: Any, path: Path, *times: float) -> None:
    with contextlib.suppress(ClipError):
        read(path, *times)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_damage_gives_a_value_or_a_sentence(
    clip: Clips, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kinds = [*CONTAINERS, "noise"]
    kind = data.draw(st.sampled_from(kinds))
    if kind == "noise":
        content = bytearray(data.draw(st.binary(max_size=300)))
    else:
        content = bytearray(clip(kind).read_bytes())
        places = st.one_of(st.integers(0, 200), st.integers(0, len(content) - 1))
        for place in data.draw(st.lists(places, max_size=8)):
            content[place] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):
            del content[data.draw(places) :]
    path = tmp_path_factory.mktemp("damage") / "a"
    path.write_bytes(content)
    for read in (read_audio, read_video):
        value_or_clip_error(read, path)
        value_or_clip_error(read, path, 0.5, 1.0)
    value_or_clip_error(read_image, path)
    value_or_clip_error(media_seconds, path)
