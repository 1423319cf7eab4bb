"""Every check of a corpus catches a broken one, and a sound one passes all."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile

from emobench.cli.scaffolds.example_recordings import write_recordings
from emobench.contract.extensions.dataset_checks import CHECKS


@pytest.fixture
def recordings(tmp_path):
    """The made-up recordings where the corpus called ``mine`` has them."""
    write_recordings(tmp_path / "mine")
    return tmp_path / "mine"


def test_the_scaffold_passes_every_check(scaffold, verdicts, recordings):
    found = {name: verdict for name, (verdict, _) in verdicts(scaffold("dataset")).items()}
    assert found == dict.fromkeys(CHECKS, "passed")


def test_where_nothing_is_the_only_line_says_what_is_expected(scaffold, verdicts):
    ((name, (verdict, note)),) = verdicts(scaffold("dataset")).items()
    assert (name, verdict) == ("opens", "FAILED")
    assert "Put recordings called SPEAKER_CLASS_TAKE.wav into DATA_DIR/mine" in note


WAVE = "return resample_poly(wave.mean(axis=1), SAMPLE_RATE, rate).astype(np.float32)"
DEALT = '{s: PARTS[i % 4] for i, s in enumerate(sorted(set(rows["speaker"])))}'
LABELS = 'classes=("angry", "happy", "sad")'
PARTS = '("train", "test", "train", "dev")'
NOISE = "return np.random.default_rng().normal(size=9000).astype(np.float32)"
BROKEN = {
    "no id": ("rows.assign(id=names, ", "rows.assign(", "opens", "without id"),
    "another label": (LABELS, 'classes=("angry", "sad")', "opens", "unknown label 'happy'"),
    "no licence": ("Say what others may do with it", "", "card", "licence is empty"),
    "a common class": ("drawn=True,", "drawn=True, canonical={'sad': 'x'},", "card", "names 'x'"),
    "a random order": (".map(part))", ".map(part)).sample(frac=1)", "table", "in another order"),
    "a class of nobody": (LABELS, LABELS[:-1] + ', "calm")', "table", "of the class 'calm'"),
    "no dev": (PARTS, PARTS.replace("dev", "train"), "split", "the dev part is empty"),
    "speakers in two parts": (DEALT, "None", "split", "speaker 'anna'"),
    "an unknown source": ('("waveform",)', '("wave",)', "sources", "starts from 'wave'"),
    "two channels": ("wave.mean(axis=1)", "np.c_[wave, wave]", "read", "must be float32 [N]"),
    "16 bits": (WAVE, WAVE + " * 32767", "read", "full scale is 1"),
    "bytes": ('text.read_text(encoding="utf-8")', "text.read_bytes()", "read", "no text"),
    "silence": (WAVE, "return np.zeros(9000, np.float32)", "read", "a usable waveform"),
    "noise": (WAVE, NOISE, "read_again", "it is something else"),
    "a shared array": (
        WAVE,
        "return KEPT.setdefault(row['id'], wave[:, 0])",
        "read_again",
        "it is something else",
    ),
    "files that nobody lists": ('in (".wav", ".txt")', 'in (".wav",)', "files", "not list it"),
    "an error of Python's": ("raise DataError(f", "raise KeyError(f", "not_here", "KeyError"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_caught(scaffold, verdicts, changed, recordings, what):
    old, new, check, said = BROKEN[what]
    text = changed(scaffold("dataset"), old, new) + "\n\nKEPT = {}\n"
    if what == "speakers in two parts":
        mixed = "split=[PARTS[i % 4] for i in range(len(rows))]"
        text = changed(text, 'split=rows["speaker"].map(part)', mixed)
        text = changed(
            text, 'disjoint=("speaker",),', ""
        )  # what is drawn is kept apart all the same
    verdict, note = verdicts(text, check)[check]
    assert verdict == "FAILED"
    assert said in note


def test_a_broken_file_is_counted_and_is_no_fault_of_the_loader(scaffold, verdicts, recordings):
    (recordings / "anna_angry_01.wav").write_bytes(b"no sound")
    soundfile.write(recordings / "ben_sad_01.wav", np.zeros(100), 8000)
    assert {verdict for verdict, _ in verdicts(scaffold("dataset")).values()} == {"passed"}


def test_a_folder_of_others_is_no_corpus(scaffold, verdicts, changed):
    text = changed(scaffold("dataset"), "class Mine(Dataset)", "class Mine")
    assert re.search("not derived from emobench.Dataset", verdicts(text)["opens"][1])
