"""Lets two runs compute into the same results folder at once."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from finding import Finding
from forked_runs import ForkedRun, get_ready
from kills import Place, predictions, processor_time, undisturbed

from emobench.store.verification import verify

TITLE = "Two runs share a folder"
TEXT = """Two runs of the grid above are started into the same folder of results, the second one at
a moment drawn from the processor time that the first takes. In every other try the first one is
killed, with all of its processes, at another such moment. Both runs, or the one that is left, have
to end well, with the undisturbed run's predictions; no training may have been trained to its end
twice; and no claim may be left."""
COUNT = 20


def trained(runs: list[ForkedRun]) -> Counter[str]:
    """How often each training was trained to its end."""
    lines = "\n".join(run.said() for run in runs)
    return Counter(re.findall(r"failed[^\]]*\] (.+?): trained in", lines))


def wait_for(run: ForkedRun, seconds: float) -> None:
    """Wait until a run has taken so much processor time, or has ended."""
    while run.poll() is None and processor_time(run) < seconds:
        time.sleep(0.02)


def campaign(count: int, seed: int) -> Finding:
    """Start `count` pairs of runs.

    Ctrl-C ends it early; what was tried until then is its finding.
    """
    get_ready()
    failures: list[str] = []
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="emobench-pairs-") as scratch:
        home = Path(scratch)
        calm = undisturbed(Place(home / "calm"))
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(count):
                draw = random.Random(f"{seed}-pairs-{number}")
                place = Place(home / str(number))
                first = place.begin(log="first")
                wait_for(first, draw.uniform(0.0, calm.seconds))
                second = place.begin(log="second")
                killed = bool(number % 2)
                if killed:
                    wait_for(first, draw.uniform(0.0, calm.seconds))
                    with contextlib.suppress(ProcessLookupError):
                        first.kill_all()
                runs = [second] if killed else [first, second]
                wrong = [f"status {run.status}" for run in (first, second) if run.wait() > 0]
                wrong += [run.said()[-300:] for run in runs if run.status]
                twice = {k: n for k, n in trained([first, second]).items() if n > 1}
                wrong += [f"trained twice: {twice}"] if twice else []
                found = predictions(place.results)
                same = found.keys() == calm.expected.keys() and all(
                    found[cell].equals(calm.expected[cell]) for cell in found
                )
                wrong += [] if same else ["other predictions"]
                wrong += [f"{name} is left" for name in place.leftovers()]
                wrong += [str(fault) for fault in verify(place.results).faults]
                left = "another run (process" in first.said() + second.said()
                seen["in which one left work to the other"] += left
                seen["in which the first was killed"] += first.status == -9
                failures += [f"pair {number} of seed {seed}: {line}" for line in wrong]
                seen["pairs"] += 1
                print(f"pair {number}: {killed=}, {left=}, {wrong or 'fine'}", flush=True)
                shutil.rmtree(place.folder)
    notes = [f"{n} {what}." for what, n in seen.items() if what != "pairs"]
    return Finding(seen["pairs"], failures, notes)
