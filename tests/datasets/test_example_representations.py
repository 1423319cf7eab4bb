"""The representations of docs/examples: they run, and the speaker encoder tells voices apart."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emobench import RequestError
from emobench.discovery import own_representations
from emobench.discovery.chosen_features import parse
from emobench.discovery.own_representations import classes_in
from emobench.discovery.representations import check_usable, representation

FOLDER = Path(__file__).parents[2] / "docs" / "examples" / "representations"
SPEAKER = FOLDER / "speaker_embedding.py"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_every_example_declares_what_it_needs_and_whom_it_binds(path):
    for kind in classes_in(path):
        assert kind.licence
        assert kind.packages


def test_without_the_package_there_is_a_sentence_with_the_command(monkeypatch):
    monkeypatch.setattr(own_representations.importlib.util, "find_spec", lambda name: None)
    name = own_representations.name_in_file(SPEAKER, "audio")
    with pytest.raises(RequestError, match=r'pip install "resemblyzer==0\.1\.4"'):
        check_usable(name)


@pytest.mark.slow
def test_the_speaker_encoder_puts_a_persons_voices_together(real_data):
    if find_spec("resemblyzer") is None:
        pytest.skip("pip install --no-deps resemblyzer==0.1.4 brings the weights")
    extract = representation(parse(f"audio={SPEAKER}").name)().extract
    rows, speakers = [], []
    for actor in range(1, 9):
        for path in sorted((real_data / "ravdess" / f"Actor_{actor:02}").glob("*.flac"))[::10]:
            rows.append(extract(soundfile.read(path, dtype="float32")[0])[0])
            speakers.append(actor)
    vectors, who = np.stack(rows), np.asarray(speakers)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    # By chance it is one of eight.
    assert (who[likeness.argmax(axis=1)] == who).mean() > 0.6
