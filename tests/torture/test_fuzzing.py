"""A seeded handful of the inputs that `python docs/benchmarks/torture fuzz` draws in thousands.

Every crash that the campaign found is here too, as the smallest input that shows it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TORTURE = Path(__file__).parents[2] / "docs" / "benchmarks" / "torture"
QUICK = (
    "studies", "options", "words", "masks", "models", "pickles", "features_npy", "features_npz",
    "features_csv", "features_safetensors", "table_csv", "table_json", "archive_tar", "archive_zip",
    "layout_meld",
)  # fmt: skip


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, Any]]:
    """Every target by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TORTURE))
        fuzz = importlib.import_module("fuzz")
        yield {target.name: target for target in fuzz.targets()}
        for name in [n for n in sys.modules if n == "fuzz" or n.startswith("fuzzing")]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def wrong(targets: dict[str, Any]) -> Callable[..., str | None]:
    found: Callable[..., str | None] = importlib.import_module("fuzzing.target").wrong
    return found


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_it_is_read_or_refused_in_a_sentence(
    targets: dict[str, Any], wrong: Any, tmp_path: Path, name: str, seed: int
) -> None:
    target = targets[name]
    assert wrong(target, target.make(Random(seed)), tmp_path) is None


@pytest.mark.slow
def test_every_target_withstands_a_handful(
    targets: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = importlib.import_module("fuzzing.process")
    faults = []
    for target in targets.values():
        done = process.ran(target, 1000, 6, 7, tmp_path)
        faults += [f"{fault}: {which}" for fault, which in done.faults.items()]
    assert faults == []


def test_a_fault_is_seen(targets: dict[str, Any], wrong: Any, tmp_path: Path) -> None:
    """The judge itself: a traceback, a part that is left and a silent refusal are faults."""
    module = importlib.import_module("fuzzing.target")

    def judged(use: Callable[[Path, Path], Any]) -> str | None:
        target = module.Target("x", lambda random: {}, use, (ValueError,))
        found: str | None = wrong(target, {"a/b": b"x"}, tmp_path)
        return found

    def raises(error: BaseException) -> Callable[[Path, Path], Any]:
        def use(folder: Path, out: Path) -> None:
            assert (folder / "a" / "b").read_bytes() == b"x"
            raise error

        return use

    def leaves(folder: Path, out: Path) -> None:
        (out / "part").write_text("x")
        raise ValueError("no")

    assert judged(raises(ValueError("a sentence"))) is None
    assert judged(lambda folder, out: None) is None
    assert "KeyError" in str(judged(raises(KeyError("x"))))
    assert "SystemExit" in str(judged(raises(SystemExit(0))))
    assert "without a word" in str(judged(raises(ValueError(""))))
    assert "files are left" in str(judged(leaves))


def test_a_hang_is_seen(
    targets: dict[str, Any], wrong: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("fuzzing.target")
    monkeypatch.setattr(module, "MOST_SECONDS", 0.05)

    def hang(folder: Path, out: Path) -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:  # what must not save it
                continue

    target = module.Target("x", lambda random: {}, hang, (ValueError,))
    assert "of the processor" in str(wrong(target, {}, tmp_path))


def test_a_process_that_ends_is_seen(targets: dict[str, Any], tmp_path: Path) -> None:
    import os
    import signal

    module, process = (importlib.import_module(f"fuzzing.{n}") for n in ("target", "process"))

    def dies(folder: Path, out: Path) -> None:
        if (folder / "x").read_bytes() == b"2":
            os.kill(os.getpid(), signal.SIGKILL)

    target = module.Target("x", lambda random: {"x": b"%d" % random.randrange(4)}, dies, ())
    done = process.ran(target, 0, 12, 0, tmp_path)
    assert done.count == 12
    (which,) = done.faults.values()
    assert list(done.faults) == ["the process ended by SIGKILL"]
    assert which.startswith("x, input ")
