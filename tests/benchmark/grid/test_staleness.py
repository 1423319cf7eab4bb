"""A changed model file makes its results stale, visibly, and nothing else's."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ..inference.conftest import OWN_MODEL

pytestmark = pytest.mark.slow
ASKED = (
    "run", "--models", "mine.py,other.py,majority", "--protocol", "full_modalities", "--dataset",
    "simulated:size=126", "--seeds", 1, "--epochs", 1, "--results", "results",
)  # fmt: skip


@pytest.fixture(scope="module")
def edited(cli, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Results of two own models and a reference row; one of the files was edited since."""
    root = tmp_path_factory.mktemp("edited")
    (root / "mine.py").write_text(OWN_MODEL)
    (root / "other.py").write_text(OWN_MODEL.replace('"mine"', '"other"').replace("Mine", "Other"))
    done = cli(*ASKED, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    before = models_of(root)
    (root / "mine.py").write_text(OWN_MODEL.replace(".mean", ".sum") + "# edited\n")
    return SimpleNamespace(root=root, before=before)


def models_of(root: Path) -> dict[str, str]:
    """Training to its model."""
    return {
        path.parent.name: json.loads(path.read_text())["spec"]["model"]
        for path in (root / "results" / "trainings").glob("*/training.json")
    }


def test_it_is_visible_and_only_that_model_is_trained_again(cli, edited):
    told = cli("compare", "mine.py", "other.py", "--results", "results", cwd=edited.root)
    assert "of an earlier mine.py" in told.stdout + told.stderr
    assert "of an earlier other.py" not in told.stdout + told.stderr
    planned = json.loads(cli(*ASKED, "--dry-run", "--json", cwd=edited.root).stdout)
    assert planned["grids"][0]["left"]["trainings"] == 1
    said = cli(*ASKED, cwd=edited.root)
    text = said.stdout + said.stderr
    assert "mine is trained again" in text
    (line,) = (line for line in text.splitlines() if "mine is trained again" in line)
    assert line.endswith("its model changed since the stored results")
    assert "other is trained again" not in text
    after = models_of(edited.root)
    new = {key: name for key, name in after.items() if key not in edited.before}
    assert [*new.values()] == ["mine"]
    assert edited.before.items() <= after.items()
