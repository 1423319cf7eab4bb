"""docs/benchmarks/torture: the page is written from stored campaigns, and partly anew."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "benchmarks" / "torture"
NAMES = [path.stem for path in SCRIPTS.glob("[!_]*.py")]


@pytest.fixture(scope="module")
def scripts() -> Iterator[Any]:
    """The script's main module, as it is when Python runs the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        for name in NAMES:  # theirs are plain words, which others may have used
            patch.delitem(sys.modules, name, raising=False)
        spec = importlib.util.spec_from_file_location("torture_main", SCRIPTS / "__main__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
        for name in (*NAMES, "machine"):
            sys.modules.pop(name, None)


class Made:
    """A campaign that tries nothing."""

    TITLE, TEXT, COUNT = "Made up", "Nothing is caused.", 7
    failures: tuple[str, ...] = ()

    def campaign(self, count: int, seed: int) -> Any:
        finding = importlib.import_module("finding")
        return finding.Finding(count, list(self.failures), [f"seed {seed}"])


@pytest.fixture
def two(scripts: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Made]:
    found = {"first": Made(), "second": Made()}
    monkeypatch.setattr(scripts, "NAMES", tuple(found))
    monkeypatch.setattr(scripts, "module", found.__getitem__)
    return found


def test_a_campaign_leaves_the_others_as_they_are(
    scripts: Any, two: dict[str, Made], tmp_path: Path
) -> None:
    folder = ["--output", str(tmp_path)]
    assert scripts.main(["second", *folder]) == 0
    kept = json.loads((tmp_path / "reliability.json").read_text())["second"]
    assert "| Made up | not run yet |" in (tmp_path / "reliability.md").read_text()
    assert scripts.main(["first", "--count", "3", "--seed", "5", *folder]) == 0
    stored = json.loads((tmp_path / "reliability.json").read_text())
    assert list(stored) == ["first", "second"]
    assert stored["second"] == kept
    assert kept["finding"]["count"] == 7
    assert stored["first"]["finding"] == {"count": 3, "failures": [], "notes": ["seed 5"]}
    assert stored["first"]["command"] == "python docs/benchmarks/torture first --count 3 --seed 5"


def test_a_failure_is_stored_and_is_the_exit_status(
    scripts: Any, two: dict[str, Made], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two["first"].failures = ("a file was read half",)
    assert scripts.main(["--output", str(tmp_path)]) == 1
    page = (tmp_path / "reliability.md").read_text()
    assert "- Failure: a file was read half\n" in page
    assert "not all was withstood: first\n" in capsys.readouterr().err


def test_the_stored_page_is_what_its_campaigns_give(scripts: Any) -> None:
    page = importlib.import_module("page")
    stored = page.read_campaigns(ROOT / "docs")
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    assert text == page.page(stored, scripts.about())
