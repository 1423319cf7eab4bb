"""Says where features that come with a corpus are read in the place of recordings or texts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from emobench.corpus.inputs import WORDS
from emobench.corpus.preparation.extract import Prepared
from emobench.discovery.representations import check_usable, representations, source_of
from emobench.errors import RequestError


def precedence(target: Prepared, read: Collection[str] | None = None) -> list[str]:
    """Name the modalities of which models read features although there is more to read.

    Parameters
    ----------
    target
        The prepared corpus.
    read
        The representations that a run reads; None if that is not known. Features that it does not
        read, because of its track or of ``--encoder``, are not spoken of.

    Returns
    -------
    A sentence for each modality, without a full stop.
    """
    corpus, found = target.corpus, []
    for column, modality in enumerate(corpus.modalities):
        first, *rest = corpus.sources[modality]
        names = [n for n, k in representations().items() if k.given and source_of(n) == first]
        unread = [WORDS.get(source, source) for source in rest]
        if not names or not unread or (read is not None and not set(names) & set(read)):
            continue
        have = int(target.available[:, column].sum())
        # The first source decides who has the modality, for an encoder of the others too.
        them = "them" if have == len(corpus.table) else f"those of {have:,} with features"
        other = _encoder(modality, rest)
        way = f" (--encoder {modality}={other} takes {them})" if other else ""
        found.append(
            f"{modality}: every model of the controlled track reads {names[0]}; the "
            f"{' and '.join(unread)}, which are here too, are not read{way}"
        )
    return found


def _encoder(modality: str, sources: Sequence[str]) -> str | None:
    """A representation that any model can read, made from one of `sources`; None if none is."""
    for name, kind in representations().items():
        plain = kind.standardise and not (kind.given or kind.discrete or kind.reference_only)
        if not plain or kind.modality != modality or source_of(name) not in sources:
            continue
        try:
            check_usable(name)
        except RequestError:
            continue
        return name
    return None
