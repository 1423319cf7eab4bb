"""The address of a number: it reads back, survives a shell, and is the same every time."""

from __future__ import annotations

import re
import shlex
import subprocess
from string import printable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emobench.leaderboard.pedigree.address import (
    RELATIONS,
    Address,
    Number,
    is_short,
    parse_number,
    segments,
)

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
MEASURES = st.sampled_from(["macro_f1", "ece", "params"])
NUMBERS = st.one_of(
    st.builds(Number, MEASURES),
    st.builds(Number, MEASURES, NAMES),
    st.builds(Number, MEASURES, st.just(""), st.just("over"), NAMES),
    st.builds(Number, MEASURES, st.just(""), st.sampled_from(sorted({*RELATIONS} - {"over"}))),
)
ADDRESSES = st.builds(Address, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, NUMBERS)
HARD = Address(
    "/data/a b.csv", "cross_dataset", "controlled+text=x/y", "each its own", "words[by corpus]",
    "net:fusion=a*b (as_published) tuned:8+halving", Number("macro_f1", "men-only", "", ""),
)  # fmt: skip


@given(ADDRESSES)
@example(HARD)
def test_an_address_reads_back(address: Address) -> None:
    *names, number = segments(str(address))
    assert parse_number(number) == address.number
    assert Address(*names, address.number) == address


@given(ADDRESSES)
@example(HARD)
def test_no_sign_of_it_means_anything_to_a_shell(address: Address) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.:=+,@%/-]+", str(address))
    assert shlex.split(str(address)) == [str(address)]
    assert set(str(address)) <= set(printable)


def test_a_shell_passes_it_on_as_it_is() -> None:
    said = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {HARD}"], capture_output=True, text=True, check=True
    )
    assert said.stdout == str(HARD)


def test_the_readable_form_is_what_the_documents_show() -> None:
    address = Address("ravdess", "full_modalities", "controlled", "full", "full", "mlp tuned:8",
                      Number("macro_f1", "", "over", "late_fusion tuned:8"))  # fmt: skip
    assert str(address) == (
        "ravdess/full_modalities/controlled/full/full/mlp%20tuned:8/"
        "macro_f1-over-late_fusion%20tuned:8"
    )
    # Whoever cites a short ID relies on it: it must never change.
    assert address.short == "41cf5da273"
    assert is_short(address.short)


def test_names_can_be_typed_as_they_are_in_quotes() -> None:
    typed = "ravdess/full/controlled/full/text[by corpus]/net (as_published)/macro_f1"
    assert segments(typed)[4:6] == ["text[by corpus]", "net (as_published)"]


@pytest.mark.parametrize("text", ["", "macro f1", "macro_f1-unheard", "macro_f1-over", "a-gain-b"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None
