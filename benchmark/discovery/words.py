"""Names that users type, several in one word: what exists as a path is one name.

Commas, colons and plus signs join names and options. In the name of an existing file they are
letters, and so are they between quotation marks. They are exchanged for private characters before
anything is split, and put back afterwards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from emobench.discovery.paths import near_paths, nearness
from emobench.errors import RequestError

SPECIAL = ",:+=&"
_HIDDEN = {ord(c): chr(0xF0000 + ord(c)) for c in SPECIAL}
_SHOWN = {ord(hidden): chr(code) for code, hidden in _HIDDEN.items()}
_QUOTE = chr(0xF0000 + ord('"'))
_ENDS = ",:+"
_GUESSES = 4
_LONGEST = 4096
_OPTION = r":\w+=[^:]*"
_HEAD = re.compile(r"\s*[a-z]+(?:\s*&\s*[a-z]+)*\s*=")


def shield(words: str, known: Collection[str]) -> str:
    """Hide the special characters within names of existing paths and within quotation marks.

    Parameters
    ----------
    words
        As typed. The result can be shielded again, which changes nothing.
    known
        Names that need no file.

    Raises
    ------
    RequestError
        A quotation mark is not closed, or a file's name can also be read as several names.
    """
    done: list[str] = []
    homes = [Path()]
    place, token = 0, 0
    fresh = True
    while place < len(words):
        if fresh and not words[place].isspace():
            fresh, token = False, place
            if end := _path_end(words, place, homes, known):
                homes = [Path(), _home(words[place:end])]
                done.append(words[place:end].translate(_HIDDEN))
                place = end
                continue
            if words[place] == '"':
                end = words.find('"', place + 1)
                if end < 0:
                    raise RequestError(f"{words!r}: a quotation mark is not closed.")
                done.append(_QUOTE + words[place + 1 : end].translate(_HIDDEN) + _QUOTE)
                place = end + 1
                continue
        letter = words[place]
        if letter in SPECIAL:
            fresh = True
            if letter == ":" and _exists(Path(words[token:place].strip())):
                homes = [Path(), _home(words[token:place].strip())]
        done.append(letter)
        place += 1
    return "".join(done)


def unshield(words: str) -> str:
    """Put hidden characters back."""
    return words.replace(_QUOTE, "").translate(_SHOWN)


def _path_end(words: str, start: int, homes: list[Path], known: Collection[str]) -> int:
    """End of the longest existing path with a special character that starts there, or 0."""
    ends = [i for i in range(start + 1, len(words) + 1) if i == len(words) or words[i] in _ENDS]
    names = [words[start:end].rstrip() for end in reversed(ends)]
    names = [name for name in names if any(c in name for c in SPECIAL)]
    first = re.split(f"[{SPECIAL}]", words[start:], maxsplit=1)[0]
    if not names or not any(_starts(home / first) for home in homes):
        if not _is_several(words[start:], known) and first.strip() not in known:
            _suggest_near(names[:_GUESSES], known)
        return 0
    for name in names:
        found = next((home / name for home in homes if _exists(home / name)), None)
        if found is None or (found.is_dir() and _is_several(name, known)):
            continue
        if _is_several(name, known):
            raise RequestError(
                f"{name!r} is a file, and can also be read as several names or as a name with "
                f'options. For the file write "{name}" with the quotation marks; for the rest '
                "put each name between quotation marks."
            )
        return start + len(name)
    if not _exists(Path(first.strip())) and first.strip() not in known:
        _suggest_near(names[:_GUESSES], known)
    return 0


def _starts(path: Path) -> bool:
    """Whether the folder of `path` holds a name that starts as it does."""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return False
    return any(name.startswith(path.name) for name in names)


def _suggest_near(names: list[str], known: Collection[str]) -> None:
    """Name the existing path that was typed in another spelling."""
    for name in names:
        near = near_paths(Path(name), alike=False)
        if near and any(c in str(near[0]) for c in SPECIAL) and not _is_several(name, known):
            raise RequestError(f"There is no file {name}.{nearness(Path(name), alike=False)}")


def _is_several(name: str, known: Collection[str]) -> bool:
    """Whether the pieces of `name` are names and options themselves."""
    if len(name) > _LONGEST:  # the patterns below would look at it letter by letter, each time
        return False
    for match in re.finditer(_OPTION, name):
        if _exists(Path(name[: match.start()])) and re.fullmatch(
            f"(?:{_OPTION})+", name[match.start() :]
        ):
            return True
    pieces = re.split(r"[,+]", name)
    if len(pieces) == 1 and not _HEAD.match(name):
        return False
    for piece in pieces:
        head, *options = _HEAD.sub("", piece, count=1).split(":")
        head = head.strip()
        if head not in known and not (head and _exists(Path(head))):
            return False
        if not all("=" in option for option in options):
            return False
    return True


def _home(name: str) -> Path:
    path = Path(name)
    return path if path.is_dir() else path.parent


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than any file's name
        return False
