"""What is left of main processes that were killed is found, and what lives is left alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from emobench.remote import queue_folder


def test_folders_of_dead_processes_of_this_machine_are_found(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = socket.gethostname()
    dead = f"{host}-{ended.pid}"
    for name in (dead, f"{host}-{os.getpid()}", f"other-{ended.pid}", f"x{host}-{ended.pid}"):
        (tmp_path / "queue" / name).mkdir(parents=True)
    assert list(queue_folder.left_behind(tmp_path)) == [dead]
    queue_folder.remove(tmp_path, dead)
    assert list(queue_folder.left_behind(tmp_path)) == []
    assert queue_folder.own_folder(tmp_path).is_dir()


def test_the_folder_around_goes_with_the_last_one(tmp_path: Path) -> None:
    queue_folder.own_folder(tmp_path).mkdir(parents=True)
    queue_folder.remove(tmp_path, queue_folder.owner())
    assert not (tmp_path / "queue").exists()
    queue_folder.remove(tmp_path, "absent-1")


def test_names_of_jobs_tell_results_folders_apart(tmp_path: Path, monkeypatch: object) -> None:
    first, second = (queue_folder.job_prefix(tmp_path / name) for name in "ab")
    assert first != second
    assert first.startswith("emobench-")
