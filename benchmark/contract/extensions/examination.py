"""Runs the checks of a representation, a corpus or a protocol, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emobench.contract.failure import ContractError, NotApplicable, trying
from emobench.contract.suite import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    FailureDeduplicator,
    Result,
)


@dataclass(frozen=True)
class Examination:
    """Something with its checks.

    Parameters
    ----------
    label
        What is checked: ``my_features (representation of audio)``.
    path
        Its source file.
    checks
        Name to check, in the order in which they are run; each returns nothing or raises.
    first
        The check without which the others make no sense: if it fails, it is the last one.
    """

    label: str
    path: Path
    checks: Mapping[str, Callable[[], None]]
    first: str


def examine(one: Examination, names: tuple[str, ...] | None = None) -> Iterator[Result]:
    """Run the checks `names`, by default all, and yield each result at once."""
    failures = FailureDeduplicator()
    for name in names or tuple(one.checks):
        started = time.perf_counter()
        verdict, note, failure = PASSED, "", None
        try:
            with trying("the check", one.path):
                one.checks[name]()
        except ContractError as error:
            verdict, note, failure = FAILED, str(error), error
        except NotApplicable as reason:
            verdict, note = NOT_APPLICABLE, str(reason)
        result = Result(name, verdict, note, time.perf_counter() - started, failure)
        yield failures.shortened(result) if failure is not None else result
        if failure is not None and name == one.first:
            return
