"""Length of a clip."""

from __future__ import annotations

from pathlib import Path

from emobench.datasets.media.audio import sound_seconds
from emobench.datasets.media.film import COVER, opened, stream_seconds


def media_seconds(path: Path) -> float:
    """Length of an audio file or film in seconds, from its header where that tells it.

    Raises
    ------
    ClipError
        The file cannot be read.
    """
    seconds = sound_seconds(path)
    if seconds is not None:
        return seconds
    lengths = [0.0]
    with opened(path) as film:
        count = len(film.streams)
    for index in range(count):
        # Opened anew: a stream may have to be read to its end.
        with opened(path) as film:
            stream = film.streams[index]
            if stream.type in ("audio", "video") and not stream.disposition & COVER:
                lengths.append(stream_seconds(film, stream))
    return max(lengths)
