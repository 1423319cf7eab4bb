"""Whether a model can run a trial; if not, why."""

from __future__ import annotations

from emobench.corpus.corpus import Corpus
from emobench.corpus.transfer.view import shared_inputs
from emobench.discovery.representations import is_discrete, representation
from emobench.errors import Skip
from emobench.generation.availability import why_not
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.jobs import PlanContext
from emobench.interface.protocol import Condition, Regime, Trial


def skip_reason(candidate: Candidate, trial: Trial, place: PlanContext) -> str | None:
    """Why `trial` is skipped for this model, or None."""
    if candidate.skipped or trial.skip:
        return candidate.skipped or trial.skip
    return (
        _regime(candidate, trial.regime)
        or _shown(candidate, trial.condition)
        or _filled(candidate, trial)
        or _replaced(candidate, trial.condition)
        or _elsewhere(candidate, trial, place)
    )


def _regime(candidate: Candidate, regime: Regime) -> str | None:
    """Why the model cannot be trained so, or None."""
    if regime.present is not None and (why := _removed(candidate, regime.present, "regime")):
        return why
    if regime.fill == "learned" and candidate.card.kind == "reference":
        return f"{candidate.label} is not trained by steps, so nothing can be learned beside it"
    if regime.fill == "learned" and not candidate.takes_learned_fill:
        return f"{candidate.label} fills what is missing in updates of its own"
    symbols = [n for names in candidate.inputs.values() for n in names if is_discrete(n)]
    if regime.fill == "learned" and symbols:
        return f"{candidate.label} reads {symbols[0]}: numbers of words, no vector can stand there"
    return None


def _shown(candidate: Candidate, condition: Condition) -> str | None:
    """Why the model cannot run on what is shown, or None."""
    if condition.present is None:
        return None
    return _removed(candidate, condition.present, "condition")


def _removed(candidate: Candidate, present: tuple[str, ...], what: str) -> str | None:
    needs = candidate.card.requires
    if any(m not in present for m in needs):
        return f"{candidate.label} reads {' and '.join(needs)}, which this {what} removes"
    if candidate.inputs and not set(candidate.inputs) & set(present):
        return f"{candidate.label} reads none of {' and '.join(present)}"
    return None


def _filled(candidate: Candidate, trial: Trial) -> str | None:
    fill = trial.condition.fill
    if fill == "native" or not candidate.inputs:
        return None
    if _reads_expressed(candidate):
        return f"{candidate.label} reads what was expressed, and nothing can stand for that"
    if fill == "generate" and not candidate.can_generate:
        return f"{candidate.label} generates nothing"
    return None


def _reads_expressed(candidate: Candidate) -> bool:
    """Whether it reads what is known of every utterance and not recorded."""
    names = (name for found in candidate.inputs.values() for name in found)
    return any(representation(name).reference_only for name in names)


def _replaced(candidate: Candidate, condition: Condition) -> str | None:
    change = condition.replace
    if change is None:
        return None
    if change.modality not in candidate.inputs:
        return f"{candidate.label} does not read {change.modality}"
    if _reads_expressed(candidate):
        return f"{candidate.label} reads what was expressed, and nothing can stand for that"
    reason = why_not(change.generator, change.modality, candidate.inputs, candidate.can_generate)
    return f"{candidate.label} {reason.removeprefix('it ')}" if reason else None


def _elsewhere(candidate: Candidate, trial: Trial, place: PlanContext) -> str | None:
    """Why the model cannot be trained on a flawed split or tested on another corpus, or None."""
    corpus = trial.condition.corpus
    try:
        if trial.split:
            from emobench.corpus.leakage.flawed_splits import check_flaw  # PENDING

            check_flaw(place.corpus, place.policy, trial.split)
        if corpus is not None and corpus != place.corpus.request.label and candidate.inputs:
            _meets(candidate, trial.condition, place.other(corpus))
    except Skip as reason:
        return str(reason)
    return None


def _meets(candidate: Candidate, condition: Condition, target: Corpus) -> None:
    """Raise `Skip` where the model shares nothing with `target` of what `condition` shows."""
    requires = candidate.card.requires
    shared = shared_inputs(candidate.inputs, target, requires)
    if condition.present is not None and not set(shared) & set(condition.present):
        shown = {m: n for m, n in candidate.inputs.items() if m in condition.present}
        shared_inputs(shown, target)
