"""Photographs and films that lie on their side are turned as their notes ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps
from skimage.data import astronaut

from emobench import ClipError
from emobench.datasets.media import read_image, read_images, read_video
from emobench.datasets.media.orientation import of_matrix, turned

Film = Callable[..., None]
Picture = NDArray[np.uint8]

STORED = {
    1: lambda shown: shown,
    2: np.fliplr,
    3: lambda shown: np.rot90(shown, 2),
    4: np.flipud,
    5: lambda shown: np.swapaxes(shown, 0, 1),
    6: lambda shown: np.rot90(shown, 1),
    7: lambda shown: np.rot90(np.swapaxes(shown, 0, 1), 2),
    8: lambda shown: np.rot90(shown, -1),
}
"""How a picture is stored that EXIF's orientation turns upright."""

ONE = 1 << 16
MATRICES = {
    1: (ONE, 0, 0, ONE),
    2: (-ONE, 0, 0, ONE),
    3: (-ONE, 0, 0, -ONE),
    4: (ONE, 0, 0, -ONE),
    5: (0, ONE, ONE, 0),
    6: (0, ONE, -ONE, 0),
    7: (0, -ONE, -ONE, 0),
    8: (0, -ONE, ONE, 0),
}
"""The a, b, c and d of the display matrices that ask for the same."""


def save(path: Path, shown: Picture, orientation: int, form: str = "PNG") -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](shown))
    lossless = {"lossless": True} if form == "WEBP" else {}
    Image.fromarray(stored).save(path, form, exif=exif, **lossless)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_a_photograph_is_read_upright_from_every_orientation(
    tmp_path: Path, orientation: int, form: str
) -> None:
    shown = np.ascontiguousarray(astronaut()[:300:3, 60:460:3])
    save(tmp_path / "stored", shown, orientation, form)
    # What any viewer shows is the reference: JPEG loses a little.
    with Image.open(tmp_path / "stored") as stored:
        upright = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    assert np.abs(upright.astype(int) - shown).mean() < 9
    Image.fromarray(upright).save(tmp_path / "upright", "PNG")
    np.testing.assert_array_equal(read_image(tmp_path / "stored"), read_image(tmp_path / "upright"))


@settings(max_examples=25, deadline=None)
@given(
    orientation=st.integers(1, 8),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 99),
)
def test_turning_undoes_how_it_was_stored(
    orientation: int, size: tuple[int, int], seed: int
) -> None:
    shown = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    np.testing.assert_array_equal(turned(STORED[orientation](shown), orientation), shown)
    a, b, c, d = MATRICES[orientation]
    assert of_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30)) == orientation


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path, orientation: int) -> None:
    shown = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(shown).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png")[0], shown)


def test_faces_of_a_film_in_pictures_are_turned_too(tmp_path: Path) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (8, 48, 48), dtype=np.uint8)
    paths = [tmp_path / f"{n}.png" for n in range(1, 9)]
    for n, (path, face) in enumerate(zip(paths, faces, strict=True), 1):
        save(path, face, n)
    np.testing.assert_array_equal(read_images(paths), faces)


def test_damaged_notes_do_not_cost_the_photograph(tmp_path: Path) -> None:
    shown = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    Image.fromarray(shown).save(tmp_path / "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png")[0], shown)


def test_a_photograph_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    Image.fromarray(astronaut()).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(ClipError, match=r"a\.jpg cannot be read: .*truncated"):
        read_image(tmp_path / "a.jpg")


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    deep = np.linspace(0, 65_535, 48 * 48).reshape(48, 48).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[0], deep / 257, atol=1.5)


def corners(height: int, width: int) -> Picture:
    """A grey picture whose four corners differ: each way to turn it gives another."""
    shown = np.full((height, width), 120, np.uint8)
    shown[: height // 2, : width // 2] = 220
    shown[: height // 2, width // 2 :] = 170
    shown[height // 2 :, : width // 2] = 40
    return shown


def write_turned(path: Path, shown: Picture, orientation: int, form: str) -> None:
    """Write a film of a still picture, with a display matrix in its header as phones do."""
    stored = np.ascontiguousarray(STORED[orientation](shown))
    with av.open(str(path), "w", format=form) as film:
        video = film.add_stream("mpeg4", rate=5)
        video.height, video.width = stored.shape
        video.pix_fmt, video.bit_rate = "yuv420p", 4_000_000
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(stored, format="gray")
            film.mux(video.encode(frame.reformat(format="yuv420p")))
        film.mux(video.encode())
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 44
    a, b, c, d = MATRICES[orientation]
    matrix = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    content[place : place + 36] = b"".join(n.to_bytes(4, "big", signed=True) for n in matrix)
    path.write_bytes(content)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(96, 128), (160, 720)])
def test_a_film_is_read_upright_from_every_display_matrix(
    tmp_path: Path, orientation: int, size: tuple[int, int]
) -> None:
    shown = corners(*size)
    form = "mov" if orientation % 2 else "mp4"
    write_turned(tmp_path / "upright", shown, 1, form)
    write_turned(tmp_path / "turned", shown, orientation, form)
    upright = read_video(tmp_path / "upright").astype(int)
    found = read_video(tmp_path / "turned")
    assert len(upright) == len(found) == 5
    assert upright.std() > 50
    assert np.abs(found - upright).mean() < 2
    part = read_video(tmp_path / "turned", 0.4, 0.8)
    np.testing.assert_array_equal(part, found[2:4])
