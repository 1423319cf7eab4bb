"""``emobench show``: what stands on a card, so that a person can read and copy it."""

from __future__ import annotations

import json
import re

import pytest

from emobench import RequestError
from emobench.cli.catalogue import list_command, show_command
from emobench.discovery.options import presets_of
from emobench.discovery.registry import registry
from emobench.training.losses import LOSSES
from emobench.training.sampling import SAMPLERS


def shown(capsys: pytest.CaptureFixture[str], name: str) -> list[str]:
    show_command(name)
    return capsys.readouterr().out.splitlines()


def test_options_after_a_name_do_not_hide_its_card(capsys):
    plain = shown(capsys, "emotiwave")
    assert shown(capsys, "emotiwave:fusion=attention:units=8") == plain
    assert plain[0] == "emotiwave (model)"


def test_a_file_that_a_corpus_reads_shows_that_corpus(capsys):
    assert shown(capsys, "folder/my.csv:seed=3")[0] == "manifest (dataset)"


def test_a_file_with_a_models_name_is_pointed_at(tmp_path, monkeypatch):
    (tmp_path / "my_fusion.py").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=r"there is a file my_fusion\.py here"):
        show_command("my_fusion")


@pytest.mark.parametrize("kind", ["model", "dataset", "protocol"])
def test_every_card_is_shown_whole_without_raw_markup(capsys, monkeypatch, kind):
    monkeypatch.setenv("COLUMNS", "60")
    for name, entry in registry(kind).items():
        lines = shown(capsys, name)
        text = "\n".join(lines)
        assert f"  file  {entry.path}" in lines
        assert "``" not in text
        assert ".;" not in text


def test_counts_and_known_failures_stand_apart(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    meld = " ".join(shown(capsys, "meld"))
    assert "neutral 4710, joy 1743" in meld
    lines = shown(capsys, "emotiwave")
    (first,) = (i for i, line in enumerate(lines) if "known failures" in line)
    assert "padding_invariance: " in lines[first]
    assert lines[first + 1].split()[0] == "erased_values:"


def test_a_models_options_name_every_loss_and_sampler(capsys):
    said = " ".join(" ".join(shown(capsys, "emotiwave")).split())
    for names in (LOSSES, SAMPLERS):
        assert f"Known: {', '.join(sorted(names))}." in said


def test_presets_are_listed_and_can_be_looked_at(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = "\n".join(shown(capsys, "cross_modal_attention"))
    assert "presets, written cross_modal_attention:preset=NAME" in said
    (line,) = (one for one in said.splitlines() if one.split()[:1] == ["iemocap"])
    assert "learning_rate=1e-05" in line
    assert "accumulation=4" in line
    shown_preset = shown(capsys, "cross_modal_attention:preset=iemocap")
    option, searched = (one for one in shown_preset if one.split()[:1] == ["learning_rate"])
    assert option.split()[1] == "1e-05"
    assert searched.split() == ["learning_rate", "0.0001", "to", "0.01,", "log-uniform", "1e-05"]


def test_the_search_space_is_a_table_of_ranges_values_and_conditions(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def table(name):
        lines = shown(capsys, name)
        at = lines.index("search space, from which emobench run --tune draws".ljust(len(lines[-1])))
        return [re.split(r"\s{2,}", line.strip()) for line in lines[at + 1 :]]

    rows = table("emotiwave")
    assert rows[0] == ["option", "range", "preset", "in play where"]
    assert ["learning_rate", "0.0001 to 0.01, log-uniform", "0.001"] in rows
    assert ["units", "32, 64 or 96", "64", "fusion is concat or attention"] in rows
    space = registry("model")["emotiwave"].load().search_space
    assert [row[0] for row in rows[1:]] == list(space)
    assert table("mlp")[0] == ["option", "range", "preset"]  # nothing there is conditional
    assert table("emotiwave:preset=transformer")[1][-1] == "5e-05"
    assert shown(capsys, "majority")[-1].startswith("search space: empty")


def test_a_search_space_that_makes_no_sense_is_shown_as_a_sentence(capsys, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from emobench import Card, Model, Uniform\n\n\n"
        "class Mine(Model):\n"
        '    card = Card(name="mine", title="Mine", inputs={"text": ("tokens",)})\n'
        '    search_space = {"dropuot": Uniform(0, 1)}\n'
    )
    assert shown(capsys, str(path))[-1] == "search_space: the Config has no field dropuot."


def test_what_is_solved_at_once_shows_its_own_options_alone(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    options = [line.split()[:1] for line in shown(capsys, "audio_only")]
    assert ["penalty"] in options
    assert ["epochs"] not in options
    assert not any("options, written" in line for line in shown(capsys, "majority"))


def test_a_preset_stands_in_the_list_once(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for name, entry in registry("model").items():
        presets = presets_of(entry)
        assert "paper_published" not in presets
        if len(presets) > 1:
            said = "\n".join(shown(capsys, name))
            assert "paper_published" not in said


@pytest.mark.parametrize("kind", ["models", "datasets", "protocols", "all"])
def test_no_sentence_of_the_listing_has_an_unfilled_number(capsys, kind):
    list_command(kind, as_json=True)
    said = capsys.readouterr().out
    assert json.loads(said)
    assert not re.search(r"\{\w+\.\w+\}", said)


def test_further_rows_are_listed_below_their_model(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    list_command("models", as_json=False)
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    names = [words[0] for words in lines]
    at = names.index("emotiwave:readout=mean")
    assert names[at - 1] == "emotiwave"
    assert lines[at][1].startswith("The same, the BiLSTM's states averaged over time")
