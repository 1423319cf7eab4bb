"""Joins opened corpora in the modalities that they have in the same form."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.corpus.corpus import Corpus
from emobench.corpus.joint.dataset import JointRequest, Member
from emobench.errors import RequestError
from emobench.modality import ordered


def join_corpora(corpora: Sequence[Corpus]) -> JointRequest:
    """Return a joint request for `corpora`; a modality in differing forms is left out.

    Raises
    ------
    RequestError
        A member is a joint corpus itself, or shares no form of a modality with the others.
    """
    kept = {m for c in corpora for m in c.modalities if _share_form(corpora, m)}
    members = []
    for corpus in corpora:
        label = corpus.request.label
        if corpus.member_names:
            raise RequestError(f"{label} is a joint corpus already and cannot be joined again.")
        used = ordered(set(corpus.modalities) & kept)
        if not used:
            others = " and ".join(c.request.label for c in corpora if c is not corpus)
            raise RequestError(
                f"{label} has no modality in the same form as {others}: "
                + "; ".join(f"{m} as {', '.join(s)}" for m, s in corpus.sources.items())
            )
        members.append(Member(corpus.request, () if used == corpus.modalities else used))
    first = members[0].request
    return JointRequest(first.entry, first.options, first.folders, members=tuple(members))


def _share_form(corpora: Sequence[Corpus], modality: str) -> bool:
    """Whether all corpora that have `modality` share a form of it."""
    # Only the first source of a simulated corpus is a recording (see `Part.sources`).
    forms = [
        set(sources[:1] if c.dataset.generating_process() is not None else sources)
        for c in corpora
        if (sources := c.sources.get(modality, ()))
    ]
    return bool(set.intersection(*forms))
