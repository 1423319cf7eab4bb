"""What a run says of a plan before it computes anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.leaderboard.plans.chain import read_chain
from emobench.study.file import read_study
from emobench.study.plans.draft import head_of
from emobench.study.plans.notice import plan_notice
from emobench.study.plans.registry import freeze

TEXT = """models = ["mlp", "late_fusion"]
protocol = "full_modalities"
seeds = 3

[plan]
contrasts = ["against late_fusion"]
margin = 0.02
"""


def noticed(folder: Path, text: str, name: str = "study.toml", is_run: bool = False) -> str:
    (folder / name).write_text(text)
    study = read_study(folder / name)
    return "\n".join(plan_notice(study, folder / "results", is_run))


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """A folder whose study is frozen."""
    (tmp_path / "study.toml").write_text(TEXT)
    study = read_study(tmp_path / "study.toml")
    freeze(tmp_path / "results", head_of(study, tmp_path / "study.toml"))
    return tmp_path


def test_a_plan_that_is_not_frozen_is_asked_for(tmp_path: Path) -> None:
    assert "`emobench plan study.toml` before this run" in noticed(tmp_path, TEXT)
    assert noticed(tmp_path, TEXT.partition("[plan]")[0]) == ""


@pytest.mark.parametrize(
    "same",
    [TEXT, TEXT.replace('models = ["mlp", "late_fusion"]', 'models = "mlp,late_fusion"\njobs = 2')],
)
def test_what_changes_no_number_is_no_departure(planned: Path, same: str) -> None:
    said = noticed(planned, same, is_run=True)
    assert said.startswith("plan ")
    assert "departs" not in said
    assert not read_chain(planned / "results").departures


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("seeds = 3", "seeds = 4", "seeds 3 became 4"),
        ('"mlp", ', '"mlp", "bilstm", ', "models mlp,late_fusion became mlp,bilstm,late_fusion"),
        ("full_modalities", "missing_modality", "protocol full_modalities became missing_modality"),
        ("seeds = 3", "seeds = 3\nepochs = 2", "epochs none became 2"),
        ("seeds = 3", "seeds = 3\nfolds = 5", "folds none became 5"),
        ("margin = 0.02", "margin = 0.2", "margin 0.02 became 0.2"),
        ("margin = 0.02", "alpha = 0.1", "alpha 0.05 became 0.1"),
        ("margin = 0.02", 'measure = "uar"', "measure macro_f1 became uar"),
        ("margin = 0.02", 'condition = "text"', "conditions the first became text"),
        ('"against late_fusion"', '["mlp", "late_fusion"]', "contrast mlp less late_fusion is new"),
        (TEXT[TEXT.index("[plan]") :], "", "study.toml has no table [plan] any more"),
    ],
)
def test_every_change_of_the_run_file_is_named_and_noted(
    planned: Path, old: str, new: str, change: str
) -> None:
    assert old in TEXT
    said = noticed(planned, TEXT.replace(old, new), is_run=False)
    assert change in said
    assert not read_chain(planned / "results").departures
    noticed(planned, TEXT.replace(old, new), is_run=True)
    (noted,) = read_chain(planned / "results").departures
    assert change in noted.changes


def test_another_file_or_a_command_explores(planned: Path) -> None:
    said = noticed(planned, 'models = "mlp"\n', name="other.toml", is_run=True)
    assert "is exploratory" in said
    assert not read_chain(planned / "results").departures


def test_a_changed_file_of_a_model_or_protocol_is_named_before_the_run(planned: Path) -> None:
    study = read_study(planned / "study.toml")
    (path,) = (planned / "results" / "plans").iterdir()
    path.unlink()
    head = head_of(study, planned / "study.toml")
    from emobench.store.records.plans import PlanRow

    row = PlanRow(dataset="d", track="t", protocol="p", model="mlp:epochs=2", source="0" * 64)
    protocols = {"full_modalities": "f" * 64}
    freeze(planned / "results", head.model_copy(update={"rows": (row,), "protocols": protocols}))
    said = noticed(planned, TEXT)
    assert "the file of mlp was changed (000000000000 to " in said
    assert "the file of the protocol full_modalities was changed (ffffffffffff to " in said
