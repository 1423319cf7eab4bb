"""Random streams: the numbers of the first release, and no recipe anywhere else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench import randomness
from emobench.datasets.afew import _dev
from emobench.datasets.cmu_mosi import _dev_videos
from emobench.datasets.simulation.plan import generator
from emobench.generation.noise import _noise
from emobench.leaderboard.statistics.bootstrap import seed_weights, unit_weights
from emobench.randomness import (
    DEV_MASK_SEED,
    PAIRING_SEED,
    SINGLE_MODALITY_SEED,
    SWAP_SEED,
    corruption_stream,
    derive,
    draw_key,
    sample_stream,
    step_uniforms,
    toy_stream,
    training_seeds,
    uniforms,
)

ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"u{i}" for i in range(12)]


def test_trainings_are_seeded_as_ever() -> None:
    assert training_seeds("late_fusion", 0, 1) == (1294493870, 1294493871)
    assert derive("emotiwave", 3, 7) == 1775358326


# Taken from the code before all recipes were in one module.
@pytest.mark.parametrize(
    ("names", "seed", "expected"),
    [
        (("a", "é/2"), None, [0.04391110854365152, 0.9192422404163364, 0.16377917151023647,
                              0.6449905734891032]),
        (("a", "b"), DEV_MASK_SEED, [0.859706081162358, 0.782417074329016, 0.9275248046735214,
                                     0.8613518605515494]),
        (("a", "b"), SINGLE_MODALITY_SEED, [0.27756938504958073, 0.07509089473064458,
                                            0.8682412387307747, 0.026317618428308903]),
    ],
)  # fmt: skip
def test_masks_are_drawn_as_ever(
    names: tuple[str, str], seed: int | None, expected: list[float]
) -> None:
    drawn = uniforms(names, ("text", "audio"), *([] if seed is None else [seed]))
    assert drawn.ravel().tolist() == expected


def test_test_inputs_are_changed_as_ever() -> None:
    assert uniforms(("a", "b"), ("swap audio", "partner"), SWAP_SEED).ravel().tolist() == [
        0.4107674688455123, 0.20770230460407174, 0.28501092983421905, 0.104142646567834,
    ]  # fmt: skip
    assert step_uniforms("a", "audio", 3).tolist() == [
        0.00394983736588872, 0.38871183399835174, 0.82070585315611,
    ]  # fmt: skip
    assert [draw_key(word, PAIRING_SEED)[:16] for word in "ab"] == [
        "77b9c4505c0b76db", "28f9017366be96b6",
    ]  # fmt: skip
    assert corruption_stream("babble", "a").random(3).tolist() == [
        0.3670899820560416, 0.851889841987129, 0.7282249106154705,
    ]  # fmt: skip
    assert _noise("a", "mfcc", (1, 3), 3).ravel().tolist() == [
        0.11992865055799484, -0.023748919367790222, -0.06756741553544998,
    ]  # fmt: skip


def test_parts_and_samples_are_drawn_as_ever() -> None:
    assert sample_stream(["a", "b"], "random_clips", 2).random(3).tolist() == [
        0.845835358496901, 0.10595451322846827, 0.9921984174290251,
    ]  # fmt: skip
    assert _dev(NAMES, ["x"] * 6 + ["y"] * 6) == {"u0", "u11"}
    videos = _dev_videos(pd.DataFrame({"group": NAMES, "split": "train"}))
    assert videos[:6] == ["u11", "u0", "u9", "u1", "u6", "u4"]
    assert sorted(NAMES, key=lambda name: draw_key(name, None))[:5] == [
        "u3", "u10", "u9", "u5", "u2",
    ]  # fmt: skip


def test_intervals_are_resampled_as_ever() -> None:
    assert unit_weights("test digest", 6)[:, :2].tolist() == [
        [0, 0], [0, 3], [1, 0], [1, 1], [3, 1], [1, 1],
    ]  # fmt: skip
    assert np.rint(seed_weights("owner", 3)[:2] * 3).tolist() == [[1, 1, 1], [1, 0, 2]]


def test_simulated_corpora_are_drawn_as_ever() -> None:
    assert generator(0, "audio", 2, 5).random(3).tolist() == [
        0.5997741069492726, 0.2899511682171022, 0.37252290813704714,
    ]  # fmt: skip
    assert toy_stream(4, 2, 1).random(2).tolist() == [0.1890929958984794, 0.049414497060742524]


def test_it_loads_neither_torch_nor_pandas() -> None:
    code = (
        "import sys, emobench.randomness\n"
        "assert not {'torch', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every file of the package but the leaf itself and models, whose bytes are stored."""
    for folder in ("benchmark", "datasets", "leaderboard", "protocols"):
        for path in (ROOT / folder).rglob("*.py"):
            if path != ROOT / "benchmark" / "randomness.py":
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def test_no_seed_is_chosen_elsewhere() -> None:
    """Except in the contract's probes of a model, which leave a verdict and no number."""
    for where, tree in sources():
        if where.startswith("benchmark/contract/"):
            continue
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = [t.id for t in targets if isinstance(t, ast.Name)]
            assert not [n for n in names if n.isupper() and n.endswith("SEED")], where
            if isinstance(node, ast.keyword) and node.arg in ("random_state", "seed"):
                literal = isinstance(node.value, ast.Constant) and node.value.value is not None
                assert not literal, f"{where}:{node.value.lineno}"


NUMBERS_OF_BYTES = {
    # Keys by which equal recordings are found: compared, never drawn from.
    "benchmark/corpus/preparation/fingerprints.py",
    "benchmark/grid/plan/shard.py",
    # Sizes in the heads of files.
    "benchmark/intake/formats/kind.py",
    "benchmark/intake/formats/npz.py",
    "benchmark/intake/formats/scout.py",
    "datasets/media/audio.py",
    "datasets/media/told_size.py",
}


def test_no_stream_is_made_elsewhere() -> None:
    """A generator may be made of a seed that was handed over, and of nothing else."""
    forbidden = {"SeedSequence", "RandomState", "PCG64", "getrandbits"}
    for where, tree in sources():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            called, place = node.func.attr, f"{where}:{node.lineno}"
            assert called not in forbidden, place
            if called == "default_rng":
                assert len(node.args) == 1, place
                assert isinstance(node.args[0], ast.Name | ast.Attribute), place
            if called == "from_bytes":
                assert where in NUMBERS_OF_BYTES, place


def test_every_public_recipe_says_what_it_draws() -> None:
    for name, value in vars(randomness).items():
        if callable(value) and getattr(value, "__module__", "") == randomness.__name__:
            assert name.startswith("_") or value.__doc__, name
