"""Finds the segment of a corpus that each utterance of a pickle is.

Such pickles name utterances by video and a number, but do not say what the number counts: rows of
the label file or segments by time, from 0 or from 1, with or without unlabelled segments. All
readings are tried. The sentiments, which both files have, decide which reading is right; no reading
is accepted without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from emobench import DataError

NUMBERED = (re.compile(r"(.+)\$_\$(\d{1,9})"), re.compile(r"(.+)\[(\d{1,9})\]"))
"""``VIDEO$_$N`` (MMSA) and ``VIDEO[N]`` (the SDK)."""

_NUMBER = r"(-?\d+(?:\.\d*)?(?:e[-+]?\d+)?)"
TIMED = re.compile(rf"(.+)_{_NUMBER}_{_NUMBER}")
"""``[VIDEO, START, END]`` (seconds), joined by ``_``."""

NEAR = 0.05
"""Seconds that start and end may differ."""

SAME = 0.05
"""Difference up to which sentiments are the same: ratings are thirds, rounded in files."""

AGREEING = 0.9
"""Share of the joined utterances whose sentiment must be the same. Of neighbours in CMU-MOSI
6% are."""

FIRSTS = (0, 1, -1)
"""Numbers that the first segment may have; -1 if the files differ by one segment there."""


@dataclass(frozen=True)
class Match:
    """Utterances of a pickle, joined to segments.

    Parameters
    ----------
    ids
        Segment's id to the utterance's id in the pickle.
    told
        Sentences on how they were joined.
    """

    ids: dict[str, str]
    told: tuple[str, ...]


@dataclass(frozen=True)
class _Reading:
    """One way to read the ids: positions in the two tables that belong together."""

    words: str
    pairs: pd.DataFrame
    """``clip``, ``segment``: positions; ``same``: whether the sentiments are equal."""

    @property
    def agreeing(self) -> int:
        return int(self.pairs["same"].sum())

    @property
    def share(self) -> float:
        return float(self.pairs["same"].mean()) if len(self.pairs) else 0.0

    def contradicts(self, other: _Reading) -> bool:
        """Whether the two join one utterance to different segments."""
        both = self.pairs.merge(other.pairs, on="clip")
        return bool((both["segment_x"] != both["segment_y"]).any())


def read_ids(path: Path, ids: tuple[str, ...]) -> pd.DataFrame:
    """Take the ids of a pickle apart: ``id``, ``video``, and ``number`` or ``start`` and ``end``.

    Raises
    ------
    DataError
        Ids are of no known form, or of several, or two mean the same.
    """
    for form in NUMBERED:
        found = [form.fullmatch(i) for i in ids]
        if all(found):
            rows = [(i, m[1], int(m[2])) for i, m in zip(ids, found, strict=True) if m]
            table = pd.DataFrame(rows, columns=["id", "video", "number"])
            twice = table["id"][table.duplicated(["video", "number"])]
            if len(twice):
                raise DataError(f"{path} has the utterance {twice.iloc[0]!r} more than once.")
            return table
    timed = [TIMED.fullmatch(i) for i in ids]
    if all(timed):
        spans = [(i, m[1], float(m[2]), float(m[3])) for i, m in zip(ids, timed, strict=True) if m]
        return pd.DataFrame(spans, columns=["id", "video", "start", "end"])
    odd = [i for i in ids if not any(form.fullmatch(i) for form in (*NUMBERED, TIMED))]
    raise DataError(
        f"{path} has ids that are not all of one form, VIDEO$_$N, VIDEO[N] or [VIDEO, START, END]: "
        f"{', '.join(map(repr, (odd or list(ids))[:5]))}."
    )


def match(path: Path, clips: pd.DataFrame, segments: pd.DataFrame) -> Match:
    """Join the utterances of a pickle to segments.

    Parameters
    ----------
    path
        The pickle, for messages.
    clips
        What `read_ids` returned, and ``sentiment``, NaN where it is not known.
    segments
        ``id``, ``video``, ``segment`` (place in the label file), ``start``, ``end``,
        ``sentiment``.

    Raises
    ------
    DataError
        No utterance is a segment; the sentiments agree in no reading of the numbers; or two
        readings that contradict each other agree equally well.
    """
    numbered = "number" in clips
    if numbered and clips["sentiment"].isna().all():
        raise DataError(
            f"{path} has no sentiments (regression_labels), without which nobody can say which "
            "segments its numbers mean. Take a pickle that has them."
        )
    readings = [_judge(r, clips, segments) for r in _readings(clips, segments)]
    best = max(readings, key=lambda r: (r.agreeing, r.share))
    if not any(len(r.pairs) for r in readings):
        raise DataError(
            f"No utterance of {path} is a segment of this corpus: it has "
            f"{_listed(clips['id'], 3)}; the corpus has {_listed(segments['id'], 3)}."
        )
    if best.share < AGREEING:
        raise DataError(
            f"{path} cannot be joined to the labels: in the best reading ({best.words}) "
            f"{best.agreeing} of {len(best.pairs)} utterances have the sentiment of the segment "
            f"with their id, and {AGREEING:.0%} are needed. It is of another version or corpus, or "
            "its numbers count something else; take it away, or another one."
        )
    rivals = [r for r in readings if r.agreeing == best.agreeing and r.contradicts(best)]
    if rivals:
        raise DataError(
            f"{path} cannot be joined to the labels: the sentiments do not tell if its numbers "
            f"are {best.words} or {rivals[0].words}. It has too few utterances, or too many alike."
        )
    return _match_of(path, best, clips, segments)


def _readings(clips: pd.DataFrame, segments: pd.DataFrame) -> Iterator[_Reading]:
    left = clips.assign(clip=range(len(clips)))
    right = segments.reset_index(drop=True)
    right = right.rename(columns={"segment": "row"}).assign(segment=range(len(right)))
    if "number" not in clips:
        yield _Reading("joined by start and end", _by_time(left, right))
        return
    right = right.sort_values(["video", "start", "row"])
    right["rank"] = right.groupby("video").cumcount()
    for place, order in (("rank", "by time"), ("row", "as in the label file")):
        for first in FIRSTS:
            counted = left.assign(**{place: left["number"] - first})
            yield _Reading(
                f"counted from {first}, segments {order}",
                counted.merge(right, on=["video", place])[["clip", "segment"]],
            )
    yield _Reading("counted with gaps, segments by time", _by_rank(left, right))


def _by_rank(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Numbers may count sentences of which some were never labelled: their order remains.

    Only of videos that have as many utterances as segments.
    """
    sizes = right.groupby("video").size()
    left = left[left["video"].map(sizes) == left.groupby("video")["id"].transform("size")]
    left = left.sort_values(["video", "number"])
    left = left.assign(rank=left.groupby("video").cumcount())
    return left.merge(right, on=["video", "rank"])[["clip", "segment"]]


def _by_time(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """The segment with the nearest start and end, each taken once."""
    both = left.merge(right, on="video", suffixes=("", "_there"))
    apart = np.maximum(
        (both["start"] - both["start_there"]).abs(), (both["end"] - both["end_there"]).abs()
    )
    near = both.assign(apart=apart)[apart <= NEAR].sort_values("apart", kind="stable")
    near = near.drop_duplicates("clip").drop_duplicates("segment")
    return near[["clip", "segment"]].reset_index(drop=True)


def _judge(reading: _Reading, clips: pd.DataFrame, segments: pd.DataFrame) -> _Reading:
    """`reading` with the verdict on each pair; a reading by time needs no sentiment."""
    pairs = reading.pairs
    of_clip = clips["sentiment"].to_numpy(float)[pairs["clip"].to_numpy(int)]
    of_segment = segments["sentiment"].to_numpy(float)[pairs["segment"].to_numpy(int)]
    same = np.abs(of_clip - of_segment) <= SAME
    if "number" not in clips:
        same |= np.isnan(of_clip)
    return _Reading(reading.words, pairs.assign(same=same))


def _match_of(path: Path, best: _Reading, clips: pd.DataFrame, segments: pd.DataFrame) -> Match:
    kept, dropped = best.pairs[best.pairs["same"]], best.pairs[~best.pairs["same"]]
    ids = clips["id"].to_numpy()
    names = segments["id"].to_numpy()[kept["segment"].to_numpy(int)]
    told = [
        f"{path.name}: utterances {best.words}; {len(kept):,} of {len(best.pairs):,} have the "
        "sentiment of their segment."
    ]
    if len(dropped):
        other = pd.Series(ids[dropped["clip"].to_numpy(int)])
        told.append(
            f"{path.name}: another sentiment, or none, than the segment's, and not used for that: "
            f"{_listed(other, 10)}."
        )
    return Match(dict(zip(names, ids[kept["clip"].to_numpy(int)], strict=True)), tuple(told))


def _listed(ids: pd.Series, most: int) -> str:
    more = f" and {len(ids) - most:,} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
