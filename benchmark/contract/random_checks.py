"""The check that a model leaves global random states and settings unchanged."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from emobench.contract import process_settings
from emobench.contract.failure import ContractError, Symptom, trying
from emobench.contract.subject import BATCH, DROP, Subject
from emobench.interface.model import Model, build_model
from emobench.training.seeding import seeded

SUSPECT = {
    "NumPy's": r"\b(np|numpy)\.random\.(?!default_rng|Generator)",
    "Python's": r"(?<![\w.])random\.\w+\(",
    "torch's": r"manual_seed|\btorch\.(rand|normal|bernoulli|multinomial)|\.seed\(",
}
"""Owner of a generator to a pattern of the lines that use or seed it."""
PREDICTING = "predicting"


@dataclass(frozen=True)
class _Generators:
    """State of the process's generators."""

    numpy: Any
    python: Any
    torch: torch.Tensor

    @classmethod
    def now(cls) -> _Generators:
        legacy = np.random.get_state()  # noqa: NPY002
        return cls(legacy, random.getstate(), torch.get_rng_state())

    def restore(self) -> None:
        np.random.set_state(self.numpy)  # noqa: NPY002
        random.setstate(self.python)
        torch.set_rng_state(self.torch)

    def changed(self, later: _Generators) -> list[str]:
        """Names of the generators whose state differs `later`."""
        pairs = zip(self.numpy, later.numpy, strict=True)
        differ = {
            "NumPy's": not all(np.array_equal(a, b) for a, b in pairs),
            "Python's": self.python != later.python,
            "torch's": not torch.equal(self.torch, later.torch),
        }
        return [whose for whose, yes in differ.items() if yes]


def check_random_state(subject: Subject) -> None:
    """Construction, training and prediction leave global random state and settings alone."""
    before = _Generators.now()
    try:
        _check_generators(subject)
        _check_settings(subject)
    finally:
        before.restore()
        process_settings.restore(subject.settings)


def _check_generators(subject: Subject) -> None:
    seed = 41
    config = replace(subject.config, epochs=1, patience=1, batch_size=BATCH)

    def build() -> Model:
        return build_model(subject.kind, subject.view.task, config, subject.variant)

    with seeded(seed):
        model = _run_watched(subject, "building the model", build, seed)
    session = subject.session(model, drop=DROP)
    with seeded(seed + 1):
        _run_watched(subject, "a short training", partial(model.fit, session), seed + 1)
    batch = subject.batch()
    model.eval()
    with torch.inference_mode():
        _run_watched(subject, PREDICTING, partial(model, batch), None)
        for m in subject.modalities if model.can_generate else ():
            _run_watched(subject, f"generating {m}", partial(model.generate, batch, m), None)


def _run_watched(subject: Subject, tried: str, action: Callable[[], Any], seed: int | None) -> Any:
    """Do `action` and compare the generators before and after.

    `seed` is that of the harness's protection, under which torch's generator may be used but not
    seeded; None if it may not be used either.
    """
    before = _Generators.now()
    with trying(tried, subject.path):
        result = action()
    for whose in before.changed(_Generators.now()):
        if whose == "torch's" and seed is not None:
            continue
        hint = "draw from torch's generator or session.generator instead"
        if whose == "torch's":
            hint = "draw nothing in evaluation"
        happened = f"{whose} global random numbers were used or seeded"
        symptom = Symptom.DRAWS if tried == PREDICTING else Symptom.OTHER
        look = f"{_lines(subject, SUSPECT[whose])}; {hint}"
        raise ContractError(tried, happened, look, symptom)
    if seed is not None and torch.initial_seed() != seed:
        happened = "torch's global generator was seeded, so that all seeds of a run are one"
        where = _lines(subject, SUSPECT["torch's"])
        raise ContractError(tried, happened, f"{where}; leave the seed to the harness")
    return result


def _check_settings(subject: Subject) -> None:
    """Compare the settings with those before the model's file was imported."""
    for name, now in process_settings.current().items():
        was = subject.settings[name]
        if now != was:
            happened = f"{name}: the process had {was}, and then {now}"
            where = _lines(subject, re.escape(name))
            raise ContractError("importing, building and training the model", happened, where)


def _lines(subject: Subject, pattern: str) -> str:
    """The model's file with the lines that match, ``NAME.py:12 and 30``."""
    found = [
        str(number)
        for number, line in enumerate(subject.path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line.partition("#")[0])
    ]
    return subject.path.name + (f":{' and '.join(found[:3])}" if found else "")
