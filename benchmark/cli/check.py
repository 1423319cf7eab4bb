"""``emobench check``: the contract suite on the terminal."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from emobench.cli.backbone import with_backbones
from emobench.cli.examinations import sorted_out
from emobench.cli.folders import cache_folder, folders
from emobench.errors import unknown
from emobench.interface.card import TRACKS, VARIANTS, Card
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.contract.extensions.examination import Examination
    from emobench.contract.subject import Subject
    from emobench.contract.suite import Result
    from emobench.discovery.registry import Entry

CHOICES = (*VARIANTS, "both")
STYLES = {"passed": "green", "FAILED": "bold red", "known failure": "yellow"}


def check_command(
    words: list[str],
    variant: str,
    checks: str | None,
    track: str,
    backbones: tuple[str, ...],
    cache_dir: Path | None = None,
    data_dir: Path | None = None,
) -> int:
    """Check all that is named; return the exit status, 1 if anything is not as declared.

    The verdict on a model that is not built in is stored, so that `emobench run` can report it.

    Raises
    ------
    RequestError
        A name, a variant, a track or a check is unknown.
    """
    if variant not in CHOICES:
        raise unknown("variant", variant, CHOICES)
    if track not in TRACKS:
        raise unknown("track", track, TRACKS)
    # Two threads on a busy machine are slower than one; this comes before torch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    models, others = sorted_out(words, folders(data_dir, cache_dir))
    wanted = _names(checks, bool(models or backbones), others)
    console = Console(soft_wrap=True, highlight=False)
    verdicts: Counter[str] = Counter()
    subjects = 0
    if models or backbones:
        chosen = with_backbones(models, backbones) if backbones else models
        subjects = _check_models(console, chosen, variant, wanted, track, cache_dir, verdicts)
    for one in others:
        _examine(console, one, _of(one.checks, wanted), verdicts)
    console.print(_summary(verdicts, subjects))
    return 1 if verdicts["FAILED"] else 0


def _names(checks: str | None, models: bool, others: list[Examination]) -> list[str] | None:
    """The checks that were typed, each of which something has; None where none was."""
    if checks is None:
        return None
    from emobench.contract.suite import CHECKS

    known = {name for one in others for name in one.checks} | (set(CHECKS) if models else set())
    names = [word.strip() for word in checks.split(",") if word.strip()]
    for name in names or [checks]:
        if name not in known:
            raise unknown("check", name, known)
    return names


def _of(known: Iterable[str], wanted: list[str] | None) -> tuple[str, ...]:
    """Of the checks that something has those that were typed, in its own order."""
    return tuple(name for name in known if wanted is None or name in wanted)


def _examine(
    console: Console, one: Examination, names: tuple[str, ...], verdicts: Counter[str]
) -> None:
    """Run and print the checks `names` of what is no model."""
    from emobench.contract.extensions.examination import examine

    if not names:
        return
    console.print(Text(one.label, "bold"))
    for result in examine(one, names):
        console.print(_line(result))
        verdicts[result.verdict] += 1


def _check_models(
    console: Console,
    chosen: list[tuple[Entry, dict[str, str]]],
    variant: str,
    wanted: list[str] | None,
    track: str,
    cache_dir: Path | None,
    verdicts: Counter[str],
) -> int:
    """Run and print the checks of models; return how many variants there were."""
    from emobench.contract.subject import subjects_of
    from emobench.contract.suite import CHECKS, run_suite

    names = _of(CHECKS, wanted)
    if not names:
        return 0
    subjects = subjects_of(chosen, variant, track)
    for entry, _ in chosen:
        assert isinstance(entry.card, Card)
        if variant not in ("both", *entry.card.variants):
            console.print(Text(f"{entry.name} has no variant {variant}: not checked", "dim"))
    for subject in subjects:
        console.print(Text(subject.label, "bold"))
        results = []
        for result in run_suite(subject, names):
            console.print(_line(result))
            results.append(result)
        verdicts.update(result.verdict for result in results)
        _store_verdict(subject, results, complete=wanted is None, cache=cache_folder(cache_dir))
    return len(subjects)


def _store_verdict(subject: Subject, results: list[Result], complete: bool, cache: Path) -> None:
    """Store the verdict. A pass is only stored if every check was run."""
    from emobench.contract.verdicts import is_built_in, write_verdict

    failed = tuple(result.check for result in results if result.verdict == "FAILED")
    if is_built_in(subject.entry) or not (complete or failed):
        return
    words = subject.options, subject.variant, subject.track
    with contextlib.suppress(OSError):  # only the verdict on the page is lost
        write_verdict(cache, subject.entry, *words, failed)


def _line(result: Result) -> Text:
    line = Text(f"  {result.check:<20}")
    line.append(f"{result.verdict:<16}", STYLES.get(result.verdict, "dim"))
    line.append(f"{result.seconds:6.1f} s", "dim")
    return line.append(f"  {result.note}") if result.note else line


def _summary(verdicts: Counter[str], subjects: int) -> Text:
    words = ("passed", "FAILED", "known failure", "not applicable")
    counts = ", ".join(
        counted(verdicts[w], w) if w == "known failure" else f"{verdicts[w]} {w}"
        for w in words
        if verdicts[w]
    )
    many = counted(verdicts.total(), "check") + (f" of {subjects} variants" if subjects > 1 else "")
    return Text(f"{many}: {counts}", "red" if verdicts["FAILED"] else "green")
