"""Word vectors from a text file of GloVe's format, as a frozen encoder of texts."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emobench.backbones.features import Backbone, Features, spread
from emobench.backbones.text import texts
from emobench.errors import RequestError
from emobench.interface.batch import Sequence
from emobench.words import split_words

SHORT_FORMS = ("n't", "'s", "'m", "'re", "'ve", "'ll", "'d")
"""What GloVe's tokenizer cuts off a word: ``do`` and ``n't``."""

Vector = NDArray[np.float32]


class WordVectors(Backbone):
    """One vector per word of a text, in lower case; zeros where the file has none.

    The file stays on disk: places of its words are held in memory, and vectors that were read.

    Parameters
    ----------
    path
        Text file, on each line a word and its numbers, parted by blanks (Pennington et al. 2014);
        the first line may tell their count and size, as word2vec's does.

    Raises
    ------
    RequestError
        The file is not of this form.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.places: dict[bytes, int] = {}
        self.size = 0
        with path.open("rb") as file:
            place = 0
            for line in file:
                if place or line.count(b" ") > 1:
                    if not self.size:
                        self.size = len(line.split()) - 1
                    # Some files list a word again, or words with a blank: the first one counts.
                    self.places.setdefault(line[: max(line.find(b" "), 0)], place)
                place += len(line)
        if self.size < 2:
            raise self._refusal("1")
        self.known: dict[str, Vector | None] = {}
        self._vector(next(iter(self.places)).decode(errors="replace"))

    def _refusal(self, what: str) -> RequestError:
        return RequestError(
            f"{self.path} is no file of word vectors: at {what} there is not one word and "
            f"{self.size or 'several'} numbers behind it, parted by blanks, as in GloVe's files."
        )

    def _vector(self, word: str) -> Vector | None:
        if word not in self.known:
            place = self.places.get(word.encode())
            self.known[word] = None if place is None else self._read(word, place)
        return self.known[word]

    def _read(self, word: str, place: int) -> Vector:
        with self.path.open("rb") as file:
            file.seek(place)
            fields = file.readline().split(b" ")
        try:
            vector = np.array([float(f) for f in fields[1:]], dtype=np.float32)
        except ValueError:
            raise self._refusal(repr(word)) from None
        if len(vector) != self.size or not np.isfinite(vector).all():
            raise self._refusal(repr(word))
        return vector

    def _vectors(self, text: str) -> Tensor:
        """``[T, D]``, a row of zeros for a word without a vector; one such row without words."""
        found: list[Vector | None] = []
        for word in split_words(text):
            short = next((s for s in SHORT_FORMS if word.endswith(s) and word != s), "")
            whole = self._vector(word)
            if whole is None and short:
                found += [self._vector(word.removesuffix(short)), self._vector(short)]
            else:
                found.append(whole)
        zero = np.zeros(self.size, np.float32)
        return torch.from_numpy(np.stack([zero if v is None else v for v in found or [None]]))

    def forward(self, characters: Sequence) -> Features:
        """Vectors of the words of texts, whose code points ``[B, T, 1]`` are given."""
        present = characters.lengths > 0
        found = [self._vectors(t) for t in itertools.compress(texts(characters), present.tolist())]
        if not found:
            zeros = torch.zeros(len(present), 1, self.size).to(characters.values)
            return Features(zeros, characters.lengths)
        values = torch.nn.utils.rnn.pad_sequence(found, batch_first=True).to(characters.values)
        counts = torch.tensor([len(v) for v in found], device=present.device)
        return Features(spread(values, present), spread(counts, present))
