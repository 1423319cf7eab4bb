"""Disjoint training: modalities are learned from different utterances, then fused."""

from __future__ import annotations

from typing import ClassVar

from emobench import (
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Target,
    Trial,
    ordered,
)

FULL = "full"
DISJOINT = "disjoint"
ONE = "its utterances have one modality, so nothing can be fused"


class DisjointTraining(Protocol):
    """Compares fusion with each branch, after training on paired and on disjoint modalities.

    On one corpus there are two regimes, and the same test, where the modalities meet:

    ``full``
        trained with every modality that an utterance has;
    ``disjoint``
        every train utterance shows one modality only, as if each came from another corpus.

    A joint corpus whose members give one modality each is disjoint already: its training is tested
    on every member, and on each other corpus of the request where modalities meet.
    """

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="disjoint_training",
        title="Each modality from other utterances",
        question="Can a model learn to fuse modalities that it never saw together?",
        method="One trained model is shown everything, and each modality alone. Fusion is worth "
        "something if everything beats every branch alone. A training in which each utterance "
        "shows one modality stands beside one on the same utterances with all of theirs; a joint "
        "corpus of members with a modality each is disjoint by itself, and other corpora show "
        "whether its modalities work together. Their labels go through common classes.",
    )

    def trials(self, setting: Setting) -> list[Trial]:
        """Return every regime under all modalities and each alone, then the aligned corpora."""
        skip = ONE if len(setting.modalities) < 2 else ""
        found = [
            Trial(regime, condition, skip=skip)
            for regime in self.regimes(setting)
            for condition in self.conditions(setting)
        ]
        if not setting.members:
            return found
        regime = self.regimes(setting)[0]
        for target in _aligned_corpora(setting):
            found += [
                Trial(regime, condition, skip=target.reason or _why_not_fused(setting, target))
                for condition in _transfer_conditions(setting, target)
            ]
        return found

    def regimes(self, setting: Setting) -> list[Regime]:
        """Return the paired regime, and the disjoint one where the corpus is not disjoint."""
        paired = Regime(FULL, "trained with every modality that an utterance has")
        if setting.members:
            return [paired]
        single = "every train and dev utterance shows one modality only, always the same, drawn "
        single += "from a hash of its id: as if each modality came from another corpus"
        return [paired, Regime(DISJOINT, single, single=True)]

    def conditions(self, setting: Setting) -> list[Condition]:
        """Return all modalities, and each alone."""
        modalities = ordered(setting.modalities)
        full = Condition(FULL, "every modality that an utterance has", modalities, role="real")
        alone = modalities if len(modalities) > 1 else ()
        return [full, *(Condition(m, f"only {m}", (m,), role="subset") for m in alone)]

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return everything less each branch, and paired less disjoint."""
        if len(setting.modalities) < 2:
            return []
        found = []
        for regime in self.regimes(setting):
            found += [
                _gain(f"{regime.name}: fused − {m}", regime.name, FULL, m)
                for m in ordered(setting.modalities)
            ]
        if not setting.members:
            found.append(
                Contrast(
                    "paired − disjoint",
                    "everything shown: trained on paired modalities less trained on disjoint ones",
                    (FULL, FULL),
                    (DISJOINT, FULL),
                )
            )
            return found
        for target in _aligned_corpora(setting):
            if not target.reason and not _why_not_fused(setting, target):
                found += [
                    _gain(f"{target.name}: fused − {m}", FULL, target.name, _single_name(target, m))
                    for m in _shared(setting, target)
                ]
        return found


def _gain(name: str, regime: str, fused: str, branch: str) -> Contrast:
    meaning = "all modalities shown less one of them alone, of the same trained model"
    return Contrast(name, meaning, (regime, fused), (regime, branch))


def _aligned_corpora(setting: Setting) -> list[Target]:
    """The other corpora on which the modalities could be fused."""
    return [t for t in setting.others if not t.members]


def _shared(setting: Setting, target: Target) -> tuple[str, ...]:
    return ordered(m for m in target.modalities if m in setting.modalities)


def _why_not_fused(setting: Setting, target: Target) -> str:
    """Why modalities cannot be fused on `target`, or ""."""
    shared = _shared(setting, target)
    if len(shared) > 1:
        return ""
    return f"{target.name} shares {f'only {shared[0]}' if shared else 'no modality'} with it"


def _transfer_conditions(setting: Setting, target: Target) -> list[Condition]:
    """Conditions on another corpus: all shared modalities, and each alone."""
    name, shared = target.name, _shared(setting, target)
    classes = f"common classes: {', '.join(target.classes)}"
    fused = Condition(name, f"the test utterances of {name}; {classes}", corpus=name)
    return [fused] + [
        Condition(_single_name(target, m), f"{name}, only {m}; {classes}", (m,), corpus=name)
        for m in shared
    ]


def _single_name(target: Target, modality: str) -> str:
    return f"{target.name}:{modality}"
