"""The folder beside the page: complete, the same every time, and without leftovers."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.takeaway.figure_file import colours, figure_text

SVG = "{http://www.w3.org/2000/svg}"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_results_give_the_same_bytes_and_nothing_is_left(
    shelves: Path, stored: Path, tmp_path: Path
) -> None:
    root = tmp_path / "results"
    shutil.copytree(stored, root)
    folder = root / "leaderboard" / "take-away"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("a person's own")
    (folder / "gone.csv").write_text("of an earlier time")
    (root / "outside.txt").write_text("elsewhere")
    (folder / "files.txt").write_text("gone.csv\n../../outside.txt\n/etc/hostname\n")
    # That it is there once is enough to have it renewed with every page.
    render(root)
    found = contents(folder)
    assert found.pop("mine.txt") == b"a person's own"
    assert (root / "outside.txt").is_file()
    assert found == contents(shelves)
    assert set(found) - {"files.txt"} == {*found["files.txt"].decode().splitlines()}


def test_every_section_has_its_files_and_every_file_its_words(shelves: Path) -> None:
    sections = [path for path in shelves.iterdir() if path.is_dir()]
    assert len(sections) == 3
    for section in sections:
        readme = (section / "README.md").read_text("utf-8")
        for path in section.glob("*/*"):
            assert path.stem in readme
        assert {p.stem for p in section.glob("tables/*.csv")} == {
            p.stem for p in section.glob("tables/*.tex")
        }
        assert (section / "tables.tex").is_file()


def test_nothing_is_written_unless_it_is_asked_for(page: Path) -> None:
    assert not page.with_name("take-away").exists()


def test_a_figure_stands_alone(shelves: Path) -> None:
    figures = sorted(shelves.glob("*/figures/*.svg"))
    assert len(figures) > 3
    for path in figures:
        text = path.read_text("utf-8")
        root = ElementTree.fromstring(text)
        _, top, width, height = map(float, root.attrib["viewBox"].split())
        assert (root.attrib["width"], root.attrib["height"]) == (f"{width:g}pt", f"{height:g}pt")
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text
        for word in ("var(", "inherit", 'href="http'):
            assert word not in text
        # The legend, which is not of the page's chart, has room.
        for one in root.findall(f"{SVG}text"):
            assert top <= float(one.attrib["y"]) <= top + height


def test_a_legend_is_added_where_the_page_has_it_outside(shelves: Path) -> None:
    (path,) = shelves.glob("simulated-controlled-*/figures/subsets-regime-full.svg")
    text = path.read_text("utf-8")
    assert "● alpha_net" in text
    (curve,) = shelves.glob("simulated-controlled-*/figures/answer-full.svg")
    assert "● alpha_net" not in curve.read_text("utf-8")


def test_names_in_a_figure_are_text() -> None:
    chart = '<svg viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg"></svg>'
    look = Style("#f0f100", "-", 1.0, False)
    names = ['<script>alert("x")</script>', "a & b", "שלום"]
    text = figure_text(chart, names[0], names, dict.fromkeys(names, look))
    root = ElementTree.fromstring(text)
    shown = [one.text for one in root.iter(f"{SVG}text")]
    assert shown == [f"● {name}" for name in names]
    assert colours()["s0"] in text
    assert root.find(f"{SVG}script") is None


def test_the_command_names_every_row(shelves: Path) -> None:
    (path,) = shelves.glob("simulated-controlled-*/run.sh")
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    (words,) = map(shlex.split, lines)
    assert words[:3] == ["emobench", "run", "--models"]
    assert set(words[3].split(",")) >= {"majority", "late_fusion", "alpha_net", "beta_net"}
    assert words[words.index("--protocol") + 1] == "missing_modality"
    assert words[words.index("--seeds") + 1] == "2"
    assert "gamma_net" in path.read_text().partition("by the path of their file")[2]


@pytest.mark.parametrize("kind", ["csv", "tex", "svg"])
def test_no_file_is_empty(shelves: Path, kind: str) -> None:
    assert all(path.stat().st_size > 20 for path in shelves.rglob(f"*.{kind}"))
