"""JSON files that hold a checksum of themselves, so that a changed one is not believed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from emobench.atomic import json_text
from emobench.errors import RequestError

SEAL: Final = "sha256"
"""The field with the checksum: the SHA-256 of the file, its own digits taken as zeros."""
BLANK: Final = b"0" * 64
LINE: Final = re.compile(rb'^ "sha256": "([0-9a-f]{64})"', re.MULTILINE)
"""The field as it is written: at the top level, which alone is indented by one space."""
CHANGED: Final = "its content is not what its checksum says"
CHUNK: Final = 2**20


class DamageError(RequestError, ValueError):
    """A stored file is not what was written; the message names it."""


def sealed(content: Mapping[str, Any]) -> str:
    """Return the text of a JSON file with a checksum of itself.

    Parameters
    ----------
    content
        What the file says; it has no field of the checksum's name.
    """
    return filled(json_text({**content, SEAL: BLANK.decode()}))


def filled(blank: str) -> str:
    """Put the checksum into the text of a JSON file that has `BLANK` in its place."""
    digest = hashlib.sha256(blank.encode()).hexdigest()
    return blank.replace(f'\n "{SEAL}": "{BLANK.decode()}"', f'\n "{SEAL}": "{digest}"', 1)


def unsealed(data: bytes) -> dict[str, Any]:
    """Read a JSON file, without its checksum; files of older versions have none.

    Raises
    ------
    ValueError
        It is no JSON object, or it was changed after it was written.
    """
    content = json.loads(data)
    if not isinstance(content, dict):
        raise ValueError("it holds no JSON object")
    if content.pop(SEAL, None) is not None and not _fits(data):
        raise ValueError(CHANGED)
    return content


def plain_object(value: Any, name: str) -> dict[str, Any]:
    """Return `value`, the field `name` of a stored record, if it is a JSON object.

    Raises
    ------
    ValueError
        It is something else: the record was written by hand.
    """
    if not isinstance(value, dict):
        raise ValueError(f"its {name} is no JSON object")
    return value


def is_sealed(data: bytes) -> bool:
    """Whether a JSON file holds a checksum."""
    return LINE.search(data) is not None


def is_changed(data: bytes) -> bool:
    """Whether a JSON file holds a checksum that does not fit it; it is not parsed."""
    return is_sealed(data) and not _fits(data)


def _fits(data: bytes) -> bool:
    found = LINE.search(data)
    if found is None:
        return False
    begin, end = found.span(1)
    blank = data[:begin] + BLANK + data[end:]
    return hashlib.sha256(blank).hexdigest().encode() == found[1]


def file_sum(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
