"""Standard output and error that stand what terminals, locales and pipes do to them."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import Final, NoReturn, TextIO

CLOSED_PIPE: Final = 141
"""Exit status where the reader has gone, such as ``head``: 128 and the number of SIGPIPE."""

PLAIN: Final = {
    "–": "-", "—": "-", "−": "-", "…": "...", "±": "+-", "×": "x", "·": "-", "•": "*", "→": "->",
    "≤": "<=", "≥": ">=", "“": '"', "”": '"', "‘": "'", "’": "'",
}  # fmt: skip
"""What stands for a character that the encoding of a stream does not have."""

HANDLER: Final = "emobench.plain"


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Spell what cannot be encoded in ASCII: without its accent, or as a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    found = (PLAIN.get(c) or _without_accent(c) for c in lost)
    return "".join(found), error.end


def _without_accent(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or "?"


def speak_plainly() -> None:
    """Let no character end a command: where UTF-8 is not understood, a plain one is printed."""
    codecs.register_error(HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a captured stream has none
        if reconfigure is None or is_utf8(stream):
            continue
        reconfigure(errors=HANDLER)


def is_utf8(stream: TextIO) -> bool:
    """Whether a stream can take every character."""
    try:
        return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name == "utf-8"
    except LookupError:
        return False


@contextlib.contextmanager
def whole_output() -> Iterator[None]:
    """Write what is left when a command ends; a reader that has gone is no error of ours.

    Raises
    ------
    SystemExit
        With `CLOSED_PIPE` where nobody reads standard output any more.
    """
    before = sys.stdout
    try:
        yield
        _flush()
    except BrokenPipeError:
        _end_unread()
    except SystemExit as end:
        # Typer and rich take the error themselves. Typer puts a stream that complains no more in
        # the place of this one; rich ends while it handles the error.
        if sys.stdout is not before or _follows_closed_pipe(end):
            _end_unread()
        try:
            _flush()
        except BrokenPipeError:
            _end_unread()
        raise


def _follows_closed_pipe(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, BrokenPipeError):
            return True
        error = error.__context__
    return False


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _end_unread() -> NoReturn:
    """End where nobody reads: what is still to be written goes nowhere, without a word."""
    abandon()
    raise SystemExit(CLOSED_PIPE) from None


def abandon() -> None:
    """Send what standard output still holds nowhere: writing it failed, and would fail again."""
    stream = sys.__stdout__
    with contextlib.suppress(OSError, ValueError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
