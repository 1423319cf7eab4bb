from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import RequestError
from emobench.study.file import read_study
from emobench.study.plans.table import KEYS, PLAN, PlanTable, plan_table

WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Cc")) | st.just("\x7f"),
    min_size=1, max_size=6,
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> PlanTable:
    pair = st.tuples(WORD, WORD).filter(lambda both: both[0] != both[1])
    contrasts = draw(
        st.lists(st.one_of(pair, WORD.map("against {}".format)), min_size=1, max_size=3)
    )
    names = st.lists(WORD, unique=True, max_size=2).map(tuple)
    return PlanTable(
        tuple(dict.fromkeys(contrasts)),
        draw(st.sampled_from(["macro_f1", "accuracy", "uar"])),
        draw(st.floats(0.001, 0.4)),
        draw(st.none() | st.floats(0.001, 0.9)),
        draw(names),
        draw(names),
    )


@settings(max_examples=20)
@given(tables())
def test_a_table_that_is_written_is_read_as_it_was(table: PlanTable) -> None:
    assert plan_table(tomllib.loads(table.toml)[PLAN], lambda name: "") == table


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("contrasts = []", "is a list of pairs"),
        ('contrasts = ["late_fusion"]', "takes pairs of rows"),
        ('contrasts = ["against "]', "takes pairs of rows"),
        ('contrasts = [["mlp"]]', "takes pairs of rows"),
        ('contrasts = [["mlp", "mlp"]]', "compares mlp with itself"),
        ("alpha = 5", "is a level between 0 and 0.5"),
        ("alpha = true", "is a level between 0 and 0.5"),
        ("margin = 0", "is a difference between 0 and 1"),
        ('measure = "ece"', "is one of"),
        ("regime = 3", "is a name or a list of names"),
        ('contrast = "against mlp"', "Did you mean 'contrasts'"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "study.toml"
    rest = "" if line.startswith("contrasts") else 'contrasts = ["against late_fusion"]\n'
    file.write_text(f'models = ["mlp"]\n\n[plan]\n{rest}{line}\n\n[[grid]]\nseeds = 2\n')
    with pytest.raises(RequestError) as raised:
        read_study(file)
    assert said in str(raised.value)
    assert f"line {5 if rest else 4}: " in str(raised.value)


def test_a_plan_without_contrasts_or_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text('models = ["mlp"]\n[plan]\nalpha = 0.05\n')
    with pytest.raises(RequestError, match="line 2: A plan names its contrasts"):
        read_study(file)
    file.write_text('models = ["mlp"]\nplan = "against mlp"\n')
    with pytest.raises(RequestError, match=r"line 2: a plan begins with \[plan\]"):
        read_study(file)


def test_a_study_prints_its_plan_and_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'dataset = "simulated"\n[plan]\ncontrasts = "against late_fusion"\nmargin = 0.02\n'
        '[[grid]]\nmodels = ["mlp"]\n[[grid]]\nmodels = ["bilstm"]\n'
    )
    study = read_study(file)
    again = tmp_path / "again.toml"
    again.write_text(study.toml)
    assert read_study(again).plan == study.plan
    assert read_study(again).grids == study.grids
    assert set(KEYS) >= set(tomllib.loads(study.toml)[PLAN])
