"""Results folders and submissions of others, one of whose files was changed."""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
import tempfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

from emobench import EmobenchError
from emobench.disk.seal import SEAL, sealed
from emobench.leaderboard import render
from emobench.results import failures, inventory, merge, verify
from emobench.store.cell_reader import CellReader
from emobench.store.migration import migrate
from emobench.store.pack import BROKEN
from fuzzing.mutation import bytes_of, json_of, plain_json
from fuzzing.target import Files, Target

ROOT = Path(__file__).parents[4]
OLD = ROOT / "tests" / "compatibility" / "results_of_0.1.0.zip"
SUBMISSION = ROOT / "docs" / "results-example"


def _files(folder: Path) -> Files:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@functools.cache
def _old() -> Files:
    """A few trainings and cells in the layout of 0.1.0."""
    with zipfile.ZipFile(io.BytesIO(OLD.read_bytes())) as archive:
        every = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}
    cells = sorted({n.split("/")[1] for n in every if n.startswith("cells/")})[:6]
    kept = ("grids", "corpora", "transfers", "trainings")
    return {
        n: data
        for n, data in every.items()
        if n.split("/")[0] in kept or (n.startswith("cells/") and n.split("/")[1] in cells)
    }


@functools.cache
def _new() -> Files:
    """The same as it is stored today."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "results"
        for name, data in _old().items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        migrate(root)
        shutil.rmtree(root / "leaderboard", ignore_errors=True)
        return _files(root)


def _with_sum(value: Any) -> bytes:
    """JSON with a checksum that fits, where it had one."""
    if isinstance(value, dict) and SEAL in value:
        return sealed({k: v for k, v in value.items() if k != SEAL}).encode("utf-8", "replace")
    return plain_json(value)


def _changed(whole: Files, random: Random) -> Files:
    files = dict(whole)
    for _ in range(random.choice((1, 1, 1, 3))):
        name = random.choice(list(files))
        if name.endswith(".json") and files[name][:1] == b"{":
            try:
                files[name] = json_of(files[name], random, _with_sum)
            except ValueError:
                files[name] = bytes_of(files[name], random)
        elif random.random() < 0.05:
            del files[name]
        else:
            files[name] = bytes_of(files[name], random)
    return files


def use(folder: Path, out: Path) -> None:
    """Count, verify, read, merge and now and then render it."""
    refused: EmobenchError | None = None
    for call in (inventory, verify, failures, _cells):
        try:
            call(folder)
        except EmobenchError as error:
            refused = error
    if refused is not None:
        raise refused
    merge([folder], out / "merged")


class _Tags(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[str, ...]] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a page of ours never has."""
        names = tuple(name for name, _ in attrs)
        if tag == "script":
            self.scripts.append(names)
        if tag in FOREIGN or "style" in names or any(name.startswith("on") for name in names):
            self.wrong.append(f"<{tag} {' '.join(names)}>")


FOREIGN = ("img", "iframe", "object", "embed", "link", "base", "form", "audio", "video")
"""Elements that a page of ours never has."""


def _page(folder: Path, out: Path) -> None:
    """Make the page, and see that texts of others are texts there."""
    tags = _Tags(render(folder).read_text("utf-8"))
    assert not tags.wrong, f"markup of others: {tags.wrong[:3]}"
    plain = [names for names in tags.scripts if "type" not in names]
    assert len(plain) <= 2, "a script of others"


def _cells(folder: Path) -> None:
    reader = CellReader(folder)
    with contextlib.suppress(*BROKEN):  # its callers say what is damaged
        for cell in reader.every():
            with contextlib.suppress(*BROKEN):
                reader.table(cell)


def _use_submission(folder: Path, out: Path) -> None:
    from emobench.leaderboard.submission.validation import validate
    from emobench.results.installation import Installed

    verdict = validate(folder, Installed(None, out))
    assert isinstance(verdict.status(), int)
    assert isinstance(verdict.content(), dict)


@functools.cache
def _submission() -> Files:
    return _files(SUBMISSION)


def targets() -> list[Target]:
    """Results folders in both layouts, their pages, and submissions."""
    refusals = (EmobenchError,)
    return [
        Target("results_new", lambda r: _changed(_new(), r), use, refusals, 0.4),
        Target("results_old", lambda r: _changed(_old(), r), use, refusals, 0.4),
        Target("results_page", lambda r: _changed(_new(), r), _page, refusals, 0.03),
        Target("submissions", lambda r: _changed(_submission(), r), _use_submission, refusals, 0.5),
    ]
