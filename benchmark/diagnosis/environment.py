"""The environment variables that matter, and how this process was started with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from emobench.diagnosis.verdict import FINE, LOOK, Verdict

OURS: Final = {
    "EMOBENCH_DATA": "folder of the corpora, where --data-dir names none",
    "EMOBENCH_CACHE": "folder of prepared data, where --cache-dir names none",
    "EMOBENCH_OFFLINE": "1: no other machine is reached, as with --offline",
    "OMP_NUM_THREADS": "threads of a computation; emobench sets 1 where it is not set",
    "RAY_ADDRESS": "the Ray cluster of --executor ray, where --ray-address names none",
    "BROWSER": "the browser of `emobench leaderboard --open` and `--serve`",
    "DISPLAY": "an X display: without any display no browser is opened",
    "WAYLAND_DISPLAY": "a Wayland display: without any display no browser is opened",
    "SSH_CONNECTION": "a session of ssh: no browser is opened at its far end",
    "SSH_TTY": "a session of ssh: no browser is opened at its far end",
    "TOKENIZERS_PARALLELISM": "threads of tokenizers; emobench sets false where it is not set",
    "_EMOBENCH_COMPLETE": "set by the shell when it asks for completions",
    "COMP_WORDS": "set by bash when it asks for completions",
    "COMP_CWORD": "set by bash when it asks for completions",
}
"""Variables that emobench reads, and what for."""

LIBRARIES: Final = {
    "NO_COLOR": ("no colours", "rich, typer"),
    "FORCE_COLOR": ("colours in a pipe or a file, too", "rich, typer"),
    "TERM": ("`dumb`: no colours, and lines in place of bars that move", "rich"),
    "COLUMNS": ("width of tables and bars", "rich, typer"),
    "PYTHONIOENCODING": ("encoding of what is printed", "Python"),
    "LC_ALL": ("encoding of what is printed", "Python"),
    "HOME": ("where the cache is if nothing names it", "platformdirs"),
    "XDG_CACHE_HOME": ("where the cache is if nothing names it", "platformdirs"),
    "CUDA_VISIBLE_DEVICES": ("the GPUs that are seen", "torch"),
    "HF_HOME": ("where pretrained weights are kept", "Hugging Face"),
    "HF_HUB_OFFLINE": ("1: pretrained weights are taken from this machine alone", "Hugging Face"),
    "HF_HUB_DISABLE_TELEMETRY": ("1: the hub is told nothing; --offline sets it", "Hugging Face"),
    "TRANSFORMERS_OFFLINE": ("1: as HF_HUB_OFFLINE; --offline sets it", "transformers"),
    "WANDB_MODE": ("`offline`: runs are kept on this machine; --offline sets it", "wandb"),
    "HF_TOKEN": ("access to weights that ask for it", "Hugging Face"),
    "SOURCE_DATE_EPOCH": ("the time in files that are built: wheels and archives", "setuptools"),
}
"""Variables that libraries read on emobench's behalf: what for, and which."""

SECRET: Final = frozenset({"HF_TOKEN"})


def as_started() -> Mapping[str, str]:
    """Return the variables that this process was started with, before emobench set any."""
    try:
        content = Path("/proc/self/environ").read_bytes()
    except OSError:  # another system: what is set by now is all that is known
        return os.environ
    pairs = (one.partition(b"=") for one in content.split(b"\0") if b"=" in one)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def variables() -> Iterator[Verdict]:
    """Yield the variables that are set."""
    now = as_started()
    told = OURS | {name: f"{meaning}; read by {who}" for name, (meaning, who) in LIBRARIES.items()}
    for name, meaning in told.items():
        if name not in now:
            continue
        value = "set" if name in SECRET else now[name]
        yield Verdict(
            "environment", name, FINE, f"{name}={value} ({meaning})",
            facts={"value": value, "meaning": meaning},
        )  # fmt: skip
    threads = now.get("OMP_NUM_THREADS")
    if threads not in (None, "1"):
        yield Verdict(
            "environment", "threads", LOOK,
            f"OMP_NUM_THREADS={threads}: fits and scores may differ in their last digits from one "
            "thread, and workers take each other's cores",
            "unset OMP_NUM_THREADS",
        )  # fmt: skip
