"""A corpus's loader and table, read once in each worker process."""

from __future__ import annotations

import pandas as pd

from emobench.corpus.corpus import CorpusRequest
from emobench.interface.dataset import Dataset

_opened: dict[str, tuple[Dataset, pd.DataFrame]] = {}


def opened(request: CorpusRequest) -> tuple[Dataset, pd.DataFrame]:
    """Return the loader and the utterance table of `request`."""
    if request.key not in _opened:
        dataset = request.dataset()
        _opened[request.key] = (dataset, dataset.utterances().reset_index(drop=True))
    return _opened[request.key]
