"""Which part of what is stored a page shows: a corpus, a protocol, some models."""

from __future__ import annotations

import fnmatch
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from emobench.errors import RequestError
from emobench.leaderboard.results.entries import ModelEntry, label_of

EVERY: Final = "all"
LONGEST: Final = 100
"""Characters of a folder's name; what is cut off is in a checksum."""

COMMA: Final = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
"""A comma outside of quotation marks."""

TAIL: Final = re.compile(r"(?: tuned:\S+)?(?: \(\w+\))?$")
"""What a label has behind a model's name and options: the budget of its search, its variant."""


@dataclass(frozen=True)
class Selection:
    """The part of what is stored that was asked for; without anything, all of it.

    Parameters
    ----------
    dataset, protocol
        Only this corpus, as the leaderboard prints it or its bare name; only this protocol.
    models
        Words as they were typed, each a row or a wildcard; empty for all rows.
    """

    dataset: str | None = None
    protocol: str | None = None
    models: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, dataset: str | None = None, protocol: str | None = None, models: str | None = None
    ) -> Selection:
        """Return the selection that was typed; `models` are names separated by commas.

        Raises
        ------
        RequestError
            Models were to be named, and none was.
        """
        if models is None:
            return cls(dataset, protocol)
        words = [word.strip().replace('"', "") for word in COMMA.split(models)]
        named = tuple(dict.fromkeys(filter(None, words)))
        if not named:
            raise RequestError("--models names no model; leave it out for all of them.")
        return cls(dataset, protocol, () if EVERY in named else named)

    @property
    def is_whole(self) -> bool:
        """Whether everything was asked for."""
        return self == Selection()

    @property
    def folder(self) -> PurePosixPath:
        """Where its page lies below ``leaderboard/``: each part of the results has its own."""
        asked = [word for word in (self.dataset, self.protocol) if word is not None]
        if self.models:
            asked.append(f"models-{','.join(sorted(self.models))}")
        text = "-".join(asked)
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text)
        if plain != text or self.models or len(plain) > LONGEST:
            plain = f"{plain[:LONGEST]}-{zlib.crc32(text.encode()):08x}"
        return PurePosixPath(plain if asked else ".")

    def place(self, root: Path) -> Path:
        """Return the folder of its page in the results folder `root`."""
        return root / "leaderboard" / self.folder


WHOLE: Final = Selection()
"""All that is stored."""


def chosen_labels(words: Sequence[str], entries: Sequence[ModelEntry]) -> frozenset[str]:
    """Return the labels of the stored rows that `words` name.

    A word is a label as the page prints it, its options in any order; the bare name or the file of
    a model with one row; or a wildcard for labels.

    Raises
    ------
    RequestError
        No row has that name, or a bare name stands for several.
    """
    known = {entry.label for entry in entries}
    spelled = {_spelling(label): label for label in known}
    found: set[str] = set()
    for word in words:
        if word in known:
            found.add(word)
        elif (same := spelled.get(_spelling(word))) is not None:
            found.add(same)
        elif any(sign in word for sign in "*?["):
            matches = [label for label in known if fnmatch.fnmatchcase(label, word)]
            if not matches:
                raise RequestError(
                    f"No stored model matches {word!r}. Known: {', '.join(sorted(known))}."
                )
            found.update(matches)
        else:
            found.add(label_of(word, list(entries)))
    return frozenset(found)


def _spelling(label: str) -> tuple[str, tuple[str, ...], str]:
    """A label in one spelling: the model without folder and ending, its options sorted, the rest.

    The order of options is that in which they were typed, and means nothing.
    """
    tail = TAIL.search(label)
    cut = tail.start() if tail is not None else len(label)
    name, *options = re.split(r":(?=\w+=)", label[:cut])
    return Path(name).stem if name.endswith(".py") else name, tuple(sorted(options)), label[cut:]
