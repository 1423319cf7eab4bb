"""Which section of the page is meant: ``DATASET/PROTOCOL/TRACK``, as addresses begin."""

from __future__ import annotations

from pathlib import Path

from emobench.errors import RequestError
from emobench.leaderboard.pedigree.address import segments, written
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.results.corpus_state import SectionKey


def section_name(key: SectionKey) -> str:
    """Return a section as it is typed; `key` is dataset, track and protocol."""
    dataset, track, protocol = key
    return "/".join(map(written, (dataset, protocol, track)))


def bare(dataset: str) -> str:
    """Return a corpus without its options and its split."""
    return dataset.split(" ")[0].split(":")[0]


def section_key(root: Path, text: str) -> SectionKey:
    """Return the dataset, track and protocol that `text` means in the results folder `root`.

    What is left out at the end is free as long as one section alone fits, and so are the options
    of a corpus. The address of a number names the section that the number is in.

    Raises
    ------
    RequestError
        Nothing is stored, or none or several sections fit; the message lists them.
    """
    if not root.is_dir():
        raise RequestError(f"There is no results folder {root}; name it with --results.")
    known = StoredSections(root).keys
    parts = segments(f"{text.strip().strip('/')}/")[:3]
    words = [word for word in parts if word]
    found = [key for key in known if [key[0], key[2], key[1]][: len(words)] == words]
    if not found:
        found = [key for key in known if [bare(key[0]), key[2], key[1]][: len(words)] == words]
    if len(found) == 1 and words:
        return found[0]
    listed = "; ".join(section_name(key) for key in found or known)
    if found:
        raise RequestError(f"{text!r} is several sections of {root}: {listed}.")
    raise RequestError(f"{root} has no section {text!r}. There are: {listed}.")
