"""The page that is written from stored campaigns, and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from finding import Campaign, campaign_of

STORED, PAGE = "reliability.json", "reliability.md"
SHOWN = 20
"""Failures that the page names; the others are in the JSON file."""
HEAD = """# What emobench withstands

`make torture` causes every fault below at random moments and places, which takes hours, and
writes this page. `python docs/benchmarks/torture NAME … --count N --seed S` runs some campaigns
again and leaves the others as they are. This page is written from `docs/reliability.json` alone.
A campaign that was ended early says so, and what it printed until then is what is recorded. A
seeded handful of each campaign runs in the slow tests as well.
"""


class About(NamedTuple):
    """What the page says of a campaign: its heading, and what is caused and looked for."""

    title: str
    text: str


def read_campaigns(folder: Path) -> dict[str, Campaign]:
    """The campaigns that are stored in `folder`, by name."""
    path = folder / STORED
    if not path.is_file():
        return {}
    return {name: campaign_of(one) for name, one in json.loads(path.read_text("utf-8")).items()}


def write_campaigns(
    folder: Path, campaigns: Mapping[str, Campaign], about: Mapping[str, About]
) -> None:
    """Store the campaigns and write the page."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: campaigns[name].stored() for name in about if name in campaigns}
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    (folder / STORED).write_text(text + "\n", "utf-8")
    (folder / PAGE).write_text(page(campaigns, about), "utf-8")


def page(campaigns: Mapping[str, Campaign], about: Mapping[str, About]) -> str:
    """The page: all campaigns in a table, and a section for each."""
    lines = [HEAD, "| campaign | tried | failures | when |", "|---|---|---|---|"]
    for name, one in about.items():
        made = campaigns.get(name)
        cells = ("not run yet", "", "")
        if made is not None:
            found = made.finding
            cells = (f"{found.count:,}", f"{len(found.failures):,}", made.began[:10])
        lines.append(f"| {one.title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(section(one, campaigns.get(n)) for n, one in about.items())])


def section(about: About, campaign: Campaign | None) -> str:
    """One campaign: what it causes, what came of it, and how it was run."""
    lines = [f"## {about.title}", "", about.text, ""]
    if campaign is None:
        return "\n".join([*lines, "Not run yet.", ""])
    found = campaign.finding
    lines += [f"{found.count:,} tried, {len(found.failures):,} failures.", ""]
    lines += [f"- {note}" for note in found.notes]
    lines += [f"- Failure: {failure}" for failure in found.failures[:SHOWN]]
    if found.notes or found.failures:
        lines.append("")
    lines += [
        f"`{campaign.command}`, {campaign.began}, {campaign.seconds:,.0f} s. {campaign.machine}. "
        f"{campaign.versions}.",
        "",
    ]
    return "\n".join(lines)
