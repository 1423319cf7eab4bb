"""``emobench check``: the contract suite on the terminal."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from emobench.cli.backbone import with_backbones
from emobench.cli.folders import cache_folder
from emobench.cli.terminal.json_text import print_json
from emobench.discovery.registry import resolve
from emobench.errors import unknown
from emobench.interface.card import TRACKS, VARIANTS, Card
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.contract.subject import Subject
    from emobench.contract.suite import Result

CHOICES = (*VARIANTS, "both")
STYLES = {"passed": "green", "FAILED": "bold red", "known failure": "yellow"}


def check_command(
    models: list[str],
    variant: str,
    checks: str | None,
    track: str,
    backbones: tuple[str, ...],
    cache_dir: Path | None = None,
    as_json: bool = False,
) -> int:
    """Check every named model; return the exit status, 1 if anything is not as declared.

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
    chosen = resolve("model", ",".join(models))
    if backbones:
        chosen = with_backbones(chosen, backbones)

    from emobench.contract.subject import subjects_of
    from emobench.contract.suite import chosen_checks, run_suite

    names = chosen_checks(checks)
    console = Console(soft_wrap=True, highlight=False, stderr=as_json)
    found: list[dict[str, Any]] = []
    verdicts: Counter[str] = Counter()
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
        found += [_plain(subject, result) for result in results]
        verdicts.update(result.verdict for result in results)
        _store_verdict(subject, results, complete=checks is None, cache=cache_folder(cache_dir))
    console.print(_summary(verdicts, len(subjects)))
    if as_json:
        print_json(found)
    return 1 if verdicts["FAILED"] else 0


def _plain(subject: Subject, result: Result) -> dict[str, Any]:
    """A check as a program gets it; the keys are documented, and stay."""
    return {
        "model": subject.entry.name,
        "variant": subject.variant,
        "track": subject.track,
        "row": subject.label,
        "check": result.check,
        "verdict": result.verdict,
        "seconds": result.seconds,
        "note": result.note,
    }


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
