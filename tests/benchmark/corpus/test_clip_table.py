"""A part of a corpus as clips is what the corpus hands out, sample by sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import soundfile

from emobench import Folders, RequestError
from emobench.corpus.clip_table import part_rows, recorded_sources, write_clip_table
from emobench.corpus.corpus import open_corpus
from emobench.corpus.joint.request import corpus_requests


@pytest.fixture(scope="module")
def corpus(shared_cache, tmp_path_factory):
    where = Folders(tmp_path_factory.mktemp("data"), shared_cache)
    (request,) = corpus_requests("simulated:size=126", None, None, where)
    return open_corpus(request)


def test_media_are_those_of_the_corpus_to_the_last_bit(corpus, tmp_path):
    rows = part_rows(corpus, "test")[:6]
    media = write_clip_table(corpus, rows, tmp_path / "clips.csv")
    table = pd.read_csv(tmp_path / "clips.csv", keep_default_na=False)
    assert recorded_sources(corpus) == ["transcript", "waveform", "frames"]
    assert list(table) == ["id", "speaker", "label", "text", "audio", "frames"]
    assert media.name == "clips-media"
    for row, line in zip(rows, table.to_dict("records"), strict=True):
        own = corpus.table.iloc[row]
        assert (line["id"], line["label"], line["text"]) == (own["id"], own["label"], own["text"])
        wave, frames = (corpus.dataset.read(own, s) for s in ("waveform", "frames"))
        assert (wave is None) == (line["audio"] == "")
        if wave is not None:
            samples, rate = soundfile.read(tmp_path / line["audio"], dtype="float32")
            assert rate == 16_000
            assert np.array_equal(samples, wave)
        if frames is not None:
            assert np.array_equal(np.load(tmp_path / line["frames"]), frames)


def test_nothing_is_overwritten_and_parts_are_those_of_the_corpus(corpus, tmp_path):
    (tmp_path / "clips.csv").write_text("mine")
    with pytest.raises(RequestError, match="is there already"):
        write_clip_table(corpus, part_rows(corpus, "test"), tmp_path / "clips.csv")
    assert (tmp_path / "clips.csv").read_text() == "mine"
    parts = [part_rows(corpus, p) for p in ("train", "dev", "test")]
    assert sorted(np.concatenate(parts)) == list(part_rows(corpus, "all"))
    with pytest.raises(RequestError, match=r"Unknown part .tset.\. Did you mean .test."):
        part_rows(corpus, "tset")
    with pytest.raises(RequestError, match="Unknown fold '3'"):
        part_rows(corpus, "test", 3)
