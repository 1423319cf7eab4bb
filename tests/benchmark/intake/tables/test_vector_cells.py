"""Vectors in cells: every form that programs write is read, and no half of one is."""

from __future__ import annotations

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench import DataError, joined_vectors, looks_like_vector
from emobench.intake.tables.vector_cells import LONGEST_CELL, vector_of

NUMBERS = np.random.default_rng(0).normal(0, 3, 40).astype(np.float32)
NUMBERS[3:6] = 0.0, -1.0, 2e-12

FORMS = {
    "list": str([float(v) for v in NUMBERS]),
    "list of NumPy's scalars": str(list(NUMBERS)),
    "JSON": json.dumps(NUMBERS.tolist(), indent=1),
    "tuple": str(tuple(NUMBERS.tolist())),
    "str of an array": np.array2string(NUMBERS, threshold=10_000),
    "repr of an array": repr(NUMBERS),
    "with its module": f"np.{NUMBERS!r}",
    "tensor": "tensor([" + ", ".join(f"{v:.8e}" for v in NUMBERS) + "])",
    "tensor of a model": "tensor([" + ",\n        ".join(f"{v:.8e}" for v in NUMBERS)
    + "], device='cuda:0', grad_fn=<SelectBackward0>)",
    "with a batch axis": str([NUMBERS.tolist()]),
    "with two": f"tensor([[{NUMBERS.tolist()}]])",
    "commas": ",".join(map(str, NUMBERS.tolist())),
    "blanks": " ".join(map(str, NUMBERS.tolist())),
    "a comma at the end": "[" + "".join(f"{v}, " for v in NUMBERS.tolist()) + "]",
    "blanks around": f"  \n{NUMBERS.tolist()}\n ",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_numbers(form: str) -> None:
    found = vector_of(FORMS[form])
    assert found.dtype == np.float32
    assert found.shape == (1, 40)
    np.testing.assert_allclose(found[0], NUMBERS, rtol=1e-6, atol=1e-8)


def test_what_torch_and_numpy_print_is_read() -> None:
    """Their own printing, with the digits that they keep."""
    for printed in (str(torch.tensor(NUMBERS)), repr(torch.tensor(NUMBERS, requires_grad=True)),
                    str(NUMBERS), repr(NUMBERS.astype(np.float64))):  # fmt: skip
        np.testing.assert_allclose(vector_of(printed)[0], NUMBERS, rtol=1e-2, atol=1e-4)


def test_a_list_of_vectors_is_steps() -> None:
    steps = NUMBERS.reshape(8, 5)
    for printed in (str(steps.tolist()), np.array2string(steps), repr(torch.tensor(steps))):
        np.testing.assert_allclose(vector_of(printed), steps, rtol=1e-2, atol=1e-4)


def test_a_single_number_is_a_vector_of_one() -> None:
    assert vector_of("0.5").tolist() == [[0.5]]


def test_what_is_not_finite_is_kept_for_the_reader_to_count() -> None:
    found = vector_of("[nan, inf, 1e300, 1]")[0]
    assert np.isfinite(found).tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (str(np.zeros(2000)), "'...'"),
        ("[0.1, 0.2, …]", "'...'"),
        (str(torch.zeros(2000)), "'...'"),
        ("[0.1, 0.2, 0.3", "is cut off"),
        ("[0.1, 0.2, 0.", "is cut off"),
        ("[[0.1, 0.2], [0.3, 0.4]", "is cut off"),
        ("[[0.1, 0.2], [0.3", "is cut off"),
        ("tensor([0.1, 0.2], device='cu", "is cut off"),
        ("tensor([0.1, 0.2]", "is cut off"),
        ("array([0.1, 0.2", "is cut off"),
        ("0.1, 0.2]", "'0.2]' is no number"),
        ("[0.1, 0.2] [0.3]", "no vector and no list"),
        ("[[0.1, 0.2], 0.3]", "no vector and no list"),
        ("[[0.1, 0.2], [0.3]]", "of 1 and of 2 numbers"),
        ("[[[[0.1]]]]", "no vector and no list"),
        ("[]", "holds no number"),
        ("[0.1,, 0.2]", "a number is missing"),
        ("[0.1, 0.2 0.3]", "'0.2 0.3' is no number"),
        ("0,1;0,2", "'1;0' is no number"),
        ("[0.1, null]", "'null' is no number"),
        ("happy", "'happy' is no number"),
        ("{'a': 1}", "is no number"),
    ],
)
def test_anything_else_is_refused_with_the_reason(cell: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        vector_of(cell)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=30), st.data())
def test_no_beginning_of_a_vector_is_read(numbers: list[float], data: st.DataObject) -> None:
    for whole in (str(numbers), str(np.array(numbers)), f"tensor({numbers})"):
        end = data.draw(st.integers(1, len(whole) - 1))
        with pytest.raises(ValueError, match=r"cut off|no number"):
            vector_of(whole[:end])


def test_excel_cuts_what_is_long_and_that_is_seen(tmp_path) -> None:
    book = openpyxl.Workbook()
    long = np.random.default_rng(1).normal(size=2000)
    plain, bracketed = ",".join(map(str, long)), str(long.tolist())
    book.active.append([plain, bracketed])
    book.save(tmp_path / "cut.xlsx")
    cells = [c.value for c in openpyxl.load_workbook(tmp_path / "cut.xlsx").active[1]]
    assert [len(c) for c in cells] == [LONGEST_CELL] * 2
    assert vector_of(plain).shape == (1, 2000)
    for cell in cells:
        with pytest.raises(ValueError, match=r"cut off \(Excel holds 32,767 characters\)"):
            vector_of(cell)


def cells(*rows: NDArray[np.float32] | None) -> list[str]:
    return ["" if row is None else str(row.tolist()) for row in rows]


def test_columns_are_put_side_by_side() -> None:
    one, two = np.arange(3, dtype=np.float32), np.arange(5, dtype=np.float32)
    found = joined_vectors(
        {"V3": cells(one, None, one + 1), "V4": cells(two, None, two)}, ["a", "b", "c"]
    )
    assert found[0] is not None
    assert found[2] is not None
    assert found[0].tolist() == [[0, 1, 2, 0, 1, 2, 3, 4]]
    assert found[1] is None
    assert found[2].shape == (1, 8)


def test_other_widths_are_named_with_row_and_column() -> None:
    rows = cells(*[NUMBERS] * 5, NUMBERS[:39])
    with pytest.raises(DataError) as caught:
        joined_vectors({"V1": rows}, [f"row {i}" for i in range(2, 8)])
    assert "row 7, column 'V1': 39 numbers, where most rows have 40" in str(caught.value)


def test_a_row_with_some_of_the_columns_is_named() -> None:
    with pytest.raises(DataError, match=r"'V1', 'V3' are to be put side by side.*: row 3"):
        joined_vectors(
            {"V1": cells(NUMBERS, NUMBERS), "V3": cells(NUMBERS, None)}, ["row 2", "row 3"]
        )


def test_many_errors_are_counted() -> None:
    with pytest.raises(DataError) as caught:
        joined_vectors({"V1": ["[1, 2"] * 30 + ["[1, 2]"]}, list(map(str, range(31))))
    assert str(caught.value).count("is cut off") == 10
    assert "and 20 more rows" in str(caught.value)


def test_an_empty_column_is_an_error() -> None:
    with pytest.raises(DataError, match="'V1' is empty in every row"):
        joined_vectors({"V1": ["", " "]}, ["a", "b"])


def test_vectors_are_told_from_words() -> None:
    assert all(looks_like_vector(f) for n, f in FORMS.items() if n not in ("commas", "blanks"))
    for word in ("happy", "[LAUGHTER] no", "(smiles)", "1, 2", "", "[sic]", str(pd.NA)):
        assert not looks_like_vector(word)
