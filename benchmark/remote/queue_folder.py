"""The folders of pickled work that the main processes of a results folder keep there."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import psutil

NAME = "queue"


def owner() -> str:
    """Return host and number of this process, separated by a dash."""
    return f"{socket.gethostname()}-{os.getpid()}"


def job_prefix(results: Path) -> str:
    """Return what the names of all batch jobs of a results folder begin with."""
    return f"emobench-{sha256(str(results.absolute()).encode()).hexdigest()[:10]}"


def is_dead(name: str) -> bool:
    """Whether `name`, an owner, is a process of this machine that has ended."""
    host, _, number = name.rpartition("-")
    return host == socket.gethostname() and number.isdigit() and not psutil.pid_exists(int(number))


def left_behind(results: Path) -> Iterator[str]:
    """The owners of folders that processes of this machine left when they were killed."""
    for folder in sorted((results / NAME).glob("*-*")):
        if is_dead(folder.name):
            yield folder.name


def own_folder(results: Path) -> Path:
    """Return the folder of this process, which need not exist."""
    return results.absolute() / NAME / owner()


def remove(results: Path, name: str) -> None:
    """Remove the folder of the owner `name`, and the folder around it when it is empty."""
    shutil.rmtree(results / NAME / name, ignore_errors=True)
    if (results / NAME).is_dir() and not any((results / NAME).iterdir()):
        (results / NAME).rmdir()
