"""Command lines, in a folder of their own, in this process."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

import typer.main

from emobench.cli.app import app, main
from fuzzing.mutation import NUMBERS, WORDS, text_of
from fuzzing.requests import MODEL, NAMES_TYPED, STUDIES
from fuzzing.target import Files, Target

NOT_TRIED = {"doctor", "check", "data prepare", "data verify", "data describe", "data manifest",
             "masks export", "predict", "export"}  # fmt: skip
"""Commands that work for a long time where their words make sense."""

DRY = {"run": "--print-toml", "data download": "--dry", "cache prune": "--dry-run"}
"""Commands, and what lets them do nothing."""

LEFT_OUT = {"--serve", "--open", "--install-completion", "--show-completion"}


@functools.cache
def commands() -> dict[str, list[str]]:
    """Every command that is tried, with its options."""
    found: dict[str, list[str]] = {}

    def walk(command: Any, path: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}".strip())
        if path and not hasattr(command, "commands") and path not in NOT_TRIED:
            options = [o for p in command.params for o in p.opts + p.secondary_opts]
            found[path] = [o for o in options if o.startswith("-") and o not in LEFT_OUT]

    walk(typer.main.get_command(app), "")
    return found


def _drawn(random: Random) -> Files:
    path = random.choice(list(commands()))
    words = path.split() + ([DRY[path]] if path in DRY else [])
    for _ in range(random.randrange(5)):
        if random.random() < 0.6 and commands()[path]:
            words.append(random.choice(commands()[path]))
        if random.random() < 0.8:
            words.append(_word(random))
    if random.random() < 0.05:
        words[0] = _word(random)
    kept = [w.replace("\0", "") for w in words if w not in LEFT_OUT]
    if not any(w in ("list", "show") or w in DRY.values() for w in kept) and "run" in kept:
        kept.append(DRY["run"])
    return {
        "command.json": json.dumps(kept).encode(), "study.toml": STUDIES[0].encode(),
        "my_model.py": MODEL.encode(), "results/trainings/x/training.json": b"{}",
    }  # fmt: skip


def _word(random: Random) -> str:
    word = random.choice(
        (*WORDS[:60], *NUMBERS[:20], *NAMES_TYPED, "study.toml", "my_model.py", "results", "out",
         "simulated", "ravdess", "late_fusion", "macro_f1", "s3://bucket/x")
    )  # fmt: skip
    word = text_of(word, random) if random.random() < 0.3 else word
    return word[:2000]


def use(folder: Path, out: Path) -> None:
    """Do what is typed; what a user would see as a traceback is raised."""
    words = json.loads((folder / "command.json").read_bytes())
    before, status = sys.argv, None
    os.environ.update(EMOBENCH_CACHE=str(out / "cache"), EMOBENCH_DATA=str(folder), HOME=str(out))
    sys.argv = ["emobench", *words]
    try:
        with contextlib.chdir(folder):
            main()
    except SystemExit as end:
        status = end.code
    finally:
        sys.argv = before
    assert status in (0, 1, 2, 3, None), f"status {status}"


def targets() -> list[Target]:
    """Command lines."""
    return [Target("commands", _drawn, use, (), 1)]
