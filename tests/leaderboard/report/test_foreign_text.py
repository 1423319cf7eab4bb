"""Whatever somebody else writes into any text of the records stays text on the page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench import EmobenchError
from emobench.leaderboard import render

from ..conftest import ALL, Made, Writer
from .test_structure import Outline, executed

EVIL = "</script></style><script>alert(1)</script><img src=x onerror=alert(1)>\" onload='x' {{7*7}}"
ADDRESS = "javascript:alert(1)"
LINKS = {"link", "url", "address", "href", "obtain"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("foreign") / "results"
    writer = Writer(root, n=30, seeds=1, subsets=(), rates=(0.2,))
    for name in ("alpha_net", "majority", "late_fusion"):
        kind = "published" if name == "alpha_net" else "reference"
        writer.grid(Made(name, kind, {} if name == "majority" else ALL))
    return root


def texts(value: Any, key: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Every text of a record, with what holds it and the name that it stands under."""
    for at, inner in value.items() if isinstance(value, dict) else enumerate(value):
        name = at if isinstance(at, str) else key
        if isinstance(inner, str):
            yield value, at, name
        elif isinstance(inner, dict | list):
            yield from texts(inner, name)


def records(root: Path) -> list[Path]:
    return [*root.glob("grids/*.json"), *root.glob("corpora/*.json")]


@pytest.mark.slow
def test_no_text_of_a_record_becomes_markup(stored: Path, tmp_path: Path) -> None:
    names = {name for p in records(stored) for _, _, name in texts(json.loads(p.read_text()))}
    assert len(names) > 15
    rendered, seen = 0, set[str]()
    for number, name in enumerate(sorted(names)):
        root = tmp_path / str(number)
        shutil.copytree(stored, root)
        for path in records(root):
            content = json.loads(path.read_text())
            for holder, at, said in list(texts(content)):
                if said == name:
                    holder[at] = ADDRESS if name in LINKS else f"{holder[at]} {EVIL}"
            path.write_text(json.dumps(content))
        try:
            text = render(root).read_text("utf-8")
        except EmobenchError:
            continue
        rendered += 1
        outline = Outline(text)
        tags = {tag for tag, _, _ in outline.found}
        assert not tags & {"img", "iframe", "object", "embed", "link", "base", "form"}, name
        assert len(executed(outline, "script")) == 2, name
        for tag, attributes, _ in outline.found:
            assert not [one for one in attributes if one.startswith("on")], (name, tag, attributes)
            assert not str(attributes.get("href") or "").lower().startswith("javascript:"), name
        if "alert(1)" in "".join("".join(pieces) for pieces in outline.texts.values()):
            seen.add(name)
    assert rendered > 10
    assert len(seen) > 5, "the texts were not shown, so that nothing was tested"
