"""Functions return what the commands print."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import emobench
from emobench import RequestError


def test_the_catalogue_is_the_list(cli):
    found = emobench.catalogue()
    assert list(found.columns) == ["kind", "name", "title"]
    printed = [line.split()[0] for line in cli("list").stdout.splitlines() if line.startswith("  ")]
    assert [name for name in printed if name != "name"] == list(found["name"])
    listed = json.loads(cli("list", "--json").stdout)
    for plural, cards in listed.items():
        names = emobench.catalogue(plural)["name"]
        assert {card["name"] for card in cards} <= set(names)
        assert set(emobench.catalogue(plural)["kind"]) == {plural.removesuffix("s")}
    with pytest.raises(RequestError, match="Did you mean 'models'"):
        emobench.catalogue("model")


def test_a_card_has_what_show_prints(cli):
    found = emobench.card("mlp:hidden=64")
    assert (found.name, found.kind, found.card.name) == ("mlp", "model", "mlp")
    assert found.path.name == "mlp.py"
    row = found.options.set_index("name").loc["hidden"]
    assert (row["value"], row["changed"]) == (64, True)
    assert found.options["changed"].sum() == 1
    space = found.search_space.set_index("name")
    assert not space.loc["hidden", "searched"]
    printed = cli("show", "mlp:hidden=64").stdout
    for name, start in zip(space.index, space["start"], strict=True):
        assert name in printed
        assert str(start) in printed
    assert "64 *" in printed
    assert repr(found).startswith(f"mlp (model): {found.card.title}\n")
    assert "<table" in found._repr_html_()


def test_a_corpus_and_a_protocol_have_cards_too():
    assert emobench.card("simulated:size=126").kind == "dataset"
    assert emobench.card("missing_modality").search_space.empty
    solved = emobench.card("late_fusion:epochs=3").options
    assert "batch_size" not in set(solved["name"])
    assert "epochs" in set(solved["name"])  # typed, so that it is part of the configuration
    assert emobench.card("emotiwave").presets["published"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("emotivawe", "Did you mean 'emotiwave'?"),
        ("mlp:hiden=64", "Did you mean 'hidden'?"),
        ("nowhere.py", "There is no file nowhere.py."),
    ],
)
def test_an_unknown_card_is_refused_in_the_commands_words(cli, tmp_path, monkeypatch, word, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError) as raised:
        emobench.card(word)
    assert said in str(raised.value)
    assert cli("show", word, cwd=tmp_path).stderr == f"error: {raised.value}\n"


TWO = """
from emobench import Card, Model

class A(Model):
    card = Card(name="a", title="A", inputs={"text": ("word_vectors",)})

class B(Model):
    card = Card(name="b", title="B", inputs={"text": ("word_vectors",)})
"""


def test_of_several_cards_in_a_file_none_is_chosen(tmp_path):
    (tmp_path / "two.py").write_text(TWO)
    with pytest.raises(RequestError, match=r"two\.py has 2 cards: a \(model\), b \(model\)"):
        emobench.card(str(tmp_path / "two.py"))


@pytest.mark.slow
def test_a_check_returns_a_row_for_each_check(cli, tmp_path, monkeypatch, environment):
    monkeypatch.setenv("EMOBENCH_CACHE", environment["EMOBENCH_CACHE"])
    path = emobench.new_model("mine", tmp_path)
    assert path == tmp_path / "mine.py"
    good = emobench.check(path, checks=["output", "batch_of_one"])
    assert good.passed
    assert good.failures.empty
    assert list(good.frame["check"]) == ["output", "batch_of_one"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return Output(", "return Output(float('nan') * "))
    bad = emobench.check([path, "majority"], checks="output,batch_of_one")
    assert not bad.passed
    assert set(bad.failures["model"]) == {"mine"}
    printed = cli("check", path, "majority", "--checks", "output,batch_of_one").stdout
    for row in bad.frame.itertuples():
        assert row.note in printed
    assert "FAILED" in repr(bad)
    assert isinstance(bad.frame, pd.DataFrame)
    with pytest.raises(RequestError, match="Did you mean 'output'"):
        emobench.check("mlp", checks="outptu")


def test_a_model_is_not_written_over(tmp_path: Path):
    emobench.new_model("mine", tmp_path)
    with pytest.raises(RequestError, match=r"mine\.py is here already"):
        emobench.new_model("mine", tmp_path)
