"""The label map of a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import DataError
from emobench.datasets.manifests import guessed, label_map

CLASSES = ("Ekel", "Freude", "Langeweile", "Ärger")


def test_a_file_beside_the_manifest(tmp_path: Path) -> None:
    text = "canonical;label;note\nangry; Ärger ;x\nhappy;Freude;\n;Langeweile;none\n\n"
    (tmp_path / "map.csv").write_text(text, "utf-8-sig")
    found = label_map("map.csv", tmp_path, CLASSES)
    assert found == {"Freude": "happy", "Ärger": "angry"}
    assert list(found) == ["Freude", "Ärger"]
    assert label_map(str(tmp_path / "map.csv"), Path("elsewhere"), CLASSES) == found


def test_pairs_as_typed(tmp_path: Path) -> None:
    assert label_map("Ärger=angry| Freude = happy", tmp_path, CLASSES) == {
        "Freude": "happy", "Ärger": "angry",
    }  # fmt: skip


def test_every_wrong_row_is_named_with_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("label,canonical\nFroide,happy\nÄrger,Anger\nEkel,disgust\nEkel,fear\n")
    with pytest.raises(DataError) as error:
        label_map("map.csv", tmp_path, CLASSES)
    text = str(error.value)
    assert "3 errors" in text
    assert "line 2: no utterance has the label 'Froide' (did you mean 'Freude'?)" in text
    assert "line 3: unknown common class 'Anger' (did you mean 'angry'?)" in text
    assert "line 5: 'Ekel' is mapped there already" in text


def test_typed_pairs_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Freude=hapy: unknown common class 'hapy' .*'happy'"):
        label_map("Freude=hapy", tmp_path, CLASSES)


def test_a_file_that_is_not_there_or_has_other_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file, neither here nor beside"):
        label_map("map.csv", tmp_path, CLASSES)
    (tmp_path / "map.csv").write_text("label,emotion\nEkel,disgust\n")
    with pytest.raises(DataError, match="lacks the column 'canonical'; it has label, emotion"):
        label_map("map.csv", tmp_path, CLASSES)


def test_without_a_map_only_equal_names_count() -> None:
    assert guessed(("Angry", "joy", "SAD")) == {"Angry": "angry", "SAD": "sad"}
