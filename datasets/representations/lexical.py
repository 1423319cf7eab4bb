"""Text representations learned from the train split: token ids and word vectors."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD

from emobench import PROJECTION_SEED, FittedRepresentation, Representation, split_words

Array = NDArray[np.float32]
PADDING, UNKNOWN = 0, 1


class _Vocabulary(FittedRepresentation):
    modality = "text"
    base = "transcript"
    min_count = 2
    """A word seen less often in train is unknown."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def learn(self, texts: list[str]) -> Counter[str]:
        counts = Counter(w for t in texts for w in split_words(t))
        kept = sorted(w for w, n in counts.items() if n >= self.min_count)
        self.ids = {w: i + 2 for i, w in enumerate(kept)}
        return counts

    def encode(self, text: str) -> NDArray[np.int64]:
        ids = [self.ids.get(w, UNKNOWN) for w in split_words(text)]
        return np.asarray(ids or [UNKNOWN], dtype=np.int64)


class Tokens(_Vocabulary):
    """Word ids, ``[T, 1]``; 0 is padding, 1 any word seen less than twice in train."""

    name = "tokens"
    standardise = False
    discrete = True

    def fit(self, train: list[str]) -> None:
        """Learn the vocabulary."""
        self.learn(train)

    def transform(self, item: str) -> Array:
        """Return the ids of one text, ``[T, 1]``."""
        return self.encode(item).astype(np.float32)[:, None]

    @property
    def size(self) -> int:
        """Number of ids, padding and unknown among them."""
        return len(self.ids) + 2


class WordVectors(_Vocabulary):
    """Word vectors from the train split's own co-occurrences, ``[T, 100]``.

    Positive pointwise mutual information within five words, context counts smoothed with the
    exponent 0.75, factorised by a truncated SVD with the square root of the singular values
    (Levy, Goldberg and Dagan 2015, TACL 3, sections 2 and 3). A word unknown to train is zero.
    """

    name = "word_vectors"
    dimensions = 100
    window = 5
    smoothing = 0.75

    def __init__(self) -> None:
        super().__init__()
        self._vectors: Array = np.zeros((2, 1), dtype=np.float32)

    def fit(self, train: list[str]) -> None:
        """Learn vocabulary and vectors."""
        self.learn(train)
        association = self._association([self.encode(t) for t in train])
        dimensions = min(self.dimensions, association.shape[0] - 1)
        svd = TruncatedSVD(
            dimensions, algorithm="randomized", random_state=PROJECTION_SEED, n_iter=7
        )
        reduced = svd.fit_transform(association) / np.sqrt(np.maximum(svd.singular_values_, 1e-9))
        reduced[[PADDING, UNKNOWN]] = 0.0
        self._vectors = reduced.astype(np.float32)

    def _association(self, texts: list[NDArray[np.int64]]) -> csr_matrix:
        size = len(self.ids) + 2
        pairs: Counter[tuple[int, int]] = Counter()
        for ids in texts:
            for i, centre in enumerate(ids):
                for context in ids[max(0, i - self.window) : i]:
                    pairs[int(centre), int(context)] += 1
                    pairs[int(context), int(centre)] += 1
        keys = np.asarray(list(pairs), dtype=np.int64).reshape(-1, 2)
        counts = np.asarray(list(pairs.values()), dtype=np.float64)
        row_sum = np.bincount(keys[:, 0], counts, minlength=size)
        context = np.bincount(keys[:, 1], counts, minlength=size) ** self.smoothing
        share = context / max(context.sum(), 1e-12)
        information = np.log(counts / (row_sum[keys[:, 0]] * share[keys[:, 1]]))
        positive = np.maximum(information, 0.0)
        return csr_matrix((positive, (keys[:, 0], keys[:, 1])), shape=(size, size))

    def transform(self, item: str) -> Array:
        """Return the vectors of one text's words, ``[T, D]``."""
        return self._vectors[self.encode(item)]

    @property
    def size(self) -> int:
        """Feature size D."""
        return int(self._vectors.shape[1])


class Characters(Representation):
    """The text itself as Unicode code points, ``[T, 1]``, for models with their own tokenizer."""

    name = "characters"
    modality = "text"
    source = "transcript"
    standardise = False
    discrete = True

    def extract(self, media: str) -> Array:
        """Return the code points of one text, ``[T, 1]``."""
        return np.asarray([ord(c) for c in media], dtype=np.float32)[:, None]
