"""The errors that a user is meant to read, each one sentence with a way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EmobenchError(Exception):
    """Base of every error that emobench raises on purpose."""


class RequestError(EmobenchError):
    """The request makes no sense as it stands; nothing was started (exit status 2)."""


class DataError(RequestError):
    """Corpus files are absent, incomplete or unreadable; the message names file and remedy."""


class ModelError(EmobenchError):
    """A model broke its contract (raised, returned NaN or a wrong shape); its cells fail."""


class Skip(EmobenchError):  # noqa: N818 - it is a verdict, not an error
    """A model cannot run on a task; the message is the reason that is shown.

    Parameters
    ----------
    text
        The reason: a whole sentence, or the rest of one that begins with `subject`.
    subject
        Who cannot, where a table or a line that names the model may leave it out.
    """

    def __init__(self, text: str, subject: str = "") -> None:
        super().__init__(f"{subject} {text}" if subject else text)
        self.text = text
        self.subject = subject


def unknown(kind: str, name: str, known: Iterable[str]) -> RequestError:
    """Build the error for an unknown name, with the nearest known ones.

    Parameters
    ----------
    kind
        What the name was meant to be, in the singular: ``"model"``.
    name
        What was typed.
    known
        Every name that would have worked.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
    return RequestError(f"Unknown {kind} {name!r}. {hint}Known: {', '.join(names) or 'none'}.")
