"""What a user asks for, before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.corpus.corpus import CorpusRequest
from emobench.discovery.registry import Entry
from emobench.errors import RequestError, unknown

TRACKS = ("controlled", "published")
VARIANTS = ("corrected", "as_published")
BAD_CLIPS = ("absent", "fail")
PRESETS = {"controlled": "compact", "published": "published"}


@dataclass(frozen=True)
class Request:
    """A grid as the user typed it.

    Parameters
    ----------
    models, protocols
        Entries with their options, in the order asked for.
    corpora
        Which corpora.
    seeds
        Number of seeds, 0 to seeds - 1.
    folds
        Group-disjoint folds instead of the standard split, or None.
    track, variants
        As in the design.
    bad_clips
        ``absent`` (the modality is missing) or ``fail``.
    retry_failed
        Run again what failed before.
    """

    models: list[tuple[Entry, dict[str, str]]]
    protocols: list[Entry]
    corpora: list[CorpusRequest]
    seeds: int = 3
    folds: int | None = None
    track: str = "controlled"
    variants: tuple[str, ...] = ("corrected",)
    bad_clips: str = "absent"
    retry_failed: bool = False

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise RequestError(f"--seeds must be at least 1, got {self.seeds}.")
        if self.track not in TRACKS:
            raise unknown("track", self.track, TRACKS)
        for variant in self.variants:
            if variant not in VARIANTS:
                raise unknown("variant", variant, VARIANTS)
        if self.bad_clips not in BAD_CLIPS:
            raise unknown("policy for --bad-clips", self.bad_clips, BAD_CLIPS)
