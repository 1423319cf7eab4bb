"""Every built-in model, on made, real and one's own data: clips get the stored logits again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import emobench
from emobench import Folders
from emobench.corpus.clip_table import write_clip_table
from emobench.discovery.registry import registry
from emobench.leaderboard.results.entries import merge
from emobench.leaderboard.results.reader import Results
from emobench.store.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def reproduced(tmp_path, stored_logits, differ) -> Callable[..., set[str]]:
    """Predict with every training of a results folder, as it lies there and exported.

    Returns the names of the models that were looked at.
    """

    def run(root: Path, clips: Path, folders: Folders, fold: int = 0) -> set[str]:
        seen = set()
        (tmp_path / "nothing").mkdir()
        for entry in merge(Results(root).grids()):
            for regime in entry.regimes:
                choice = {"model": entry.label, "regime": regime.name, "fold": fold}
                choice |= {"dataset": entry.dataset, "protocol": entry.newest.protocol}
                done = [
                    s for s in entry.slots
                    if (s.regime, s.fold, s.condition) == (regime.name, fold, entry.main_condition)
                    and s.training and Store(root).training_done(s.training)
                ]  # fmt: skip
                if not done:
                    continue
                trained = emobench.load(
                    root, **choice, data_dir=folders.data, cache_dir=folders.cache
                )
                stored = stored_logits(root, **choice)
                assert len(stored) > 5
                where = f"{entry.label}, {regime.name}"
                assert differ(trained.predict(clips, quiet=True), stored) <= 1e-5, where
                out = trained.export(tmp_path / f"{len(seen)}-{regime.name}")
                again = emobench.load(
                    out, data_dir=tmp_path / "nothing", cache_dir=tmp_path / "nothing" / "cache"
                )
                assert differ(again.predict(clips, quiet=True), stored) <= 1e-5, where
                shutil.rmtree(out)
                seen.add(entry.card.name)
        return seen

    return run


def test_every_model_in_both_variants_on_the_simulated_corpus(
    cli, shared_cache, tmp_path, corpus_of, as_clips, reproduced
):
    words = "simulated:size=126"
    done = cli(
        "run", "--models", "all", "--protocol", "missing_modality", "--dataset", words,
        "--variant", "both", "--seeds", 1, "--epochs", 1, "--results", tmp_path / "results",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    folders = Folders(tmp_path, shared_cache)
    clips = as_clips(corpus_of(words, folders), tmp_path / "clips.csv")
    assert reproduced(tmp_path / "results", clips, folders) == set(registry("model"))


@pytest.fixture
def few_takes(real_data, tmp_path) -> Path:
    """A folder with one take of each emotion and actor of RAVDESS, as links, and its units."""
    source, data = real_data / "ravdess", tmp_path / "data"
    if not source.is_dir():
        pytest.skip(f"no RAVDESS in {real_data}")
    for path in source.glob("Actor_*/03-01-*"):
        if re.match(r"03-01-\d\d-01-01-01-", path.name):
            place = data / "ravdess" / path.parent.name / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    shutil.copy(source / "action_units.csv", data / "ravdess")
    return data


def test_every_model_on_real_voices_and_faces(
    cli, few_takes, tmp_path, corpus_of, as_clips, reproduced
):
    done = cli(
        "run", "--models", "all", "--protocol", "full_modalities", "--dataset", "ravdess",
        "--seeds", 1, "--epochs", 1, "--data-dir", few_takes, "--cache-dir", tmp_path / "cache",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    folders = Folders(few_takes, tmp_path / "cache")
    clips = as_clips(corpus_of("ravdess", folders), tmp_path / "clips.csv", fold=1)
    found = reproduced(tmp_path / "results", clips, folders, fold=1)
    assert found == set(registry("model")) - {"oracle"}  # nobody knows what real people express


def test_real_recordings_themselves_get_the_stored_logits(
    cli, few_takes, tmp_path, corpus_of, stored_logits, differ
):
    done = cli(
        "run", "--models", "audio_only", "--protocol", "full_modalities", "--dataset", "ravdess",
        "--seeds", 1, "--data-dir", few_takes, "--cache-dir", tmp_path / "cache",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    trained = emobench.load(
        tmp_path / "results", data_dir=few_takes, cache_dir=tmp_path / "cache", fold=2
    )
    stored = stored_logits(tmp_path / "results", fold=2)
    rows = [
        {"id": path.stem, "audio": str(path)}
        for path in sorted((few_takes / "ravdess").glob("Actor_*/*"))
        if path.stem in stored.index
    ]
    assert len(rows) == len(stored) == 32
    assert differ(trained.predict(rows, quiet=True), stored) <= 1e-5


@pytest.fixture
def own_corpus(shared_cache, tmp_path, corpus_of) -> Path:
    """A manifest with words, recordings and features of the face, and a column split."""
    corpus = corpus_of("simulated:size=126", Folders(tmp_path, shared_cache))
    rows = np.arange(len(corpus.table))
    write_clip_table(corpus, rows, tmp_path / "own.csv", ["transcript", "waveform"])
    table = pd.read_csv(tmp_path / "own.csv", keep_default_na=False)
    table["split"] = corpus.table["split"].to_numpy()
    generator = np.random.default_rng(0)
    (tmp_path / "faces").mkdir()
    for i in rows:
        steps = generator.normal(size=(int(generator.integers(2, 9)), 12))
        np.save(tmp_path / "faces" / f"{i}.npy", steps.astype(np.float32))
    table["vision_features"] = [f"faces/{i}.npy" if i % 7 else "" for i in rows]
    table.to_csv(tmp_path / "own.csv", index=False)
    return tmp_path / "own.csv"


def test_every_model_on_a_corpus_of_ones_own(cli, own_corpus, tmp_path, reproduced):
    done = cli(
        "run", "--models", "all", "--protocol", "full_modalities", "--dataset", own_corpus,
        "--seeds", 1, "--epochs", 1, "--cache-dir", tmp_path / "cache",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(own_corpus, keep_default_na=False)
    clips = tmp_path / "clips.csv"
    table[table["split"] == "test"].drop(columns=["split", "label"]).to_csv(clips, index=False)
    found = reproduced(tmp_path / "results", clips, Folders(tmp_path, tmp_path / "cache"))
    assert found >= set(registry("model")) - {"oracle", "avfusion"}


def test_several_classes_at_once_come_out_as_they_were_stored(
    cli, own_corpus, tmp_path, reproduced
):
    table = pd.read_csv(own_corpus, keep_default_na=False)
    classes = sorted(set(table["label"]))
    more = [
        f"{label}|{classes[i % 6]}" if i % 3 else label for i, label in enumerate(table["label"])
    ]
    table["label"] = more
    table.to_csv(own_corpus, index=False)
    done = cli(
        "run", "--models", "mlp,late_fusion,majority", "--protocol", "full_modalities",
        "--dataset", own_corpus, "--seeds", 1, "--epochs", 1, "--cache-dir", tmp_path / "cache",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    clips = tmp_path / "clips.csv"
    table[table["split"] == "test"].drop(columns=["split"]).to_csv(clips, index=False)
    folders = Folders(tmp_path, tmp_path / "cache")
    assert reproduced(tmp_path / "results", clips, folders) == {"mlp", "late_fusion", "majority"}
    trained = emobench.load(
        tmp_path / "results", "mlp", data_dir=tmp_path, cache_dir=tmp_path / "cache"
    )
    frame = trained.predict(clips, quiet=True)
    for _, row in frame.iterrows():
        assert row["predicted"].split("|") == [c for c in classes if row[f"p_{c}"] > 0.5] or (
            row["predicted"] == "" and all(row[f"p_{c}"] <= 0.5 for c in classes)
        )
    assert frame.attrs["scores"]["clips"] == len(frame)


def test_learned_fills_and_encoders_and_backbones_are_part_of_what_was_trained(
    cli, checkpoints, shared_cache, tmp_path, corpus_of, as_clips, reproduced
):
    words = "simulated:size=126"
    results = tmp_path / "results"
    common = ("--dataset", words, "--seeds", 1, "--results", results)
    backbones = []
    for modality, name in (("text", "bert"), ("audio", "wav2vec2"), ("vision", "resnet18")):
        backbones += ["--backbone", f"{modality}={checkpoints[name]}"]
    sizes = "warmup_epochs=1:width=16:feedforward=16:latent=4:hidden=8:epochs=1"
    for run in (
        ("--models", "mlp:epochs=1", "--protocol", "missing_modality:fill=all"),
        ("--models", "mlp:epochs=1", "--protocol", "full_modalities",
         "--encoder", f"text={checkpoints['bert']}"),
        ("--models", f"cross_modal_attention:epochs=1,cross_modal_translation:{sizes}",
         "--protocol", "full_modalities", "--track", "published", *backbones),
    ):  # fmt: skip
        done = cli("run", *run, *common)
        assert done.returncode == 0, done.stdout + done.stderr
    folders = Folders(tmp_path, shared_cache)
    clips = as_clips(corpus_of(words, folders), tmp_path / "clips.csv")
    regimes = {r.name for e in merge(Results(results).grids()) for r in e.regimes}
    assert len(regimes) > 2
    found = reproduced(results, clips, folders)
    assert found == {"mlp", "cross_modal_attention", "cross_modal_translation"}


def test_each_speakers_own_mean_and_scale_come_from_the_clips(
    cli, shared_cache, tmp_path, corpus_of, as_clips, stored_logits, differ
):
    results, words = tmp_path / "results", "simulated:size=126"
    done = cli(
        "run", "--models", "mlp:epochs=1", "--protocol", "cross_dataset:standardise=speaker",
        "--dataset", f"{words},{words}:redundancy=0.5", "--seeds", 1, "--results", results,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    clips = as_clips(corpus_of(words, Folders(tmp_path, shared_cache)), tmp_path / "clips.csv")
    choice = {"model": "mlp", "dataset": words, "regime": "standardised_by_speaker"}
    trained = emobench.load(results, **choice, cache_dir=shared_cache)
    stored = stored_logits(results, **choice)
    assert differ(trained.predict(clips, quiet=True), stored) <= 1e-5
    again = emobench.load(trained.export(tmp_path / "out"))
    assert differ(again.predict(clips, quiet=True), stored) <= 1e-5
    with pytest.raises(emobench.RequestError, match="every clip needs a speaker"):
        again.predict([{"id": "a", "text": "good morning"}], quiet=True)
