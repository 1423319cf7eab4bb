"""The part of a section that says which versions, sources and commands its numbers are from."""

from __future__ import annotations

from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.tables.details.origins import (
    circumstance_texts,
    digest_table,
    mixture_texts,
    origin_table,
)
from emobench.leaderboard.takeaway.command import run_script
from emobench.wording import counted


def origins(context: SectionContext) -> Part | None:
    """Return versions, digests and the commands that compute the section once more."""
    found = context.origins
    table = origin_table(found)
    text = [f"**{one}**" for one in mixture_texts(context.mixtures)]
    text += circumstance_texts(found)
    old = sum(not one.software and one.trainings > 0 for one in found)
    small = ""
    if old:
        whose = "the trainings" if old == len(found) else f"the trainings of {counted(old, 'row')}"
        small = (
            f"Versions of Python and torch are not stored with {whose}: an older emobench ran them."
        )
    groups = [Group("", (table,)), Group("Digests", (digest_table(context.section, found),))]
    versions = sorted({version for one in found for version in one.versions})
    folded = (
        f"emobench {', '.join(versions) or '(version not stored)'}: versions, digests, commands"
    )
    return Part(
        "origins", "Versions, digests and the exact command", text, groups, small=small,
        folded=folded, code=run_script(context.section),
    )  # fmt: skip
