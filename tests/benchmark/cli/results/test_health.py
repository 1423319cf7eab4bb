"""``emobench results verify`` and ``repair``, and runs into a damaged folder."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

TIMES = ["train_seconds", "predict_ms_per_utterance"]
ASKED = ("--models", "mlp,majority", "--protocol", "full_modalities")


@pytest.fixture(scope="module")
def results(run_small, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("health") / "results"
    assert run_small(place, *ASKED, "--tune", 2).returncode == 0
    return place


def table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "leaderboard" / "leaderboard.csv").drop(columns=TIMES)


def kinds(root: Path) -> list[Path]:
    """A file of each kind."""
    found: dict[tuple[str, ...], Path] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        parts = path.relative_to(root).parts
        if parts[0] not in ("leaderboard", "unfinished"):
            found.setdefault((parts[0], path.suffix), path)
    return list(found.values())


@pytest.mark.slow
@pytest.mark.parametrize("how", ["flipped", "emptied", "cut short"])
def test_a_run_into_a_damaged_folder_ends_in_the_same_table(results, run_small, cli, tmp_path, how):
    draw = random.Random(how)
    paths = [path.relative_to(results) for path in kinds(results)]
    assert {path.parts[0] for path in paths} == {
        "corpora", "grids", "index.parquet", "splits", "trainings", "trials"
    }  # fmt: skip
    for number, name in enumerate(paths):
        root = tmp_path / str(number)
        shutil.copytree(results, root)
        content = bytearray((root / name).read_bytes())
        if how == "flipped":  # in a place that says something
            begin = content.find(b'"') if name.suffix == ".json" else 8
            content[draw.randrange(begin + 2, len(content) - 8)] ^= 1 << draw.randrange(8)
        (root / name).write_bytes(
            {"flipped": content, "emptied": b"", "cut short": content[: len(content) // 2]}[how]
        )
        shown = cli("leaderboard", "--results", root)
        assert "Traceback" not in shown.stderr, f"{name}: {shown.stderr}"
        again = run_small(root, *ASKED, "--tune", 2)
        about = f"{name} {how}\n{again.stdout}\n{again.stderr}"
        assert again.returncode == 0, about
        assert "Traceback" not in again.stderr, about
        pd.testing.assert_frame_equal(table(root), table(results), check_exact=True)
        shutil.rmtree(root)


@pytest.mark.slow
def test_damaged_weights_are_trained_again_where_a_cell_needs_them(
    results, run_small, cli, tmp_path
):
    whole, root = tmp_path / "whole", tmp_path / "damaged"
    shutil.copytree(results, whole)
    shutil.copytree(results, root)
    for path in root.glob("trainings/*/checkpoint.safetensors"):
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    seen = cli("results", "verify", root)
    assert seen.returncode == 1
    assert "checkpoint.safetensors (its content is not what its checksum says)" in seen.stdout
    more = ("--models", "mlp,majority", "--protocol", "missing_modality")
    assert run_small(whole, *more).returncode == 0
    again = run_small(root, *more)
    assert again.returncode == 0
    assert "is damaged" in again.stdout + again.stderr
    pd.testing.assert_frame_equal(table(root), table(whole), check_exact=True)


@pytest.mark.slow
def test_verify_and_repair_say_what_they_found_and_did(results, cli, tmp_path):
    shutil.copytree(results, root := tmp_path / "r")
    seen = cli("results", "verify", root)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert "everything is as it was written" in seen.stdout
    assert "no damaged file" in cli("results", "repair", root).stdout
    path = next(root.glob("trials/*.json"))
    path.write_text(path.read_text().replace("0.", "0.9", 1))
    seen = cli("results", "verify", root, "--json")
    assert seen.returncode == 1
    (fault,) = json.loads(seen.stdout)["damaged"]
    assert fault["path"] == f"trials/{path.name}"
    done = cli("results", "repair", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "damaged" / "1" / "trials" / path.name).is_file()
    seen = cli("results", "verify", root)
    assert seen.returncode == 0
    assert "not stored" not in seen.stdout
    lost = next(root.glob("trainings/[!.]*/cells-*.parquet"))
    lost.write_bytes(lost.read_bytes()[:-1])
    said = cli("results", "repair", root)
    assert "may stand on fewer seeds or folds" in said.stdout
    seen = cli("results", "verify", root)
    assert seen.returncode == 0
    assert re.search(r"\d+ cells? of its grids (is|are) not stored", seen.stdout)
    assert json.loads(cli("results", "verify", root, "--json").stdout)["absent_cells"] > 0
