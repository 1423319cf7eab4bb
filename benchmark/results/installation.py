"""What this emobench knows of the models, corpora and protocols that a submission names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from emobench.discovery.registry import registry
from emobench.errors import EmobenchError
from emobench.leaderboard.submission.installation import Declared, KnownCorpus
from emobench.randomness import MASK_SEED

if TYPE_CHECKING:
    from emobench.corpus.corpus import Corpus

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
VALUE: Final = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
"""A corpus's name and an option's value that are taken from a stranger: never a path."""

LARGEST: Final = 100_000
"""Largest number in an option: a stranger must not have a corpus of a billion generated."""


class Installed:
    """The emobench that runs, as a checker of submissions asks it.

    Parameters
    ----------
    data_dir, cache_dir
        Folders of corpora and of prepared data, as in ``emobench run``.
    opens
        Whether corpora are opened that were never opened with this cache.
    """

    mask_seed = MASK_SEED

    def __init__(self, data_dir: Path | None, cache_dir: Path | None, opens: bool = False) -> None:
        self._data_dir, self._cache_dir, self._opens = data_dir, cache_dir, opens

    def model_digest(self, name: str) -> str | None:
        """Return the digest of a model's source file; None for a model that is not installed."""
        entry = registry("model").get(name)
        return entry.digest if entry is not None else None

    def corpus(self, label: str) -> KnownCorpus:
        """Open a corpus, if it is one of the installed ones and its label names no file."""
        from emobench.corpus.corpus import CorpusRequest, open_corpus
        from emobench.corpus.folders import folders
        from emobench.corpus.identity import is_remembered

        options = trusted_options(label)
        if options is None:
            return KnownCorpus(why="only installed corpora are opened, each alone")
        where = folders(self._data_dir, self._cache_dir)
        name = label.split(":")[0]
        request = CorpusRequest(registry("dataset")[name], options, where)
        if not self._opens and not is_remembered(where.cache, request.identity):
            return KnownCorpus(why="it was not opened here before; --corpora opens it")
        try:
            return _known(open_corpus(request))
        except (EmobenchError, OSError) as error:
            return KnownCorpus(why=str(error).splitlines()[0].rstrip("."))

    def declared(self, row: Mapping[str, Any], modalities: Sequence[str]) -> Declared | None:
        """Return the conditions and regimes that the protocol of a row declares by itself."""
        from emobench.interface.card import Card
        from emobench.interface.protocol import Setting

        entry = registry("protocol").get(row["protocol"])
        if entry is None or not modalities:
            return None
        model = registry("model").get(row["model_name"])
        card = model.card if model is not None and isinstance(model.card, Card) else None
        about = Setting(
            tuple(modalities), corpus=row["dataset"], multilabel=bool(row["multilabel"]),
            model=card, track=row["track"].split("+")[0],
        )  # fmt: skip
        try:
            trials = entry.load()().trials(about)
        except Exception:  # a protocol that needs more than this is known of here
            return None
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for trial in trials:
            found["condition", trial.condition.name] = asdict(trial.condition)
            found["regime", trial.regime.name] = asdict(trial.regime)
        return found

    def mask(
        self,
        rate: float,
        seed: int,
        ids: Sequence[str],
        modalities: Sequence[str],
        available: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Draw the mask ``[N, M]`` of a missing rate, as ``emobench run`` does."""
        from emobench.conditions.masks import condition_mask
        from emobench.interface.protocol import Condition

        condition = Condition("drawn", "", rate=rate)
        return condition_mask(condition, ids, modalities, available, seed=seed)


def trusted_options(label: str) -> tuple[tuple[str, str], ...] | None:
    """Return the options of an installed corpus by its label; None where nothing is opened.

    A label is a stranger's text. So a path, a corpus that reads any file, a joint corpus and large
    numbers are refused.
    """
    name, *words = label.split(":")
    if not NAME.fullmatch(name) or name not in registry("dataset"):
        return None
    if getattr(registry("dataset")[name].card, "suffixes", ()):
        return None
    found = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not NAME.fullmatch(key) or not VALUE.fullmatch(value):
            return None
        # Python reads 1_000_000 as a number, too.
        sizes = re.findall(r"\d+", value.replace("_", ""))
        if key == "path" or any(int(n) > LARGEST for n in sizes):
            return None
        found.append((key, value))
    return tuple(sorted(found))


def _known(corpus: Corpus) -> KnownCorpus:
    from emobench.corpus.split import policy, split

    rule = policy(corpus, None)
    parts = {fold: split(corpus, rule, fold).test for fold in range(rule.folds)}
    tests = {fold: frozenset(corpus.ids[i] for i in rows) for fold, rows in parts.items()}
    truth = dict(zip(corpus.ids, _truth(corpus), strict=True))
    return KnownCorpus(corpus.digest, truth, tests)


def _truth(corpus: Corpus) -> list[str]:
    """The class of each utterance, in the form of a submission."""
    from emobench.leaderboard.submission.stored_cell import label_list

    if not corpus.multilabel:
        return [corpus.classes[int(c)] for c in corpus.labels]
    return [label_list([corpus.classes[c] for c in np.flatnonzero(r)]) for r in corpus.labels]
