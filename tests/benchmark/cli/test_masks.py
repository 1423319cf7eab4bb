"""``emobench masks export`` and ``emobench run --masks``, as a user calls them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.conditions.mask_set import read_masks, write_masks
from emobench.store.cell_reader import CellReader

SMALL = "simulated:size=126:speakers=7"
Exported = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def exported(cli: Any, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The file, and what was said."""
    path = tmp_path_factory.mktemp("masks") / "masks.json"
    return path, cli("masks", "export", path, "--dataset", SMALL)


def test_it_says_what_was_written_and_its_digest(exported: Exported) -> None:
    path, outcome = exported
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    masks = read_masks(path)
    count = len(masks.kept["missing_0.1"])
    said = f"7 conditions, {count} test utterances, digest {masks.digest}"
    assert said in outcome.stdout.splitlines()
    assert f"emobench run --masks {path}" in outcome.stdout.replace("\n", " ")
    assert (masks.dataset, set(masks.kept)) == (SMALL, {f"missing_0.{i}" for i in range(1, 8)})
    assert masks.modalities == ("text", "audio", "vision")


def shown(results: Path) -> dict[str, pd.DataFrame]:
    """Condition to the stored predictions of the only model."""
    table = pd.read_csv(results / "leaderboard" / "leaderboard.csv")
    assert (table["status"] == "done").all()
    reader = CellReader(results)
    return {cell.key: reader.table(cell).to_pandas() for cell in reader.every()}


def test_a_run_shows_what_the_masks_keep_and_names_their_digest(
    exported: Exported, cli: Any, tmp_path: Path
) -> None:
    masks = read_masks(exported[0])
    # One utterance sees only its voice where it saw all: the run must follow the file.
    kept = {c: {n: list(row) for n, row in rows.items()} for c, rows in masks.kept.items()}
    changed = next(n for n, row in kept["missing_0.1"].items() if all(row))
    kept["missing_0.1"][changed] = [False, True, False]
    path = tmp_path / "other.json"
    digest = write_masks(path, masks.dataset, masks.modalities, kept)
    where = ("--dataset", SMALL, "--results", tmp_path / "r", "--jobs", 1, "--seeds", 1)
    arguments = ("--models", "majority", "--protocol", "missing_modality")
    outcome = cli("run", *where, *arguments, "--masks", path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    specs = [json.dumps(cell.spec) for cell in CellReader(tmp_path / "r").every()]
    with_masks = [text for text in specs if digest in text]
    assert len(with_masks) == 2 * 7  # seven rates under two regimes
    wanted = [{n: tuple(bool(x) for x in row) for n, row in rows.items()} for rows in kept.values()]
    seen = []
    for frame in shown(tmp_path / "r").values():
        columns = frame[["present_text", "present_audio", "present_vision"]].to_numpy()
        seen.append({n: tuple(map(bool, row)) for n, row in zip(frame["id"], columns, strict=True)})
    assert all(one in seen for one in wanted)


def test_what_cannot_be_used_is_an_error_of_the_request(
    exported: Exported, cli: Any, tmp_path: Path
) -> None:
    text = exported[0].read_text()
    digest = re.search(r'"digest": "(\w+)"', text)
    assert digest is not None
    (tmp_path / "changed.json").write_text(text.replace(digest[1], "0" * 64))
    for arguments, said in (
        (("--dataset", SMALL, "--masks", tmp_path / "changed.json"), "was changed after it was"),
        (
            ("--dataset", "simulated:size=84:speakers=7", "--masks", exported[0]),
            "The masks are for",
        ),
    ):
        fixed = ("run", "--models", "majority", "--results", tmp_path / "r")
        outcome = cli(*fixed, *arguments)
        assert outcome.returncode == 2, outcome.stdout + outcome.stderr
        assert said in " ".join((outcome.stdout + outcome.stderr).split())
        assert "Traceback" not in outcome.stderr
        assert not (tmp_path / "r").exists()


def test_two_corpora_at_once_are_refused(cli: Any, tmp_path: Path) -> None:
    two = cli("masks", "export", tmp_path / "m.json", "--dataset", f"{SMALL},simulated:size=84")
    assert two.returncode == 2
    assert "name one with --dataset" in " ".join((two.stdout + two.stderr).split())
    assert not (tmp_path / "m.json").exists()
