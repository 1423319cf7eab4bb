"""Faces of photographs, and of films that come as one picture per frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from emobench import FACE_SIZE, ClipError
from emobench.datasets.media.faces import crop_faces
from emobench.datasets.media.film import film, picture, refuse_large
from emobench.datasets.media.orientation import of_frame, of_photograph, turned
from emobench.datasets.media.source import Content, content

Picture = NDArray[np.uint8]

FORMATS = ("JPEG", "MPO", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "HEIF")
"""What Pillow reads, as far as it was built with it."""

EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Pillow's modes whose values it does not clip when it makes them grey; FFmpeg reads the others."""

HEIF = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif")


def read_image(path: Path) -> Picture:
    """Read the face of a photograph, grey ``[1, 48, 48]``, upright as its EXIF tells.

    Raises
    ------
    ClipError
        The file cannot be read.
    """
    return read_images([path])


def read_images(paths: Sequence[Path]) -> Picture:
    """Read the face in the pictures of one film, grey ``[T, 48, 48]``, all of them in this order.

    Pictures of 48 x 48 are taken to be faces already.

    Raises
    ------
    ClipError
        A file cannot be read.
    """
    pictures = [_grey(path) for path in paths]
    if pictures and all(p.shape == (FACE_SIZE, FACE_SIZE) for p in pictures):
        return np.stack(pictures)
    return crop_faces(pictures)


def _grey(path: Path) -> Picture:
    with content(path) as file:
        pixels = _by_pillow(file, path)
        if pixels is None:
            file.seek(0)
            pixels = _by_ffmpeg(file, path)
        return pixels


def _by_pillow(file: Any, path: Path) -> Picture | None:
    """The picture, upright; None if it is of no common form."""
    Image.init()
    try:
        photograph = Image.open(file, formats=[f for f in FORMATS if f in Image.OPEN])
    except UnidentifiedImageError:
        return None
    with photograph:
        refuse_large(path, *photograph.size)
        if photograph.mode not in EIGHT_BITS:
            return None
        pixels = np.asarray(photograph.convert("L"), dtype=np.uint8)
        return turned(pixels, of_photograph(photograph))


def _by_ffmpeg(file: Content, path: Path) -> Picture:
    with film(file) as container:
        stream = picture(container, path)
        if "mp4" in container.format.name and len(container.streams.video) > 1 and _is_heif(file):
            raise ClipError(
                f"{path} is a HEIC or AVIF picture of several tiles, which cannot be put together "
                "here: save it as JPEG or PNG"
            )
        frame = next(container.decode(stream), None)
        if frame is None:
            raise ClipError(f"{path} has no picture")
        pixels = np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
        return turned(pixels, of_frame(frame))


def _is_heif(file: Content) -> bool:
    place = file.tell()
    file.seek(4)
    brand = file.read(8)
    file.seek(place)
    return brand[:4] == b"ftyp" and brand[4:] in HEIF
