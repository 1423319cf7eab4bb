"""Validates a protocol before anything is planned: anybody can write a protocol."""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Sequence

from emobench.corruption.registry import KINDS
from emobench.discovery.options import with_options
from emobench.discovery.registry import Entry
from emobench.errors import EmobenchError, RequestError, unknown
from emobench.interface.protocol import REPORTS, ROLES, SEVERITIES, SHOWS, Protocol, Setting, Trial


def open_protocol(entry: Entry, options: dict[str, str]) -> Protocol:
    """Build the protocol of `entry` with the options typed after its name.

    Raises
    ------
    RequestError
        Its class is no protocol, an option is unknown, or the card's ``show`` is unknown.
    """
    kind = entry.load()
    if not (inspect.isclass(kind) and issubclass(kind, Protocol)):
        raise RequestError(
            f"{entry.path.name}: {entry.class_name} has a protocol's card but is not derived from "
            "emobench.Protocol."
        )
    if kind.card.show not in SHOWS:
        raise unknown(f"thing to show first (card of {entry.name})", kind.card.show, SHOWS)
    chosen = kind.Options() if kind.Options is not None else None
    return kind(with_options(chosen, options, f"protocol {entry.name}"))


def validated_trials(entry: Entry, protocol: Protocol, setting: Setting) -> list[Trial]:
    """The trials of `protocol`, after a check that each is valid.

    Raises
    ------
    RequestError
        The protocol raises, has no trials, has two rows of the same name, or asks for something
        that does not exist.
    """
    try:
        trials = list(protocol.trials(setting))
        contrasts = list(protocol.contrasts(setting))
        summaries = list(protocol.summaries(setting))
    except EmobenchError:
        raise
    except Exception as error:
        raise RequestError(f"The protocol {entry.name} raised {_one_line(error)}.") from error
    if not trials:
        raise RequestError(
            f"The protocol {entry.name} has nothing to do on {setting.corpus}: trials() returned "
            "none. Where nothing can be done, return a trial whose skip says why."
        )
    _check_rows(entry, trials)
    for trial in trials:
        _check_trial(entry, trial, setting)
    rows = {(t.regime.name, t.condition.name) for t in trials}
    named = {place: c.name for c in contrasts for place in (c.first, c.second)}
    if absent := [place for place in named if place not in rows]:
        raise RequestError(
            f"The protocol {entry.name}: the contrast {named[absent[0]]!r} names the row "
            f"{absent[0]}, which it does not ask for."
        )
    conditions = {t.condition.name for t in trials}
    for summary in summaries:
        if absent_one := [name for name in summary.conditions if name not in conditions]:
            raise unknown(f"condition in the summary {summary.name!r}", absent_one[0], conditions)
    return trials


def _check_rows(entry: Entry, trials: Sequence[Trial]) -> None:
    counts = Counter((t.regime.name, t.condition.name) for t in trials)
    if twice := [row for row, n in counts.items() if n > 1]:
        raise RequestError(
            f"The protocol {entry.name} asks twice for the row {twice[0]} (regime, condition), and "
            "rows are told apart by these names."
        )


def _check_trial(entry: Entry, trial: Trial, setting: Setting) -> None:
    damage = trial.condition.corruption
    if damage is not None:
        if damage.kind not in KINDS:
            raise unknown(f"kind of corruption in {entry.name}", damage.kind, KINDS)
        if damage.severity not in SEVERITIES:
            raise RequestError(
                f"The protocol {entry.name}: severity {damage.severity} of {damage.kind} is not "
                f"one of {SEVERITIES[0]} to {SEVERITIES[-1]}."
            )
    if trial.condition.role not in ("", *ROLES):
        raise unknown(f"role of the condition {trial.condition.name}", trial.condition.role, ROLES)
    if trial.report not in ("", *REPORTS):
        raise unknown(f"flaw of a report in {entry.name}", trial.report, REPORTS)
    known = {setting.corpus, *(other.name for other in setting.others)}
    for corpus in (trial.condition.corpus, trial.condition.classes):
        if corpus is not None and corpus not in known and not trial.skip:
            raise unknown(f"corpus in a condition of {entry.name}", corpus, known)


def _one_line(error: Exception) -> str:
    """The error in one line, with its place in the protocol's own code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"
