"""One worker against two, as processes of this machine and as nodes of a Ray cluster."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

from commands import emobench, grid, script
from rows import GAIN, Limit, Row, Setting

from emobench.executor import executor_names

TITLE = "One worker against two"
TEXT = """The same grid in new results folders, from the start of the process to the page. The
cluster runs on this machine and is started before: nodes of one CPU each, first one and then
two."""

MODELS = "mlp,bilstm"


def rows(setting: Setting) -> Iterator[Row]:
    """Local processes, then Ray."""
    dataset = "simulated:size=90" if setting.quick else "simulated"
    emobench(setting, "data", "prepare", dataset)
    more = ["--dataset", dataset, "--protocol", "full_modalities", "--seeds"]
    more += ["1", "--epochs", "1"] if setting.quick else ["4"]
    what = f"{MODELS}, {more[more.index('--seeds') + 1]} seeds on {dataset}"
    two = os.cpu_count() or 1
    if two < 2:
        yield Row(what, "s", limit=Limit(GAIN, 1.8), skipped="this machine has one core")
        return
    one, both = [], []
    for number in range(setting.repeats):
        one.append(grid(setting, f"jobs-1-{number}", MODELS, *more, "--jobs", "1"))
        both.append(grid(setting, f"jobs-2-{number}", MODELS, *more, "--jobs", "2"))
    yield Row(f"`--jobs 2` against 1: {what}", "s", tuple(both), tuple(one), Limit(GAIN, 1.8))
    yield _ray(setting, more, what)


def _ray(setting: Setting, more: list[str], what: str) -> Row:
    name, limit = f"two Ray nodes against one: {what}", Limit(GAIN, 1.7)
    if "ray" not in executor_names():
        return Row(name, "s", limit=limit, skipped="this version has no executor `ray`")
    if importlib.util.find_spec("ray") is None:
        return Row(name, "s", limit=limit, skipped="Ray is not installed: `emobench[ray]`")
    one: list[float] = []
    both: list[float] = []
    for number in range(setting.repeats):
        for nodes, found in ((1, one), (2, both)):
            results = setting.scratch / f"ray-{nodes}-{number}"
            options = ["--models", MODELS, *more, "--results", str(results)]
            found.append(script(setting, "ray_nodes", str(nodes), *options)["seconds"])
    return Row(name, "s", tuple(both), tuple(one), limit)
