"""Texts of which a model can know next to nothing: most of their words are unknown to train."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import fitted_folder, rows_digest
from emobench.corpus.preparation.texts import texts
from emobench.corpus.split import Split
from emobench.discovery.representations import representation, representations
from emobench.disk.sums import kept_json, read_kept
from emobench.interface.representation import FittedRepresentation

TOKENS = "tokens"
"""The representation whose unknown words are counted; its id 1 means unknown."""

UNKNOWN = 1
MOST = 0.5
"""Share of unknown words above which a corpus is doubted."""


def unknown_share(train: Sequence[str], test: Sequence[str]) -> float:
    """Share of the words of `test` that are unknown after `train`; 0 if `test` has none."""
    kind = representation(TOKENS)
    assert issubclass(kind, FittedRepresentation)
    fitted = kind()
    fitted.fit(list(train))
    ids = [fitted.transform(text) for text in test]
    return float(np.mean(np.concatenate(ids) == UNKNOWN)) if ids else 0.0


def unknown_words(target: Prepared, fold: Split) -> list[str]:
    """A sentence if most words of a fold's test texts are unknown to its train part."""
    if "transcript" not in target.corpus.sources.get("text", ()) or TOKENS not in representations():
        return []
    share = _remembered_share(target, fold)
    if not share > MOST:
        return []
    return [
        f"{share:.0%} of the words of the test texts are unknown, as they do not occur twice in "
        "train: models that learn words from train can hardly read the test. Are the texts in "
        "several languages, or cut wrongly? More train texts help, or a pretrained encoder "
        "(--encoder text=NAME)."
    ]


def _remembered_share(target: Prepared, fold: Split) -> float:
    """Share of unknown words of a fold, computed once for each prepared corpus."""
    name = f"unknown-{TOKENS}-v{representation(TOKENS).version}.json"
    place = fitted_folder(target, fold.train) / rows_digest(target, fold.test) / name
    with contextlib.suppress(KeyError):  # none, or damaged
        return float(read_kept(place)["share"])
    every = texts(target)
    train, test = ([t for i in rows if (t := every[i])] for rows in (fold.train, fold.test))
    share = unknown_share(train, test) if train and test else 0.0
    place.parent.mkdir(parents=True, exist_ok=True)
    kept_json(place, {"share": share})
    return share
