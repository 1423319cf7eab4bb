"""Errors that users read: each is a sentence that names a remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EmobenchError(Exception):
    """Base of every error that emobench raises on purpose."""


class RequestError(EmobenchError):
    """The request is invalid; nothing was started (exit status 2)."""


class DataError(RequestError):
    """Corpus files are absent, incomplete or unreadable; the message names file and remedy."""


class ModelError(EmobenchError):
    """A model broke its contract (raised, returned NaN or a wrong shape); its cells fail."""


class Skip(EmobenchError):  # noqa: N818 - it is a verdict, not an error
    """A model cannot run on a task; the message is the displayed reason.

    Parameters
    ----------
    text
        The reason: a whole sentence, or the part of the sentence after `subject`.
    subject
        Subject of the sentence, which tables and lines that name the model can omit.
    """

    def __init__(self, text: str, subject: str = "") -> None:
        super().__init__(f"{subject} {text}" if subject else text)
        self.text = text
        self.subject = subject


def _near(name: str, names: list[str]) -> list[str]:
    """The two nearest names, or one where that is much nearer."""
    found = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    scores = [difflib.SequenceMatcher(None, one, name).ratio() for one in found]
    return [one for one, score in zip(found, scores, strict=True) if score > scores[0] - 0.15]


def unknown(kind: str, name: str, known: Iterable[str]) -> RequestError:
    """Build the error for an unknown name, with the nearest known ones.

    Parameters
    ----------
    kind
        Kind of the name, in the singular: ``"model"``.
    name
        The name as typed.
    known
        Every valid name.
    """
    names = sorted(known)
    near = _near(name, names)
    hint = f"Did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
    return RequestError(f"Unknown {kind} {name!r}. {hint}Known: {', '.join(names) or 'none'}.")
