"""The house keeps its shape: no circles, layers, short functions, small folders, words for all."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def _checker() -> Any:
    """The module tests/architecture.py: in pytest's importlib mode tests import no neighbour."""
    name = "emobench_tests_architecture"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("architecture.py"))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


house = _checker()
FOLDERS = {
    "emobench": ROOT / "benchmark",
    **{f"emobench.{f}": ROOT / f for f in ("models", "datasets", "protocols", "leaderboard")},
}
SOURCES = house.read_sources(FOLDERS)
EDGES = {name: house.imports_of(source, SOURCES) for name, source in SOURCES.items()}


def test_no_modules_import_one_another():
    # A folder's __init__ that lists what its modules offer is imported by name alone.
    files = {n: {o for o in out if not SOURCES[o].is_package} for n, out in EDGES.items()}
    assert house.circles(files) == []


def test_the_core_imports_downwards_alone():
    assert house.layer_violations(EDGES) == []


def test_the_leaderboard_rests_on_stored_tables_and_leaves():
    assert house.leaderboard_violations(EDGES) == []


def test_functions_can_be_read_without_scrolling():
    assert house.long_functions(SOURCES) == []


def test_no_folder_is_crowded():
    assert house.crowded_folders(SOURCES) == []


def test_modules_are_named_by_nouns():
    assert house.verbal_names(SOURCES) == []


def test_every_public_definition_is_documented():
    assert house.undocumented(SOURCES) == []


def test_every_public_name_of_the_package_is_documented():
    stub = ROOT / "benchmark" / "__init__.pyi"
    assert house.undocumented_exports(stub, "emobench", SOURCES) == []


def build(tmp_path: Path, **files: str) -> dict[str, Any]:
    """A small tree called ``emobench``; ``__`` in a name stands for a slash."""
    for name, text in files.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return house.read_sources({"emobench": tmp_path})


def edges_of(sources: dict[str, Any]) -> dict[str, set[str]]:
    return {name: house.imports_of(source, sources) for name, source in sources.items()}


@pytest.mark.parametrize(
    "back",
    [
        "import emobench.grid.a",
        "from emobench.grid import a",
        "from emobench.grid.a import x",
        "from .a import x",
        "from . import a",
        "def f():\n    from emobench.grid.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from emobench.grid.a import x",
    ],
)
def test_a_circle_is_seen_however_it_is_imported(tmp_path, back):
    sources = build(
        tmp_path,
        grid__a="from emobench.grid.b import y",
        grid__b="from emobench.grid.c import z",
        grid__c=back,
        grid__d="from emobench.grid.a import x",
    )
    members = [f"emobench.grid.{m}" for m in "abc"]
    assert house.circles(edges_of(sources)) == [members]


def test_two_circles_are_told_apart(tmp_path):
    sources = build(
        tmp_path, a="import emobench.b", b="import emobench.a", c="import emobench.d",
        d="import emobench.c", e="import emobench.a",
    )  # fmt: skip
    found = house.circles(edges_of(sources))
    assert found == [["emobench.a", "emobench.b"], ["emobench.c", "emobench.d"]]


def test_an_import_from_a_higher_layer_is_named(tmp_path):
    sources = build(
        tmp_path,
        interface__model="def f():\n    from emobench.training.losses import x",
        training__losses="from emobench.interface import task",
        interface__task="import emobench.errors",
        errors="",
        attic__trunk="",
    )
    found = house.layer_violations(edges_of(sources))
    assert found == [
        "attic has no layer",
        "emobench.interface.model imports emobench.training.losses, of a higher layer",
    ]


def test_the_leaderboard_may_not_look_into_the_core(tmp_path):
    sources = build(
        tmp_path,
        leaderboard__a="from emobench.store.records import Row\nfrom emobench.errors import E",
        leaderboard__b="from emobench.grid.run import run\nimport emobench.leaderboard.a",
        store__records="",
        errors="",
        grid__run="",
    )
    found = house.leaderboard_violations(edges_of(sources))
    assert found == ["emobench.leaderboard.b imports emobench.grid.run"]


def test_sixty_lines_are_allowed_and_no_more(tmp_path):
    body = "\n".join("    x = 1" for _ in range(59))
    longer = f"class A:\n    def g(self):\n{textwrap.indent(body, '    ')}\n        y = 2\n"
    sources = build(tmp_path, short=f"def f():\n{body}\n", long=longer)
    assert house.long_functions(sources) == ["emobench.long.g has 61 lines"]


def test_a_folder_of_sixteen_modules_is_crowded(tmp_path):
    full = {f"full__m{i}": "" for i in range(15)} | {"full____init__": ""}
    sources = build(tmp_path, **full, **{f"over__m{i}": "" for i in range(16)})
    assert house.crowded_folders(sources) == ["over has 16 modules"]


def test_participles_and_adverbs_are_no_names(tmp_path):
    names = (
        "stored",
        "drawn",
        "opening",
        "likely",
        "feed",
        "sampling",
        "modality_masking",
        "split",
    )
    sources = build(tmp_path, **dict.fromkeys(names, ""))
    assert house.verbal_names(sources) == [
        "emobench.feed", "emobench.likely", "emobench.opening", "emobench.stored"
    ]  # fmt: skip


def test_whatever_is_public_needs_words(tmp_path):
    sources = build(
        tmp_path,
        silent="x = 1",
        said='''
        """Said."""

        def f(): pass

        def _g(): pass

        class A:
            """Said."""

            def h(self): pass

            def _i(self): pass

            @property
            def j(self):
                """Said."""
        ''',
    )
    assert house.undocumented(sources) == [
        "emobench.said.A.h",
        "emobench.said.f",
        "emobench.silent",
    ]


def test_a_public_constant_needs_a_line_below_it(tmp_path):
    sources = build(
        tmp_path,
        inner='''
        """Said."""
        A = 1
        """Said."""
        B: int = 2
        C = 3

        def f():
            """Said."""
        ''',
    )
    stub = tmp_path / "facade.pyi"
    stub.write_text("".join(f"from .inner import {n} as {n}\n" for n in "ABCf"))
    found = house.undocumented_exports(stub, "emobench", sources)
    assert found == ["emobench.inner.B", "emobench.inner.C"]
