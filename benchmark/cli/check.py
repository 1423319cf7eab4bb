"""``emobench check``: the contract suite on the terminal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from emobench.commands.check import Check, checked_model, checked_other
from emobench.terminal.json_text import print_json
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.contract.suite import Result

STYLES = {"passed": "green", "FAILED": "bold red", "known failure": "yellow"}


def check_command(
    words: list[str],
    variant: str,
    checks: str | None,
    track: str,
    backbones: tuple[str, ...],
    cache_dir: Path | None = None,
    data_dir: Path | None = None,
    as_json: bool = False,
) -> int:
    """Check all that is named; return the exit status, 1 if anything is not as declared.

    The verdict on a model that is not built in is stored, so that `emobench run` can report it.

    Raises
    ------
    RequestError
        A name, a variant, a track or a check is unknown.
    """
    plan = Check(words, variant, checks, track, backbones, cache_dir, data_dir)
    console = Console(soft_wrap=True, highlight=False, stderr=as_json)
    found: list[dict[str, Any]] = []
    verdicts: Counter[str] = Counter()
    for name in plan.without:
        console.print(Text(f"{name} has no variant {variant}: not checked", "dim"))
    for subject in plan.subjects:
        console.print(Text(subject.label, "bold"))
        for result in plan.run(subject):
            console.print(_line(result))
            found.append(checked_model(subject, result)._asdict())
            verdicts[result.verdict] += 1
    for one in plan.others:
        console.print(Text(one.label, "bold"))
        for result in plan.examine(one):
            console.print(_line(result))
            found.append(checked_other(one, result)._asdict())
            verdicts[result.verdict] += 1
    console.print(_summary(verdicts, len(plan.subjects)))
    if as_json:
        print_json(found)
    return 1 if verdicts["FAILED"] else 0


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
