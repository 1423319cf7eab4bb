"""A paper's own protocol beside an honest protocol."""

from __future__ import annotations

from typing import ClassVar

from emobench import (
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    PublishedSetting,
    Regime,
    Setting,
    Trial,
)

FULL = Regime("full", "missingness never seen in training")
DROPOUT = Regime(
    "modality_dropout",
    "in training each modality of each utterance is erased with probability 0.3, "
    "drawn anew every epoch, at least one kept; the dev split is masked likewise, once",
    drop=0.3,
)
REGIMES = {regime.name: regime for regime in (FULL, DROPOUT)}
PAPER, HONEST, CORRECTED = "paper_protocol", "honest_split", "corrected"


class Reproduce(Protocol):
    """As published on the paper's split, as published on an honest one, and corrected."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="reproduce",
        title="Published results, run again",
        question="How much of a published result is due to the protocol?",
        method="For each result on a model's card (settings) that was got on this corpus: "
        "paper_protocol is the variant as_published on the authors' split, honest_split the same "
        "variant on the corpus's honest split, corrected the variant corrected there. Between two "
        "neighbours one thing changes. All three are trained under the regime that the paper used, "
        "where the card names it, else under full. On the controlled track sizes and inputs are "
        "not the paper's, so that it is the protocols that are compared, not the numbers; --track "
        "published has the paper's backbones and sizes.",
        show="claims",
    )

    def trials(self, setting: Setting) -> list[Trial]:
        """Return the three rows of each published setting on this corpus."""
        published = _here(setting)
        if not published:
            name = setting.model.name if setting.model else "the model"
            why = f"the card of {name} has no published result on {setting.corpus}"
            shown = Condition(PAPER, "as the paper says", setting.modalities, role="paper")
            return [Trial(_regime(setting), shown, skip=why)]
        return [t for i, one in enumerate(published) for t in _trials(setting, one, _end(i))]

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return what the paper's split adds, and what the mended defects change."""
        found = []
        for i in range(len(_here(setting))):
            rows = [(_regime(setting).name, name + _end(i)) for name in (PAPER, HONEST, CORRECTED)]
            found += [
                Contrast(
                    f"paper − honest{_end(i)}", "what the paper's split adds", rows[0], rows[1]
                ),
                Contrast(
                    f"corrected − published{_end(i)}",
                    "what the mended defects change on the honest split",
                    rows[2],
                    rows[1],
                ),
            ]
        return found


def _here(setting: Setting) -> list[PublishedSetting]:
    """The published settings on this corpus."""
    if setting.model is None:
        return []
    base = setting.corpus.split(":")[0]
    return [s for s in setting.model.settings if setting.corpus == s.corpus or base == s.corpus]


def _regime(setting: Setting) -> Regime:
    """The regime closest to the paper's training, of those that train one model on everything."""
    used = setting.model.paper_regimes if setting.model else ()
    if len(setting.modalities) < 2:  # nothing can be dropped
        return FULL
    return next((REGIMES[name] for name in used if name in REGIMES), FULL)


def _end(number: int) -> str:
    return "" if number == 0 else f"_{number + 1}"


def _trials(setting: Setting, one: PublishedSetting, end: str) -> list[Trial]:
    own = {k.removeprefix("model."): v for k, v in one.options.items() if k.startswith("model.")}
    known = setting.model.variants if setting.model is not None else ()
    variant = "as_published" if "as_published" in known else "corrected"
    shown = setting.modalities
    paper = Condition(PAPER + end, f"{one.split_text}", shown, role="paper")
    honest = Condition(
        HONEST + end, "the same variant, the corpus's honest split", shown, role="honest"
    )
    mended = Condition(
        CORRECTED + end, "the corrected variant, the honest split", shown, role="corrected"
    )
    regime = _regime(setting)
    return [
        Trial(regime, paper, split=one.split, options=own, variant=variant, skip=one.blocked),
        Trial(regime, honest, options=own, variant=variant),
        Trial(regime, mended, options=own, variant="corrected"),
    ]
