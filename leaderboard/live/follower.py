"""Keeps the page of a results folder up to date in memory while others write there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from emobench.disk.refusal import reason
from emobench.errors import EmobenchError
from emobench.leaderboard.live.served_page import version_of, waiting_page
from emobench.leaderboard.report.freshness import FILES, lines_of_fresh_page, remember, state
from emobench.leaderboard.report.publish import PAGE, Published, compose, write
from emobench.leaderboard.report.terminal.outdated_lines import outdated_lines
from emobench.leaderboard.results.selections.selection import Selection
from emobench.leaderboard.takeaway.shelves import renew_shelves

PAUSE: Final = 1.0
"""Seconds between two looks at the folder, at least."""

SHARE: Final = 4.0
"""So many times as long as a look or a rendering took, nothing is done: runs need the machine."""

AGAIN: Final = 30.0
"""Seconds after which a folder that could not be read is read again, though nothing changed."""


@dataclass(frozen=True)
class Shown:
    """What is served at one moment.

    Parameters
    ----------
    texts
        The files of the page by name.
    version
        Another one for every other page.
    said
        Why the page is not that of the newest results; "" where it is.
    """

    texts: Mapping[str, str]
    version: str
    said: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str], said: str = "") -> Shown:
        """Return what is served of these texts."""
        return cls(texts, version_of(texts[PAGE]), said)


class Follower:
    """Looks at a results folder, and renders its page where something has changed.

    Whatever goes wrong while a page is made, the last one stays and says so: somebody may be
    writing there at the same moment.

    Parameters
    ----------
    root
        The results folder, which need not be there yet.
    selection
        The part of it that is shown.
    say
        Prints a line for whoever started this.
    take_away
        Whether the files to take away are written beside the page, too.
    """

    def __init__(
        self,
        root: Path,
        selection: Selection,
        say: Callable[[str], None] = print,
        take_away: bool = False,
    ) -> None:
        self.root, self.selection = root, selection
        self.pause = PAUSE
        self._say, self._take_away = say, take_away
        self._seen, self._failed = "", 0.0
        self._told: set[str] = set()
        self._trouble = ""
        self._has_page = False
        self.shown = Shown.of({PAGE: waiting_page("The page is being made.")})

    @property
    def page(self) -> Path:
        """Where the page is written to."""
        return self.selection.place(self.root) / PAGE

    def look(self) -> bool:
        """Look once; return whether another page is shown from now on."""
        began, before = time.monotonic(), self.shown
        try:
            now = state(self.root)
            is_due = self._failed and began - self._failed > AGAIN
            if now != self._seen or is_due:
                self._seen = now
                self._show(self._texts(now))
        except BrokenPipeError:
            raise  # whoever read the lines has gone; nothing is wrong with the results
        except Exception as error:
            self._keep(error)
        self.pause = max(PAUSE, SHARE * (time.monotonic() - began))
        return self.shown.version != before.version

    def _texts(self, now: str) -> Mapping[str, str]:
        """The files of the page for what is stored now; those of the disk where they are that."""
        if self.selection.is_whole and not self._take_away:
            lines = lines_of_fresh_page(self.root)
            if lines is not None:
                folder = self.page.parent
                self._tell(*lines)
                return {name: (folder / name).read_text("utf-8") for name in FILES}
        composed = compose(self.root, self.selection)
        try:
            self._finish(write(self.root, composed), now)
        except OSError as error:
            self._tell(
                f"the page is served, and not written to {self.page.parent}: {reason(error)}"
            )
        return composed.texts

    def _finish(self, published: Published, now: str) -> None:
        """Write what belongs beside the page, and name the rows that it leaves out."""
        renew_shelves(self.root, published, self._take_away)
        lines = outdated_lines(self.root, self.selection)
        self._tell(*lines)
        if self.selection.is_whole:
            remember(self.root, now, lines)

    def _show(self, texts: Mapping[str, str]) -> None:
        before, trouble = self.shown, self._trouble
        self.shown = Shown.of(texts)
        self._failed, self._trouble, self._has_page = 0.0, "", True
        if self.shown.version != before.version or trouble:
            self._say(f"{_clock()} the page shows the newest results")

    def _keep(self, error: Exception) -> None:
        """Go on showing the last page, and say why it is not the newest."""
        self._failed = time.monotonic()
        told = (
            str(error) if isinstance(error, EmobenchError) else f"{type(error).__name__}: {error}"
        )
        if not self._has_page:
            if not any((self.root / "grids").glob("*.json")):
                told = f"Nothing is stored in {self.root} yet."
            self.shown = Shown.of({PAGE: waiting_page(told)})
        else:
            told = f"Not the newest results, which cannot be read; the last page stays. {told}"
            self.shown = replace(self.shown, said=told)
        if told != self._trouble:
            self._say(f"{_clock()} {told}")
        self._trouble = told

    def _tell(self, *lines: str) -> None:
        """Print lines that were not printed before."""
        for line in lines:
            if line not in self._told:
                self._told.add(line)
                self._say(line)


def _clock() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
