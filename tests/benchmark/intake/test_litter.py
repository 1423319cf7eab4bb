from __future__ import annotations

import pytest

from emobench import is_litter, is_litter_folder


@pytest.mark.parametrize(
    "name", ["._1001_DFA_ANG_XX.wav", ".DS_Store", "Thumbs.db", "DESKTOP.INI", "a.zip.part"]
)
def test_what_a_system_leaves_is_litter(name: str) -> None:
    assert is_litter(name)


@pytest.mark.parametrize("name", ["1001.wav", "part.csv", "_a.wav", "a.partial.csv"])
def test_what_a_person_wrote_is_not(name: str) -> None:
    assert not is_litter(name)


def test_folders_of_archives_are_litter() -> None:
    assert is_litter_folder("__MACOSX")
    assert not is_litter_folder("train")
