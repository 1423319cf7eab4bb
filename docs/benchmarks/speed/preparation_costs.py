"""Times the preparation of a corpus against a plain loop; prints JSON in its last line.

python preparation_costs.py DATASET REPRESENTATIONS ROUNDS
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from emobench import Folders
from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.clips import check_media
from emobench.corpus.preparation.extract import prepare
from emobench.discovery.representations import representation
from emobench.executor import open_executor
from emobench.interface.representation import Representation

JOBS = (1, 2)


def opened(dataset: str, cache: Path) -> Corpus:
    """The corpus, of which nothing is prepared in `cache`."""
    folders = Folders(Path(os.environ["EMOBENCH_DATA"]), cache)
    return open_corpus(corpus_requests(dataset, None, None, folders)[0])


def plain(corpus: Corpus, names: list[str]) -> float:
    """Seconds of a loop over the clips."""
    found = [representation(name)() for name in names]
    extractors = [one for one in found if isinstance(one, Representation)]
    assert len(extractors) == len(names), "one of these is fitted"
    started = time.perf_counter()
    for i in range(len(corpus.table)):
        wave, _ = check_media(corpus.dataset.read(corpus.table.iloc[i], "waveform"), "waveform")
        for extractor in extractors:
            extractor.extract(wave)
    return time.perf_counter() - started


def harness(dataset: str, names: list[str], jobs: int) -> float:
    """Seconds of the harness's preparation with so many workers that are there already."""
    with tempfile.TemporaryDirectory() as cache, open_executor("local", jobs) as executor:
        for begun in [executor.submit(time.sleep, 1) for _ in range(jobs)]:
            begun.result()
        corpus = opened(dataset, Path(cache))
        started = time.perf_counter()
        prepare(corpus, names, executor)
        return time.perf_counter() - started


def measure(dataset: str, names: list[str], rounds: int) -> dict[str, Any]:
    """Seconds of the plain loop and of the harness, by round; number of clips."""
    loop: list[float] = []
    found: dict[str, list[float]] = {str(jobs): [] for jobs in JOBS}
    with tempfile.TemporaryDirectory() as cache:
        corpus = opened(dataset, Path(cache))
        for _ in range(rounds):
            loop.append(plain(corpus, names))
            for jobs in JOBS:
                found[str(jobs)].append(harness(dataset, names, jobs))
    return {"plain": loop, "jobs": found, "clips": len(corpus.table)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(measure(sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]))))
