"""How fast a corpus is prepared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from commands import script
from rows import GAIN, Limit, Row, Setting

TITLE = "Preparing a corpus"
TEXT = """A plain loop over the clips, with the same reading, checks and transforms, in one
process, against the harness's preparation with one worker and with two. Workers are there
before it begins. RAVDESS is measured where `$EMOBENCH_DATA` has it; the simulated corpus, whose
clips are computed when they are read, is measured everywhere."""

NAMES = "log_mel,mfcc,prosody"


def rows(setting: Setting) -> Iterator[Row]:
    """The simulated corpus, and RAVDESS if it is here."""
    yield from _corpus(setting, f"simulated:size={setting.size(2000, 60)}")
    data = os.environ.get("EMOBENCH_DATA")
    if data and (Path(data) / "ravdess").is_dir():
        if not setting.quick:
            yield from _corpus(setting, "ravdess")
    else:
        yield Row("ravdess", "s", skipped="no RAVDESS in `$EMOBENCH_DATA`")


def _corpus(setting: Setting, dataset: str) -> Iterator[Row]:
    found = script(setting, "preparation_costs", dataset, NAMES, str(setting.repeats))
    clips, plain = found["clips"], tuple(found["plain"])
    for jobs, limit in (("1", None), ("2", Limit(GAIN, 2))):
        ours = tuple(found["jobs"][jobs])
        rate = clips / sorted(ours)[len(ours) // 2]
        slow = clips / sorted(plain)[len(plain) // 2]
        note = f"{clips:,} clips: {rate:.0f} per second, {slow:.0f} in the plain loop"
        name = f"{NAMES.replace(',', ', ')} of {dataset}, {jobs} job{'s' * (jobs != '1')}"
        yield Row(name, "s", ours, plain, limit, note)
