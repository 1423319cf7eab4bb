"""The audit finds leakage across speakers where it was planted, and none where there is none.

Voices alone, a linear model, speaker-disjoint folds against random ones. Four corpora each way,
and twenty among the slow tests: four say whether the audit works, twenty how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from emobench import FACE_SIZE, Folders, Regime
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.leakage.flawed_splits import flawed_view
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.corpus.split import policy
from emobench.datasets.simulation import store
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.plan import draw_plan
from emobench.discovery.registry import registry
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.predictions import Predictions, pool
from emobench.leaderboard.results.scoring import Score, score_seeds
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.training.predict import predict
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession

pytestmark = pytest.mark.slow
"""Corpora are made and audited."""

FOLDS = 4
SMALL = {"size": "180", "speakers": "18"}
PLANTED = {"speaker_bias": "0.8"}
ABSENT = {"speakers_alike": "true"}
CPU = torch.device("cpu")


def voices(folder: Path, seed: int, options: Mapping[str, str]) -> Corpus:
    """A small simulated corpus of which only the voices are looked at."""
    asked = tuple((SMALL | options | {"seed": str(seed)}).items())
    folders = Folders(folder / "data", folder / "cache")
    corpus = open_corpus(CorpusRequest(registry("dataset")["simulated"], asked, folders))
    return replace(corpus, modalities=("audio",), sources={"audio": ("waveform",)})


def score(target: Prepared, flaw: str) -> Score:
    """A linear model of the voice over all folds, honest or with `flaw`."""
    kind = registry("model")["audio_only"].load()
    rule = policy(target.corpus, FOLDS)
    folds = []
    for fold in range(rule.folds):
        view = flawed_view(target, rule, fold, {"audio": ("mfcc",)}, flaw)
        with seeded(1):
            model = kind(view.task, kind.Config(), "corrected")
            regime = Regime("full", "everything")
            model.fit(TrainingSession(view.without_test(), regime, model.config, 0, CPU))
        table = predict(model, view, view.available[view.parts.test], CPU)
        logits = table.filter(like="logit_").to_numpy()
        folds.append(Predictions(table["id"].to_numpy(str), table["label"].to_numpy(), logits, {}))
    return score_seeds([pool(folds)], "audio_only", len(view.task.classes))


def inflation(folder: Path, seed: int, options: Mapping[str, str], pool: Any) -> Estimate:
    target = prepare(voices(folder, seed, options), ["mfcc"], pool)
    honest, flawed = score(target, ""), score(target, "random_clips")
    assert honest.test == flawed.test, "the same utterances are tested"
    found = contrast(flawed, honest, "macro_f1")
    assert found is not None
    return found


@pytest.fixture
def only_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces would take most of the time, and nobody looks at them; the voices stay the same."""
    blank = np.zeros((1, FACE_SIZE, FACE_SIZE), dtype=np.uint8)
    monkeypatch.setattr(
        store, "render_face", lambda emotion, frames, *rest: blank.repeat(frames, axis=0)
    )


@pytest.mark.usefixtures("only_voices")
@pytest.mark.parametrize(
    ("corpora", "least"), [(4, 3), pytest.param(20, 14, marks=pytest.mark.slow)]
)
def test_leakage_across_speakers_is_found_where_it_was_planted(
    tmp_path: Path, pool: Any, corpora: int, least: int
) -> None:
    found = [inflation(tmp_path, seed, PLANTED, pool) for seed in range(corpora)]
    assert sum(one.low > 0 for one in found) >= least, found
    assert np.mean([one.value for one in found]) > 0.05


@pytest.mark.usefixtures("only_voices")
@pytest.mark.parametrize(("corpora", "most"), [(4, 0), pytest.param(20, 1, marks=pytest.mark.slow)])
def test_and_is_not_found_where_there_is_none(
    tmp_path: Path, pool: Any, corpora: int, most: int
) -> None:
    found = [inflation(tmp_path, seed, ABSENT, pool) for seed in range(corpora)]
    assert sum(one.low > 0 for one in found) <= most, found


def test_a_bias_gives_each_speaker_a_class_and_leaves_the_classes_balanced() -> None:
    plain, biased = draw_plan(Options()), draw_plan(Options(speaker_bias=0.5))
    top = biased.groupby("speaker")["label"].agg(lambda x: x.value_counts(normalize=True).iloc[0])
    assert top.between(0.5, 0.7).all()
    for _, rows in biased.groupby("split"):
        assert rows["label"].value_counts(normalize=True).between(0.1, 0.24).all()
    assert plain["split"].equals(biased["split"])
    assert plain["samples"].equals(biased["samples"])
    own = biased.groupby("speaker")["label"].agg(lambda x: x.value_counts().index[0])
    low = own[[int(name[3:]) % 2 == 0 for name in own.index]]
    assert low.nunique() == 6, "a low voice says nothing about the class"


def test_all_speakers_sound_alike_on_request(tmp_path: Path) -> None:
    own, alike = Options(), Options(speakers_alike=True)
    assert store._Speaker(3, alike)._voice == store._Speaker(0, own)._voice
    assert store._Speaker(3, alike)._face == store._Speaker(0, own)._face
    assert store._Speaker(3, alike)._habits == store._Speaker(0, own)._habits
    assert store._Speaker(3, own)._voice != store._Speaker(0, own)._voice


def test_corpora_from_before_these_options_keep_their_name() -> None:
    plain = Options(seed=3).canonical()
    assert "speaker" not in plain.replace('"speakers"', "")
    assert Options(seed=3, speaker_bias=0.2).canonical() != plain
    assert Options(seed=3, speakers_alike=True).canonical() != plain
    assert Options(seed=3, speaker_ease=0.5).canonical() != plain
