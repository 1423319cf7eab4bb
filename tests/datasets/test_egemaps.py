"""eGeMAPS: what openSMILE gives, for clips of any length, and a sentence where it lacks."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from emobench import RequestError
from emobench.discovery import own_representations
from emobench.discovery.chosen_features import parse
from emobench.discovery.representations import possible, representation, stamped

ROOT = Path(__file__).parents[2]
NAMES = ("egemaps", "egemaps_lld")


def test_without_the_extra_there_is_one_sentence_with_the_command(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        own_representations.importlib.util,
        "find_spec",
        lambda name: None if name == "opensmile" else find(name),
    )
    for name in NAMES:
        with pytest.raises(
            RequestError, match=r'which is not installed: pip install "emobench\[op'
        ):
            parse(f"audio={name}")


def test_it_is_computed_when_it_is_named_alone():
    extracted, fitted = possible({"audio": ("waveform",)})
    assert "mfcc" in extracted
    assert not set(NAMES) & {*extracted, *fitted}


def test_the_extra_is_imported_in_one_module_alone():
    folders = ("benchmark", "models", "datasets", "protocols", "leaderboard")
    imports = re.compile(r"^ *(import|from) opensmile\b", re.MULTILINE)
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    found = [p.name for p in paths if imports.search(p.read_text(encoding="utf-8"))]
    assert found == ["egemaps.py"]


@pytest.mark.parametrize("name", NAMES)
def test_its_licence_and_release_are_known(name):
    assert "free for research" in representation(name).licence
    assert stamped(name).startswith(f"{name}#opensmile-")
    assert parse_label(name) == f"audio={name}"


def parse_label(name: str) -> str:
    pytest.importorskip("opensmile", reason="the extra opensmile is not installed")
    return parse(f"audio={name}").label


def voice(seconds: float, hertz: float = 180.0) -> np.ndarray:
    times = np.arange(round(seconds * 16_000)) / 16_000
    return (np.sin(2 * np.pi * hertz * times) / 3).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.05, 0.06, 0.1, 1.0])
def test_clips_of_every_length_have_values(seconds):
    pytest.importorskip("opensmile", reason="the extra opensmile is not installed")
    functionals = representation("egemaps")().extract(voice(seconds))
    frames = representation("egemaps_lld")().extract(voice(seconds))
    assert functionals.shape == (1, 88)
    assert frames.shape[1] == 25
    assert len(frames) == pytest.approx(25 * seconds, abs=2)
    assert np.isfinite(functionals).all()
    assert np.isfinite(frames).all()


def test_values_are_those_of_opensmile_itself_and_its_pitch_is_the_tones():
    opensmile = pytest.importorskip("opensmile", reason="the extra opensmile is not installed")
    wave = voice(0.5, 220.0)
    for name, level in (("egemaps", "Functionals"), ("egemaps_lld", "LowLevelDescriptors")):
        smile = opensmile.Smile(
            opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel[level], num_workers=1
        )
        theirs = smile.process_signal(wave, 16_000)
        ours = representation(name)().extract(wave)
        if level == "Functionals":
            assert np.array_equal(ours, theirs.to_numpy())
            continue
        groups = np.arange(len(theirs)) // 4
        assert np.allclose(ours, theirs.groupby(groups).mean().to_numpy(), rtol=1e-5)
        # In semitones over 27.5 Hz: 220 Hz is three octaves above.
        pitch = theirs["F0semitoneFrom27.5Hz_sma3nz"].to_numpy()
        assert np.median(pitch[pitch > 0]) == pytest.approx(36, abs=0.3)
