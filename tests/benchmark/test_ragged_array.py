"""Ragged arrays on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.ragged_array import Ragged, RaggedWriter


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
