"""The contract of a representation, each check a function of its subject."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.contract.extensions.examination import Examination
from emobench.contract.extensions.representation_subject import (
    Make,
    RepresentationSubject,
    shown,
)
from emobench.contract.failure import ContractError, NotApplicable, Symptom
from emobench.contract.fixture import contract_fixture
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.preparation.fit import feature
from emobench.discovery.representations import check_usable, extracted
from emobench.executors.in_process import InProcess
from emobench.isolation import process_settings

FEW = 6
"""Utterances of the smallest train part that is tried, and of what another process makes."""


def examination(name: str) -> Examination:
    """The checks of the representation called `name`.

    Raises
    ------
    RequestError
        It needs a package that is not installed, or starts from what no check can give it.
    """
    check_usable(name)
    subject = RepresentationSubject(name)
    checks = {key: partial(check, subject) for key, check in CHECKS.items()}
    return Examination(subject.label, subject.path, checks, first="declared")


def check_declared(subject: RepresentationSubject) -> None:
    """Version, type and flags are what they can be."""
    kind: Any = subject.kind
    if not isinstance(kind.version, int) or isinstance(kind.version, bool) or kind.version < 1:
        raise ContractError("its version", f"it is {kind.version!r}, and must be 1, 2, 3, …")
    if not subject.fitted and kind.dtype not in ("float16", "float32"):
        raise ContractError("its dtype", f"it is {kind.dtype!r}, and must be float16 or float32")
    if kind.discrete and kind.standardise:
        raise ContractError("its flags", "ids (discrete) cannot be standardised")


def check_output(subject: RepresentationSubject) -> None:
    """Every utterance gives finite numbers ``[T, D]`` with one D."""
    make = subject.maker()
    sizes: dict[int, str] = {}
    for item in subject.items(subject.rows):
        values = _checked(subject, make, item, shown(item))
        sizes.setdefault(values.shape[1], shown(item))
    if len(sizes) > 1:
        (first, one), (second, other), *_ = sizes.items()
        happened = f"{one} has {first} features, {other} {second}"
        raise ContractError("the number of features", happened, "[T, D]; is it transposed?")


def _checked(subject: RepresentationSubject, make: Make, item: Any, what: str) -> NDArray[Any]:
    """What is made of an item, as it would be stored."""
    made = make(item)
    tried = f"the values of {what}"
    if not isinstance(made, np.ndarray) or made.ndim != 2 or not made.shape[1]:
        shape = getattr(made, "shape", "")
        happened = f"they are {type(made).__name__} {shape} and no NumPy array [T, D]"
        raise ContractError(tried, happened, cause=f"type {type(made)}", symptom=Symptom.SHAPE)
    if made.dtype.kind not in "fiub":
        raise ContractError(tried, f"they are of type {made.dtype} and no real numbers")
    if not len(made):
        raise ContractError(tried, "there is no step (T is 0): return a row of zeros")
    if not np.isfinite(made).all():
        raise ContractError(tried, "some are NaN or infinite", symptom=Symptom.NOT_FINITE)
    dtype = getattr(subject.kind, "dtype", "float32")
    with np.errstate(over="ignore"):
        stored = made.astype(dtype)
    if not np.isfinite(stored).all():
        largest = f"{np.abs(made).max():,.0f}"
        raise ContractError(tried, f"{largest} does not fit {dtype}, in which they are stored")
    return stored


def check_shortest(subject: RepresentationSubject) -> None:
    """The shortest and strangest clips that a run can hand out give values too."""
    extremes = subject.extremes()
    if not extremes:
        raise NotApplicable(f"no clip of {subject.source} is stranger than another")
    make = subject.maker()
    width = _checked(subject, make, subject.items(subject.rows[:1])[0], "an utterance").shape[1]
    for what, media in extremes.items():
        try:
            values = _checked(subject, make, subject.basis(media), what)
        except ContractError as error:
            raise ContractError(what, str(error), symptom=error.symptom) from error
        if values.shape[1] != width:
            happened = f"there are {values.shape[1]} features, of other utterances {width}"
            raise ContractError(f"the values of {what}", happened)


def check_informative(subject: RepresentationSubject) -> None:
    """Some feature differs between train utterances; a constant one is set to zero in a run."""
    make = subject.maker()
    found = [np.asarray(make(item)) for item in subject.items(subject.train)]
    steps = np.concatenate(found)
    if (steps == steps[0]).all():
        raise ContractError("the values of all train utterances", "every step is the same")


def check_random_state(subject: RepresentationSubject) -> None:
    """Global random numbers are neither used nor seeded, and no setting is changed."""
    before, settings = _random_states(), process_settings.current()
    try:
        make = subject.maker()
        for item in subject.items(subject.rows[:FEW]):
            make(item)
        after = _random_states()
        whose = [name for name in before if not _same_state(before[name], after[name])]
        if whose:
            happened = f"{whose[0]} global random numbers were used or seeded"
            hint = "draw from np.random.default_rng(0) of its own instead"
            raise ContractError("making values", happened, hint, Symptom.DRAWS)
        for name, now in process_settings.current().items():
            if now != settings[name]:
                was = settings[name]
                raise ContractError("making values", f"{name}: it was {was}, and then {now}")
    finally:
        np.random.set_state(before["NumPy's"])  # noqa: NPY002
        random.setstate(before["Python's"])
        torch.set_rng_state(before["torch's"])
        process_settings.restore(settings)


def _random_states() -> dict[str, Any]:
    numpy = np.random.get_state()  # noqa: NPY002
    return {"NumPy's": numpy, "Python's": random.getstate(), "torch's": torch.get_rng_state()}


def _same_state(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def check_same_again(subject: RepresentationSubject) -> None:
    """The same clip gives the same values, of one instance and of another."""
    make, other = subject.maker(), subject.maker()
    for i in subject.rows[: 2 * FEW]:
        first, again, third = (m(subject.items([i])[0]) for m in (make, make, other))
        _equal(first, again, "the same clip twice", "the second time other values came out")
        _equal(first, third, "the same clip in a new instance", "other values came out")


def check_other_clips(subject: RepresentationSubject) -> None:
    """The values of a clip do not depend on the clips before it."""
    rows = subject.rows
    forward, backward = subject.maker(), subject.maker()
    ahead = {i: forward(subject.items([i])[0]) for i in rows}
    for i in reversed(rows):
        again = backward(subject.items([i])[0])
        _equal(ahead[i], again, "clips in the other order", "a clip depends on those before it")


def _equal(one: Any, other: Any, tried: str, happened: str) -> None:
    if not np.array_equal(np.asarray(one), np.asarray(other)):
        raise ContractError(tried, happened, symptom=Symptom.UNEQUAL)


def check_clip_unchanged(subject: RepresentationSubject) -> None:
    """The recording is left as it is: other representations read the same one."""
    make = subject.maker()
    for i in subject.rows[:FEW]:
        (item,) = subject.items([i])
        if not isinstance(item, np.ndarray):
            raise NotApplicable("a text cannot be changed")
        kept = item.copy()
        make(item)
        if not np.array_equal(item, kept):
            raise ContractError(
                f"the values of {shown(item)}",
                "the recording itself was changed, which other representations read too",
                "work on a copy",
            )


def check_another_process(subject: RepresentationSubject) -> None:
    """Another process, in which texts have other hashes, makes the same values."""
    rows = subject.rows[:FEW]
    make = subject.maker()
    ours = [np.asarray(make(item), dtype=np.float64) for item in subject.items(rows)]
    with tempfile.TemporaryDirectory(prefix="emobench-check-") as folder:
        place = Path(folder, "theirs.npz")
        code = (
            "from emobench.contract.extensions.representation_checks import write_few; "
            f"write_few({subject.name!r}, {str(place)!r})"
        )
        here = [sys.executable, "-c", code]
        seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(here, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise ContractError("making values in another process", f"it raised {last[0]}")
        with np.load(place) as stored:
            theirs = [stored[str(i)] for i in rows]
    for one, other in zip(ours, theirs, strict=True):
        if one.shape != other.shape or not np.allclose(one, other, rtol=1e-5, atol=1e-6):
            raise ContractError(
                "making values in another process",
                "other values came out: they depend on the hash of a text, on an address, on the "
                "time or on a file that is written",
                symptom=Symptom.UNEQUAL,
            )


def write_few(name: str, place: str) -> None:
    """Write what the representation `name` makes of a few utterances: the other process."""
    subject = RepresentationSubject(name)
    make = subject.maker()
    rows = subject.rows[:FEW]
    values = {str(i): np.asarray(make(subject.items([i])[0]), dtype=np.float64) for i in rows}
    np.savez(place, **values)  # type: ignore[arg-type]


def check_fit(subject: RepresentationSubject) -> None:
    """Folds are apart, a small train part is enough, and `size` is what comes out."""
    if not subject.fitted:
        raise NotApplicable("it is not fitted")
    half = len(subject.train) // 2
    item = subject.items(subject.rows[-1:])[0]
    first = subject.maker(subject.train[:half])
    before = np.array(first(item))
    subject.maker(subject.train[half:])
    _equal(
        before, first(item), "fitting another instance on other utterances",
        "the first one changed: what is learned must be kept in self, not in the class",
    )  # fmt: skip
    small = subject.maker(subject.train[:FEW])
    for i in subject.rows[-FEW:]:
        _checked(subject, small, subject.items([i])[0], f"a train part of {FEW}")
    instance: Any = subject.kind()
    instance.fit(subject.items(subject.train))
    made = np.concatenate([instance.transform(i) for i in subject.items(subject.rows)])
    if subject.kind.discrete and not (made.min() >= 0 and made.max() < instance.size):
        happened = f"ids from {made.min():.0f} to {made.max():.0f} came out"
        raise ContractError(f"size, which is {instance.size}", happened)
    if not subject.kind.discrete and made.shape[1] != instance.size:
        happened = f"{made.shape[1]} features came out"
        raise ContractError(f"size, which is {instance.size}", happened)


def check_in_a_run(subject: RepresentationSubject) -> None:
    """A run stores these values, and standardises them on train."""
    fixture = contract_fixture()
    target = prepare(fixture.corpus, extracted([subject.name]), InProcess())
    rows = fixture.parts.train
    stored = feature(target, subject.name, rows)
    make = subject.maker(rows[[subject.media[i] is not None for i in rows]])
    for i in subject.rows[:FEW]:
        made = np.asarray(make(subject.items([i])[0]), dtype=np.float32)
        if not np.allclose(stored.table[i], made, rtol=2e-3, atol=1e-5):
            raise ContractError("what a run stores", "it is not what extract gives")
    if stored.scale is not None:
        steps = np.concatenate([stored.table[int(i)] for i in subject.train])
        lost = np.flatnonzero((stored.scale == 0) & (steps != steps[0]).any(axis=0))
        if len(lost):
            raise ContractError(
                "standardising on train", f"feature {lost[0]} differs so little beside its mean "
                "that a run takes it for constant, and sets it to zero",
                "subtract an offset",
            )  # fmt: skip


CHECKS = {
    "declared": check_declared,
    "output": check_output,
    # Random draws make every check fail that compares two answers.
    "random_state": check_random_state,
    "same_again": check_same_again,
    "other_clips": check_other_clips,
    "clip_unchanged": check_clip_unchanged,
    "shortest": check_shortest,
    "informative": check_informative,
    "fit": check_fit,
    "another_process": check_another_process,
    "in_a_run": check_in_a_run,
}
"""Every check, in the order in which they are shown."""
