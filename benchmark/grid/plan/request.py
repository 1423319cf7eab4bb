"""A user's request, before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.conditions.mask_set import MaskSet
from emobench.corpus.corpus import CorpusRequest
from emobench.discovery.chosen_features import ChosenFeatures
from emobench.discovery.registry import Entry
from emobench.errors import RequestError, unknown
from emobench.grid.plan.shard import WHOLE, Shard
from emobench.interface.card import TRACKS, VARIANTS
from emobench.isolation.limits import NO_LIMITS, Limits

BAD_CLIPS = ("absent", "fail")


@dataclass(frozen=True)
class SearchRequest:
    """A search of hyper-parameters on dev.

    Parameters
    ----------
    trials
        Trials for each training; the first is the preset.
    halving
        Whether successive halving stops trials early.
    inner
        Inner folds that each trial is trained on; 0: the fold's own train and dev.
    """

    trials: int
    halving: bool = False
    inner: int = 0

    def __post_init__(self) -> None:
        if self.trials < 2:
            raise RequestError(
                f"--tune {self.trials}: it must be at least 2, since the first trial is the preset."
            )
        if self.inner < 0 or self.inner == 1:
            raise RequestError(f"--inner {self.inner}: it must be at least 2 folds.")

    @property
    def label(self) -> str:
        """How rows name it: ``tuned:8``, ``tuned:8+halving``, ``tuned:8+inner:3``."""
        parts = [f"tuned:{self.trials}", "halving" if self.halving else ""]
        return "+".join(filter(None, [*parts, f"inner:{self.inner}" if self.inner else ""]))


@dataclass(frozen=True)
class Request:
    """A grid as the user typed it.

    Parameters
    ----------
    models, protocols
        Entries with their options, in the order typed.
    corpora
        Requests of the corpora.
    seeds
        Number of seeds, 0 to seeds - 1.
    folds
        Group-disjoint folds instead of the standard split, or None.
    dev_folds
        How many of them are dev; None for about a sixth.
    track, variants
        Track, and the variants to run models in.
    bad_clips
        ``absent`` (the modality is missing) or ``fail``.
    retry_failed
        Run again what failed before.
    encoders
        Frozen encoders and representations whose features every model gets, at most one per
        modality.
    masks
        Imported masks, shown in place of our own draw.
    save_every
        Looks at dev from one saved state of a training to the next; 0: none is saved.
    processes
        Processes that share each training.
    search
        A search whose choice is trained too, beside the presets; None for presets alone.
    shard
        The part of the grid that is computed here.
    limits
        What one job may take.
    """

    models: list[tuple[Entry, dict[str, str]]]
    protocols: list[tuple[Entry, dict[str, str]]]
    corpora: list[CorpusRequest]
    seeds: int = 3
    folds: int | None = None
    dev_folds: int | None = None
    track: str = "controlled"
    variants: tuple[str, ...] = ("corrected",)
    bad_clips: str = "absent"
    retry_failed: bool = False
    encoders: tuple[ChosenFeatures, ...] = ()
    masks: MaskSet | None = None
    save_every: int = 5
    processes: int = 1
    search: SearchRequest | None = None
    shard: Shard = WHOLE
    limits: Limits = NO_LIMITS

    @property
    def track_label(self) -> str:
        """Name of the track in the tables: encoders make it a track of its own."""
        return "+".join([self.track, *(e.label for e in self.encoders)])

    @property
    def frozen(self) -> dict[str, str]:
        """Modality to the name of its encoder's representation."""
        return {e.modality: e.name for e in self.encoders}

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise RequestError(f"--seeds must be at least 1, got {self.seeds}.")
        if self.processes < 1:
            raise RequestError(f"--processes must be at least 1, got {self.processes}.")
        if self.processes > 1 and self.search is not None:
            raise RequestError(
                "--processes shares one large training; the trials of --tune are run "
                "beside one another (--jobs)."
            )
        if self.save_every < 0:
            raise RequestError(f"--save-every must not be negative, got {self.save_every}.")
        if self.track not in TRACKS:
            raise unknown("track", self.track, TRACKS)
        for variant in self.variants:
            if variant not in VARIANTS:
                raise unknown("variant", variant, VARIANTS)
        modalities = [e.modality for e in self.encoders]
        if len(set(modalities)) < len(modalities):
            raise RequestError("--encoder: name one encoder per modality.")
        if self.encoders and self.track != "controlled":
            raise RequestError(
                f"--encoder gives every model the same features, which the {self.track} track does "
                "not; --backbone replaces a model's own encoder there."
            )
        if self.bad_clips not in BAD_CLIPS:
            raise unknown("policy for --bad-clips", self.bad_clips, BAD_CLIPS)
