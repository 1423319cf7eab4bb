from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import render


def test_empty_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"Nothing stored in .* yet; run `emobench run"):
        render(tmp_path)
    assert not (tmp_path / "leaderboard").exists()


def test_same_input_same_files(stored: Path, page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(stored, copy, ignore=shutil.ignore_patterns("leaderboard"))
    again = render(copy)
    for name in ("index.html", "leaderboard.md", "leaderboard.csv"):
        assert again.with_name(name).read_bytes() == page.with_name(name).read_bytes(), name


def test_nothing_but_the_three_files_is_left(page: Path) -> None:
    names = {path.name for path in page.parent.iterdir()}
    assert names == {"index.html", "leaderboard.md", "leaderboard.csv"}


@pytest.mark.slow
def test_rendering_imports_no_torch(stored: Path, page: Path) -> None:
    code = (
        "import sys, pathlib, emobench.leaderboard as board\n"
        "assert not {'matplotlib', 'pandas', 'pydantic'} & set(sys.modules)\n"
        "board.render(pathlib.Path(sys.argv[1]))\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(stored)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "message"), [('{"format": 2}', "cannot be read"), ("{", "cannot be read")]
)
def test_a_broken_grid_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "grids").mkdir()
    (tmp_path / "grids" / "abc.json").write_text(text)
    with pytest.raises(RequestError, match=rf"abc\.json {message}"):
        render(tmp_path)


def test_a_newer_format_is_refused(stored: Path, tmp_path: Path) -> None:
    (tmp_path / "grids").mkdir()
    grid = json.loads(next(stored.glob("grids/*.json")).read_text()) | {"format": 2}
    (tmp_path / "grids" / "abc.json").write_text(json.dumps(grid))
    with pytest.raises(RequestError, match="has format 2"):
        render(tmp_path)
