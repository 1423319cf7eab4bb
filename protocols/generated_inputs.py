"""Generated inputs: one modality at a time is generated instead of recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from emobench import (
    GENERATORS,
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    Regime,
    Replacement,
    Setting,
    Trial,
    ordered,
    unknown,
)

REGIMES = (
    Regime("full", "missingness never seen in training"),
    Regime(
        "modality_dropout",
        "in training each modality of each utterance is erased with probability 0.3, "
        "drawn anew every epoch, at least one kept; the dev split is masked likewise, once",
        drop=0.3,
    ),
)

CONTROLS = {
    "train_mean": "the average of train in the place of {m}, at every step, as long as train's "
    "median; one unknown word for words",
    "zero": "zeros, as they are before standardisation, in the place of {m}, as long as train's "
    "median; one unknown word for words",
    "other": "the real {m} of another test utterance, of another speaker where there are two: the "
    "inputs change places by a hash of the ids",
}
"""Replacements of a modality that are not generated."""

WAYS = {
    "model": "the model's own generator",
    "ridge": "ridge regression on train",
    "neighbours": "the nearest train utterance",
}


@dataclass(frozen=True)
class GeneratedInputsOptions:
    """The choice of generators.

    Parameters
    ----------
    generator
        Only this one of ``model``, ``ridge`` and ``neighbours``; empty: all three.
    """

    generator: str = ""

    def __post_init__(self) -> None:
        if self.generator and self.generator not in GENERATORS:
            raise unknown("generator", self.generator, GENERATORS)


class GeneratedInputs(Protocol):
    """Two regimes; per modality the real input, generated ones from every subset, and controls.

    The question is that of Yoon (IEEE Access 2022), whose public re-implementation compares real
    with translated voices; there the two arms differ in more than the voice.
    """

    Options: ClassVar[type[GeneratedInputsOptions]] = GeneratedInputsOptions
    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="generated_inputs",
        title="Generated inputs in the place of real ones",
        question="Is a modality that was generated from the others worth more than a constant, and "
        "how much less than the real one?",
        method="The same trained model, the same test utterances: only one modality's input is "
        "replaced, in every utterance that has it, and the model is told that it is there. It is "
        "generated from each subset of the others by the model itself, by ridge regression on "
        "averages over time, or taken from the train utterance whose sources are nearest; all see "
        "train and the sources alone, no label. Controls: the train mean, zeros, another test "
        "utterance's real input, and what the generator makes of noise. Absent: the modality is "
        "erased and the model is told so. The mean, zeros and what the regression says stand still "
        "over time, as no recording does: a model that reads change over time suffers from that "
        "too.",
    )
    options: GeneratedInputsOptions

    def trials(self, setting: Setting) -> list[Trial]:
        """Return every regime under every condition; what does not suit the model is skipped."""
        return [
            _trial(regime, condition, setting)
            for regime in REGIMES
            for condition in self.conditions(setting)
        ]

    def conditions(self, setting: Setting) -> list[Condition]:
        """Return ``full``, then the replacements of each modality."""
        found = [Condition("full", "the real inputs", setting.modalities, role="real")]
        if len(setting.modalities) > 1:
            for modality in ordered(setting.modalities):
                found.extend(self._replaced(modality, setting))
        return found

    def _replaced(self, modality: str, setting: Setting) -> Iterator[Condition]:
        others = _others(modality, setting)
        for by, words in CONTROLS.items():
            yield Condition(
                f"{modality}={by}",
                words.format(m=modality),
                replace=Replacement(modality, by),
                role="control",
            )
        for generator in self._generators():
            yield Condition(
                f"{modality}=noise:{generator}",
                f"{modality} from noise in the place of all others: {WAYS[generator]}",
                replace=Replacement(modality, "noise", (), generator),
                role="control",
            )
            for sources in _subsets(others):
                yield Condition(
                    _name(modality, generator, sources),
                    f"{modality} generated from {' and '.join(sources)}: {WAYS[generator]}",
                    replace=Replacement(modality, "generated", sources, generator),
                    role="generated",
                )
        yield Condition(
            f"{modality}=absent",
            f"{modality} erased, and the model is told so",
            others,
            role="absent",
        )

    def _generators(self) -> tuple[str, ...]:
        return (self.options.generator,) if self.options.generator else GENERATORS

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return three contrasts of generated input per modality and generator."""
        if len(setting.modalities) < 2:
            return []
        return [
            contrast
            for regime in REGIMES
            for modality in ordered(setting.modalities)
            for generator in self._generators()
            for contrast in _contrasts(regime.name, modality, generator, setting)
        ]


def _contrasts(regime: str, modality: str, generator: str, setting: Setting) -> Iterator[Contrast]:
    made = (regime, _name(modality, generator, _others(modality, setting)))
    real, mean, absent = (
        (regime, n) for n in ("full", f"{modality}=train_mean", f"{modality}=absent")
    )
    where = f"{modality}, {generator}, {regime}"
    yield Contrast(
        f"real − generated ({where})", f"what is lost when {modality} is generated", real, made
    )
    yield Contrast(
        f"generated − mean ({where})",
        f"whether generating {modality} beats a constant",
        made,
        mean,
    )
    yield Contrast(
        f"generated − absent ({where})",
        f"whether generating {modality} beats telling the model that it is missing",
        made,
        absent,
    )


def _name(modality: str, generator: str, sources: tuple[str, ...]) -> str:
    return f"{modality}={generator}({'+'.join(sources)})"


def _others(modality: str, setting: Setting) -> tuple[str, ...]:
    return tuple(m for m in ordered(setting.modalities) if m != modality)


def _subsets(others: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(others) + 1):
        yield from combinations(others, size)


def _trial(regime: Regime, condition: Condition, setting: Setting) -> Trial:
    """The trial, skipped if the model cannot be tested under the condition."""
    if len(setting.modalities) < 2:
        where = setting.corpus or "the corpus"
        return Trial(
            regime, condition, skip=f"{where} has a single modality: nothing to generate from"
        )
    unread = _unread(condition, setting)
    if setting.model is None or not unread:
        return Trial(regime, condition)
    why = f"does not read {' and '.join(unread)}"
    return Trial(regime, condition, skip=why, skip_subject=setting.model.name)


def _unread(condition: Condition, setting: Setting) -> list[str]:
    """Modalities that `condition` removes, else its sources, that the model does not read.

    The condition with the real inputs removes nothing.
    """
    if setting.model is None or condition.role == "real":
        return []
    reads, change = _reads(setting), condition.replace
    shown = condition.present or setting.modalities
    taken = [change.modality] if change else [m for m in setting.modalities if m not in shown]
    if unread := [m for m in taken if m not in reads]:
        return unread
    return [m for m in change.sources if m not in reads] if change else []


def _reads(setting: Setting) -> set[str]:
    """The modalities that the model of `setting` reads."""
    card = setting.model
    assert card is not None
    controlled = setting.track != "published" or card.kind == "reference"
    return set(card.inputs if controlled else card.published_inputs) & set(setting.modalities)
