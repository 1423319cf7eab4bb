"""A process that looks first: damaged files end it, and not the one that asks."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emobench import DataError, open_features
from emobench.intake.formats import scout
from emobench.intake.formats.scout import SCOUT, ScoutDied, parquet_values
from emobench.intake.tables.parquet import parquet

TABLE = pa.table({
    "id": ["u0", "u1", "u2"], "audio": [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]], [[0.5, 0.5]]],
    "label": ["joy", "joy", "anger"],
})  # fmt: skip


def written(**options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer, **options)
    return buffer.getvalue()


def running() -> int:
    """The process ID of the scout."""
    assert SCOUT._process is not None
    return SCOUT._process.pid


def test_it_counts_the_values_of_all_columns() -> None:
    assert parquet_values(io.BytesIO(written())) == 3 + 8 + 3
    assert parquet_values(io.BytesIO(written(row_group_size=1))) == 3 + 8 + 3


def test_one_process_serves_all_looks_and_another_comes_when_it_has_died() -> None:
    parquet_values(io.BytesIO(written()))
    first = running()
    parquet_values(io.BytesIO(written()))
    assert running() == first
    os.kill(first, signal.SIGKILL)
    assert parquet_values(io.BytesIO(written())) == 14
    assert running() != first


def test_a_look_that_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = Path(scout.__file__).read_text().replace("SECONDS = 120", "SECONDS = 1")
    slow = '_LOOKS["parquet"] = lambda _: __import__("time").sleep(600)\n\nif __name__'
    (tmp_path / "slow.py").write_text(source.replace("if __name__", slow))
    monkeypatch.setattr(scout, "__file__", str(tmp_path / "slow.py"))
    SCOUT.end()
    with pytest.raises(ScoutDied):
        parquet_values(io.BytesIO(written()))


def test_an_interrupted_look_does_not_answer_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    parquet_values(io.BytesIO(written()))
    process = SCOUT._process
    assert process is not None

    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(process.stdout, "readline", interrupted)
    with pytest.raises(KeyboardInterrupt):
        parquet_values(io.BytesIO(written(row_group_size=1)))
    assert parquet_values(io.BytesIO(written())) == 14
    assert SCOUT._process is not process


def test_a_footer_that_ends_pyarrow_is_refused_with_the_name_of_its_file(tmp_path: Path) -> None:
    """Counts of levels in the statistics' histograms that differ from the schema abort pyarrow."""
    whole, path = written(), tmp_path / "x.parquet"
    died = []
    for place in range(len(whole) - 8 - int.from_bytes(whole[-8:-4], "little"), len(whole) - 8):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        said = refusal(open_features, path)
        assert not said or str(path) in said
        if "ends the process" in said:
            died.append(place)
            assert "ends the process" in refusal(as_table, path)
    assert len(died) > 5


def as_table(path: Path) -> object:
    return parquet(path, path.read_bytes())


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """Why a file is refused; "" if it is read."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return ""


def test_a_copy_of_the_process_has_a_scout_of_its_own() -> None:
    parquet_values(io.BytesIO(written()))
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()

    def look() -> None:
        queue.put((parquet_values(io.BytesIO(written())), running()))

    child = context.Process(target=look)
    child.start()
    values, pid = queue.get()
    child.join()
    assert values == 14
    assert pid != running()
    assert parquet_values(io.BytesIO(written())) == 14


@pytest.mark.parametrize("how", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_it_ends_with_the_process_that_asks(how: str, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(written())
    code = (
        "import os, signal, sys; from emobench.intake.formats.scout import *;"
        "from emobench.intake.formats.scout import SCOUT;"
        "parquet_values(open(sys.argv[1], 'rb')); print(SCOUT._process.pid, flush=True);" + how
    )
    words = [sys.executable, "-c", code, str(tmp_path / "x.parquet")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    pid, limit = int(done.stdout), time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
    assert not done.stderr
