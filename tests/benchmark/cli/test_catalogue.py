"""``emobench show``: what stands on a card, so that a person can read and copy it."""

from __future__ import annotations

import json
import re

import pytest

from emobench import RequestError
from emobench.cli.catalogue import list_command, show_command
from emobench.discovery.options import options_of, presets_of
from emobench.discovery.registry import registry
from emobench.training.losses import LOSSES
from emobench.training.sampling import SAMPLERS


def shown(capsys: pytest.CaptureFixture[str], name: str) -> list[str]:
    show_command(name)
    return capsys.readouterr().out.splitlines()


def options_table(lines):
    """Option to the cells of its row in the table of options."""
    (start,) = (i for i, line in enumerate(lines) if line.startswith("options, written"))
    head, *rows = lines[start + 1 :]
    rows = rows[: next((i for i, row in enumerate(rows) if not row.strip()), len(rows))]
    n = head.split().index("meaning")
    return {row.split()[0]: re.split(r"\s{2,}", row.strip())[:n] for row in rows}


def other(value):
    """Another value of the same type, as typed."""
    if isinstance(value, bool):
        return str(not value).lower()
    return str(value + type(value)(1)) if isinstance(value, int | float) else f"{value}x"


@pytest.mark.parametrize("kind", ["model", "dataset", "protocol"])
def test_every_option_after_a_name_is_in_the_configuration_and_marked(capsys, monkeypatch, kind):
    monkeypatch.setenv("COLUMNS", "2000")
    tried = 0
    for name, entry in registry(kind).items():
        for option in options_of(entry)[-3:]:
            typed = other(option.default)
            try:  # some refuse a value of the right type: then a run does, too
                options_of(entry, {option.name: typed})
            except (RequestError, ValueError):
                continue
            rows = options_table(shown(capsys, f"{name}:{option.name}={typed}"))
            marked = {key for key, cells in rows.items() if cells[1].endswith(" *")}
            assert marked == {option.name}
            value = typed.title() if isinstance(option.default, bool) else typed
            assert rows[option.name][1] == f"{value} *"
            tried += 1
    assert tried


def test_options_change_the_configuration_of_the_named_preset_alone(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    rows = options_table(shown(capsys, "cross_modal_attention:preset=iemocap:epochs=7"))
    assert rows["epochs"][1] == "7 *"
    assert rows["learning_rate"][1:] == ["1e-05", "1e-05"]
    plain = shown(capsys, "emotiwave")
    changed = shown(capsys, "emotiwave:fusion=attention:units=8")
    assert changed[0] == plain[0] == "emotiwave (model)"
    (searched,) = (x for x in changed if x.split()[:1] == ["units"] and "not searched" in x)
    cells = re.split(r"\s{2,}", searched.strip())[:3]
    assert cells == ["units", "as you set it, not searched", "8"]
    assert options_table(changed)["units"] == ["units", "8 *", options_table(plain)["units"][1]]


@pytest.mark.parametrize("kind", ["model", "dataset", "protocol"])
@pytest.mark.parametrize("typed", ["no_such_option=3", "preset=none_such", "no_value"])
def test_what_a_run_refuses_is_refused_before_anything_is_shown(capsys, kind, typed):
    for name in registry(kind):
        with pytest.raises(RequestError) as refused:
            show_command(f"{name}:{typed}")
        assert typed.split("=")[0] in str(refused.value)
        assert capsys.readouterr().out == ""


def test_a_value_of_the_wrong_type_is_refused():
    with pytest.raises(RequestError, match="must be of type int, got 'many'"):
        show_command("simulated:size=many")


def test_a_file_that_a_corpus_reads_shows_that_corpus(capsys):
    lines = shown(capsys, "folder/my.csv:seed=3")
    assert lines[0] == "manifest (dataset)"
    marked = [line.split()[0] for line in lines if " * " in line and "options," not in line]
    assert marked == ["path", "seed"]


def test_a_file_with_a_models_name_is_pointed_at(tmp_path, monkeypatch):
    (tmp_path / "my_fusion.py").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=r"there is a file my_fusion\.py here; for that one"):
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
