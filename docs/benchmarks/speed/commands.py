"""Runs commands and scripts in processes of their own, with one thread each, and times them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rows import Setting

HERE = Path(__file__).parent
EMOBENCH = str(Path(sys.executable).with_name("emobench"))


def environment(setting: Setting) -> dict[str, str]:
    """The environment of every process that is measured."""
    found = dict(os.environ)
    # Compiling everything anew in every process would be measured with it.
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    found |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    found["EMOBENCH_CACHE"] = str(setting.scratch / "cache")
    found.setdefault("EMOBENCH_DATA", str(setting.scratch / "data"))
    return found


def timed(arguments: list[str], setting: Setting) -> tuple[float, str]:
    """Seconds from the start of a process to its end, and its output.

    Raises
    ------
    RuntimeError
        The process failed.
    """
    started = time.perf_counter()
    ended = subprocess.run(
        arguments,
        env=environment(setting),
        cwd=setting.scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if ended.returncode:
        said = (ended.stdout + ended.stderr)[-3000:]
        raise RuntimeError(f"{' '.join(arguments)} ended with {ended.returncode}:\n{said}")
    return seconds, ended.stdout


def emobench(setting: Setting, *arguments: str | Path) -> float:
    """Seconds of an `emobench` command."""
    return timed([EMOBENCH, *map(str, arguments)], setting)[0]


def grid_with_output(
    setting: Setting, results: str, models: str, *arguments: str | Path
) -> tuple[float, str]:
    """Seconds of `emobench run` into the folder `results` of the scratch folder; its output."""
    where = ["--results", str(setting.scratch / results), "--device", "cpu"]
    command = [EMOBENCH, "run", "--models", models, *where, *map(str, arguments)]
    return timed(command, setting)


def grid(setting: Setting, results: str, models: str, *arguments: str | Path) -> float:
    """Seconds of `emobench run` into the folder `results` of the scratch folder."""
    return grid_with_output(setting, results, models, *arguments)[0]


def script(setting: Setting, name: str, *arguments: str | Path) -> Any:
    """What a script of this folder prints in its last line, as JSON."""
    _, out = timed([sys.executable, str(HERE / f"{name}.py"), *map(str, arguments)], setting)
    return json.loads(out.strip().splitlines()[-1])
