"""How often work is tried again after its worker or its machine was lost."""

from __future__ import annotations

import re

from emobench.errors import RequestError

CRASHES = 3
"""Workers that one piece of work may lose before it is reported as deadly."""

LOST_MACHINES = 100
"""Machines that may be lost under one piece of work, which is no fault of its own."""

_UNITS = {"": 1e9, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}


def byte_count(text: str) -> int:
    """Return the number of bytes of a size such as ``2GB``, ``500MB`` or ``1.5`` (gigabytes).

    Raises
    ------
    RequestError
        The text is no size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)b?\s*", text.lower())
    if match is None or not float(match[1]):
        raise RequestError(f"memory={text} is no size; write it as 2GB or 500MB.")
    return round(float(match[1]) * _UNITS[match[2]])
