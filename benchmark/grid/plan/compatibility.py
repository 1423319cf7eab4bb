"""Whether a model can run a trial; if not, why. Nothing else in the grid decides this."""

from __future__ import annotations

from dataclasses import replace

from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.flawed_splits import BEST_PER_MEASURE, check_flaw
from emobench.corpus.preparation.standardisation import check_speakers
from emobench.corpus.transfer.view import shared_inputs
from emobench.discovery.representations import is_discrete, representation
from emobench.errors import Skip
from emobench.generation.availability import why_not
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.jobs import PlanContext
from emobench.grid.plan.skip_reason import SkipReason
from emobench.interface.protocol import Condition, Regime, Trial

UNCHANGED = SkipReason(
    "", "nothing of this corpus can be damaged so: every recording stays as it is"
)
"""This reason is known only after the corrupted copies have been prepared."""

EXPRESSED = "reads what was expressed, and nothing can stand for that"


def skip_reason(candidate: Candidate, trial: Trial, context: PlanContext) -> SkipReason | None:
    """Why `trial` is skipped for this model, or None."""
    if candidate.unsuited:
        return candidate.unsuited
    if trial.skip:
        return SkipReason(trial.skip_subject, trial.skip)
    text = (
        _flaw_reason(candidate, trial, context.corpus.modalities)
        or _standardisation_reason(candidate, trial)
        or _regime_reason(candidate, trial.regime)
        or _input_reason(candidate, trial.condition)
        or _fill_reason(candidate, trial)
        or _replacement_reason(candidate, trial.condition)
    )
    return SkipReason(candidate.label, text) if text else _data_reason(candidate, trial, context)


def _flaw_reason(candidate: Candidate, trial: Trial, modalities: tuple[str, ...]) -> str:
    """Why a flaw cannot change what is reported of the model, or ""."""
    if trial.report == "best_of_seeds" and candidate.card.deterministic:
        return "gives the same with every seed, so there is no best one"
    if trial.split != BEST_PER_MEASURE:
        return ""
    if candidate.card.closed_form:
        return "is not trained by epochs, so none can be chosen"
    # What was kept of the looks is of whole inputs, whatever a condition or a regime erases.
    regime, shown = trial.regime, trial.condition
    plain = replace(shown, name="", description="", present=None, role="") == Condition("", "")
    whole = shown.present is None or set(shown.present) == set(modalities)
    if regime.draws or regime.single or regime.present or not (plain and whole):
        return "keeps what it sees of the whole test part alone, not of a changed one"
    return ""


def _standardisation_reason(candidate: Candidate, trial: Trial) -> str:
    """Why features cannot be standardised by corpus or speaker, or ""."""
    condition = trial.condition
    by_speaker = trial.regime.standardise == "speaker"
    if not by_speaker and condition.standardise == "source":
        return ""
    names = [name for found in candidate.inputs.values() for name in found]
    if not any(representation(name).standardise for name in names):
        return "reads nothing that is standardised"
    zeroed = condition.fill == "zero" or (condition.replace and condition.replace.by == "zero")
    if by_speaker and (trial.split or condition.corruption or zeroed):
        return "is standardised by speaker, which neither a flawed split nor damaged inputs can be"
    return ""


def _regime_reason(candidate: Candidate, regime: Regime) -> str:
    """Why the model cannot be trained under `regime`, or ""."""
    if regime.present is not None and (why := _removal_reason(candidate, regime.present, "regime")):
        return why
    if regime.fill != "learned":
        return ""
    if candidate.card.closed_form:
        return "is not trained by steps, so nothing can be learned beside it"
    if not candidate.takes_learned_fill:
        return "fills what is missing in updates of its own"
    symbols = [n for names in candidate.inputs.values() for n in names if is_discrete(n)]
    return f"reads {symbols[0]}: numbers of words, no vector can stand there" if symbols else ""


def _input_reason(candidate: Candidate, condition: Condition) -> str:
    """Why the model cannot run on the modalities that `condition` shows, or ""."""
    if condition.present is None:
        return ""
    return _removal_reason(candidate, condition.present, "condition")


def _removal_reason(candidate: Candidate, present: tuple[str, ...], what: str) -> str:
    needs = candidate.card.requires
    if any(m not in present for m in needs):
        return f"reads {' and '.join(needs)}, which this {what} removes"
    if candidate.inputs and not set(candidate.inputs) & set(present):
        return f"reads no {' and no '.join(present)}, and this {what} shows nothing else"
    return ""


def _fill_reason(candidate: Candidate, trial: Trial) -> str:
    """Why nothing can fill in for a missing modality, or ""."""
    fill = trial.condition.fill
    if fill == "native" or not candidate.inputs:
        return ""
    if _reads_expressed(candidate):
        return EXPRESSED
    return "generates nothing" if fill == "generate" and not candidate.can_generate else ""


def _reads_expressed(candidate: Candidate) -> bool:
    """Whether the model reads what was expressed, which no recording shows directly."""
    names = (name for found in candidate.inputs.values() for name in found)
    return any(representation(name).reference_only for name in names)


def _replacement_reason(candidate: Candidate, condition: Condition) -> str:
    """Why the input of a modality cannot be replaced, or ""."""
    change = condition.replace
    if change is None:
        return ""
    if change.modality not in candidate.inputs:
        return f"does not read {change.modality}"
    if _reads_expressed(candidate):
        return EXPRESSED
    return why_not(change.generator, change.modality, candidate.inputs, candidate.can_generate)


def _data_reason(candidate: Candidate, trial: Trial, context: PlanContext) -> SkipReason | None:
    """Why the model cannot be trained on a flawed split or tested on another corpus, or None."""
    corpus = trial.condition.corpus
    try:
        if trial.split:
            check_flaw(context.corpus, context.policy, trial.split)
        if trial.regime.standardise == "speaker":
            check_speakers(context.corpus)
        if corpus and trial.condition.standardise == "speaker":
            check_speakers(context.other(corpus))
        if corpus and trial.condition.elsewhere(context.label) and candidate.inputs:
            _check_shared(candidate, trial.condition, context.other(corpus))
    except Skip as error:
        return SkipReason.of(error)
    return None


def _check_shared(candidate: Candidate, condition: Condition, target: Corpus) -> None:
    """Raise `Skip` if no input of the model under `condition` exists in `target` too."""
    requires = candidate.card.requires
    shared = shared_inputs(candidate.inputs, target, requires)
    if condition.present is not None and not set(shared) & set(condition.present):
        shown = {m: n for m, n in candidate.inputs.items() if m in condition.present}
        shared_inputs(shown, target)
