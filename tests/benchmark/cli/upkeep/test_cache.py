"""The cache is listed as it is, and of it only what is emobench's own and unused is removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench import RequestError
from emobench.cache import removal
from emobench.cache.content import FOREIGN, STALE, items
from emobench.cache.removal import Wish, choose, remove, seconds_of

HOUR = 3600.0
NOW_USED = "0123456789abcdef"
NOBODYS = "fedcba9876543210"


def write(path: Path, size: int = 1000) -> Path:
    """A file that was written and read two days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def age(folder: Path, days: float) -> None:
    when = time.time() - days * 24 * HOUR
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (when, when), follow_symlinks=False)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with something of every kind, and with what is none of emobench's."""
    root = tmp_path / "cache"
    for digest in (NOW_USED, NOBODYS):
        home = root / "prepared" / f"ravdess-{digest}"
        write(home / "mfcc-v1" / "values.bin", 200_000)
        write(home / "mfcc-v1" / "meta.json")
        write(home / "source-waveform-v2" / "available.npy")
        write(home / "train-00112233aabbccdd" / "word_vectors-v1" / "fitted.json")
    write(root / "simulated" / NOW_USED / "waveforms.npy", 50_000)
    write(root / "cmu_mosei" / "unpacked-aligned_50-0011223344556677" / "text" / "values.bin")
    write(root / "imported" / "mine" / "values.bin")
    write(root / "results" / NOBODYS / "grids" / "a.json")
    write(root / "files" / "00ff.json")
    write(root / "checks" / "00ff.json")
    write(root / "data" / "ravdess" / "clip.wav")
    write(root / "notes.txt")
    write(root / "my_backup" / "prepared" / "thesis.docx")
    write(root / ".partial-gone-1-abc" / "values.bin")
    (root / "corpora").mkdir()
    (root / "corpora" / "aa.json").write_text(json.dumps({"digest": NOW_USED * 4}))
    (root / "corpora" / "bb.json").write_text("half a fi")
    age(root, 2)
    return root


def remaining(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def test_everything_is_listed_once_with_its_kind_and_whether_it_is_needed(cache: Path) -> None:
    found = {str(item.path.relative_to(cache)): item for item in items(cache)}
    assert {name: (item.kind, item.state) for name, item in found.items()} == {
        f"prepared/ravdess-{NOW_USED}": ("prepared", "current"),
        f"prepared/ravdess-{NOBODYS}": ("prepared", "stale"),
        f"simulated/{NOW_USED}": ("generated", ""),
        "cmu_mosei/unpacked-aligned_50-0011223344556677": ("generated", ""),
        "imported/mine": ("imported", ""),
        f"results/{NOBODYS}": ("mirror", ""),
        "files": ("memory", ""),
        "checks": ("memory", ""),
        "corpora": ("memory", ""),
        "data": ("corpora", ""),
        "notes.txt": ("foreign", ""),
        "my_backup": ("foreign", ""),
        ".partial-gone-1-abc": ("leftover", ""),
    }
    parts = found[f"prepared/ravdess-{NOW_USED}"].parts
    assert set(parts) == {"mfcc-v1", "sources", "fitted"}
    assert parts["mfcc-v1"].bytes > 200_000
    assert sum(item.size.files for item in found.values()) == len(remaining(cache))


WISHES = [Wish(), Wish(older_than=HOUR), Wish(corpus="ravdess"), Wish(stale=True)]


@pytest.mark.parametrize("wish", WISHES, ids=["all", "old", "corpus", "stale"])
def test_only_what_is_made_again_is_removed(cache: Path, wish: Wish) -> None:
    before = remaining(cache)
    choice = choose(items(cache), wish, cache)
    assert remove(choice.removed) == []
    gone = before - remaining(cache)
    assert gone
    tops = ("prepared/", "simulated/", "cmu_mosei/", ".partial-")
    assert all(name.startswith(tops) for name in gone)
    kept = [name for name in remaining(cache) if NOW_USED in name]
    assert bool(kept) is (wish.stale or wish.corpus is not None)
    assert not any(".partial-" in name and "pruned" in name for name in remaining(cache))


def test_each_condition_narrows_what_is_removed(cache: Path) -> None:
    names = {
        name: {item.path.name for item in choose(items(cache), wish, cache).removed}
        for name, wish in zip(("all", "old", "corpus", "stale"), WISHES, strict=True)
    }
    assert names["old"] == names["all"]
    assert names["corpus"] == {f"ravdess-{NOW_USED}", f"ravdess-{NOBODYS}"}
    assert names["stale"] == {f"ravdess-{NOBODYS}", ".partial-gone-1-abc"}
    assert choose(items(cache), Wish(older_than=72 * HOUR), cache).removed == ()
    both = choose(items(cache), Wish(corpus="ravdess", stale=True), cache).removed
    assert [item.state for item in both] == [STALE]


@pytest.mark.parametrize("strange", ["thesis.docx", "mfcc-v1/readme.md", "deep/er/x.py"])
def test_what_holds_a_foreign_file_stays_whole(cache: Path, strange: str) -> None:
    home = cache / "prepared" / f"ravdess-{NOBODYS}"
    write(home / strange)
    age(cache, 2)
    before = {name for name in remaining(cache) if NOBODYS in name}
    choice = choose(items(cache), Wish(), cache)
    remove(choice.removed)
    assert {name for name in remaining(cache) if NOBODYS in name} == before
    assert [strange in reason for item, reason in choice.kept] == [True]


def test_links_are_not_followed(cache: Path, tmp_path: Path) -> None:
    mine = write(tmp_path / "mine" / "photos.npy")
    (cache / "prepared" / "ravdess-00000000ffffffff").symlink_to(mine.parent)
    (cache / "simulated" / "00000000ffffffff").symlink_to(mine.parent)
    (cache / "simulated" / NOW_USED / "linked.npy").symlink_to(mine)
    age(cache, 2)
    remove(choose(items(cache), Wish(), cache).removed)
    assert mine.read_bytes() == b"x" * 1000
    assert (cache / "simulated" / NOW_USED).is_dir()  # the link in it is none of emobench's


@pytest.mark.parametrize("how", ["open", "mapped"])
def test_what_a_process_holds_stays(cache: Path, how: str) -> None:
    held = cache / "prepared" / f"ravdess-{NOW_USED}" / "mfcc-v1" / "values.bin"
    line = f"f = open({str(held)!r}, 'rb')"
    if how == "mapped":
        line += "; import mmap; m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); f.close()"
    code = f"{line}; print('here', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "here\n"
        choice = choose(items(cache), Wish(), cache)
        assert [(item.path.name, reason) for item, reason in choice.kept] == [
            (f"ravdess-{NOW_USED}", f"process {holder.pid} holds it")
        ]
        holder.communicate("\n")
    names = {item.path.name for item in choose(items(cache), Wish(), cache).removed}
    assert f"ravdess-{NOW_USED}" in names


def test_what_was_just_written_stays(cache: Path) -> None:
    write(cache / "prepared" / f"ravdess-{NOW_USED}" / "hog-v1" / "values.bin")
    kept = choose(items(cache), Wish(), cache).kept
    assert [item.path.name for item, _ in kept] == [f"ravdess-{NOW_USED}"]


def test_nothing_is_removed_while_a_command_works_with_the_cache(
    cache: Path, tmp_path: Path
) -> None:
    # A process that looks like one, as its words and its variables are all that is known of it.
    program = tmp_path / "emobench"
    program.write_text("print('here', flush=True); input()\n")
    other = str(tmp_path / "other")
    for named, refused in ((str(cache), True), (other, False)):
        with subprocess.Popen(
            [sys.executable, "-S", program, "run", "--models", "mlp"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=os.environ | {"EMOBENCH_CACHE": named},
        ) as running:  # fmt: skip
            assert running.stdout is not None
            running.stdout.readline()
            if refused:
                with pytest.raises(RequestError, match=f"in use by process {running.pid} "):
                    removal.refuse_while_used(cache)
            else:
                removal.refuse_while_used(cache)
            running.communicate("\n")


def test_the_command_asks_and_says_what_it_did(cli: Any, cache: Path) -> None:
    asked = ("cache", "prune", "--cache-dir", cache)
    before = remaining(cache)
    for words, status in (((), 2), (("--all",), 2), (("--older-than", "soon"), 2)):
        refused = cli(*asked, *words)
        assert refused.returncode == status
        assert refused.stderr.startswith("error: ")
    dry = cli(*asked, "--all", "--dry-run")
    assert dry.returncode == 0
    assert "would be removed" in dry.stdout
    assert remaining(cache) == before
    done = cli(*asked, "--stale", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["path"] for one in told["removed"]] == [
        f"prepared/ravdess-{NOBODYS}", ".partial-gone-1-abc"
    ]  # fmt: skip
    assert not (cache / "prepared" / f"ravdess-{NOBODYS}").exists()
    listed = cli("cache", "list", "--all", "--cache-dir", cache)
    assert "mfcc-v1" in listed.stdout
    assert NOBODYS not in listed.stdout.replace(f"results/{NOBODYS}", "")
    assert cli("cache", "dir", "--cache-dir", cache).stdout == f"{cache}\n"


def test_a_cache_that_is_not_there_or_cannot_be_read_is_no_error(cli: Any, tmp_path: Path) -> None:
    listed = cli("cache", "list", "--cache-dir", tmp_path / "none")
    assert listed.stdout == f"{tmp_path / 'none'} holds nothing yet\n"
    pruned = cli("cache", "prune", "--all", "--cache-dir", tmp_path / "none")
    assert (pruned.returncode, pruned.stdout) == (0, "there is nothing to remove\n")


def test_a_real_cache_is_known_through_and_through_and_its_use_leaves_a_trace(
    run_small: Callable[..., Any], shared_cache: Path, tmp_path: Path
) -> None:
    run_small(tmp_path / "a", "--models", "majority", "--protocol", "full_modalities")
    found = items(shared_cache)
    assert [str(item.path) for item in found if item.kind == FOREIGN] == []
    assert [item.size.foreign for item in found if item.size.foreign] == []
    assert any(item.state == "current" for item in found)
    homes = [*(shared_cache / "prepared").iterdir()]
    for home in homes:
        os.utime(home, (1.0, 1.0))
    run_small(tmp_path / "b", "--models", "majority", "--protocol", "full_modalities")
    assert any(home.stat().st_mtime > 1.0 for home in homes)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("1.5h", 5400), ("30d", 2_592_000), (" 2W ", 1_209_600)]
)
def test_ages_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "3 weeks", "1y", "nan"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="is no age"):
        seconds_of(text)
