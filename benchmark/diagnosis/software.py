"""Versions, extras and plugins: what is installed, what fails, and how to mend it."""

from __future__ import annotations

import json
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from typing import Any, Final

from emobench import __version__
from emobench.diagnosis.verdict import BROKEN, FINE, LOOK, Verdict

TRIO: Final = ("torch", "torchaudio", "torchvision")
"""They are built against one another."""

KEY: Final = ("numpy", "pandas", "scikit-learn", "transformers", "timm", "pyarrow", "rich", "typer")
PROGRAMS: Final = {
    "git": "clones corpora that lie in repositories; large files need git-lfs",
    "git-lfs": "fetches the large files of corpora that lie in repositories",
    "sbatch": "hands jobs to SLURM, with --executor slurm",
    "chromium": "looks at the page in the tests; no command needs it",
}
"""Programs of the system that something can use; nothing needs them to run a grid here."""

PATIENCE: Final = 120
"""Seconds after which an import is taken to hang."""


def software() -> Iterator[Verdict]:
    """Yield what is installed of emobench and of what it needs."""
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    facts = {
        "emobench": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
    }
    yield Verdict("software", "emobench", FINE, f"emobench {__version__}, {where}", facts=facts)
    try:
        wanted, extras = requirements()
    except metadata.PackageNotFoundError:
        text = "emobench is imported and not installed: what it needs cannot be looked up"
        yield Verdict("software", "installation", LOOK, text, "pip install .")
        wanted, extras = {}, {}
    yield from _needed(wanted)
    yield from _torch([wanted.get(name, name) for name in TRIO])
    yield from _extras(extras)
    for name, purpose in PROGRAMS.items():
        path = shutil.which(name)
        text = f"{name}: {path}" if path else f"{name} is not here: it {purpose}"
        yield Verdict("software", name, FINE, text, facts={"path": path, "purpose": purpose})


def requirements() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the requirements of emobench by name, and those of each extra."""
    wanted: dict[str, str] = {}
    extras: dict[str, dict[str, str]] = defaultdict(dict)
    for line in metadata.requires("emobench") or ():
        need, _, marker = line.partition(";")
        name = re.split(r"[\s<>=!~\[(]", need.strip(), maxsplit=1)[0]
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", marker)
        if extra is None:
            wanted[name] = need.strip()
        elif name != "emobench":
            extras[extra[1]][name] = need.strip()
    return wanted, dict(extras)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_met(need: str, version: str) -> bool:
    """Whether a version is one that a requirement allows; what cannot be told counts as met."""
    try:
        from packaging.requirements import Requirement

        return Requirement(need).specifier.contains(version, prereleases=True)
    except Exception:
        return True


def _needed(wanted: dict[str, str]) -> Iterator[Verdict]:
    """Required packages that are missing or of another version; else the versions of some."""
    wrong = False
    for name, need in wanted.items():
        version = _installed(name)
        if version is not None and is_met(need, version):
            continue
        wrong = True
        text = f"{name} is missing" if version is None else f"{name} is {version}"
        yield Verdict(
            "software", name, BROKEN, f"{text}; emobench needs {need}", f"pip install '{need}'",
            {"version": version, "needed": need},
        )  # fmt: skip
    versions = {name: _installed(name) for name in KEY}
    shown = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if not wrong:
        yield Verdict("software", "libraries", FINE, shown, facts={"versions": versions})


def _torch(needs: list[str]) -> Iterator[Verdict]:
    """Torch and its companions: do they agree, can they be imported, what do they run on."""
    versions = {name: _installed(name) for name in TRIO}
    again = shlex.join(["pip", "install", "--force-reinstall", *needs])
    found, failure = run_probe("torch")
    if failure:
        yield Verdict("software", "torch", BROKEN, f"importing torch {failure}", again)
        return
    for name, error in found["errors"].items():
        if name in TRIO:
            yield Verdict(
                "software", name, BROKEN, f"{name} cannot be imported: {error}", again,
                {"version": versions[name], "error": error},
            )  # fmt: skip
    shown = ", ".join(f"{name} {found[name]}" for name in TRIO if name in found)
    if not found["errors"]:
        yield Verdict("software", "torch", FINE, shown, facts={"versions": versions})


def devices() -> Iterator[Verdict]:
    """Yield the GPUs that torch sees, and how it computes here."""
    found, failure = run_probe("torch")
    if failure or "torch" in found["errors"]:
        return  # said already
    gpus = found.get("gpus", [])
    shown = ", ".join(f"{one['name']} ({one['bytes'] / 2**30:.0f} GiB)" for one in gpus)
    facts = {"gpus": gpus, "built_for_cuda": found.get("built_for_cuda")}
    if "cuda" in found["errors"]:
        text = f"GPUs cannot be asked: {found['errors']['cuda']}"
        yield Verdict("machine", "gpus", LOOK, text, "nvidia-smi", facts)
    elif not gpus and shutil.which("nvidia-smi"):
        text = "torch sees no GPU, though there is a driver: everything runs on the processor"
        yield Verdict("machine", "gpus", LOOK, text, "nvidia-smi", facts)
    else:
        yield Verdict(
            "machine",
            "gpus",
            FINE,
            shown or "no GPU: everything runs here all the same",
            facts=facts,
        )
    facts = {"threads": found["threads"], "denormals": found["denormals"]}
    text = f"torch computes with {found['threads']} thread{'s' * (found['threads'] != 1)}"
    if found["denormals"]:
        yield Verdict(
            "machine", "threads", FINE, f"{text}; denormal numbers are flushed", facts=facts
        )
    else:
        yield Verdict(
            "machine", "threads", LOOK,
            f"{text}; this processor cannot flush denormal numbers, so that some trainings may be "
            "many times slower", facts=facts,
        )  # fmt: skip


def _extras(extras: dict[str, dict[str, str]]) -> Iterator[Verdict]:
    for extra, wanted in extras.items():
        absent = [name for name, need in wanted.items() if not _has(name, need)]
        do = f"pip install 'emobench[{extra}]'" if absent else ""
        text = f"emobench[{extra}] is here" if not absent else f"emobench[{extra}] is not here"
        if absent and len(absent) < len(wanted):
            text = f"emobench[{extra}] is here in part; it lacks {', '.join(absent)}"
        yield Verdict("software", f"extra {extra}", FINE, text, do, {"missing": absent})


def _has(name: str, need: str) -> bool:
    version = _installed(name)
    return version is not None and is_met(need, version)


def plugins() -> Iterator[Verdict]:
    """Yield the entry points of installed packages, and those that fail to load."""
    found, failure = run_probe("plugins")
    if failure:
        text = f"loading the entry points of installed packages {failure}"
        yield Verdict("software", "plugins", BROKEN, text, "pip list")
        return
    for name, error in found["failed"].items():
        yield Verdict(
            "software", "plugin", BROKEN, f"the entry point {name} fails: {error}",
            "reinstall or uninstall the package that declares it", {"entry_point": name},
        )  # fmt: skip
    for name in found["loaded"]:
        yield Verdict("software", "plugin", FINE, name, facts={"entry_point": name})


@cache
def run_probe(which: str) -> tuple[dict[str, Any], str]:
    """Run a probe in a process of its own; return its facts, or how it failed."""
    command = [sys.executable, "-m", "emobench.diagnosis.probe", which]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, f"hangs: it took longer than {PATIENCE} s"
    except OSError as error:
        return {}, f"cannot be tried: {error}"
    lines = ended.stdout.strip().splitlines()
    if ended.returncode == 0 and lines:
        try:
            return json.loads(lines[-1]), ""
        except ValueError:
            pass
    how = f"ends the process (status {ended.returncode})"
    last = ended.stderr.strip().splitlines()[-1:] or [""]
    return {}, f"{how}: {last[0]}" if last[0] else how
