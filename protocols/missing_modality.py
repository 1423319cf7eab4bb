"""Modalities missing at test time: every subset, random missing rates, and time steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar

from emobench import (
    FILLS,
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    Regime,
    RequestError,
    Setting,
    Summary,
    Trial,
    ordered,
    subset_name,
    unknown,
)

RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
TRAININGS = ("unified", "per_condition")
FULL = Regime("full", "missingness never seen in training")
DROPOUT = Regime(
    "modality_dropout",
    "in training each modality of each utterance is erased with probability 0.3, "
    "drawn anew every epoch, at least one kept; the dev split is masked likewise, once",
    drop=0.3,
)
LEARNED = Regime(
    "learned_fill",
    "as modality_dropout, and where a modality is missing stands a vector that is trained with "
    "the model, in training and test",
    drop=0.3,
    fill="learned",
)
PER_CONDITION = (
    "one model for each condition, which in training and dev sees what it will see in the test"
)


@dataclass(frozen=True)
class Additions:
    """Conditions and trainings beyond the standard ones.

    Parameters
    ----------
    fill
        Further ways to fill a missing modality, joined by ``+``: ``zero``, ``train_mean``,
        ``generate`` (the model's own), ``learned``; or ``all``. ``native`` is always there.
    training
        ``unified`` (one model for all conditions), or ``unified+per_condition`` (beside them one
        model for each subset and rate, as part of the literature does).
    frames
        Whether single time steps go missing too.
    """

    fill: str = "native"
    training: str = "unified"
    frames: bool = False

    def __post_init__(self) -> None:
        _known("fill", self.fill, FILLS)
        _known("training", self.training, TRAININGS)

    @property
    def fills(self) -> tuple[str, ...]:
        """The policies asked for."""
        words = tuple(dict.fromkeys(self.fill.split("+")))
        return FILLS if "all" in words else words

    @property
    def placed(self) -> tuple[str, ...]:
        """Policies that fill the test inputs of any trained model."""
        return tuple(fill for fill in self.fills if fill not in ("native", "learned"))


def _known(name: str, words: str, known: Sequence[str]) -> None:
    for word in words.split("+"):
        if word not in (*known, "all"):
            raise unknown(f"{name} of missing_modality", word, known)
    if name == "training" and words == "per_condition":
        raise RequestError("training=per_condition: write unified+per_condition, or all.")


class MissingModality(Protocol):
    """Two regimes; every non-empty subset of the corpus's modalities; rates 0.0 to 0.7.

    The missing rate is 1 - sum|u_i| / (N U): u_i are the modalities that utterance i keeps, at
    least one of them, and U is how many the corpus has (CyIN, NeurIPS 2025, appendix E). It
    cannot exceed (U - 1) / U, so 0.7 means the maximum, 2/3, with three modalities. Rate 0.0 is
    the condition ``full``.
    """

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="missing_modality",
        title="Missing modalities at test time",
        question="What is left of a model when modalities are missing?",
        method="One model per regime is evaluated under every condition (unified training); under "
        "the regime per_condition, where it was asked for, each condition has a model of its own. "
        "What is missing is erased before the model sees the batch; what stands in its place, "
        "where a condition's name ends in :zero, :train_mean or :generate, is as long as the "
        "median train utterance, and the model is told that the modality is there. Masks are "
        "drawn per utterance from a hash of the utterance's id, the same for every model and seed, "
        "and at least one modality is kept. Masks of rising rates are nested: what is missing at "
        "0.2 is missing at 0.3 too.",
    )
    Options: ClassVar[type[Any] | None] = Additions
    options: Additions

    def regimes(self, setting: Setting) -> list[Regime]:
        """Return the ways of training one model for all conditions."""
        return [FULL, DROPOUT, *([LEARNED] if "learned" in self.options.fills else [])]

    def conditions(self, setting: Setting) -> list[Condition]:
        """Return ``full``, the other subsets from small to large, the rates, then the rest."""
        found = _native(setting.modalities)
        missing = found[1:]
        for fill in self.options.placed:
            found += [_filled(condition, fill) for condition in missing]
        if self.options.frames:
            found += [_frames(rate) for rate in RATES]
        return found

    def trials(self, setting: Setting) -> list[Trial]:
        """Return every regime under every condition, and each condition's own training."""
        found = [
            Trial(regime, condition, skip=_nothing_missing(regime, setting))
            for regime in self.regimes(setting)
            for condition in self.conditions(setting)
            if regime.fill == "native" or condition.fill == "native"
        ]
        if self.options.training != "unified":
            found += [
                Trial(_own_regime(condition), condition)
                for condition in _native(setting.modalities)
            ]
        return found

    def summaries(self, setting: Setting) -> list[Summary]:
        """Return the mean over rates and the worst subset."""
        if len(setting.modalities) < 2:
            return []
        found = _summaries("", _native(setting.modalities))
        for fill in self.options.placed:
            found += _summaries(f":{fill}", _native(setting.modalities))
        return found

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return the gains of a fill and of a training per condition, at a missing rate of 0.5."""
        if len(setting.modalities) < 2:
            return []
        half = "missing_0.5"
        found = [
            Contrast(
                "modality dropout",
                "what it is worth at a missing rate of 0.5 to have seen missing modalities",
                (DROPOUT.name, half),
                (FULL.name, half),
            )
        ]
        found += [
            Contrast(
                f"{fill} − native",
                f"at a missing rate of 0.5, what {fill} gains over telling the model that the "
                "modality is missing",
                (FULL.name, f"{half}:{fill}"),
                (FULL.name, half),
            )
            for fill in self.options.placed
        ]
        if self.options.training != "unified":
            found.append(
                Contrast(
                    "per condition − unified",
                    "at a missing rate of 0.5, what a model of its own gains over the one that "
                    "was trained with modality dropout for all conditions",
                    ("per_condition", half),
                    (DROPOUT.name, half),
                )
            )
        return found


def _summaries(end: str, conditions: Sequence[Condition]) -> list[Summary]:
    """The mean over rates and the worst subset, of the conditions whose names end in `end`."""
    names = {c.name: c.name if c.role == "real" else c.name + end for c in conditions}
    rates = ("full", *(names[f"missing_{rate}"] for rate in RATES))
    subsets = tuple(names[c.name] for c in conditions if c.present is not None)
    how = f", filled with {end[1:]}" if end else ""
    return [
        Summary(
            f"mean over rates{end}", f"mean over the missing rates 0.0 to 0.7{how}", "mean", rates
        ),
        Summary(
            f"worst subset{end}",
            f"lowest score over all subsets, full included{how}",
            "min",
            subsets,
        ),
    ]


def _nothing_missing(regime: Regime, setting: Setting) -> str:
    """Why no vector can be learned for a missing modality, or ""."""
    if regime.fill == "learned" and len(setting.modalities) < 2:
        return f"{setting.corpus} has one modality, which never goes missing"
    return ""


def _native(modalities: tuple[str, ...]) -> list[Condition]:
    """Conditions that erase missing modalities, and tell the model so."""
    found = [
        Condition(
            "full", "every modality that an utterance has (rate 0.0)", modalities, role="real"
        )
    ]
    for size in range(1, len(modalities)):
        for subset in combinations(ordered(modalities), size):
            name = subset_name(subset, modalities)
            what = f"only {' and '.join(subset)}"
            found.append(Condition(name, what, subset, role="subset"))
    if len(modalities) > 1:
        highest = (len(modalities) - 1) / len(modalities)
        found.extend(_rate(rate, highest) for rate in RATES)
    return found


def _rate(rate: float, highest: float) -> Condition:
    reach = f" (at most {highest:.2f} can be reached with one kept)" if rate > highest else ""
    return Condition(
        f"missing_{rate}", f"a share of {rate} of all modalities is missing at random{reach}",
        rate=rate, role="rate",
    )  # fmt: skip


def _filled(condition: Condition, fill: str) -> Condition:
    what = {
        "zero": "zeros (before standardisation)",
        "train_mean": "the train split's mean",
        "generate": "what the model generates from the rest",
    }[fill]
    return replace(
        condition,
        name=f"{condition.name}:{fill}",
        description=f"{condition.description}; {what} in the place of what is missing",
        fill=fill,
        role="",
    )


def _frames(rate: float) -> Condition:
    return Condition(
        f"frames_{rate}",
        f"a share of {rate} of the time steps of every modality is erased at random (features set "
        "to the train mean, words to the unknown one); utterances keep their length",
        frames=rate,
    )


def _own_regime(condition: Condition) -> Regime:
    """The regime with one model for `condition` alone."""
    present = None if condition.role == "real" else condition.present
    return Regime("per_condition", PER_CONDITION, rate=condition.rate, present=present)
