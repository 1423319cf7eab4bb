"""Damaged recordings and words, modalities out of step, and modalities that conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emobench import (
    CORRUPTIONS,
    SEVERITIES,
    Condition,
    Corruption,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Summary,
    Trial,
    ordered,
    unknown,
)


@dataclass(frozen=True)
class Choice:
    """The kinds of damage to test.

    Parameters
    ----------
    kinds
        Kinds of damage joined by ``+``, or ``all``.
    """

    kinds: str = "all"

    def __post_init__(self) -> None:
        for kind in self.wanted:
            if kind not in CORRUPTIONS:
                raise unknown("kind of damage", kind, CORRUPTIONS)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the kinds, in the order of `emobench.CORRUPTIONS`."""
        if self.kinds == "all":
            return tuple(CORRUPTIONS)
        named = [kind.strip() for kind in self.kinds.split("+")]
        known = [kind for kind in CORRUPTIONS if kind in named]
        return (*known, *(kind for kind in named if kind not in CORRUPTIONS))


class CorruptionProtocol(Protocol):
    """One regime; sixteen kinds of damage in five severities, and the mean over severities."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="corruption",
        title="Damaged and conflicting modalities",
        question="What is left of a model when recordings are noisy, words are wrong, or "
        "modalities contradict each other?",
        method="One model, trained on undamaged utterances, is tested on each kind of damage in "
        "five severities. Recordings and words are damaged before anything is extracted from "
        "them; what was fitted stays as train taught it. The damage is drawn from a hash of the "
        "utterance's id, the same for every model and seed, and severities are nested. In the "
        "swapped conditions an utterance shows another one's modality, of another label, and "
        "keeps its own label. Where a model does not read a modality its damage leaves the score "
        "as it is. The ceiling is that of undamaged recordings; swaps lower it too.",
        show="summaries",
    )
    Options: ClassVar[type[Any] | None] = Choice
    options: Choice

    def trials(self, setting: Setting) -> list[Trial]:
        """Return ``full``, every kind in five severities, and one skipped trial for each kind
        that does not suit the corpus.
        """
        regime = Regime("full", "trained with every modality that an utterance has")
        full = Condition(
            "full",
            "tested with every modality that an utterance has",
            setting.modalities,
            role="real",
        )
        trials = [Trial(regime, full)]
        for kind in self.options.wanted:
            if why := CORRUPTIONS[kind].why_not(setting.sources):
                unsuited = Condition(kind, CORRUPTIONS[kind].title)
                trials.append(Trial(regime, unsuited, skip=why))
            else:
                trials += [Trial(regime, _damaged(kind, s)) for s in SEVERITIES]
        return trials

    def summaries(self, setting: Setting) -> list[Summary]:
        """Return the means over all kinds, over those of each modality, and over severities."""
        kinds = [k for k in self.options.wanted if not CORRUPTIONS[k].why_not(setting.sources)]
        if not kinds:
            return []
        found = [_mean("all damage", f"all {len(kinds)} kinds", kinds)]
        for modality in ordered(CORRUPTIONS[k].modality for k in kinds):
            own = [
                k for k in kinds if CORRUPTIONS[k].modality == modality and not CORRUPTIONS[k].swaps
            ]
            if own:
                what = f"the kinds that damage {modality}: {', '.join(own)}"
                found.append(_mean(f"{modality} damaged", what, own))
        swaps = [k for k in kinds if CORRUPTIONS[k].swaps]
        if swaps:
            found.append(_mean("conflict", f"the swaps: {', '.join(swaps)}", swaps))
        found += [_mean(k, f"{k} ({CORRUPTIONS[k].title})", [k]) for k in kinds]
        return found


def _damaged(kind: str, severity: int) -> Condition:
    return Condition(
        _name(kind, severity),
        f"tested with {CORRUPTIONS[kind].describe(severity)}",
        corruption=Corruption(kind, severity),
    )


def _name(kind: str, severity: int) -> str:
    return f"{kind}_{severity}"


def _mean(name: str, what: str, kinds: list[str]) -> Summary:
    conditions = tuple(_name(k, s) for k in kinds for s in SEVERITIES)
    return Summary(name, f"mean over the five severities of {what}", "mean", conditions)
