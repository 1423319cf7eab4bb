"""Reading clips: every form of sound becomes 16 kHz mono, every film faces of 48 x 48 at 5 Hz."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.io import imsave
from skimage.transform import resize

from emobench import FACE_SIZE, FRAME_RATE, SAMPLE_RATE, ClipError
from emobench.datasets.media import read_audio, read_image, read_images, read_video
from emobench.datasets.media.faces import SEARCH_WIDTH, Box, crop_faces, face_boxes

Film = Callable[..., None]


def tone(hertz: float, seconds: float, rate: int, loud: float = 0.4) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def loudest_hertz(wave: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(spectrum.argmax()) * SAMPLE_RATE / len(wave)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_tone_keeps_its_pitch_length_and_loudness_at_any_rate(
    tmp_path: Path, rate: int, suffix: str
) -> None:
    path = tmp_path / f"clip{suffix}"
    soundfile.write(path, tone(440, 1.0, rate), rate)
    wave = read_audio(path)
    assert wave.dtype == np.float32
    assert wave.ndim == 1
    assert abs(len(wave) - SAMPLE_RATE) <= 1
    assert loudest_hertz(wave) == pytest.approx(440, abs=1.5)
    middle = wave[2000:-2000]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.4 / np.sqrt(2), rel=0.02)


def test_resampling_folds_nothing_down_from_above_8_khz(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(10_000, 0.5, 48_000), 48_000)
    middle = read_audio(tmp_path / "a.wav")[1000:-1000]
    assert np.abs(middle).max() < 0.01


def test_stereo_is_averaged(tmp_path: Path) -> None:
    left, right = tone(300, 0.2, SAMPLE_RATE), tone(700, 0.2, SAMPLE_RATE, 0.2)
    soundfile.write(
        tmp_path / "a.wav", np.stack([left, right], axis=1), SAMPLE_RATE, subtype="FLOAT"
    )
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), (left + right) / 2, atol=1e-6)


def test_sound_of_a_film_is_as_long_as_the_film_and_keeps_its_pitch(
    tmp_path: Path, write_film: Film
) -> None:
    write_film(tmp_path / "a.mp4", seconds=2.0, tone=440.0)
    wave = read_audio(tmp_path / "a.mp4")
    assert wave.dtype == np.float32
    assert len(wave) / SAMPLE_RATE == pytest.approx(2.0, abs=0.08)  # AAC pads to whole blocks
    assert loudest_hertz(wave) == pytest.approx(440, abs=1.5)
    assert np.abs(wave).max() == pytest.approx(0.4, rel=0.1)


@settings(max_examples=12)
@given(
    fps=st.sampled_from([10, 12, 15, 24, 25, 30, 60, Fraction(30_000, 1001)]),
    seconds=st.floats(0.5, 3.0),
    start=st.sampled_from([0.0, 1.4]),
)
def test_frames_come_at_the_frame_rate_whatever_the_films_own(
    tmp_path_factory: pytest.TempPathFactory,
    write_film: Film,
    fps: Fraction | int,
    seconds: float,
    start: float,
) -> None:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    write_film(path, seconds=seconds, fps=fps, tone=None, start=start)
    frames = read_video(path)
    assert frames.dtype == np.uint8
    assert frames.shape[1:] == (FACE_SIZE, FACE_SIZE)
    assert abs(len(frames) - seconds * FRAME_RATE) <= 1


def test_a_film_that_begins_late_is_sampled_evenly(tmp_path: Path, write_film: Film) -> None:
    """Its first second must not be read frame by frame to catch up with the clock."""
    for name, start in (("now", 0.0), ("late", 2.0)):
        write_film(tmp_path / f"{name}.mp4", seconds=2.0, tone=None, start=start)
    now, late = read_video(tmp_path / "now.mp4"), read_video(tmp_path / "late.mp4")
    assert len(now) == len(late) == 10
    np.testing.assert_allclose(bar_position(now), bar_position(late), atol=1.0)


def bar_position(frames: np.ndarray) -> np.ndarray:
    bright = frames.astype(float).mean(axis=1)
    bright = np.maximum(bright - 100, 0)
    return (bright * np.arange(FACE_SIZE)).sum(axis=1) / bright.sum(axis=1).clip(1e-9)


def test_what_moves_in_the_film_moves_in_the_frames(tmp_path: Path, write_film: Film) -> None:
    write_film(tmp_path / "a.mp4", seconds=2.0, tone=None)
    position = bar_position(read_video(tmp_path / "a.mp4"))
    seen = position[position > 0]
    assert len(seen) >= 7
    # The bar crosses 80 of 128 pixels in 2 s; the crop is 72 wide and 48 after scaling.
    assert np.diff(seen).min() > 0
    assert np.median(np.diff(seen)) == pytest.approx(8 * 48 / 72, abs=1.0)


@pytest.mark.parametrize("kept", [0, 10, 40, 44, 2_000, 9_643])
def test_a_wav_file_that_is_cut_short_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, tone(440, 0.1, 48_000), 48_000)
    assert whole.stat().st_size == 9_644
    cut.write_bytes(whole.read_bytes()[:kept])
    with pytest.raises(ClipError, match=r"cut\.wav"):
        read_audio(cut)


def test_a_streamed_wav_file_without_its_length_in_the_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(440, 0.1, SAMPLE_RATE), SAMPLE_RATE)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(read_audio(path)) == 1600


@pytest.mark.parametrize("read", [read_audio, read_video])
def test_a_text_file_called_mp4_is_refused_by_name(tmp_path: Path, read: Film) -> None:
    (tmp_path / "page.mp4").write_text("<html>Not found</html>\n" * 40)
    with pytest.raises(ClipError, match=r"page\.mp4 cannot be read"):
        read(tmp_path / "page.mp4")


@pytest.mark.parametrize("read", [read_audio, read_video])
def test_a_truncated_film_is_refused_by_name(tmp_path: Path, write_film: Film, read: Film) -> None:
    write_film(tmp_path / "a.mp4")
    content = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(ClipError, match=r"half\.mp4 cannot be read"):
        read(tmp_path / "half.mp4")


def test_a_film_without_sound_or_without_picture_says_so(tmp_path: Path, write_film: Film) -> None:
    write_film(tmp_path / "mute.mp4", tone=None)
    write_film(tmp_path / "dark.mp4", picture=False)
    with pytest.raises(ClipError, match=r"mute\.mp4 has no sound"):
        read_audio(tmp_path / "mute.mp4")
    with pytest.raises(ClipError, match=r"dark\.mp4 has no picture"):
        read_video(tmp_path / "dark.mp4")
    assert len(read_video(tmp_path / "mute.mp4")) == 5
    assert len(read_audio(tmp_path / "dark.mp4")) > 15_000


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"gone\.wav cannot be read"):
        read_audio(tmp_path / "gone.wav")
    with pytest.raises(ClipError, match=r"gone\.mp4 cannot be read"):
        read_video(tmp_path / "gone.mp4")


@pytest.mark.parametrize("read", [read_audio, read_video])
def test_a_film_whose_table_survives_its_frames_is_refused_too(
    tmp_path: Path, write_film: Film, read: Film
) -> None:
    """With the table of frames in front, FFmpeg reads what is left and says nothing."""
    write_film(tmp_path / "a.mp4", seconds=3.0)
    with av.open(str(tmp_path / "a.mp4")) as film:
        options = {"movflags": "faststart"}
        with av.open(str(tmp_path / "front.mp4"), "w", options=options) as copy:
            streams = {s.index: copy.add_stream_from_template(s) for s in film.streams}
            for packet in film.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    copy.mux(packet)
    assert len(read(tmp_path / "front.mp4")) == len(read(tmp_path / "a.mp4"))
    content = (tmp_path / "front.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(ClipError, match=r"half\.mp4 (is cut short: \d+ of its \d+ frames|cannot)"):
        read(tmp_path / "half.mp4")


WOMAN = rgb2gray(astronaut())
HER_FACE = (62, 172, 110)
"""Top, left and side of her face, brow to chin, in the picture of 512 x 512."""


def scene(top: int, left: int, side: int = 300, height: int = 360, width: int = 640) -> np.ndarray:
    """A grey picture with her in it; what is over the edge is cut."""
    picture = np.full((height, width), 110, np.uint8)
    woman = (255 * resize(WOMAN, (side, side), anti_aliasing=True)).astype(np.uint8)
    seen = woman[: height - top, : width - left]
    picture[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
    return picture


def her_face(top: int, left: int, side: int = 300, width: int = 640) -> Box:
    """Where her face is in that scene, as the detector measures."""
    scale, reduced = side / 512, min(1.0, SEARCH_WIDTH / width)
    return Box(
        (top + HER_FACE[0] * scale) * reduced,
        (left + HER_FACE[1] * scale) * reduced,
        HER_FACE[2] * scale * reduced,
    )


def overlap(one: Box, other: Box) -> float:
    """Area in both, over the area in either."""
    down, right = (
        max(0.0, min(a + one.side, b + other.side) - max(a, b))
        for a, b in ((one.top, other.top), (one.left, other.left))
    )
    both = down * right
    return both / (one.side**2 + other.side**2 - both)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def write_pictures(path: Path, pictures: list[np.ndarray], fps: int = 5) -> None:
    with av.open(str(path), "w") as film:
        video = film.add_stream("mpeg4", rate=fps)
        video.height, video.width = pictures[0].shape
        video.pix_fmt, video.bit_rate = "yuv420p", 4_000_000
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            film.mux(video.encode(frame))
        film.mux(video.encode())


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1280, 720), (320, 240), (360, 640)])
def test_the_crop_of_a_film_is_the_face_wherever_it_is(
    tmp_path: Path, width: int, height: int
) -> None:
    side = min(width, height * 5 // 6)
    top, left = height // 12, width - side * 3 // 4
    picture = scene(top, left, side, height, width)
    write_pictures(tmp_path / "a.mp4", [picture] * 6)
    frames = read_video(tmp_path / "a.mp4")
    assert frames.shape == (6, FACE_SIZE, FACE_SIZE)
    start, first, size = HER_FACE
    face = WOMAN[start - 11 : start + size + 11, first - 11 : first + size + 11]
    expected = resize(face, (FACE_SIZE, FACE_SIZE), anti_aliasing=True)
    assert min(likeness(f, expected) for f in frames) > 0.8


@pytest.mark.parametrize("side", [240, 300, 420])
def test_the_box_follows_a_face_that_moves(side: int) -> None:
    places = [(10 + i % 3, 12 * i) for i in range(16)]
    boxes = face_boxes(scene(*p, side=side) for p in places)
    assert boxes is not None
    shared = [overlap(b, her_face(*p, side=side)) for b, p in zip(boxes, places, strict=True)]
    assert min(shared[3:]) > 0.5
    assert np.median(shared) > 0.7


def test_a_picture_without_a_face_keeps_the_box_of_the_last_one() -> None:
    empty = np.full((360, 640), 110, np.uint8)
    woman = scene(30, 300)
    boxes = face_boxes([empty] * 3 + [woman] * 5 + [empty] * 4)
    assert boxes is not None
    assert len(boxes) == 12
    assert min(overlap(b, her_face(30, 300)) for b in boxes) > 0.5
    # Cut at the same place of every picture.
    crops = crop_faces([empty] * 3 + [woman] * 5 + [empty] * 4)
    assert set(crops[[0, 1, 9, 10, 11]].ravel()) == {110}


def test_one_false_alarm_does_not_move_the_crop() -> None:
    """She is elsewhere in one picture only: the median leaves the box where it is."""
    pictures = [scene(30, 20)] * 4 + [scene(30, 330)] + [scene(30, 20)] * 4
    boxes = face_boxes(pictures)
    assert boxes is not None
    assert min(overlap(b, her_face(30, 20)) for b in boxes) > 0.5


def test_after_a_cut_the_face_is_found_again() -> None:
    boxes = face_boxes([scene(30, 0, 420)] * 8 + [scene(0, 330, 420)] * 8)
    assert boxes is not None
    assert min(overlap(b, her_face(30, 0, 420)) for b in boxes[:8]) > 0.5
    assert min(overlap(b, her_face(0, 330, 420)) for b in boxes[8:]) > 0.5


def test_a_face_at_the_edge_is_cut_within_the_picture() -> None:
    woman = scene(0, 0, 512, 512, 512)
    face = woman[62:172, 172:282]
    crops = crop_faces([np.ascontiguousarray(face)] * 2)
    assert crops.shape == (2, FACE_SIZE, FACE_SIZE)
    corner = np.ascontiguousarray(woman[62:, 172:])
    assert crop_faces([corner] * 2).std() > 10


def test_a_film_without_a_face_gives_its_middle(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 320, dtype=np.uint8), (240, 1))
    assert face_boxes([ramp]) is None
    write_pictures(tmp_path / "a.mp4", [ramp] * 5)
    frames = read_video(tmp_path / "a.mp4").astype(float)
    assert frames.shape == (5, FACE_SIZE, FACE_SIZE)
    # 180 of 320 columns, from the 70th on.
    across = frames.mean(axis=(0, 1))
    assert across[0] == pytest.approx(255 * 72 / 319, abs=4)
    assert across[-1] == pytest.approx(255 * 248 / 319, abs=4)


def test_the_same_film_gives_the_same_faces() -> None:
    pictures = [scene(20, 15 * i) for i in range(8)]
    np.testing.assert_array_equal(crop_faces(pictures), crop_faces(pictures))


@settings(max_examples=25)
@given(
    picture=st.tuples(st.integers(1, 90), st.integers(1, 400)).flatmap(
        lambda shape: arrays(np.uint8, shape, fill=st.integers(0, 255))
    )
)
def test_a_picture_of_any_size_gives_one_face(picture: np.ndarray) -> None:
    assert crop_faces([picture]).shape == (1, FACE_SIZE, FACE_SIZE)


def test_no_picture_gives_no_face() -> None:
    assert crop_faces([]).shape == (0, FACE_SIZE, FACE_SIZE)
    assert face_boxes([]) is None


@pytest.mark.parametrize("name", ["S010_004_00000017.png", "100%.png", "a.bmp", "a.tiff"])
def test_a_small_photograph_is_a_face_already(tmp_path: Path, name: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (FACE_SIZE, FACE_SIZE), dtype=np.uint8)
    imsave(tmp_path / name, picture, check_contrast=False)
    # FFmpeg takes a grey BMP for one of colours that happen to be grey.
    atol = 1 if name.endswith("bmp") else 0
    np.testing.assert_allclose(read_image(tmp_path / name)[0].astype(int), picture, atol=atol)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_of_a_large_photograph_the_face_is_cut_out(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    imsave(path, astronaut(), check_contrast=False)
    expected = resize(WOMAN[51:183, 161:293], (FACE_SIZE, FACE_SIZE), anti_aliasing=True)
    assert likeness(read_image(path)[0], expected) > 0.65
    middle = resize(WOMAN[64:448, 64:448], (FACE_SIZE, FACE_SIZE), anti_aliasing=True)
    assert likeness(middle, expected) < 0.3


def test_a_film_in_pictures_keeps_all_of_them_in_their_order(tmp_path: Path) -> None:
    paths = []
    for number, left in enumerate(range(0, 120, 10)):
        paths.append(tmp_path / f"{number:08d}.png")
        imsave(paths[-1], scene(30, left) // 2 + 5 * number, check_contrast=False)
    faces = read_images(paths)
    assert faces.shape == (12, FACE_SIZE, FACE_SIZE)
    assert np.diff(faces.mean(axis=(1, 2))).min() > 0


def test_a_broken_picture_is_refused_by_name(tmp_path: Path) -> None:
    imsave(tmp_path / "a.png", astronaut(), check_contrast=False)
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "half.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "page.png").write_text("<html>")
    (tmp_path / "empty.png").touch()
    for name in ("half.png", "page.png", "empty.png", "gone.png"):
        with pytest.raises(ClipError, match=name.replace(".", r"\.")):
            read_images([tmp_path / "a.png", tmp_path / name])
