"""Functions on corpora return what ``emobench data`` prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import emobench
from emobench import RequestError

NAMES = ("joy", "rage")
CORPUS = "simulated:size=126:speakers=7"


@pytest.fixture(autouse=True)
def _cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOBENCH_CACHE", environment["EMOBENCH_CACHE"])
    monkeypatch.setattr("emobench.executor.DEFAULT", "in_process")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "words.csv"
    rows = ["id,label,text,speaker,V"]
    rows += [f'u{i},{NAMES[i % 2]},word {i},s{i // 4},"[{i % 5}.5, {i % 3}.0]"' for i in range(32)]
    path.write_text("\n".join([*rows, 'v,joy,word 0,s7,"[1.0, 2.0]"']))
    return path


def test_the_corpora_are_those_of_the_list(cli):
    found = emobench.data.corpora()
    assert dict(zip(found["name"], found["state"], strict=True))["simulated"] == "built in"
    assert "absent" in set(found["state"])
    printed = cli("data", "list").stdout
    for row in found.itertuples():
        assert row.name in printed
    usable = found["state"].isin(["built in", "here"])
    assert ((found["why"] == "") == usable).all()


@pytest.mark.slow
def test_a_verification_has_the_findings_that_are_printed(cli, words):
    found = emobench.data.verify(words)
    printed = cli("data", "verify", words)
    assert (0 if found.passed else 1) == printed.returncode
    for row in found.frame.itertuples():
        assert row.text in printed.stdout
    assert f"{found.wrong} thing" in printed.stdout
    assert len(found.frame) >= 3
    assert repr(found).splitlines()[0] == f"{found.corpus}: {found.title}"


@pytest.mark.slow
def test_a_description_counts_what_there_is(cli, words, tmp_path):
    corpus = f"{words}:audio_vectors=V"
    found = emobench.data.describe(corpus)
    assert found.figures == ()
    assert found.classes["all"].to_dict() == {"joy": 17, "rage": 16}
    assert (found.classes[["train", "dev", "test"]].sum(axis=1) == found.classes["all"]).all()
    assert found.speakers["all"] == 8
    assert found.modalities["text"]["all"] == found.parts["all"] == 33
    assert found.frame.loc["audio_features"].to_dict() == {
        "count": 33, "shortest": 1, "median": 1, "longest": 1, "total": 33, "seconds": False,
        "size": 2,
    }  # fmt: skip
    assert emobench.data.describe(words).frame.empty  # words are no lengths
    out = tmp_path / "seen"
    printed = cli("data", "describe", corpus, "--output", out, "--format", "svg").stdout
    for part, counts in found.counts.items():
        assert part in printed
        assert all(f"{count:,} (" in printed for count in counts.values())
    assert "audio_features: 33 utterances of 1 to 1 steps" in printed
    name = "audio_features"
    drawn = emobench.data.describe(corpus, tmp_path / "mine", representation=name, form="svg")
    assert [path.name for path in drawn.figures] == ["classes.svg", f"pca_{name}.svg"]
    for path in drawn.figures:
        assert path.is_file()
        assert (out / path.name).is_file()
    assert drawn.content()["classes"]["all"] == {"joy": 17, "rage": 16}
    with pytest.raises(RequestError, match="--fold 3"):
        emobench.data.describe(words, fold=3)
    with pytest.raises(RequestError, match="Unknown representation"):
        emobench.data.describe(words, representation="mfcc")


@pytest.mark.slow
def test_a_preparation_says_what_is_there(cli, words):
    found = emobench.data.prepare(words)
    printed = cli("data", "prepare", words).stdout
    for row in found.frame.itertuples():
        expected = f"{row.title}: {row.utterances:,} utterances, {row.steps:,} steps of {row.size}"
        assert expected in printed
    assert all(f"{name}: fitted on the train part" in printed for name in found.fitted)
    assert found.folder.is_dir()
    assert found.bytes > 1000
    assert len(found.frame) > 0


def test_imported_features_can_be_opened(tmp_path):
    path = tmp_path / "sound.npz"
    np.savez(path, **{f"u{i}": np.ones((3, 5), dtype=np.float32) for i in range(4)})
    found = emobench.data.import_features(path, "sound", cache_dir=tmp_path / "cache")
    assert (found["utterances"], found["size"]) == (4, 5)
    assert found["folder"].is_relative_to(tmp_path / "cache")


def test_what_makes_no_sense_is_refused():
    with pytest.raises(RequestError, match="The data folder nowhere does not exist"):
        emobench.data.corpora(data_dir="nowhere")
    with pytest.raises(RequestError, match="name a single one"):
        emobench.data.verify("simulated,simulated:size=126")
    with pytest.raises(RequestError, match="--only nothing: ravdess has no such file"):
        emobench.data.download("ravdess", only="nothing", data_dir="corpora")


@pytest.mark.slow
def test_masks_are_written_and_evaluated_on(tmp_path, cli):
    made = emobench.masks.export(tmp_path / "masks.json", dataset=CORPUS)
    printed = cli("masks", "export", tmp_path / "again.json", "--dataset", CORPUS).stdout
    said = f"{made.conditions} conditions, {made.utterances} test utterances, digest {made.digest}"
    assert said in printed
    assert made.path.read_bytes() == (tmp_path / "again.json").read_bytes()
    with pytest.raises(RequestError, match="cannot be written"):
        emobench.masks.export(tmp_path / "no" / "masks.json", dataset=CORPUS)
