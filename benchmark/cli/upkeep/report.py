"""Prints what an examination finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from emobench.commands.doctor import Diagnosis
from emobench.diagnosis.verdict import BROKEN, FINE, LOOK, Verdict
from emobench.terminal.json_text import print_json
from emobench.wording import counted

STYLES: Final = {FINE: "green", LOOK: "bold yellow", BROKEN: "bold red"}


def print_report(found: Iterable[Verdict], as_json: bool) -> str:
    """Print verdicts as they come, under their areas, and a last line; return the worst state."""
    console = Console(soft_wrap=True, highlight=False, stderr=as_json)
    listed, area = [], ""
    for one in found:
        listed.append(one)
        if as_json:
            continue
        if one.area != area:
            area = one.area
            console.print(Text(area, "bold"))
        console.print(
            Text("  "), Text(f"{one.state:<6}", STYLES[one.state]), Text(f" {one.text}"), sep=""
        )
        if one.do:
            console.print(Text(f"         -> {one.do}"))
    counts = Counter(one.state for one in listed)
    whole = Diagnosis(tuple(listed))
    if as_json:
        print_json(whole.content())
    else:
        console.print(Text(_last_line(counts), STYLES[whole.state]))
    return whole.state


def _last_line(counts: Counter[str]) -> str:
    parts = [f"{counts[BROKEN]} broken"] if counts[BROKEN] else []
    parts += [f"{counted(counts[LOOK], 'thing')} to look at"] if counts[LOOK] else []
    return ", ".join(parts) or "all is well"
