"""How fast a corpus is prepared, and in how much memory: measured, not asserted.

    python tests/speed/preparing.py DATA_DIR

Compares a plain loop over RAVDESS's clips (the same reading and the same transforms, one process)
with the harness's preparation by two workers, alternating, in one run; then prepares a simulated
corpus and one ten times its size and prints the peak memory of the main process and of the largest
worker.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROUNDS = 3
NAMES = ("log_mel", "mfcc", "prosody")
SIZES = (400, 4000)


def main(data: Path) -> None:
    """Print medians and ratios."""
    with tempfile.TemporaryDirectory() as scratch:
        compare(data, Path(scratch))
        for size in SIZES:
            child = [sys.executable, __file__, "--memory", str(size), scratch]
            print(subprocess.run(child, capture_output=True, text=True, check=True).stdout.strip())


def compare(data: Path, scratch: Path) -> None:
    """Time the plain loop and the harness in turn."""
    import torch

    from emobench import Folders
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.joint.request import corpus_requests
    from emobench.corpus.preparation.clips import check_media
    from emobench.corpus.preparation.extract import prepare
    from emobench.discovery.representations import representation
    from emobench.executors.local import LocalPool

    torch.set_num_threads(1)
    plain, harness = [], []
    with LocalPool(2) as pool:
        for number in range(ROUNDS):
            folders = Folders(data.absolute(), scratch / str(number))
            corpus = open_corpus(corpus_requests("ravdess", None, None, folders)[0])
            extractors = [representation(name)() for name in NAMES]
            started = time.perf_counter()
            for i in range(len(corpus.table)):
                wave, _ = check_media(
                    corpus.dataset.read(corpus.table.iloc[i], "waveform"), "waveform"
                )
                for extractor in extractors:
                    extractor.extract(wave)
            plain.append(time.perf_counter() - started)
            if not number:  # the workers start, which is no part of it
                pool.submit(os.getpid).result()
            started = time.perf_counter()
            prepare(corpus, NAMES, pool)
            harness.append(time.perf_counter() - started)
    print("plain", [round(t, 1) for t in plain], "harness", [round(t, 1) for t in harness])
    a, b = statistics.median(plain), statistics.median(harness)
    print(f"{len(corpus.table)} clips: plain loop {a:.1f} s, two workers {b:.1f} s, {a / b:.2f} x")


def memory(size: int, scratch: Path) -> None:
    """Prepare a simulated corpus and print the peak of resident memory."""
    from emobench import Folders
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.joint.request import corpus_requests
    from emobench.corpus.preparation.extract import prepare
    from emobench.executors.local import LocalPool

    folders = Folders(scratch, scratch / f"cache-{size}")
    corpus = open_corpus(corpus_requests(f"simulated:size={size}", None, None, folders)[0])
    with LocalPool(2) as pool:
        prepare(corpus, [*NAMES, "frames", "hog", "characters"], pool)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"simulated, {size} utterances: main {own:.0f} MiB, largest worker {workers:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1] == "--memory":
        memory(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(Path(sys.argv[1]))
