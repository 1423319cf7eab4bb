"""What a training learned survives being written, to the bit, and nothing else is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench import FittedRepresentation, RequestError
from emobench.discovery.representations import representation, representations
from emobench.inference.description import Description
from emobench.inference.exports.folder import read_stored_preparation, write_preparation
from emobench.inference.preparation import FittedInput, Preparation

FITTED = sorted(n for n, k in representations().items() if issubclass(k, FittedRepresentation))


class About:
    """As much of a description as a preparation needs."""

    def __init__(self, modality: str, name: str) -> None:
        self.task = type("Task", (), {"inputs": {modality: {name: 1}}})


def items(base: str) -> list[Any]:
    generator = np.random.default_rng(3)
    if base == "transcript":
        words = [*"abcdefghij", "größe", "情绪"]
        return [" ".join(generator.choice(words, 12)) for _ in range(40)]
    size = 800
    return [generator.normal(size=(int(generator.integers(3, 9)), size)).astype(np.float16)
            for _ in range(40)]  # fmt: skip


@pytest.mark.parametrize("name", FITTED)
def test_a_fitted_representation_is_the_same_after_it_was_written(name, tmp_path):
    kind = representation(name)
    fitted = kind()
    fitted.fit(items(kind.base))
    mean = np.arange(fitted.size, dtype=np.float32)
    one = FittedInput(name, kind.version, fitted.size, mean, mean + 1, fitted)
    write_preparation(tmp_path, Preparation({kind.modality: {name: one}}))
    about: Description = About(kind.modality, name)  # type: ignore[assignment]
    again = read_stored_preparation(tmp_path, about).inputs[kind.modality][name]
    assert (again.version, again.size, again.fitted.size) == (kind.version, one.size, one.size)
    assert np.array_equal(again.mean, one.mean)
    assert np.array_equal(again.scale, one.scale)
    for item in items(kind.base):
        assert np.array_equal(again.fitted.transform(item), fitted.transform(item))


def test_what_is_no_plain_data_is_refused_with_the_remedy(tmp_path):
    kind = representation("tokens")
    fitted = kind()
    fitted.ids = {"a": object()}
    one = FittedInput("tokens", 1, 3, fitted=fitted)
    with pytest.raises(RequestError, match=r"tokens cannot be exported.*restore\(\)"):
        write_preparation(tmp_path, Preparation({"text": {"tokens": one}}))
