"""The contract suite: every check by name, and the verdict on its outcome."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from emobench.contract.failure import ContractError, NotApplicable, Symptom, trying
from emobench.contract.forward_checks import (
    check_batch_of_one,
    check_every_subset,
    check_output,
    check_ragged_lengths,
)
from emobench.contract.generation_check import check_generate
from emobench.contract.independence_checks import (
    check_batch_mates,
    check_erased_values,
    check_padding_invariance,
    check_stateless,
)
from emobench.contract.random_checks import check_random_state
from emobench.contract.subject import Subject
from emobench.contract.training_checks import (
    check_gradients,
    check_learns_by_heart,
    check_same_seed,
    check_save_and_load,
    check_schedule,
    check_search_space,
)
from emobench.denormals import denormals_flushed
from emobench.errors import unknown

CHECKS: dict[str, Callable[[Subject], None]] = {
    "output": check_output,
    # Random draws or state in forward make every check fail that compares two answers.
    "random_state": check_random_state,
    "stateless": check_stateless,
    "batch_of_one": check_batch_of_one,
    "ragged_lengths": check_ragged_lengths,
    "every_subset": check_every_subset,
    "padding_invariance": check_padding_invariance,
    "batch_mates": check_batch_mates,
    "erased_values": check_erased_values,
    "gradients": check_gradients,
    "same_seed": check_same_seed,
    "save_and_load": check_save_and_load,
    "schedule": check_schedule,
    "search_space": check_search_space,
    "learns_by_heart": check_learns_by_heart,
    "generate": check_generate,
}
"""Every check, in the order in which they are shown."""

PASSED, FAILED, KNOWN, NOT_APPLICABLE = "passed", "FAILED", "known failure", "not applicable"


@dataclass(frozen=True)
class Result:
    """The outcome of one check.

    Parameters
    ----------
    check
        Its name.
    verdict
        ``passed``, ``FAILED``, ``known failure`` or ``not applicable``.
    note
        The failure's line, the declared reason, or why it is not applicable.
    seconds
        How long it took.
    failure
        The error of the model, if the check failed by one.
    """

    check: str
    verdict: str
    note: str = ""
    seconds: float = 0.0
    failure: ContractError | None = None


def chosen_checks(words: str | None, known: Collection[str] = tuple(CHECKS)) -> tuple[str, ...]:
    """Those of the checks `known` that were typed, separated by commas; all if nothing was.

    Raises
    ------
    RequestError
        A name is unknown.
    """
    if words is None:
        return tuple(known)
    names = [w.strip() for w in words.split(",") if w.strip()]
    for name in names or [words]:
        if name not in known:
            raise unknown("check", name, known)
    return tuple(name for name in known if name in names)


def run_suite(subject: Subject, checks: tuple[str, ...] = tuple(CHECKS)) -> Iterator[Result]:
    """Run `checks` on `subject`, and yield each result at once.

    A check fails if the card declares it among the known failures and it passes. A declared name
    that is no check fails too.
    """
    yield from _declaration_errors(subject)
    failures = FailureDeduplicator()
    for name in checks:
        result = run_check(subject, name)
        yield failures.shortened(result) if result.verdict == FAILED else result


class FailureDeduplicator:
    """The failures of a model so far, which shorten later failures that they explain."""

    def __init__(self) -> None:
        self._first_check: dict[str, str] = {}
        self._unsteady_check = ""

    def shortened(self, result: Result) -> Result:
        """Return the failure, with a short note if an earlier failure explains it."""
        failure, name = result.failure, result.check
        if failure is None:
            return result
        first = self._first_check.setdefault(failure.cause, name)
        if first != name:
            not_finite = failure.symptom is Symptom.NOT_FINITE
            what = "NaN or infinite, as in" if not_finite else "the same cause as"
            return replace(result, note=f"{what} {first}")
        if self._unsteady_check and failure.symptom is Symptom.UNEQUAL:
            note = f"may follow from {self._unsteady_check}; mend that first"
            return replace(result, note=note)
        if name == "stateless" or failure.symptom is Symptom.DRAWS:
            self._unsteady_check = name
        return result


def run_check(subject: Subject, name: str) -> Result:
    """Run one check and compare its outcome with the card's declarations."""
    started = time.perf_counter()
    declared = _declared_failures(subject).get(name)
    verdict, note = PASSED, ""
    failure: ContractError | None = None
    try:
        with denormals_flushed(), trying("the check", subject.path):
            CHECKS[name](subject)
    except ContractError as error:
        if declared is None:
            verdict, note, failure = FAILED, str(error), error
        else:
            verdict, note = KNOWN, declared
    except NotApplicable as reason:
        verdict, note = NOT_APPLICABLE, str(reason)
    # Options and the other track can remove a failure that the card declares for the defaults.
    as_it_is = not subject.options and subject.track == "controlled"
    if declared is not None and verdict != KNOWN and as_it_is:
        how = "passes" if verdict == PASSED else f"is not applicable ({note})"
        verdict, note = FAILED, f"it {how}, but the card declares it a known failure: {declared}"
    return Result(name, verdict, note, time.perf_counter() - started, failure)


def _declared_failures(subject: Subject) -> dict[str, str]:
    """Known failures, which only `as_published` may have."""
    return subject.card.known_failures if subject.variant == "as_published" else {}


def _declaration_errors(subject: Subject) -> Iterator[Result]:
    card = subject.card
    # Report it once per model: with the variant of the declarations, if the card has it.
    if card.known_failures and "as_published" not in card.variants:
        note = "the card declares known failures, which only an as_published variant may have"
        yield Result("known_failures", FAILED, note)
    elif subject.variant == "as_published":
        for name in sorted(set(card.known_failures) - set(CHECKS)):
            near = difflib.get_close_matches(name, CHECKS, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield Result(name, FAILED, f"the card declares it, but there is no such check{hint}")
