"""Parses requests for joint corpora: ``text=NAME+audio=NAME`` and ``--auxiliary``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from emobench.corpus.corpus import CorpusRequest
from emobench.corpus.joint.dataset import JointRequest, Member
from emobench.discovery.registry import Entry, registry, resolve
from emobench.discovery.words import shield, unshield
from emobench.errors import RequestError, unknown
from emobench.interface.dataset import Folders
from emobench.modality import MODALITIES, ordered

FORM = "MODALITY=NAME, MODALITY&MODALITY=NAME or NAME, joined by '+'"


def corpus_requests(
    words: str, auxiliary: str | None, folds: int | None, folders: Folders
) -> list[CorpusRequest]:
    """Turn what was typed after ``--dataset`` and ``--auxiliary`` into requests.

    Parameters
    ----------
    words
        Corpora and joint corpora, separated by commas.
    auxiliary
        Members added to the train part of each corpus, or None.
    folds
        What was typed after ``--folds``.
    folders
        Where to read and write.

    Raises
    ------
    RequestError
        A name is unknown, a joint corpus names a member twice, or folds of a joint corpus are
        requested.
    """
    added = members(auxiliary, folders) if auxiliary is not None else ()
    typed = [w.strip() for w in shield(words, registry("dataset")).split(",")]
    joint = [w for w in typed if is_joint(w)]
    found: list[CorpusRequest] = []
    if len(joint) < len(typed):
        plain = ",".join(w for w in typed if not is_joint(w))
        found += [_plain(e, o, added, folders) for e, o in resolve("dataset", plain)]
    found += [_joint(members(word, folders), added, folds) for word in joint]
    return list({request.label: request for request in found}.values())


def _plain(
    entry: Entry, options: dict[str, str], added: tuple[Member, ...], folders: Folders
) -> CorpusRequest:
    request = CorpusRequest(entry, tuple(sorted(options.items())), folders)
    if not added:
        return request
    _refuse_repeated([request, *(m.request for m in added)])
    return JointRequest(entry, request.options, folders, main=request, auxiliary=added)


def _joint(
    joined: tuple[Member, ...], added: tuple[Member, ...], folds: int | None
) -> CorpusRequest:
    _refuse_repeated([m.request for m in (*joined, *added)])
    first = joined[0].request
    request = JointRequest(first.entry, first.options, first.folders, joined, auxiliary=added)
    if folds is not None:
        raise RequestError(
            f"--folds {folds}: the joint corpus {request.label} keeps its members' standard "
            "splits; folds can be drawn on one corpus, with others as --auxiliary."
        )
    return request


def is_joint(word: str) -> bool:
    """Whether `word` asks for a joint corpus, not for one by its name or path."""
    word = shield(word, registry("dataset"))
    return "+" in word or "=" in word.split(":")[0]


def members(words: str, folders: Folders) -> tuple[Member, ...]:
    """Read members joined by ``+``.

    Raises
    ------
    RequestError
        A modality or a corpus is unknown, or a member is empty or names several corpora.
    """
    shielded = shield(words, registry("dataset"))
    return tuple(_member(w.strip(), unshield(words), folders) for w in shielded.split("+"))


def _member(word: str, words: str, folders: Folders) -> Member:
    head, *options = word.split(":")
    wanted, equals, name = head.rpartition("=")
    modalities = [m.strip() for m in wanted.split("&")] if equals else []
    for modality in modalities:
        if modality not in MODALITIES:
            raise unknown("modality", modality, MODALITIES)
    chosen = resolve("dataset", ":".join([name, *options])) if name.strip() else []
    if len(chosen) != 1 or "," in word:
        what = "names no corpus" if not chosen else "names several corpora"
        raise RequestError(
            f"In {words!r} the member {unshield(word)!r} {what}; members are {FORM}."
        )
    entry, values = chosen[0]
    request = CorpusRequest(entry, tuple(sorted(values.items())), folders)
    return Member(request, ordered(modalities))


def _refuse_repeated(requests: Iterable[CorpusRequest]) -> None:
    counts = Counter(request.label for request in requests)
    twice = [label for label, count in counts.items() if count > 1]
    if twice:
        raise RequestError(
            f"{twice[0]} is named more than once in one joint corpus; several modalities of one "
            f"corpus are written MODALITY&MODALITY={twice[0]}."
        )
