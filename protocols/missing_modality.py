"""Modalities missing at test time: every subset, and random missing rates."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

from emobench import (
    Condition,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Summary,
    ordered,
    subset_name,
)

RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


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
        method="One model per regime is evaluated under every condition (unified training). What "
        "is missing is erased before the model sees the batch. Masks are drawn per utterance from "
        "a hash of the utterance's id, the same for every model and seed, and at least one "
        "modality is kept. Masks of rising rates are nested: what is missing at 0.2 is missing at "
        "0.3 too.",
    )

    def regimes(self, setting: Setting) -> list[Regime]:
        """Return the two ways of training."""
        return [
            Regime("full", "missingness never seen in training"),
            Regime(
                "modality_dropout",
                "in training each modality of each utterance is erased with probability 0.3, "
                "drawn anew every epoch, at least one kept; the dev split is masked likewise, once",
                drop=0.3,
            ),
        ]

    def conditions(self, setting: Setting) -> list[Condition]:
        """Return ``full``, the other subsets from small to large, then the rates."""
        modalities = setting.modalities
        found = [Condition("full", "every modality that an utterance has (rate 0.0)", modalities)]
        for size in range(1, len(modalities)):
            for subset in combinations(ordered(modalities), size):
                name = subset_name(subset, modalities)
                found.append(Condition(name, f"only {' and '.join(subset)}", subset))
        if len(modalities) > 1:
            highest = (len(modalities) - 1) / len(modalities)
            found.extend(_rate(rate, highest) for rate in RATES)
        return found

    def summaries(self, setting: Setting) -> list[Summary]:
        """Return the mean over rates and the worst subset."""
        if len(setting.modalities) < 2:
            return []
        rates = ("full", *(f"missing_{rate}" for rate in RATES))
        subsets = tuple(c.name for c in self.conditions(setting) if c.present is not None)
        return [
            Summary("mean over rates", "mean over the missing rates 0.0 to 0.7", "mean", rates),
            Summary("worst subset", "lowest score over all subsets, full included", "min", subsets),
        ]


def _rate(rate: float, highest: float) -> Condition:
    reach = f" (at most {highest:.2f} can be reached with one kept)" if rate > highest else ""
    return Condition(
        f"missing_{rate}", f"a share of {rate} of all modalities is missing at random{reach}",
        rate=rate,
    )  # fmt: skip
