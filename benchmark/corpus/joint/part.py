"""A member of a joint corpus: its rows under the classes of the joint corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus


@dataclass(frozen=True)
class Part:
    """An opened member, and how its rows enter the joint corpus.

    Parameters
    ----------
    corpus
        The member.
    modalities
        The modalities that are used.
    classes
        Own class to class of the joint corpus.
    auxiliary
        Only its train part is used, and only in train.
    prefix
        Put before ids, speakers and groups.
    """

    corpus: Corpus
    modalities: tuple[str, ...]
    classes: Mapping[str, str]
    auxiliary: bool = False
    prefix: str = ""

    @property
    def label(self) -> str:
        """Label in the tables."""
        return self.corpus.request.label

    @cached_property
    def split(self) -> NDArray[Any]:
        """``train``, ``dev`` or ``test`` per row of the member, in its standard split, fold 0."""
        return self.corpus.dataset.split(self.corpus.table, 0).to_numpy(dtype=object)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The member's rows of the joint table; ``row`` is the row number in its own table."""
        own, unit = self.corpus.table, self.corpus.dataset.card.fold_by
        table = pd.DataFrame(
            {
                **{c: self.prefix + own[c].astype(str) for c in ("id", "speaker")},
                "group": self.prefix + own["group" if not self.prefix else unit].astype(str),
                "label": own["label"].map(dict(self.classes)),
                "corpus": self.label,
                "split": self.split,
                "auxiliary": self.auxiliary,
                "row": range(len(own)),
            }
        )
        used = table["label"].notna()
        if self.auxiliary:
            used &= table["split"] == "train"
        return table[used]

    @property
    def dropped(self) -> Counter[str]:
        """Number of utterances of each class without a counterpart."""
        labels = self.corpus.table["label"]
        if self.auxiliary:
            labels = labels[self.split == "train"]
        return Counter(labels[~labels.isin(list(self.classes))])

    def sources(self, modality: str) -> tuple[str, ...]:
        """Its sources of `modality` that models may read; only the first if it is simulated."""
        found = self.corpus.sources[modality]
        return found[:1] if self.corpus.dataset.generating_process() is not None else found
