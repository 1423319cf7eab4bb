"""Text encoders of transformers: BERT, RoBERTa, MiniLM and similar ones."""

from __future__ import annotations

import itertools
import os

import torch
from torch import Tensor

from emobench.backbones.features import Backbone, Features, spread
from emobench.backbones.loading import encoder, states
from emobench.backbones.weights import folder_of
from emobench.interface.batch import Sequence

# The tokenizer's own threads can deadlock in forked workers.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def texts(characters: Sequence) -> list[str]:
    """Texts behind the representation ``characters`` ``[B, T, 1]``; empty where absent."""
    codes = characters.values[..., 0].long().cpu().tolist()
    lengths = characters.lengths.tolist()
    return ["".join(map(chr, row[:steps])) for row, steps in zip(codes, lengths, strict=True)]


class TextBackbone(Backbone):
    """A transformers text encoder with its own tokenizer.

    Parameters
    ----------
    name
        Name on the hub or local folder.
    pooler
        Keep the encoder's pooler (BERT's first token through a layer) and return its output.
    layer
        Layer of the hidden states: -1 the last, 0 the input of the first.

    Raises
    ------
    Skip
        The weights are not available.
    """

    def __init__(self, name: str, pooler: bool = False, layer: int = -1) -> None:
        super().__init__()
        from transformers import AutoTokenizer

        folder = folder_of("text", name)
        self.tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.encoder = encoder(folder)
        self.pooler, self.layer = pooler, layer
        if not pooler and getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        self.size = int(self.encoder.config.hidden_size)

    def forward(self, characters: Sequence, limit: int = 128) -> Features:
        """Encode texts.

        Parameters
        ----------
        characters
            Code points ``[B, T, 1]``.
        limit
            Largest number of tokens, special tokens included; longer texts are cut.

        Returns
        -------
        Hidden states of the layer, one per token, special tokens among them.
        """
        present = characters.lengths > 0
        found = list(itertools.compress(texts(characters), present.tolist()))
        if not found:
            return self._empty_features(characters)
        tokens = self.tokenizer(
            found, padding=True, truncation=True, max_length=limit, return_tensors="pt"
        ).to(characters.values.device)
        output = self.encoder(**tokens, output_hidden_states=self.layer != -1)
        mask = tokens["attention_mask"]
        hidden = states(output, self.layer) * mask[..., None]
        pooled = spread(output.pooler_output, present) if self.pooler else None
        return Features(spread(hidden, present), spread(mask.sum(dim=1), present), pooled)

    def _empty_features(self, characters: Sequence) -> Features:
        zeros: Tensor = torch.zeros(len(characters.lengths), 1, self.size).to(characters.values)
        return Features(zeros, characters.lengths, zeros[:, 0] if self.pooler else None)
