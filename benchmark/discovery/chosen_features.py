"""``--encoder``: the features that every model gets in the place of its own inputs.

They are the hidden states of a frozen encoder, a representation by its name, or one of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emobench.backbones.frozen_encoder import FrozenEncoder
from emobench.backbones.frozen_encoder import parse as parse_encoder
from emobench.backbones.weights import is_single_file
from emobench.discovery.own_representations import MARK, name_in_file
from emobench.discovery.representations import (
    check_usable,
    representation,
    representations,
    stamped,
)
from emobench.errors import RequestError, unknown
from emobench.modality import MODALITIES


@dataclass(frozen=True)
class NamedFeatures:
    """A representation that every model gets.

    Parameters
    ----------
    modality
        ``text``, ``audio`` or ``vision``.
    name
        Name of the representation.
    """

    modality: str
    name: str

    @property
    def label(self) -> str:
        """Name in tables: ``audio=egemaps``, and ``audio=mine@DIGEST`` for one that is not ours.

        A file that was changed is another track: its scores do not stand beside those of before.
        """
        own, _, known_by = stamped(self.name).partition(MARK)
        plain = not known_by or bool(representation(self.name).packages and own == self.name)
        return f"{self.modality}={own}" + ("" if plain else f"@{known_by[:8]}")


ChosenFeatures = FrozenEncoder | NamedFeatures


def parse(word: str) -> ChosenFeatures:
    """Parse a value of ``--encoder``.

    Raises
    ------
    RequestError
        It names nothing that every model could read, weights or packages are not here, or a file
        makes no sense.
    """
    try:
        return _parsed(word)
    except OSError as error:  # a name that is longer than any file's
        raise RequestError(f"--encoder {word}: {error.strerror}.") from None


def _parsed(word: str) -> ChosenFeatures:
    head, *options = word.split(":")
    modality, equals, name = head.partition("=")
    if not equals or not name or modality not in MODALITIES:
        return parse_encoder(word)  # which says what is wrong
    if Path(name).suffix == ".py":
        chosen = name_in_file(Path(name).expanduser(), modality, _wanted(word, options))
    elif name in representations():
        if options:
            raise RequestError(
                f"--encoder {word}: the representation {name} takes no options; layer and pool "
                "are those of a frozen encoder."
            )
        chosen = name
    elif Path(name).is_file() and not is_single_file(modality, name):
        raise RequestError(
            f"--encoder {word}: {name} is a file of features, which belong to a corpus: name it "
            f"there, as in --dataset mine.csv:{modality}_features={name}."
        )
    else:
        return _frozen(word, modality, name)
    _check_readable(chosen, modality, word)
    check_usable(chosen)
    return NamedFeatures(modality, chosen)


def _wanted(word: str, options: list[str]) -> str | None:
    """The representation that ``:name=NAME`` takes of a file."""
    for option in options:
        key, _, value = option.partition("=")
        if key != "name" or not value or len(options) > 1:
            raise RequestError(
                f"--encoder {word}: after a file stands at most :name=NAME, the representation to "
                "take of it."
            )
        return value
    return None


def _frozen(word: str, modality: str, name: str) -> ChosenFeatures:
    """A frozen encoder; where there is none, the error names representations that are alike."""
    try:
        return parse_encoder(word)
    except RequestError as error:
        here = [n for n, kind in representations().items() if kind.modality == modality]
        hint = str(unknown("representation", name, here))
        if "Did you mean" not in hint or "/" in name:
            raise
        meant = hint.split("Did you mean ")[1].split("?")[0]
        raise RequestError(f"{error} Or did you mean the representation {meant}?") from None


def _check_readable(name: str, modality: str, word: str) -> None:
    """Refuse what not every model can read: another modality, ids, recordings as they are."""
    kind, own = representation(name), name.split(MARK)[0]
    if MARK in name and own in representations():
        raise RequestError(
            f"--encoder {word}: there is a representation {own!r} already; tables name them, so "
            "give yours another name."
        )
    if kind.modality != modality:
        raise RequestError(f"--encoder {word}: {own} is a representation of {kind.modality}.")
    if kind.reference_only:
        raise RequestError(f"--encoder {word}: {own} is for reference rows alone.")
    raw = not kind.standardise and own in representations()
    if kind.discrete or raw:
        raise RequestError(
            f"--encoder {word}: {own} is {'ids' if kind.discrete else 'the recording itself'}, "
            "which only a model that is made for it can read."
        )
