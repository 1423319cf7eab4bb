"""Ablation: how much each modality and each switchable part of a model contributes."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

from emobench import (
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Trial,
    ordered,
    subset_name,
)

FULL = Regime("full", "missingness never seen in training")
SUBSET = Regime("one_subset", "trained, chosen and tested on the modalities that are named")
WITHOUT_AUXILIARY = Regime(
    "without_auxiliary",
    "trained without the auxiliary corpora; the main corpus's utterances are repeated, so that an "
    "epoch has as many optimiser steps",
    auxiliary=False,
)


class Ablation(Protocol):
    """One training without each part, and one on each subset of the modalities."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="ablation",
        title="Ablation",
        question="What is each modality, and each part of a model, worth?",
        method="Every row is a training of its own with the same seeds. A part is switched as the "
        "model's card says under ablations; everything else, the number of epochs at most "
        "included, stays as it is. Under the regime one_subset training, choice of the checkpoint "
        "and test all see the named modalities only. A row is named by what differs from the "
        "complete model, which is the row full.",
        show="contrasts",
    )

    def trials(self, setting: Setting) -> list[Trial]:
        """Return the complete model, every part switched, every subset, and no auxiliaries."""
        whole = Condition(
            "full", "the complete model, every modality", setting.modalities, role="real"
        )
        found = [Trial(FULL, whole)]
        for name, options in _parts(setting).items():
            told = ", ".join(f"{key}={value}" for key, value in options.items())
            changed = Condition(name, f"trained with {told}", setting.modalities)
            found.append(Trial(FULL, changed, options=options))
        if setting.auxiliary:
            found.append(Trial(WITHOUT_AUXILIARY, whole))
        found.append(Trial(SUBSET, whole))
        found += [Trial(_on(subset), _only(subset, setting)) for subset in _subsets(setting)]
        return found

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return the loss without each part and each modality."""
        complete = (FULL.name, "full")
        found = [
            Contrast(
                f"full − {name}",
                f"what the complete model gains over {name}",
                complete,
                (FULL.name, name),
            )
            for name in _parts(setting)
        ]
        if setting.auxiliary:
            found.append(
                Contrast(
                    "with − without auxiliary",
                    "what the auxiliary corpora are worth at equal optimiser steps",
                    complete,
                    (WITHOUT_AUXILIARY.name, "full"),
                )
            )
        for subset in _subsets(setting):
            name = subset_name(subset, setting.modalities)
            absent = " and ".join(m for m in setting.modalities if m not in subset)
            found.append(
                Contrast(
                    f"full − {name} alone",
                    f"what {absent} adds to a model that was trained on {' and '.join(subset)}",
                    complete,
                    (SUBSET.name, name),
                )
            )
        return found


def _parts(setting: Setting) -> dict[str, dict[str, str]]:
    return setting.model.ablations if setting.model is not None else {}


def _subsets(setting: Setting) -> list[tuple[str, ...]]:
    """Every subset but the whole, from small to large."""
    modalities = ordered(setting.modalities)
    return [s for size in range(1, len(modalities)) for s in combinations(modalities, size)]


def _on(subset: tuple[str, ...]) -> Regime:
    return Regime(SUBSET.name, SUBSET.description, present=subset)


def _only(subset: tuple[str, ...], setting: Setting) -> Condition:
    name = subset_name(subset, setting.modalities)
    what = f"trained and tested on {' and '.join(subset)} alone"
    return Condition(name, what, subset, role="subset")
