"""JSON that can stand in a page whatever the names in it are."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup


def island(data: Any) -> Markup:
    """Return JSON that no parser of HTML takes for markup: ``<``, ``>`` and ``&`` are escaped."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)
