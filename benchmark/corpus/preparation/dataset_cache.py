"""The loader and the utterance table of a corpus, opened once in each worker process."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from emobench.corpus.corpus import CorpusRequest
from emobench.interface.dataset import Dataset


@lru_cache(maxsize=64)
def dataset_and_table(request: CorpusRequest) -> tuple[Dataset, pd.DataFrame]:
    """Return the loader and the utterance table of `request`; nobody may change them."""
    dataset = request.dataset()
    return dataset, dataset.utterances().reset_index(drop=True)
