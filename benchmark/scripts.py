"""Scripts that put no blanks between words, such as Han, kana, Thai and Khmer."""

from __future__ import annotations

import regex

_PHONETIC = (
    r"\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Yi}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Le}"
    r"\p{New_Tai_Lue}\p{Tai_Tham}\p{Tai_Viet}\p{Javanese}\p{Balinese}ーｰﾞﾟ"
)
_SIGN = r"(?=[\p{L}\p{N}\p{M}])"

HAN_CHARACTER = rf"{_SIGN}\p{{Han}}\p{{M}}*"
"""Pattern of one Han character: a word, or a part of one that means something."""

UNSPACED_LETTER = rf"{_SIGN}[{_PHONETIC}]\p{{M}}*"
"""Pattern of a letter with its marks in the other scripts without blanks."""

_NO_BLANK = rf"(?:{HAN_CHARACTER}|{UNSPACED_LETTER})"
_SCRIPTS = rf"[\p{{Han}}{_PHONETIC}]"
_TSHEG = r"\u0f0b\u0f0c"  # stands behind each syllable in Tibetan
_ANY = regex.compile(rf"{_SCRIPTS}|[{_TSHEG}]")
_UNIT = regex.compile(
    rf"{_NO_BLANK}[^\w\s]*|(?:(?!{_NO_BLANK})[^{_TSHEG}])+[{_TSHEG}]*|[{_TSHEG}]+"
)
_BLANKS = regex.compile(rf"(?<={_SCRIPTS}\p{{M}}*)\s+(?={_SCRIPTS})")


def text_units(text: str) -> list[tuple[str, str]]:
    """What stands between blanks; in scripts without blanks each letter with its marks.

    Each unit comes behind the blank before it, `` `` or nothing: joined they are the text again,
    with single blanks.
    """
    spaced = _ANY.search(text) is None
    units: list[tuple[str, str]] = []
    for word in text.split():
        first, *others = [word] if spaced else _UNIT.findall(word)
        units.append((" " if units else "", first))
        units += [("", other) for other in others]
    return units


def without_needless_blanks(text: str) -> str:
    """The text without the blanks that tools put between words of scripts that have none."""
    return _BLANKS.sub("", text) if _ANY.search(text) else text
