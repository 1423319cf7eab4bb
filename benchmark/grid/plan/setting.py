"""Builds the setting of a protocol: the corpus and the model that it plans for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emobench.corpus.corpus import Corpus
from emobench.corpus.transfer.label_mapping import common_classes
from emobench.corpus.transfer.view import check_forms
from emobench.errors import Skip
from emobench.interface.card import Card
from emobench.interface.protocol import Setting, Target


def setting(corpus: Corpus, opened: Iterable[Corpus], card: Card, track: str) -> Setting:
    """Describe `corpus` among all the corpora of a request."""
    others = [o for o in opened if o.request.label != corpus.request.label]
    return Setting(
        modalities=corpus.modalities,
        corpus=corpus.request.label,
        sources=dict(corpus.sources),
        others=tuple(_target(corpus, other) for other in others),
        members=corpus.member_names,
        auxiliary=bool(corpus.auxiliary.any()),
        multilabel=corpus.multilabel,
        model=card,
        track=track,
    )


def _target(corpus: Corpus, other: Corpus) -> Target:
    found = Target(other.request.label, other.modalities, members=other.member_names)
    try:
        check_forms(corpus, other)
        return replace(found, classes=common_classes(corpus, other))
    except Skip as reason:
        return replace(found, reason=str(reason))
