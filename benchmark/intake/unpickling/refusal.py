"""The error for a pickle that names or uses something that is not admitted."""

from __future__ import annotations

import re


class Refused(Exception):  # noqa: N818 - a verdict, and the end of a sentence
    """The refused action, in words that continue "FILE is a pickle that"."""


def shown(name: str) -> str:
    """Shorten a name from the file and take control characters out of it."""
    return re.sub(r"[^\x21-\x7e]", "?", name)[:100]
