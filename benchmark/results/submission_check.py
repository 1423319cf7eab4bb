"""Checks one submission so that nothing in it can end in a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emobench.leaderboard.submission.validation import Verdict, validate

if TYPE_CHECKING:
    from emobench.results.installation import Installed


def check(path: Path, here: Installed) -> Verdict:
    """Return the verdict on a submission; one that the check cannot cope with is unreadable."""
    try:
        return validate(path, here)
    except Exception as error:  # a stranger's file must not end the check of the others
        first = (str(error).splitlines() or [""])[0][:200]
        why = f"the check of it ended in {type(error).__name__} ({first!r}); please report it"
        return Verdict(path, unreadable=why)
