from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import registry
from emobench.grid.plan.candidates import candidates
from emobench.grid.plan.corpora import CorpusPlan, Scope
from emobench.grid.plan.plan import Plan, make_plan
from emobench.grid.plan.request import Request


def _toolbox() -> Any:
    """Tests cannot import one another in pytest's importlib mode: load the helper by its path."""
    name = "emobench_tests_small_corpus"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "benchmark" / "small_corpus.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def tools() -> Any:
    """The module tests/benchmark/small_corpus.py."""
    return _toolbox()


@pytest.fixture(scope="session")
def small(tools: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A prepared simulated corpus of 120 utterances, some of which lack a modality."""
    return tools.Small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A view of a corpus whose faces are a known linear function of its voices."""
    path = Path(__file__).parent / "planted_corpus.py"
    spec = importlib.util.spec_from_file_location("emobench_tests_planted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.planted_view(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def plan_of(small: Any) -> Callable[..., Plan]:
    """Plan models and protocols (names, or with options) on the small corpus."""

    def make(models: list[Any], *protocols: Any, **settings: Any) -> Plan:
        request = Request(
            models=[_entry("model", m) for m in models],
            protocols=[_entry("protocol", p) for p in protocols or ("full_modalities",)],
            corpora=[small.request],
            **settings,
        )
        chosen = candidates(request, small.corpus)
        part = CorpusPlan(small.corpus, small.policy, [small.parts], chosen)
        return make_plan([Scope(request, (part,))])

    return make


def _entry(kind: str, asked: Any) -> Any:
    """An entry and its options, from a name, (name, options) or (entry, options)."""
    name, options = (asked, {}) if isinstance(asked, str) else asked
    return (registry(kind)[name] if isinstance(name, str) else name), options
