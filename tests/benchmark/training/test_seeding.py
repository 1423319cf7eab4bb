from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from emobench.randomness import derive
from emobench.training.seeding import seeded


def test_a_derived_seed_is_the_same_in_every_process():
    run = subprocess.run(
        [sys.executable, "-c",
         "from emobench.randomness import derive; print(derive('model', 0, 1))"],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "3"},
    )  # fmt: skip
    assert int(run.stdout) == derive("model", 0, 1)


def test_derived_seeds_differ_and_fit_every_generator():
    seeds = {derive(m, fold, seed) for m in "ab" for fold in range(5) for seed in range(10)}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derive("a", 11) != derive("a1", 1)


def test_the_same_seed_draws_the_same_inside():
    draws = []
    for seed in (5, 5, 6):
        with seeded(seed):
            draws.append(torch.rand(4).tolist())
    assert draws[0] == draws[1] != draws[2]


def test_the_generators_outside_go_on_as_if_nothing_had_been_drawn():
    def rest():
        return torch.rand(3).tolist(), np.random.rand(3).tolist(), random.random()  # noqa: NPY002

    def restart():
        torch.manual_seed(1)
        np.random.seed(1)  # noqa: NPY002
        random.seed(1)

    restart()
    expected = rest()
    restart()
    with seeded(99):
        torch.rand(10)
    assert rest() == expected
    restart()
    with pytest.raises(RuntimeError), seeded(99):
        torch.rand(10).reshape(3)
    assert rest() == expected
