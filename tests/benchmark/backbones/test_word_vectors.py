"""Word vectors from files of GloVe's format."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from emobench import RequestError, Sequence
from emobench.backbones.word_vectors import WordVectors

LINES = "the 0.5 -1 2e-1\nhate 1 2 3\n. 4 4 4\n. . . 5 5 5\ndo 6 6 6\nn't 7 7 7\n猫 8 8 8\n"


def characters(*texts: str) -> Sequence:
    lengths = torch.tensor([len(t) for t in texts])
    values = torch.zeros(len(texts), max(1, int(lengths.max())), 1)
    for row, text in zip(values, texts, strict=True):
        row[: len(text), 0] = torch.tensor([float(ord(c)) for c in text])
    return Sequence(values, lengths)


@pytest.fixture
def glove(tmp_path: Path) -> WordVectors:
    (tmp_path / "glove.txt").write_text(LINES, encoding="utf-8")
    return WordVectors(tmp_path / "glove.txt")


def test_each_word_is_its_vector_and_an_unknown_one_is_zero(glove: WordVectors) -> None:
    found = glove(characters("The cat: HATE.", "", "猫"))
    assert glove.size == 3
    assert found.lengths.tolist() == [5, 0, 1]
    assert found.values[0].tolist() == [
        pytest.approx([0.5, -1, 0.2]), [0, 0, 0], [0, 0, 0], [1, 2, 3], [4, 4, 4],
    ]  # fmt: skip
    assert found.values[2, 0].tolist() == [8, 8, 8]
    assert not found.values[1].any()
    assert not found.values[2, 1:].any()


def test_short_forms_are_cut_as_glove_cuts_them_unless_the_file_has_them_whole(
    glove: WordVectors, tmp_path: Path
) -> None:
    assert glove(characters("don't")).values[0].tolist() == [[6, 6, 6], [7, 7, 7]]
    (tmp_path / "whole.txt").write_text(LINES + "don't 9 9 9\n", encoding="utf-8")
    assert WordVectors(tmp_path / "whole.txt")(characters("don't")).values[0].tolist() == [
        [9, 9, 9]
    ]


def test_nothing_but_blanks_is_one_step_of_zeros_and_a_batch_may_be_empty(
    glove: WordVectors,
) -> None:
    found = glove(characters(" ", ""))
    assert (found.lengths.tolist(), found.values.any().item()) == ([1, 0], False)
    assert glove(characters("", "")).values.shape == (2, 1, 3)


def test_a_first_line_with_count_and_size_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("2 3\nthe 1 2 3\nhate 1 2 4\n")
    backbone = WordVectors(tmp_path / "v.txt")
    assert backbone.size == 3
    assert backbone(characters("2 hate")).values[0].tolist() == [[0, 0, 0], [1, 2, 4]]


@pytest.mark.parametrize(
    "text", ["", "a sentence of words\n", "word 1\n", "the 1 2 3\n", "the 1 2 nan\nhate 1 2 3\n"]
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.txt").write_text(text + "hate 1 2\n" * (text == "the 1 2 3\n"))
    with pytest.raises(RequestError, match="is no file of word vectors"):
        WordVectors(tmp_path / "v.txt")(characters("hate"))
