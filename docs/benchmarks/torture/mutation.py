"""Small changes of the code on which numbers rest, and whether the tests notice them."""

from __future__ import annotations

import ast
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import equivalent_mutants
from finding import Finding

TITLE = "Mutants"
TEXT = """Cosmic Ray changes one place of a module (another operator, number, comparison or
condition, a loop that never runs) and the module's own tests run on it. A mutant is alive if they
pass all the same. Annotations, which nothing computes with, are left out. Mutants that mean the
same as the code, so that no test can tell them, are not counted where they were looked at:
`equivalent_mutants.py` has each with its reason. Needs `pip install ".[torture]"`."""
COUNT = 600
ROOT = Path(__file__).parents[3]
STATISTICS, CORE = "tests/leaderboard/statistics/", "tests/benchmark/"
SUBJECTS: dict[str, tuple[str, ...]] = {
    "leaderboard/statistics/metrics.py": (f"{STATISTICS}test_metrics.py",),
    "leaderboard/statistics/multilabel_metrics.py": (f"{STATISTICS}test_multilabel_metrics.py",),
    "leaderboard/statistics/measures.py": (f"{STATISTICS}test_measures.py",),
    "leaderboard/statistics/bootstrap.py": (
        f"{STATISTICS}test_bootstrap.py", f"{STATISTICS}test_independent.py",
    ),
    "leaderboard/statistics/variance.py": (
        f"{STATISTICS}test_variance.py", f"{STATISTICS}test_independent.py",
    ),
    "leaderboard/statistics/units.py": (f"{STATISTICS}test_units.py",),
    "benchmark/missingness.py": (
        f"{CORE}test_missingness.py", f"{CORE}conditions/test_masks.py",
    ),
    "benchmark/conditions/masks.py": (
        f"{CORE}conditions/test_masks.py", f"{CORE}conditions/test_mask_set.py",
    ),
    "benchmark/conditions/mask_set.py": (f"{CORE}conditions/test_mask_set.py",),
    "benchmark/corpus/split.py": (f"{CORE}corpus/test_split.py",),
    "benchmark/corpus/inner_folds.py": (f"{CORE}corpus/test_inner_folds.py",),
    "benchmark/store/pack.py": (f"{CORE}store/test_packs.py", f"{CORE}store/test_store.py"),
    "benchmark/store/spec.py": (f"{CORE}store/test_spec.py",),
    "benchmark/store/index.py": (f"{CORE}store/test_store.py", f"{CORE}store/test_packs.py"),
    "benchmark/store/store.py": (
        f"{CORE}store/test_store.py", f"{CORE}store/test_verification.py",
        f"{CORE}grid/test_mixture.py",
    ),
    "benchmark/disk/seal.py": (f"{CORE}test_seal.py", f"{CORE}store/test_verification.py"),
    "benchmark/atomic.py": (f"{CORE}test_atomic.py", f"{CORE}disk/test_patience.py"),
}  # fmt: skip
"""Metrics, bootstrap, masks, splits and store: each module and the tests that are its own."""

THIRD_PARTY = ("numpy", "scipy.stats", "pandas", "pyarrow.parquet", "hypothesis", "pydantic",
               "pytest", "torch", "typer")  # fmt: skip
PATIENCE = 10.0
"""A mutant that takes so many times the time of its tests, and a minute, is caught as a hang."""


class Place(NamedTuple):
    """What Cosmic Ray changes: the operator, at which of the places where it can, and the line."""

    operator: str
    occurrence: int
    line: int


class Mutant(NamedTuple):
    """A changed module: its path from the repository's root, what was changed, and its text."""

    path: str
    place: Place
    code: str

    @property
    def sameness(self) -> str:
        """Why it means the same as the code, if somebody has found that it does."""
        texts = (ROOT / self.path).read_text("utf-8"), self.code
        before, after = (text.splitlines()[self.place.line - 1] for text in texts)
        return equivalent_mutants.reason(self.path, before, after, self.place.operator)

    def __str__(self) -> str:
        name, occurrence, line = self.place
        return f"{self.path}:{line}: {name.removeprefix('core/')} (occurrence {occurrence})"


def campaign(count: int, seed: int) -> Finding:
    """Draw `count` mutants evenly over the modules, and run each module's tests on its own."""
    import importlib

    os.environ["OMP_NUM_THREADS"] = "1"
    for name in THIRD_PARTY:  # before processes are forked, so that each need not import them
        importlib.import_module(name)
    share, alive, notes, tried, same = count / len(SUBJECTS), list[Mutant](), list[str](), 0, 0
    for number, (path, tests) in enumerate(SUBJECTS.items()):
        wanted = round(share * (number + 1)) - round(share * number)
        every = list(places(path))
        drawn = list(islice(mutants(path, random.Random(seed).sample(every, len(every))), wanted))
        began = time.perf_counter()
        if not passes(None, tests, 600.0):
            raise RuntimeError(f"{path}: its tests fail on the code as it is")
        limit = 60 + PATIENCE * (time.perf_counter() - began)
        passed = [one for one in drawn if passes(one, tests, limit)]
        living = [one for one in passed if not one.sameness]
        same += len(passed) - len(living)
        alive += living
        tried += len(drawn)
        equal = f" {len(passed) - len(living)} mean the same," if len(passed) > len(living) else ""
        notes.append(
            f"`{path}`: {len(living)} of {len(drawn)} alive,{equal} drawn from {len(every)}."
        )
        print(notes[-1], *living, sep="\n  ", file=sys.stderr, flush=True)
    part = len(alive) / max(tried - same, 1)
    notes.insert(0, f"{len(alive)} of {tried} alive: {part:.1%} of those that change a meaning.")
    return Finding(tried, [f"alive: {one}" for one in alive], notes)


def places(path: str) -> Iterator[Place]:
    """Every change that Cosmic Ray can make to a module, but those of annotations."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = (ROOT / path).read_text("utf-8")
    skipped, nodes = annotations(source), list(ast_nodes(get_ast(source)))
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if kind.arguments():
            continue
        starts = [start for node in nodes for start, _ in kind().mutation_positions(node)]
        for occurrence, start in enumerate(starts):
            if not any(first <= start < last for first, last in skipped):
                yield Place(name, occurrence, start[0])


def mutants(path: str, drawn: Sequence[Place]) -> Iterator[Mutant]:
    """The changed module for each place, each text once."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (ROOT / path).read_text("utf-8")
    seen = {source}
    for place in drawn:
        try:
            code = mutate_code(source, get_operator(place.operator)(), place.occurrence)
        except AttributeError:  # an exception with a dotted name is more than it can replace
            continue
        if code is not None and code not in seen:
            seen.add(code)
            yield Mutant(path, place, code)


def annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where annotations stand: line and column."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for name in ("annotation", "returns"):
            inner = getattr(node, name, None)
            if isinstance(inner, ast.expr):
                start = (inner.lineno, inner.col_offset)
                found.append((start, (inner.end_lineno or 0, inner.end_col_offset or 0)))
    return found


def passes(mutant: Mutant | None, tests: Sequence[str], limit: float) -> bool:
    """Whether tests pass in a process in which a module is another."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os._exit(_run(mutant, tests))
    end = time.monotonic() + limit
    try:
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.02)
        return False
    finally:
        _end(child)


def _end(child: int) -> None:
    """End a process and its children, whichever of them are left."""
    try:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def _run(mutant: Mutant | None, tests: Sequence[str]) -> int:
    """Run tests in this process, silently, on the changed module."""
    import pytest

    for name in [n for n in sys.modules if n.partition(".")[0] == "emobench"]:
        del sys.modules[name]
    if mutant is not None:
        _exchange(ROOT / mutant.path, mutant.code)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(ROOT)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow"]
    try:
        return int(pytest.main([*options, *tests]))
    except BaseException:  # whatever a mutant does, it is noticed
        return 1


def _exchange(path: Path, code: str) -> None:
    """Let Python import a module from another text."""
    usual = SourceFileLoader.get_code

    @cache
    def compiled() -> Any:
        return compile(code, str(path), "exec", dont_inherit=True)

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        same = os.path.realpath(self.path) == os.path.realpath(path)
        return compiled() if same else usual(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
