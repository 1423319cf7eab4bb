"""Words as bash takes them apart, put together again.

For bash ``=`` and ``:`` end a word, so that ``--models=ml`` arrives as three words and
``mlp:units`` as three more. What it puts in the place of the last of them is not the whole word.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable

VARIABLE = "_EMOBENCH_COMPLETE"
ASKED = "complete_bash"
BREAKS = re.compile(r"[=:]+")
SPECIAL = re.compile(r"([\s()'\"*?\[\]&;|<>$`\\])")
"""What a shell would take for its own in a name."""


def is_asked() -> bool:
    """Whether bash asks for completions."""
    return os.environ.get(VARIABLE) == ASKED and "COMP_WORDS" in os.environ


def answer(complete: Callable[[], None]) -> None:
    """Let `complete` print completions of whole words, and print what bash has to insert.

    Raises
    ------
    SystemExit
        As `complete` raises it.
    """
    words, place = whole_words(
        os.environ["COMP_WORDS"].split("\n"), int(os.environ.get("COMP_CWORD", "0"))
    )
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = "\n".join(words), str(place)
    current = words[place] if place < len(words) else ""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            complete()
    finally:
        for line in filter(None, printed.getvalue().splitlines()):
            sys.stdout.write(inserted(line, current) + "\n")


def whole_words(words: list[str], place: int) -> tuple[list[str], int]:
    """Join what bash took apart; also return the place of the word that is being typed."""
    found: list[str] = []
    at, glued = 0, False
    for number, word in enumerate(words):
        breaks = bool(BREAKS.fullmatch(word)) and bool(found)
        if found and (breaks or glued):
            found[-1] += word
        else:
            found.append(word)
        glued = breaks
        if number == place:
            at = len(found) - 1
    if place >= len(words):
        at = len(found)
    return found, at


def inserted(completion: str, current: str) -> str:
    """The part of a completion that takes the place of what bash takes for the current word."""
    head = current[: max(current.rfind("="), current.rfind(":")) + 1]
    rest = completion.removeprefix(head)
    return SPECIAL.sub(r"\\\1", rest)
