"""What all protocols cost, beside the ordinary score alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from commands import EMOBENCH, timed
from rows import COST, Limit, Row, Setting

TITLE = "All protocols against one"
TEXT = """`emobench run --protocol all` against `--protocol full_modalities`: same models,
corpus and seeds, new results folders, one worker. Representations are there before, also those
of damaged recordings, since they are made once for a corpus. Trainings that no protocol shares
with `full_modalities` (with modality dropout, on flawed splits, …) are more work by nature; the
notes say how many there were."""

SHARING = "full_modalities,corruption"
"""A protocol with many conditions that trains nothing which `full_modalities` does not."""

MODELS = "mlp,text_only,late_fusion"


def rows(setting: Setting) -> Iterator[Row]:
    """Run both in turn; the first round of each is not counted."""
    size, seeds = setting.size(420, 90), setting.size(3, 1)
    more = ["--epochs", "1"] if setting.quick else []
    models = "text_only" if setting.quick else MODELS
    # Damaging recordings takes minutes, however few there are.
    every_protocol = "missing_modality,ablation" if setting.quick else "all"
    found: dict[str, list[float]] = {"full_modalities": [], every_protocol: []}
    if not setting.quick:
        found[SHARING] = []
    made: dict[str, int] = {}
    for number in range(setting.repeats + 1):
        for protocol, seconds in found.items():
            results = setting.scratch / f"protocols-{len(protocol)}-{number}"
            command = [
                EMOBENCH, "run", "--models", models, "--protocol", protocol,
                "--dataset", f"simulated:size={size}", "--seeds", str(seeds), "--jobs", "1",
                "--device", "cpu", "--results", str(results), *more,
            ]  # fmt: skip
            passed, said = timed(command, setting)
            made[protocol] = trainings(said, results)
            if number:
                seconds.append(passed)
    what = f"{models} on simulated:size={size}, {seeds} seeds"
    ours, other = tuple(found[every_protocol]), tuple(found["full_modalities"])
    one, every = made["full_modalities"], made[every_protocol]
    note = f"{one} trainings under `full_modalities`, {every} under all protocols"
    yield Row(what, "s", ours, other, Limit(COST, 1.5), note)
    if SHARING in found:
        note = f"{made[SHARING]} trainings, those of `full_modalities`: so much conditions cost"
        yield Row(f"{SHARING}: {what}", "s", tuple(found[SHARING]), other, Limit(COST, 1.5), note)
    each = tuple(seconds / every for seconds in ours), tuple(seconds / one for seconds in other)
    yield Row(f"{what}, per training", "s", *each)


def trainings(said: str, results: Path) -> int:
    """How many trainings a run made: what it announced, or what lies in its folder."""
    found = re.search(r"([\d,]+) trainings?\b", said)
    if found:
        return int(found[1].replace(",", ""))
    return len(list((results / "trainings").glob("[!.]*")))
