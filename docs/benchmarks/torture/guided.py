"""Fuzzes a reader with atheris, which prefers inputs that reach new lines of it.

python docs/benchmarks/torture/guided.py TARGET --count N --seed S

Needs `pip install atheris`. Targets are those of `fuzz.py` whose input is one file; what is
found is printed, and its file kept beside the corpus.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("OMP_NUM_THREADS", "1")

with atheris.instrument_imports(
    include=[
        "emobench.intake",
        "emobench.study",
        "emobench.discovery.source",
        "emobench.conditions",
    ],
    enable_loader_override=False,
):
    import fuzz
    from fuzzing.process import drawn, warm
    from fuzzing.target import SAID, wrong


def main(arguments: list[str]) -> None:
    """Fuzz one target; the process ends when all inputs are tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path)
    chosen = parser.parse_args(arguments)
    (target,) = (t for t in fuzz.targets([chosen.target]) if t.name == chosen.target)
    warm()
    corpus = chosen.corpus or Path(tempfile.mkdtemp(prefix="emobench-corpus-"))
    names = []
    for number in range(30):
        files = target.make(drawn(target, number, chosen.seed))
        assert len(files) == 1, "an input of several files"
        ((name, content),) = files.items()
        names.append(name)
        (corpus / f"{number}.seed").write_bytes(content)
    name = max(names, key=names.count)
    work, found = Path(tempfile.mkdtemp(prefix="emobench-guided-")), set[str]()

    def one(data: bytes) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            fault = wrong(target, {name: data}, work)
        kind = (fault or "").partition(SAID)[0]
        if kind and kind not in found:
            found.add(kind)
            kept = corpus.with_name(f"{corpus.name}-{len(found)}{Path(name).suffix}")
            kept.write_bytes(data)
            sys.__stderr__.write(f"FAULT {fault} ({kept})\n")

    options = [f"-runs={chosen.count}", f"-seed={chosen.seed}", "-max_len=20000",
               "-rss_limit_mb=0", "-timeout=300"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
