"""Ragged arrays on disk, and folders that are there whole or not at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import RequestError
from emobench.corpus.prepared.ragged import (
    Ragged,
    RaggedWriter,
    partial_prefix,
    sweep,
    whole_folder,
)


@given(
    lengths=st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=8),
    size=st.integers(1, 4),
    dtype=st.sampled_from(["float32", "float16"]),
    seed=st.integers(0, 99),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int | None],
    size: int,
    dtype: str,
    seed: int,
) -> None:
    folder = tmp_path_factory.mktemp("ragged")
    generator = np.random.default_rng(seed)
    arrays = [
        None if n is None else generator.normal(size=(n, size)).astype(dtype) for n in lengths
    ]
    writer = RaggedWriter(folder, dtype)
    for array in arrays:
        writer.append(array)
    writer.close()
    table = Ragged(folder)
    assert len(table) == len(arrays)
    assert list(table.lengths) == [n or 0 for n in lengths]
    assert table.size == (size if any(lengths) else 1)
    for i, array in enumerate(arrays):
        wanted = array if array is not None and len(array) else np.zeros((0, table.size))
        assert table[i].dtype == np.dtype(dtype)
        np.testing.assert_array_equal(table[i], wanted)


def test_values_are_stored_in_the_asked_type_whatever_the_order_in_memory(tmp_path: Path) -> None:
    writer = RaggedWriter(tmp_path, "float32")
    values = np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3))
    writer.append(values)
    writer.append(values[::-1, ::-1])
    writer.close()
    np.testing.assert_array_equal(Ragged(tmp_path)[0], values)
    np.testing.assert_array_equal(Ragged(tmp_path)[1], values[::-1, ::-1])
    assert (tmp_path / "values.bin").stat().st_size == 12 * 4


def test_another_feature_size_is_refused(tmp_path: Path) -> None:
    writer = RaggedWriter(tmp_path)
    writer.append(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="feature size 4 after 3"):
        writer.append(np.zeros((1, 4)))


def test_reading_cannot_change_what_is_stored(tmp_path: Path) -> None:
    writer = RaggedWriter(tmp_path)
    writer.append(np.ones((2, 2)))
    writer.close()
    with pytest.raises(ValueError, match="read-only"):
        Ragged(tmp_path)[0][:] = 0


def test_a_folder_appears_in_one_step(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "final"
    with whole_folder(final) as partial:
        (partial / "a").write_text("x")
        assert not final.exists()
        assert partial.name.startswith(partial_prefix())
    assert [p.name for p in final.iterdir()] == ["a"]
    assert [p.name for p in final.parent.iterdir()] == ["final"]


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_half_written(tmp_path: Path, kind: type) -> None:
    def fail() -> None:
        with whole_folder(tmp_path / "final") as partial:
            (partial / "a").write_text("x")
            raise kind

    with pytest.raises(kind):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_who_finishes_second_leaves_the_first_ones_folder(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "final") as second:
        (second / "a").write_text("second")
        with whole_folder(tmp_path / "final") as first:
            (first / "a").write_text("first")
    assert (tmp_path / "final" / "a").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["final"]


def test_a_file_where_the_folder_should_be_is_no_silent_loss(tmp_path: Path) -> None:
    (tmp_path / "final").write_text("in the way")
    with (
        pytest.raises(RequestError, match=r"Cannot write .*final"),
        whole_folder(tmp_path / "final"),
    ):
        pass
    assert (tmp_path / "final").read_text() == "in the way"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unwritable_place_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(RequestError) as caught, whole_folder(tmp_path / "results" / "x" / "y"):
        pass
    assert str(tmp_path / "results" / "x") in str(caught.value)
    assert "--results" in str(caught.value)
    assert "EMOBENCH_CACHE" in str(caught.value)


@pytest.fixture(scope="module")
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_sweep_removes_what_dead_processes_of_this_machine_left_and_nothing_else(
    tmp_path: Path, dead_pid: int
) -> None:
    host = socket.gethostname()
    dead = [f".partial-{host}-{dead_pid}-abc", f".partial-{host}-{dead_pid}-0123abcd"]
    alive = [
        f".partial-{host}-{os.getpid()}-abc",
        f".partial-elsewhere-{dead_pid}-abc",
        f".partial-{host}-{dead_pid}-4711-abc",  # of the host called HOST-DEAD_PID
        f".partial-{host}-x-abc",
        "finished",
    ]
    (tmp_path / dead[0]).mkdir()
    (tmp_path / dead[0] / "values.bin").write_text("half")
    (tmp_path / dead[1]).write_text("half")
    for name in alive:
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(alive)


def test_sweep_takes_what_whole_folder_leaves_when_it_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from emobench.corpus.prepared.ragged import whole_folder\n"
        "with whole_folder(pathlib.Path(sys.argv[1]) / 'final'): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sweep_of_a_folder_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
