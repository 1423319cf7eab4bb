"""A small trained grid on the simulated corpus, and its test part as a table of clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from emobench import Folders
from emobench.corpus.clip_table import part_rows, write_clip_table
from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.inference.choice import TrainingChoice, chosen_training
from emobench.store.store import Store

SIMULATED = "simulated:size=126"

OWN_MODEL = '''
import torch
from emobench import Card, Model, Output


class Mine(Model):
    """The mean of each modality, and a linear layer."""

    card = Card(
        name="mine",
        title="Mine",
        inputs={"text": ("word_vectors",), "audio": ("mfcc",)},
        requires=("text",),
    )

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.head = torch.nn.Linear(sum(task.size(m) for m in task.modalities), len(task.classes))

    def forward(self, batch):
        inputs = [batch[m] for m in self.task.modalities]
        sums = [(x.values * x.mask[..., None]).sum(dim=1) for x in inputs]
        means = [s / x.lengths.clamp(min=1)[:, None] for s, x in zip(sums, inputs)]
        return Output(self.head(torch.cat(means, dim=1)))
'''


@pytest.fixture(scope="session")
def corpus_of() -> Callable[[str, Folders], Corpus]:
    """Open a corpus by what a user types."""

    def opened(words: str, folders: Folders) -> Corpus:
        (request,) = corpus_requests(words, None, None, folders)
        return open_corpus(request)

    return opened


@pytest.fixture(scope="session")
def as_clips() -> Callable[..., Path]:
    """Write the test part of a corpus as clips, with every source that it has."""

    def written(
        corpus: Corpus, path: Path, fold: int = 0, sources: list[str] | None = None
    ) -> Path:
        every = [s for names in corpus.sources.values() for s in names]
        write_clip_table(corpus, part_rows(corpus, "test", fold), path, sources or every)
        return path

    return written


@pytest.fixture(scope="session")
def stored_logits() -> Callable[..., pd.DataFrame]:
    """Stored logits by id, of the training and the condition that are meant."""

    def read(root: Path, condition: str = "full", **choice: str) -> pd.DataFrame:
        chosen = chosen_training(root, TrainingChoice(**choice))
        place = (chosen.slot.regime, chosen.spec.fold, chosen.spec.seed, condition)
        (cell,) = {
            s.cell for s in chosen.entry.slots
            if (s.regime, s.fold, s.seed, s.condition) == place
        }  # fmt: skip
        table = Store(root).predictions(chosen.key, cell)
        return table.set_index("id").filter(regex="^logit_")

    return read


@pytest.fixture(scope="session")
def differ() -> Callable[[pd.DataFrame, pd.DataFrame], float]:
    """The largest difference between predicted and stored logits of the same utterances."""

    def largest(frame: pd.DataFrame, stored: pd.DataFrame) -> float:
        found = frame.set_index("id").filter(regex="^logit_").loc[stored.index]
        assert found.shape == stored.shape
        return float(np.abs(found.to_numpy() - stored.to_numpy()).max())

    return largest


@pytest.fixture(scope="session")
def study(cli, shared_cache, tmp_path_factory, corpus_of, as_clips) -> SimpleNamespace:
    """Results of four models, one of them a user's file, and the test part as clips."""
    root = tmp_path_factory.mktemp("study")
    (root / "mine.py").write_text(OWN_MODEL)
    done = cli(
        "run", "--models", "mlp,late_fusion,mine.py,majority", "--protocol", "missing_modality",
        "--dataset", SIMULATED, "--seeds", 1, "--epochs", 1, "--results", "results", cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    folders = Folders(root, shared_cache)
    clips = as_clips(corpus_of(SIMULATED, folders), root / "clips.csv")
    return SimpleNamespace(
        root=root,
        results=root / "results",
        clips=clips,
        cache=shared_cache,
        model=root / "mine.py",
        words=SIMULATED,
    )
