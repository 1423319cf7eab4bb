"""The options of the simulated corpus, and what values they may take."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Final

from emobench import RequestError

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "size": (42, 1_000_000),
    "speakers": (3, 999),
    "ambiguity": (0.0, 1.0),
    "redundancy": (0.0, 1.0),
    "imbalance": (1.0, 1000.0),
    "missing": (0.0, 0.5),
    "noise": (0.0, 5.0),
    "speaker_bias": (0.0, 1.0),
    "speaker_ease": (0.0, 1.0),
    "seed": (0, 2**63 - 1),
}
_LATER: Final[dict[str, Any]] = {"later": True}
"""Metadata of options added later: at their default a corpus's name omits them."""
_BELOW_UPPER: Final = frozenset({"redundancy"})


@dataclass(frozen=True)
class Options:
    """Options of the simulated corpus.

    Parameters
    ----------
    size
        Number of utterances. 42 is the least that puts every class into every split.
    speakers
        Number of speakers; fewer appear when there are fewer utterances than speakers.
    ambiguity
        Share of the raters' confusion: 0 expresses the label in every modality, 1 confuses as
        much as people do.
    redundancy
        Probability that an utterance's modalities are drawn from the maximal coupling of their
        confusion tables, so that they agree, right or wrong, as often as the tables allow; each
        modality's own table stays as it is.
    imbalance
        Ratio of the most to the least frequent class, geometric in between.
    missing
        Share of (utterance, modality) that the corpus itself lacks; one at least is kept.
    noise
        Noise of the rendering: 0 renders textbook expressions, 1 hard ones.
    seed
        Draws another corpus from the same process.
    speaker_bias
        Share of each speaker's utterances whose label is one class of his own, so that who knows
        the speaker knows more. Each class is as frequent as without it, over all speakers; those
        who are new to a model tell it nothing.
    speakers_alike
        Everybody has the voice, the face and the habits of the first speaker: then nothing that is
        rendered tells who speaks.
    speaker_ease
        How much more easily some people are read than others: each speaker keeps a share of
        `ambiguity`, one of eleven steps from all of it down to 1 - `speaker_ease`, drawn apart from
        voice, face and habits. So nothing tells how easily somebody is read who is new to a model,
        and the ceiling stays exact.
    """

    size: int = 4200
    speakers: int = 70
    ambiguity: float = 1.0
    redundancy: float = 0.0
    imbalance: float = 1.0
    missing: float = 0.0
    noise: float = 0.5
    seed: int = 0
    speaker_bias: float = field(default=0.0, metadata=_LATER)
    speakers_alike: bool = field(default=False, metadata=_LATER)
    speaker_ease: float = field(default=0.0, metadata=_LATER)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            below = value < high if name in _BELOW_UPPER else value <= high
            if not (low <= value and below):
                bracket = ")" if name in _BELOW_UPPER else "]"
                raise RequestError(
                    f"Option {name}={value} of 'simulated' is outside [{low}, {high}{bracket}."
                )

    def canonical(self) -> str:
        """Return the options as one line of JSON that is equal for equal options."""
        typed = {
            f.name: type(f.default)(getattr(self, f.name))  # type: ignore[misc]
            for f in dataclasses.fields(self)
            if not (f.metadata.get("later") and getattr(self, f.name) == f.default)
        }
        return json.dumps(typed, sort_keys=True)
