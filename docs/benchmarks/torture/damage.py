"""Damages files of results folders and caches, and uses them."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from finding import Finding
from forked_runs import get_ready
from kills import Place, predictions

from emobench import Folders
from emobench.disk.sums import told
from emobench.store.verification import repair, verify

TITLE = "Files are damaged"
TEXT = """A bit of a file is flipped, its end is cut off, it is emptied, or 64 bytes are
overwritten: of each kind of file in turn, in a results folder and in a cache. In half of the cases
its time of change is put back, as a failing disk leaves it. Of a results folder, `results verify`
has to name the file (or what it says must be unchanged), and the same command has to end well, with
the predictions of the undisturbed run; where the time was put back, after `results repair`. Of a
cache, opening the corpus, and every representation, statistic and digest that is made of it, must
give the same to the bit. Files that are made again are named."""
COUNT = 400
KINDS = ("flipped", "flipped", "flipped", "cut short", "emptied", "overwritten")


def damage(path: Path, draw: random.Random, quietly: bool) -> str:
    """Change a file; return how. `quietly`: its time of change stays."""
    content = bytearray(path.read_bytes())
    how = draw.choice(KINDS) if content else "overwritten"
    if how == "flipped":
        place = draw.randrange(len(content) * 8)
        content[place // 8] ^= 1 << place % 8
    elif how == "cut short":
        del content[draw.randrange(len(content)) :]
    elif how == "emptied":
        content.clear()
    else:
        begin = draw.randrange(len(content) + 1)
        content[begin : begin + 64] = draw.randbytes(64)
    status = path.stat()
    path.write_bytes(content)
    if quietly:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return how


def kinds(root: Path, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The files below a folder, by their kind: what differs in digests alone is of one kind."""
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        parts = path.relative_to(root).parts
        if parts[0] in without:
            continue
        words = [re.sub(r"[0-9a-f]{12,}", "…", part) for part in parts]
        kind = "/".join(re.sub(r"-v\d+$", "", word) for word in (words[0], *words[2:]))
        found.setdefault(kind, []).append("/".join(parts))
    return found


def content_of(cache: Path, sources: list[Path], say: Any) -> dict[str, str]:
    """A digest of everything that is read of a corpus through a cache."""
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.preparation.extract import prepare
    from emobench.corpus.preparation.fit import feature
    from emobench.corpus.preparation.standardisation import one_group, standardised_by
    from emobench.corpus.split import SplitPolicy, split
    from emobench.corpus.unknown_words import unknown_words
    from emobench.data.access import single_request
    from emobench.discovery.representations import possible
    from emobench.executors.in_process import InProcess
    from emobench.intake.file_digests import FileDigests

    where = Folders(cache.parent / "data", cache)
    corpus = open_corpus(single_request("simulated:size=42:speakers=7", where), say)
    extracted, fitted = possible(corpus.sources)
    target = prepare(corpus, extracted, InProcess(), say)
    fold = split(corpus, SplitPolicy(corpus.dataset.card.folds), 0)
    found = {"digest": corpus.digest, "available": digest(target.available)}
    found["problems"] = str(target.problems)
    found["unknown"] = str(unknown_words(target, fold))
    for modality in corpus.modalities:
        found[f"content {modality}"] = digest(target.content(modality))
        found[f"looks {modality}"] = digest(target.perceptual_hashes(modality))
    for name in (*extracted, *fitted):
        one = feature(target, name, fold.train)
        found[name] = digest(*(one[row] for row in range(len(corpus.table))))
        groups = one_group(corpus, fold.train)
        other = standardised_by(one, target, groups, "train")
        found[f"{name} by group"] = digest(*(other[int(row)] for row in fold.train))
    found |= {path.name: d for path, d in FileDigests(cache).of(sources).items()}
    return found


def digest(*arrays: np.ndarray[Any, Any]) -> str:
    """Digest of arrays."""
    whole = hashlib.sha256()
    for one in arrays:
        whole.update(f"{one.dtype}{one.shape}".encode() + np.ascontiguousarray(one).tobytes())
    return whole.hexdigest()


class CachePart:
    """A cache with a file of every kind, and what is read through it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sources = [home / f"recording-{number}" for number in range(3)]
        for path in self.sources:
            path.write_bytes(path.name.encode() * 1000)
        time.sleep(2.1)  # a file that was written just now is read again in any case
        self.whole = home / "cache"
        self.expected = content_of(self.whole, self.sources, None)
        content_of(self.whole, self.sources, None)
        self.kinds = kinds(self.whole)

    def attempt(self, number: int, draw: random.Random) -> tuple[str, str, list[str]]:
        """Damage one file in a copy; return its kind, whether it was named, and what is wrong."""
        kind = sorted(self.kinds)[number % len(self.kinds)]
        name = draw.choice(self.kinds[kind])
        place = self.home / str(number) / "cache"
        shutil.copytree(self.whole, place)
        how = damage(place / name, draw, quietly=bool(draw.randrange(2)))
        said: list[str] = []
        about = f"cache/{name} {how} ({number})"
        try:
            found = content_of(place, self.sources, lambda what, *_: said.append(what))
            differs = sorted(key for key in self.expected if found[key] != self.expected[key])
            wrong = [f"{about}: other {', '.join(differs)}"] if differs else []
            again = content_of(place, self.sources, None)
            wrong += [] if again == self.expected else [f"{about}: not mended"]
        except Exception:  # whatever is raised here, a user would have read
            wrong = [f"{about}: {traceback.format_exc(limit=-3)}"]
        shutil.rmtree(place.parent)
        known = any(str(Path(name).parent) in line for line in (*said, *told()))
        return kind, "named" if known else "of no consequence", wrong


class ResultsPart:
    """A results folder of a small grid."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.calm = Place(home / "calm")
        if status := self.calm.begin().wait():
            raise RuntimeError(f"status {status}")
        self.expected = predictions(self.calm.results)
        self.kinds = kinds(self.calm.results, ("leaderboard", "unfinished", "claims"))

    def attempt(self, number: int, draw: random.Random) -> tuple[str, str, list[str]]:
        """Damage one file in a copy; return its kind, whether it was named, and what is wrong."""
        kind = sorted(self.kinds)[number % len(self.kinds)]
        name = draw.choice(self.kinds[kind])
        place = Place(self.home / f"results-{number}")
        shutil.copytree(self.calm.folder, place.folder)
        quietly = bool(draw.randrange(2))
        how = damage(place.results / name, draw, quietly)
        about = f"results/{name} {how} ({number})"
        if name.endswith("safetensors"):  # weights are read where cells are missing
            for pack in (place.results / name).parent.glob("cells-*"):
                pack.unlink()
        faults = verify(place.results)
        paths = {fault.path for fault in faults.faults}
        # The index repeats what packs say.
        named = name in paths and paths <= {name, "index.parquet"}
        wrong = [] if named or not faults.faults else [f"{about}: others are named"]
        if quietly and faults.faults:
            repair(place.results, faults)
        run = place.begin()
        status = run.wait()
        if status or "Traceback" in run.said():
            wrong.append(f"{about}: status {status}: {run.said()[-400:]}")
        found = predictions(place.results)
        if found.keys() != self.expected.keys() or not all(
            found[cell].equals(self.expected[cell]) for cell in found
        ):
            wrong.append(f"{about}: other predictions")
        # A damaged pack stays beside the new one until `repair` puts it aside.
        left = [one for one in verify(place.results).faults if "/cells-" not in one.path]
        if left:
            wrong.append(f"{about}: {left} is still damaged")
        shutil.rmtree(place.folder)
        return kind, "named" if named else "without a meaning", wrong


def campaign(count: int, seed: int) -> Finding:
    """Damage `count` files, half of them in results and half in caches.

    Ctrl-C ends it early; what was tried until then is its finding.
    """
    get_ready()
    failures: list[str] = []
    seen: dict[str, Counter[str]] = {"results": Counter(), "cache": Counter()}
    tried: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="emobench-damage-") as scratch:
        home = Path(scratch)
        for what, part in (("cache", CachePart), ("results", ResultsPart)):
            (home / what).mkdir()
            one: Any = part(home / what)
            print(f"{what}: {len(one.kinds)} kinds: {', '.join(sorted(one.kinds))}", flush=True)
            try:
                for number in range(count // 2):
                    draw = random.Random(f"{seed}-{what}-{number}")
                    kind, fate, wrong = one.attempt(number, draw)
                    failures += [f"{line} of seed {seed}" for line in wrong]
                    seen[what][fate] += 1
                    tried[f"{what}: {kind}"] += 1
                    print(f"{what} {number}: {kind}, {fate}, {wrong or 'fine'}", flush=True)
            except KeyboardInterrupt:
                print("ended early", flush=True)
    notes = [
        f"{what.capitalize()}: {found.total()} files of "
        f"{sum(k.startswith(what) for k in tried)} kinds; "
        + ", ".join(f"{n} {fate}" for fate, n in found.items())
        + "."
        for what, found in seen.items()
    ]
    return Finding(tried.total(), failures, notes)
