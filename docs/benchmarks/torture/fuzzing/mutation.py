"""Changes to bytes, texts and values, all drawn from one generator of random numbers."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

NUMBERS = (
    "0", "-1", "1", "2", "255", "256", "65535", "65536", "2147483647", "-2147483648",
    "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e308",
    "1e400", "-0.0", "nan", "inf", "-inf", "1e-320", "0x10", "1_000", "١٢", "½", "1" * 400,
    "1" * 5000,
)  # fmt: skip
"""Numbers at the edges of what numbers are."""

WORDS = (
    "", " ", "\t", "\n", "\r", "\r\n", "\0", "\x0b", "\x1b[31m", "\u2028", "\u202e", "\ufeff",
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "ignore") or "?", "é", "e\u0301",
    "İ", "ß", "名前", "🙂", "a" * 300, "a" * 70_000, "../../../x", "/dev/zero", "/etc/passwd",
    "CON",
    "~", "$HOME", "%s%n", "{0}", "{x.__class__}", "<script>alert(1)</script>", "&amp;", "]]>",
    "=1+1", "'", '"', "`", "\\", ";", ",", "|", ":", "=", "+", "*", "[", "]", "{", "}", "(", ")",
    "#", "--", "--help", "-", "None", "null", "true", "NaN", "[1, 2]", "{}", "id", "label", "text",
    "audio", "train", "test", "dev", "split", "speaker", "happy", "neutral", "http://[::1", "0",
)  # fmt: skip
"""Texts that programs stumble over."""

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 0.5, float("nan"), float("inf"),
    "", "x", [], {}, [[]], [None], {"": None}, {"id": []}, [0] * 1000, "a" * 100_000,
)  # fmt: skip
"""Values that a field of a record was not meant to have."""

DEEP = 3000
"""How deep nested a value can be made: deeper than interpreters go."""


def bytes_of(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """Change a few bytes, move, repeat or drop pieces, or splice two files."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        size = len(changed)
        place = random.randrange(size) if size else 0
        kind = random.randrange(10)
        if kind <= 1 and size:
            changed[place] ^= 1 << random.randrange(8)
        elif kind == 2 and size:
            changed[place] = random.randrange(256)
        elif kind == 3:
            width = random.choice((1, 2, 4, 8))
            value = random.choice((0, 1, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1,
                                   2**40, 2**62, 2**63, 2**64 - 1))  # fmt: skip
            order = random.choice(("little", "big"))
            changed[place : place + width] = (value % 256**width).to_bytes(width, order)
        elif kind == 4:
            del changed[place : place + random.choice((1, 4, 64, size))]
        elif kind == 5:
            piece = changed[place : place + random.randrange(1, 200)]
            changed[place:place] = piece * random.choice((1, 2, 50))
        elif kind == 6:
            changed[place:place] = random.choice(WORDS).encode()[:500]
        elif kind == 7 and others:
            other = random.choice(others)
            cut = random.randrange(len(other) + 1)
            changed[place:] = other[cut:]
        elif kind == 8:
            del changed[place:]
        else:
            changed[place:place] = random.randbytes(random.randrange(1, 40))
    return bytes(changed)


def text_of(text: str, random: Random) -> str:
    """Change words, numbers and lines of a text."""
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        kind = random.randrange(8)
        lines = text.split("\n")
        place = random.randrange(len(lines))
        if kind == 0:
            text = _replaced(text, r"-?\d+(\.\d+)?", random.choice(NUMBERS), random)
        elif kind == 1:
            text = _replaced(text, r"\w+", random.choice(WORDS + NUMBERS), random)
        elif kind == 2:
            text = _replaced(text, r"[^\w\s]", random.choice(WORDS), random)
        elif kind == 3:
            lines[place:place] = [random.choice(lines)] * random.choice((1, 1, 20))
            text = "\n".join(lines)
        elif kind == 4:
            del lines[place]
            text = "\n".join(lines)
        elif kind == 5:
            where = random.randrange(len(text) + 1)
            text = text[:where] + random.choice(WORDS + NUMBERS) + text[where:]
        elif kind == 6:
            where = random.randrange(len(text) + 1)
            text = text[:where] + text[where + random.choice((1, 3, 30, len(text))) :]
        else:
            old, new = random.choice(",;\t|=:[]{}\"'"), random.choice(",;\t|=:[]{}\"' ")
            text = text.replace(old, new)
    return text


def _replaced(text: str, pattern: str, new: str, random: Random) -> str:
    found = list(re.finditer(pattern, text))
    if not found:
        return text + new
    one = random.choice(found)
    return text[: one.start()] + new + text[one.end() :]


def lines_or_bytes(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """Change a file of text as text, and now and then as bytes."""
    if random.random() < 0.2:
        return bytes_of(data, random, others)
    changed = text_of(data.decode("utf-8", "replace"), random).encode("utf-8", "surrogatepass")
    if random.random() < 0.03:
        mark = random.choice(
            (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"PK\x03\x04")
        )
        return mark + changed
    if random.random() < 0.03:
        coding = random.choice(("utf-16", "utf-32", "utf-16-le"))
        return changed.decode("utf-8", "replace").encode(coding, "replace")
    return changed


def value_of(value: Any, random: Random, *, deep: bool = True) -> Any:
    """Change one place of a tree of dictionaries and lists: its type, its keys, its depth."""
    places = _places(value)
    if not places:
        return copy.deepcopy(random.choice(VALUES))
    holder, key = random.choice(places)
    kind = random.randrange(9)
    if kind <= 2:
        holder[key] = copy.deepcopy(random.choice(VALUES))
    elif kind == 3:
        holder[key] = random.choice((*WORDS, *NUMBERS))
    elif kind == 4:
        del holder[key]
    elif kind == 5 and isinstance(holder, dict):
        holder[random.choice(WORDS)] = holder[key]
    elif kind == 5:
        holder.insert(key, holder[key])
    elif kind == 6:
        other, at = random.choice(places)
        with contextlib.suppress(RecursionError):
            holder[key] = copy.deepcopy(other[at])
    elif kind == 7 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
        holder[key] = random.choice((-holder[key], holder[key] + 1, holder[key] * 10**9, 0.5))
    elif kind == 8 and deep and random.random() < 0.1:
        nested: Any = []
        for _ in range(DEEP):
            nested = [nested]
        holder[key] = nested
    else:
        holder[key] = [holder[key]]
    return value


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree, with the dictionary or list that holds it."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        holder = left.pop()
        if isinstance(holder, dict | list):
            for key in _keys(holder):
                found.append((holder, key))
                left.append(holder[key])
    return found


def json_of(data: bytes, random: Random, sealed: Callable[[Any], bytes] | None = None) -> bytes:
    """Change a file of JSON: its text, or its values, with its checksum made to fit where one is.

    Parameters
    ----------
    data
        The file.
    random
        Of what is drawn.
    sealed
        Writes values with their checksum.
    """
    if random.random() < 0.25:
        return lines_or_bytes(data, random)
    value = json.loads(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        value = value_of(value, random)
    try:
        return (sealed or plain_json)(value)
    except RecursionError:
        return b"[" * DEEP + b"]" * DEEP


def plain_json(value: Any) -> bytes:
    """Write values as JSON, whatever they hold."""
    return json.dumps(value).encode("utf-8", "replace")


def zip_of(
    data: bytes, random: Random, change: Callable[[bytes, Random], bytes] = bytes_of
) -> bytes:
    """Change one member of a zip archive, whose checksum then fits; now and then its frame."""
    if random.random() < 0.3:
        return bytes_of(data, random)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(i.filename, archive.read(i)) for i in archive.infolist()]
    except Exception:  # it was changed before
        return bytes_of(data, random)
    if not members:
        return bytes_of(data, random)
    place = random.randrange(len(members))
    name, content = members[place]
    if random.random() < 0.1:
        members[place] = (text_of(name, random) or "x", content)
    else:
        members[place] = (name, change(content, random))
    if random.random() < 0.05:
        members.append(members[place])
    kept = io.BytesIO()
    packing = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(kept, "w", packing) as archive:
            warnings.simplefilter("ignore")  # of members of one name
            for name, content in members:
                archive.writestr(name, content)
    except (ValueError, UnicodeError, IndexError):
        return bytes_of(data, random)
    return kept.getvalue()
