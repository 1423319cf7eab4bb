"""Text for LaTeX: nothing in it is taken for a command."""

from __future__ import annotations

import unicodedata
from typing import Final

SIGNS: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': r"{\ttfamily\char34}",
    # After the end of a row these would be its options.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    # Two of them would become one longer dash.
    "-": "{-}",
    "\u2212": "$-$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "→": r"$\rightarrow$",
    "↔": r"$\leftrightarrow$",
    "²": r"\textsuperscript{2}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "„": ",,",
    "\u00a0": "~",
    "\u202f": "~",
}


def latex_text(text: str) -> str:
    """Return plain text for LaTeX, pdfTeX's 8-bit fonts included.

    Letters with accents stay as they are (UTF-8 is what LaTeX reads since 2018). What no such font
    has is written by its number, ``U+1F600``: it would end the run.
    """
    return "".join(_sign(sign) for sign in " ".join(text.split()))


def _sign(sign: str) -> str:
    if sign in SIGNS:
        return SIGNS[sign]
    if " " <= sign < "\x7f":
        return sign
    if unicodedata.category(sign).startswith("L") and ord(sign) < 0x180:
        return sign
    if unicodedata.category(sign) in ("Cc", "Cf"):
        return ""
    return f"U+{ord(sign):04X}"
