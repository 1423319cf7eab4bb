"""Trained models say of new clips what they said in their own tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import emobench
from emobench import DataError, Folders, RequestError
from emobench.corpus.clip_table import part_rows
from emobench.inference.prediction_file import check_place, write_predictions


@pytest.fixture(scope="module")
def loaded(study):
    """Load a model of the study."""
    kept: dict[tuple[str, ...], emobench.TrainedModel] = {}

    def load(model: str, regime: str = "full", **options) -> emobench.TrainedModel:
        key = (model, regime, str(options))
        if key not in kept:
            kept[key] = emobench.load(
                study.results, model, regime=regime, cache_dir=study.cache, **options
            )
        return kept[key]

    return load


@pytest.fixture(scope="module")
def fusion(loaded):
    """The linear rows' late fusion, which reads all three modalities."""
    return loaded("late_fusion")


@pytest.mark.parametrize(
    ("model", "regime"),
    [("mlp", "full"), ("late_fusion", "modality_dropout"), ("mine", "full"), ("majority", "full")],
)
def test_the_test_part_as_clips_gets_its_stored_logits(
    study, loaded, stored_logits, differ, model, regime
):
    own = {"model_file": study.model} if model == "mine" else {}
    frame = loaded(model, regime, **own).predict(study.clips, quiet=True)
    stored = stored_logits(study.results, model=model, regime=regime)
    assert len(frame) == len(stored) > 20
    assert differ(frame, stored) <= 1e-5
    assert (frame["problem"] == "").all()


def test_an_export_says_the_same_where_the_corpus_cannot_be_reached(
    study, loaded, stored_logits, differ, tmp_path
):
    loaded("mlp").export(tmp_path / "out")
    (tmp_path / "nothing").mkdir()
    again = emobench.load(tmp_path / "out", data_dir=tmp_path / "nothing", cache_dir=tmp_path / "c")
    frame = again.predict(study.clips, quiet=True)
    assert differ(frame, stored_logits(study.results, model="mlp", regime="full")) <= 1e-5
    assert not (tmp_path / "c").exists()


def test_clips_of_one_modality_are_the_condition_of_that_modality(
    study, loaded, stored_logits, differ, tmp_path
):
    words = pd.read_csv(study.clips)[["id", "text"]]
    frame = loaded("mlp", "modality_dropout").predict(words, quiet=True)
    stored = stored_logits(study.results, "text", model="mlp", regime="modality_dropout")
    shown = frame.loc[frame["present_text"], "id"]
    assert len(shown) > 20
    assert differ(frame, stored.loc[shown]) <= 1e-5
    assert frame["present_text"].sum() == len(shown)
    assert not frame[["present_audio", "present_vision"]].to_numpy().any()


def test_a_row_has_class_probabilities_and_what_was_there(study, fusion, capsys):
    table = pd.read_csv(study.clips, keep_default_na=False).head(12)
    table["audio"] = [name and str(study.clips.parent / name) for name in table["audio"]]
    frame = fusion.predict(table.drop(columns="frames"))
    chances = frame[[f"p_{c}" for c in fusion.classes]].to_numpy()
    assert np.allclose(chances.sum(axis=1), 1)
    assert [fusion.classes[i] for i in chances.argmax(axis=1)] == list(frame["predicted"])
    assert list(frame["present_audio"]) == list(table["audio"] != "")
    assert list(frame["truth"]) == list(table["label"])
    right = (frame["truth"] == frame["predicted"]).mean()
    assert frame.attrs["scores"]["accuracy"] == pytest.approx(right)
    said = capsys.readouterr().out
    assert f"{fusion.title} speaks." in said
    assert f"{len(frame)} labelled clips: accuracy" in said


def test_clips_need_neither_labels_nor_ids_nor_a_split(study, fusion):
    table = pd.read_csv(study.clips)[["audio", "label"]].dropna().head(3)
    table["audio"] = [str(study.clips.parent / name) for name in table["audio"]]
    frame = fusion.predict(table[["audio"]], quiet=True)
    assert "truth" not in frame
    assert list(frame["id"]) == [Path(name).stem for name in table["audio"]]
    assert any("No clip has text" in note for note in frame.attrs["notes"])


def test_labels_in_another_spelling_are_scored_and_other_words_are_said(study, fusion):
    table = pd.read_csv(study.clips)[["id", "text"]].head(3)
    table["label"] = [fusion.classes[0].upper(), "delight", ""]
    answer = fusion.answer(table)
    assert list(answer.frame["truth"]) == [fusion.classes[0], "delight", ""]
    assert answer.scored == 1
    assert any("1 clip are none of the model's classes (delight)" in n for n in answer.notes)


def test_a_broken_clip_is_named_and_the_others_are_predicted(study, fusion, tmp_path):
    table = pd.read_csv(study.clips)[["id", "text", "audio"]].dropna().head(4)
    table["audio"] = [str(study.clips.parent / name) for name in table["audio"]]
    whole = fusion.predict(table, quiet=True)
    broken, rows = tmp_path / "broken.wav", table.to_dict("records")
    broken.write_bytes(Path(rows[0]["audio"]).read_bytes()[:200])
    rows[0]["audio"], rows[1]["audio"] = str(broken), str(tmp_path / "nowhere.wav")
    rows[2] |= {"audio": "", "text": ""}
    frame = fusion.predict(rows, quiet=True)
    assert "cut short" in frame["problem"][0]
    assert "there is no file" in frame["problem"][1]
    assert frame["problem"][2] == "there is no text or audio or vision to read"
    assert list(frame["present_audio"]) == [False, False, False, True]
    assert frame["predicted"][2] == ""
    logits = frame.filter(regex="^logit_").to_numpy()
    assert np.isnan(logits[2]).all()
    assert np.allclose(logits[3], whole.filter(regex="^logit_").to_numpy()[3], atol=1e-5)
    with pytest.raises(DataError, match="2 clips cannot be used as they are"):
        fusion.predict(rows, bad_clips="fail")
    with pytest.raises(DataError, match=r"1 clip cannot be used as it is.*or use `--bad-clips"):
        fusion.predict(rows[:1], bad_clips="fail")


def test_a_clip_without_what_a_model_requires_is_named(study, loaded):
    sound = pd.read_csv(study.clips).dropna(subset=["audio"])["audio"].iloc[0]
    silent = {"id": "a", "audio": str(study.clips.parent / sound)}
    mine = loaded("mine", model_file=study.model)
    with pytest.raises(RequestError, match=r"No clip has text .a column text., without which mine"):
        mine.predict([silent], quiet=True)
    frame = mine.predict([silent, {"id": "b", "text": "good morning"}], quiet=True)
    assert list(frame["problem"]) == ["it lacks text, which mine:epochs=1 requires", ""]


@pytest.mark.parametrize("model", ["late_fusion", "mlp", "majority"])
def test_clips_of_which_none_can_be_read_are_all_named(loaded, tmp_path, model):
    (tmp_path / "a.wav").write_bytes(b"no sound")
    rows = [{"id": i, "audio": str(tmp_path / "a.wav")} for i in "ab"]
    frame = loaded(model).predict(rows, quiet=True)
    if model == "majority":  # which reads nothing
        assert (frame["predicted"] != "").all()
        return
    assert (frame["predicted"] == "").all()
    assert frame["problem"].str.contains("cannot be read").all()
    assert not frame["present_audio"].any()


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_sound_at_any_rate_and_with_two_channels_is_read(study, fusion, tmp_path, rate):
    row = pd.read_csv(study.clips).dropna(subset=["audio"]).iloc[0]
    samples, own = soundfile.read(study.clips.parent / row["audio"])
    times = np.arange(int(len(samples) * rate / own)) / rate
    other = np.interp(times, np.arange(len(samples)) / own, samples)
    soundfile.write(tmp_path / "other.wav", np.stack([other, other], axis=1), rate)
    frame = fusion.predict([{"id": "x", "audio": str(tmp_path / "other.wav")}], quiet=True)
    assert frame["present_audio"].all()
    assert frame["problem"][0] == ""


def test_unknown_columns_are_named_and_likely_slips_are_refused(study, fusion):
    table = pd.read_csv(study.clips)[["id", "text"]].head(2)
    frame = fusion.predict(table.assign(shoe_size=44), quiet=True)
    assert "Columns that were not read: shoe_size." in frame.attrs["notes"]
    with pytest.raises(DataError, match=r"'spaeker' \(did you mean 'speaker'\?\)"):
        fusion.predict(table.assign(spaeker="ann"), quiet=True)
    with pytest.raises(DataError, match="nothing to hear, see or read"):
        fusion.predict(table[["id"]], quiet=True)


def test_a_corpus_by_name_holds_no_new_clips(fusion):
    with pytest.raises(RequestError, match="simulated holds labelled utterances alone"):
        fusion.predict("simulated", quiet=True)


def test_several_trainings_are_listed_and_nothing_is_guessed(study):
    with pytest.raises(RequestError) as several:
        emobench.load(study.results, cache_dir=study.cache)
    assert "--model mlp:epochs=1 --regime full on simulated:size=126" in str(several.value)
    with pytest.raises(RequestError, match="Unknown stored regime 'half'"):
        emobench.load(study.results, "mlp", regime="half", cache_dir=study.cache)
    with pytest.raises(RequestError, match="Unknown stored seed '7'"):
        emobench.load(study.results, "mlp", regime="full", seed=7, cache_dir=study.cache)
    with pytest.raises(RequestError, match="mine is a file of somebody's own"):
        emobench.load(study.results, "mine", regime="full", cache_dir=study.cache)


def test_scores_are_those_of_this_training_before_the_mean_of_its_row(
    study, cli, shared_cache, tmp_path
):
    done = cli(
        "run", "--models", "mlp", "--protocol", "full_modalities", "--dataset",
        "simulated:size=126", "--seeds", 2, "--epochs", 1, "--results", "two", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = (
        emobench.load(tmp_path / "two", seed=seed, cache_dir=study.cache) for seed in (0, 1)
    )
    for one in (first, second):
        said = repr(one)
        own, row = said.index("this training, on the"), said.index("mean of 2 trainings")
        assert own < row
        assert f"accuracy {one.scores['accuracy']:.3f}" in said[own:row]
        assert f"accuracy {one.row_scores['accuracy']:.3f}" in said[row:]
    assert first.row_scores == second.row_scores
    mean = np.mean([first.scores["accuracy"], second.scores["accuracy"]])
    assert first.row_scores["accuracy"] == pytest.approx(mean)
    frame = first.predict(study.clips, quiet=True)
    assert frame.attrs["scores"]["accuracy"] == pytest.approx(first.scores["accuracy"])
    # A regime of a protocol that was not run is no slip of the pen.
    trained_by = r"not stored here \(full\).*emobench run … --protocol missing_modality\."
    with pytest.raises(RequestError, match=trained_by):
        emobench.load(tmp_path / "two", regime="modality_dropout", cache_dir=study.cache)


def test_parts_say_who_was_in_training(fusion):
    parts = fusion.about.parts
    assert set(parts) == {"train", "dev", "test"}
    assert parts["test"].utterances == fusion.about.own_n_test
    assert parts["train"].unit == "speaker"
    assert parts["train"].units > parts["dev"].units > 0
    assert len(parts["test"].names) == parts["test"].units
    assert not set(parts["dev"].names) & set(parts["test"].names)


def test_clips_that_the_training_has_seen_are_said(study, corpus_of, fusion, tmp_path):
    ids = {}
    corpus = corpus_of(study.words, Folders(study.root, study.cache))
    for part in ("train", "dev", "test"):
        rows = part_rows(corpus, part, 0)
        ids[part] = [corpus.ids[i] for i in rows[:4]]
    fusion.export(tmp_path / "exported")
    for speaker in (fusion, emobench.load(tmp_path / "exported")):
        for part, said in (("train", "learned from"), ("dev", "chose its epoch by"), ("test", "")):
            clips = [{"id": name, "text": "good day"} for name in (*ids[part], "new")]
            told = [n for n in speaker.answer(clips).notes if "the same" in n]
            assert len(told) == bool(said)
            assert all(f"{said} have the ids of 4 clips of 5 (" in note for note in told)


def test_a_column_of_which_no_file_is_there_is_said(fusion, tmp_path):
    (tmp_path / "in.csv").write_text("id,text,stimulus\na,hello,x.wav\nb,good day,y.wav\n")
    notes = " ".join(fusion.answer(tmp_path / "in.csv").notes)
    assert "'stimulus' was taken for audio" in notes
    assert "Not one of the 2 files in the column audio is there ('x.wav')" in notes
    assert "No clip has audio" not in notes
    assert "Audio can be read of no clip" in notes


def test_a_training_can_be_named_by_its_folder(study, loaded):
    key = loaded("mlp").about.key
    assert emobench.load(study.results, training=key[:12], cache_dir=study.cache).about.key == key


def test_weights_that_are_damaged_are_one_sentence(study, tmp_path):
    results = Path(shutil.copytree(study.results, tmp_path / "results"))
    for path in results.glob("trainings/*/checkpoint.safetensors"):
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RequestError, match=r"The weights of the training .* cannot be read"):
        emobench.load(results, "majority", regime="full", cache_dir=study.cache)


def test_a_changed_model_file_is_used_only_if_it_gives_the_same(study, tmp_path):
    changed = tmp_path / "mine.py"
    changed.write_text(study.model.read_text() + "\n# a remark\n")
    options = {"regime": "full", "cache_dir": study.cache}
    trained = emobench.load(study.results, changed, **options)
    assert any("is not the file that mine" in note for note in trained.notes)
    changed.write_text(study.model.read_text().replace("self.head(", "-self.head("))
    with pytest.raises(RequestError, match=r"Its code, mine\.py, is not what it was trained with"):
        emobench.load(study.results, changed, **options)


def test_the_command_writes_a_table_and_overwrites_no_other(study, cli, tmp_path):
    out = tmp_path / "out.csv"
    words = ("predict", study.results, study.clips, "--model", "majority", "--regime", "full")
    done = cli(*words, "-o", out)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(out)) == len(pd.read_csv(study.clips))
    refused = cli(*words, "-o", study.clips)
    assert refused.returncode == 2
    assert "is the table of the clips itself" in refused.stderr


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".json"])
def test_every_form_keeps_the_numbers_and_is_known_again(tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    frame = pd.DataFrame({"id": ["é", "007"], "predicted": ["a", ""], "p_a": [1 / 3, np.nan]})
    write_predictions(frame, out, "mlp on made")
    check_place(out, "clips.csv", False)
    read = {".csv": lambda p: pd.read_csv(p, dtype={"id": str}, keep_default_na=False),
            ".parquet": pd.read_parquet,
            ".json": lambda p: pd.DataFrame(json.loads(p.read_text())["clips"])}  # fmt: skip
    again = read[suffix](out)
    assert list(again["id"]) == ["é", "007"]
    assert float(again["p_a"][0]) == pytest.approx(1 / 3, abs=1e-14)
    out.write_text("my notes")
    with pytest.raises(RequestError, match="holds no predictions"):
        check_place(out, "clips.csv", False)
    check_place(out, "clips.csv", True)
    with pytest.raises(RequestError, match="predictions are written as"):
        check_place(out.with_suffix(".docx"), "clips.csv", False)


def test_the_output_is_a_table_and_notes_go_elsewhere(study, cli):
    done = cli("predict", study.results, study.clips, "--model", "majority", "--regime", "full")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("id,predicted,p_")
    assert len(lines) == 1 + len(pd.read_csv(study.clips))
    assert "speaks." in done.stderr
