"""Whether the speakers of a corpus are named: all of them, some, or nobody."""

from __future__ import annotations

from emobench.corpus.corpus import Corpus
from emobench.corpus.joint.dataset import JointDataset
from emobench.wording import EVERYBODY, NOBODY, SOME


def named(corpus: Corpus, whole: bool = True) -> str:
    """Return `EVERYBODY`, `SOME` or `NOBODY`; without `whole` the auxiliary members do not count.

    A card that names nobody (``anonymous``) fills the column ``speaker`` with stand-ins. Where
    its unit is the speaker all the same, some rows do name theirs. A joint corpus names those whom
    its members name.
    """
    if isinstance(corpus.dataset, JointDataset):
        found = {named(part.corpus) for part in corpus.dataset.parts if whole or not part.auxiliary}
        return found.pop() if len(found) == 1 else SOME
    card = corpus.dataset.card
    if not card.anonymous:
        return EVERYBODY
    return SOME if card.unit == "speaker" else NOBODY
