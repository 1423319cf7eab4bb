"""The simulated corpus as a corpus: its table, its options, its media and its cache."""

from __future__ import annotations

import ast
import errno
import inspect
import threading

import numpy as np
import pytest

from emobench import FACE_SIZE, MODALITIES, DataError, Folders, RequestError
from emobench.datasets.simulated import Simulated
from emobench.datasets.simulation import store
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.perception import CLASSES
from emobench.datasets.simulation.plan import draw_plan


def corpus(cache, **options):
    return Simulated(Folders(cache / "data", cache), Options(**options))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("cache"), size=84, speakers=14, missing=0.3)


def files(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_card_is_a_literal_and_names_the_classes():
    tree = ast.parse(inspect.getsource(inspect.getmodule(Simulated)))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    card = next(c for c in calls if getattr(c.func, "id", "") == "DatasetCard")
    values = {k.arg: ast.literal_eval(k.value) for k in card.keywords}
    assert values["classes"] == CLASSES
    assert values["name"] == "simulated"
    assert values["default"] is True


def test_table(small):
    table = small.utterances()
    assert table["id"].is_unique
    assert table["id"].iloc[0] == "spk000_utt0000"
    assert (table["group"] == table["speaker"]).all()
    assert len(table) == 84
    assert set(table["split"]) == {"train", "dev", "test"}
    assert (table.groupby("speaker")["split"].nunique() == 1).all()
    assert table["speaker"].value_counts().to_list() == [6] * 14
    per_split = table.groupby("split")["label"].value_counts().unstack()
    assert (per_split.nunique(axis=1) == 1).all()
    assert list(table.columns[-4:]) == [*(f"expressed_{m}" for m in MODALITIES), "text"]


def test_default_split_and_balance():
    plan = draw_plan(Options())
    assert plan["split"].value_counts().to_dict() == {"train": 2400, "dev": 600, "test": 1200}
    assert plan.groupby("split")["speaker"].nunique().to_dict() == {
        "train": 40, "dev": 10, "test": 20
    }  # fmt: skip
    for _, rows in plan.groupby("split"):
        assert rows["label"].value_counts().nunique() == 1
    assert plan["samples"].between(19_200, 44_800).all()
    assert plan["frames"].between(6, 14).all()


def test_imbalance_and_uneven_sizes():
    plan = draw_plan(Options(size=1001, speakers=30, imbalance=9.0))
    assert plan["speaker"].value_counts().isin([33, 34]).all()
    counts = plan["label"].value_counts()
    assert counts.index[0] == "neutral"
    assert counts.max() / counts.min() == pytest.approx(9.0, rel=0.1)


def test_fewer_utterances_than_speakers():
    plan = draw_plan(Options(size=42))
    assert plan["speaker"].is_unique
    assert plan.groupby("split")["label"].nunique().to_dict() == {"train": 6, "dev": 6, "test": 6}


def test_no_ambiguity_expresses_the_label():
    plan = draw_plan(Options(size=300, ambiguity=0.0, redundancy=0.5))
    for m in MODALITIES:
        assert (plan[f"expressed_{m}"] == plan["label"]).all()


def test_natively_missing_keeps_one_and_the_share_asked_for():
    for share in (0.2, 0.5):
        plan = draw_plan(Options(size=6000, missing=share))
        absent = np.stack([plan[f"expressed_{m}"] == "" for m in MODALITIES], axis=1)
        assert not absent.all(axis=1).any()
        assert absent.mean() == pytest.approx(share, abs=0.02)
        assert ((plan["samples"] == 0) == absent[:, 1]).all()
        assert ((plan["frames"] == 0) == absent[:, 2]).all()


def test_duration_does_not_depend_on_what_is_expressed():
    plan = draw_plan(Options(size=6000))
    means = plan.groupby("expressed_audio")["frames"].mean()
    assert means.max() - means.min() < 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 10}, "size=10 .*42"),
        ({"speakers": 2}, "speakers=2 .*3"),
        ({"ambiguity": 1.5}, "ambiguity=1.5 .*0.0, 1.0]"),
        ({"redundancy": 1.0}, r"redundancy=1.0 .*0.0, 1.0\)"),
        ({"imbalance": 0.5}, "imbalance=0.5 .*1.0"),
        ({"missing": 0.6}, "missing=0.6 .*0.5"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"noise": float("nan")}, "noise=nan"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_options_outside_their_range(options, words):
    with pytest.raises(RequestError, match=words):
        Options(**options)


def test_media(small):
    table = small.utterances()
    for _, row in table.iterrows():
        text, wave, frames = (small.read(row, s) for s in ("transcript", "waveform", "frames"))
        assert (text is None) == (row["expressed_text"] == "")
        assert (wave is None) == (row["expressed_audio"] == "")
        assert (frames is None) == (row["expressed_vision"] == "")
        if text is not None:
            assert 4 <= len(text.split()) <= 14
        if wave is not None:
            assert wave.dtype == np.float32
            assert wave.ndim == 1
            assert np.abs(wave).max() <= 1.0
            assert np.abs(wave).max() > 0.01
        if frames is not None:
            assert frames.dtype == np.uint8
            assert frames.shape[1:] == (FACE_SIZE, FACE_SIZE)
            assert 6 <= len(frames) <= 14
            assert frames.std() > 10
        if wave is not None and frames is not None:
            assert abs(len(wave) / 16_000 - len(frames) / 5) <= 0.11


def test_every_source_is_read_and_expressed_is_one_hot(small):
    table = small.utterances()
    row = table[(table[[f"expressed_{m}" for m in MODALITIES]] != "").all(axis=1)].iloc[0]
    for modality, sources in small.sources().items():
        assert all(small.read(row, s) is not None for s in sources)
        one_hot = small.read(row, f"expressed_{modality}")
        assert one_hot.shape == (1, 6)
        assert one_hot.dtype == np.float32
        assert CLASSES[int(one_hot.argmax())] == row[f"expressed_{modality}"]
    with pytest.raises(DataError, match="no source 'smell'"):
        small.read(row, "smell")


def test_generating_process_follows_the_options(small):
    joint = small.generating_process()
    assert joint.shape == (6, 6, 6, 6)
    assert joint.sum() == pytest.approx(1.0)


def test_same_options_same_bytes(tmp_path):
    first, second = corpus(tmp_path / "a", size=42), corpus(tmp_path / "b", size=42)
    folders = []
    for one in (first, second):
        one.prepare()
        folders.append(store.folder_of(one.folders.cache, one.options))
    assert files(folders[0]) == files(folders[1])
    assert first.fingerprint() == second.fingerprint()


def test_an_utterance_does_not_depend_on_the_others(tmp_path):
    """The same speaker's same utterance is the same where it expresses the same."""
    one = corpus(tmp_path, size=42, speakers=7, ambiguity=0.0)
    two = corpus(tmp_path, size=84, speakers=7, ambiguity=0.0)
    merged = one.utterances().merge(two.utterances(), on=["id", "label"])
    assert len(merged) > 0
    row = merged.iloc[0]
    assert row["text_x"] == row["text_y"]
    np.testing.assert_array_equal(one.read(row, "waveform"), two.read(row, "waveform"))
    np.testing.assert_array_equal(one.read(row, "frames"), two.read(row, "frames"))


def test_another_seed_is_another_corpus(tmp_path):
    one, two = corpus(tmp_path, size=42), corpus(tmp_path, size=42, seed=1)
    assert one.fingerprint() != two.fingerprint()
    assert not one.utterances()["text"].equals(two.utterances()["text"])


def test_cache_is_used_again_and_progress_is_told(tmp_path, monkeypatch):
    seen = []
    corpus(tmp_path, size=60).prepare(lambda *args: seen.append(args))
    assert seen[-1][1:] == (60, 60)

    def fail(*_):
        raise AssertionError("generated again")

    monkeypatch.setattr(store, "_write", fail)
    again = corpus(tmp_path, size=60)
    again.prepare()
    assert len(again.utterances()) == 60


def test_a_broken_generation_leaves_nothing(tmp_path, monkeypatch):
    def fail(_options, folder, _progress):
        (folder / "waveforms.npy").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_write", fail)
    with pytest.raises(KeyboardInterrupt):
        corpus(tmp_path, size=42).prepare()
    assert list((tmp_path / "simulated").iterdir()) == []


def test_generating_at_once_ends_in_one_corpus(tmp_path):
    threads = [
        threading.Thread(target=corpus(tmp_path, size=42, speakers=7).prepare) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list((tmp_path / "simulated").iterdir())) == 1
    assert len(corpus(tmp_path, size=42, speakers=7).utterances()) == 42


def test_unwritable_cache_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match=r"Cannot write into .*file.*--cache-dir"):
        corpus(tmp_path / "file", size=42).prepare()


def test_a_damaged_corpus_is_named_and_made_again(tmp_path):
    one = corpus(tmp_path, size=42)
    one.prepare()
    folder = store.folder_of(tmp_path, one.options)
    whole = (folder / "frames.npy").read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for content in (b"", whole[:-1], bytes(flipped)):
        (folder / "frames.npy").write_bytes(content)
        said: list[str] = []
        corpus(tmp_path, size=42).prepare(lambda *words, to=said: to.append(words[0]))
        assert any(str(folder / "frames.npy") in line for line in said)
        assert (folder / "frames.npy").read_bytes() == whole


def test_a_server_that_was_away_for_a_moment_is_asked_again(tmp_path, monkeypatch):
    corpus(tmp_path, size=42).prepare()
    usual, failed = np.load, []

    def away(path, *args, **options):
        if path not in failed:
            failed.append(path)
            raise OSError(errno.ESTALE, "Stale file handle", str(path))
        return usual(path, *args, **options)

    monkeypatch.setattr(np, "load", away)
    again = corpus(tmp_path, size=42)
    assert again.read(again.utterances().iloc[0], "waveform") is not None
    assert len(failed) == 3
