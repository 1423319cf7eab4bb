"""Exported models of others, one of whose files was changed; no code in them may be run."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from emobench import EmobenchError
from fuzzing.feature_files import _safetensors
from fuzzing.mutation import bytes_of, json_of, plain_json
from fuzzing.target import Files, Target

CONFIG = "config.json"


@functools.cache
def _whole() -> Files:
    """A model of emobench, trained and exported; and a file of code that says if it is run."""
    import emobench

    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        os.environ["EMOBENCH_CACHE"] = str(Path(scratch) / "cache")
        asked = {"models": "late_fusion", "dataset": "simulated:size=63", "seeds": 1}
        emobench.run(**asked, protocol="full_modalities", executor="in_process", results="results")
        emobench.load("results").export("out")
        return {p.name: p.read_bytes() for p in Path("out").iterdir()}


def _again(files: Files, value: Any) -> bytes:
    """The configuration, with digests that fit the other files."""
    with contextlib.suppress(TypeError, KeyError):
        digests = value["emobench"]["sha256"]
        for name in digests:
            if name in files:
                digests[name] = hashlib.sha256(files[name]).hexdigest()
    return plain_json(value)


def _changed(random: Random) -> Files:
    files = dict(_whole())
    name = random.choice([n for n in files if n != "README.md"])
    if name.endswith(".json"):
        files[name] = json_of(files[name], random)
    elif random.random() < 0.7:
        files[name] = _safetensors(files[name], random)
    else:
        files[name] = bytes_of(files[name], random)
    with contextlib.suppress(ValueError, RecursionError):
        files[CONFIG] = _again(files, json.loads(files[CONFIG]))
    return {f"model/{n}": data for n, data in files.items()}


def use(folder: Path, out: Path) -> None:
    """Load it."""
    from emobench.inference.loader import load_export

    load_export(folder / "model")


def targets() -> list[Target]:
    """Exported models."""
    return [Target("exports", _changed, use, (EmobenchError,), 0.1)]
