"""Representations of files and packages: what they are called, and what makes them others."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from emobench import DataError, RequestError
from emobench.backbones.frozen_encoder import FrozenEncoder
from emobench.discovery import own_representations as own
from emobench.discovery.chosen_features import parse
from emobench.discovery.representations import (
    described,
    folder_name,
    is_ours,
    possible,
    representation,
    representations,
    source_of,
    stamped,
    unstamped,
)
from emobench.plugins import entry_points

LENGTH = """
import numpy as np
from emobench import Representation


class Length(Representation):
    '''How long a voice is.'''

    name = "length"
    modality = "audio"
    source = "waveform"
    licence = "mine alone"

    def extract(self, media):
        return np.full((1, 1), len(media) * {factor}, dtype=np.float32)
"""


def write(path: Path, factor: int = 1, more: str = "") -> Path:
    path.write_text(LENGTH.format(factor=factor) + more)
    return path


def test_the_name_says_all_and_the_spec_has_no_path(tmp_path):
    path = write(tmp_path / "mine.py")
    name = own.name_in_file(path, "audio")
    kind = representation(name)
    assert kind.name == name
    assert kind().extract(np.zeros(7)).tolist() == [[7.0]]
    assert source_of(name) == "waveform"
    assert not is_ours(name)
    assert stamped(name) == name.rsplit("#", 1)[0]
    assert str(tmp_path) not in stamped(name)
    assert representation(stamped(name)) is kind
    assert unstamped(stamped(name)) == unstamped(name) == name
    assert folder_name(name) == stamped(name).replace("length#", "length-v1-")
    assert described(name) == "How long a voice is. Licence: mine alone"


def test_a_moved_file_is_the_same_and_a_changed_one_is_another(tmp_path):
    before = own.name_in_file(write(tmp_path / "a.py"), "audio")
    (tmp_path / "b").mkdir()
    moved = own.name_in_file(write(tmp_path / "b" / "c.py"), "audio")
    assert stamped(moved) == stamped(before)
    assert folder_name(moved) == folder_name(before)
    changed = own.name_in_file(write(tmp_path / "a.py", factor=2), "audio")
    assert stamped(changed) != stamped(before)
    assert folder_name(changed) != folder_name(before)
    assert representation(changed)().extract(np.zeros(7)).tolist() == [[14.0]]


def test_a_version_or_another_release_of_a_package_is_another(tmp_path, monkeypatch):
    write(tmp_path / "a.py", more='    version = 2\n    packages = {"numpy": "numpy>=2"}\n')
    (kind,) = own.classes_in(tmp_path / "a.py")
    name = own.name_in_file(tmp_path / "a.py", "audio")
    assert folder_name(name).startswith("length-v2-")
    before = own.stamp(kind, tmp_path / "a.py")
    monkeypatch.setattr(own, "_version", lambda module, requirement: "99.0")
    assert own.stamp(kind, tmp_path / "a.py") != before
    assert own.versions({"numpy": "numpy>=2"}) == "numpy-99.0"


def test_the_release_is_that_of_the_module_or_of_what_pip_takes():
    assert own.versions({"numpy": "numpy>=2"}) == f"numpy-{np.__version__}"
    assert own.versions({"sklearn": "scikit-learn>=1"}).startswith("sklearn-1.")
    assert own.versions({"no_such": "no-such"}) == "no_such-"
    assert own.versions({}) == ""


def test_a_file_that_changed_while_it_was_used_is_refused(tmp_path):
    name = own.name_in_file(write(tmp_path / "a.py"), "audio")
    write(tmp_path / "a.py", factor=3)
    with pytest.raises(DataError, match=r"a\.py changed while it was used"):
        own.from_file(name)


def test_what_was_not_named_here_is_said(tmp_path):
    with pytest.raises(RequestError, match=r"'nowhere' .* Name the file as it was then"):
        representation("nowhere#0123456789ab")


TWO = """

class Half(Length):
    name = "half"
"""


@pytest.mark.parametrize(
    ("more", "word", "said"),
    [
        ("", "vision={}", "holds no representation of vision"),
        (TWO, "audio={}", r"holds 2 representations of audio: length, half. Write audio="),
        (TWO, "audio={}:name=haff", "Did you mean 'half'"),
        ("", "audio={}:layer=2", "at most :name=NAME"),
        ("    name = 'a/b'\n", "audio={}", "Length.name is 'a/b'"),
        ("    modality = 'adio'\n", "audio={}", "Did you mean 'audio'"),
        ("    name = 'mfcc'\n", "audio={}", "there is a representation 'mfcc' already"),
        ("    discrete = True\n", "audio={}", "is ids, which only a model that is made for it"),
        ("    packages = {'no_such': 'no-such>=1'}\n", "audio={}", 'pip install "no-such>=1"'),
        ("    1 / 0\n", "audio={}", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(tmp_path, more, word, said):
    path = write(tmp_path / "mine.py", more=more)
    with pytest.raises(RequestError, match=said):
        parse(word.format(path))


def test_of_several_one_is_named(tmp_path):
    path = write(tmp_path / "mine.py", more=TWO)
    assert parse(f"audio={path}:name=half").label.startswith("audio=half@")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("audio=hog", "hog is a representation of vision"),
        ("text=tokens", "tokens is ids"),
        ("audio=waveform", "waveform is the recording itself"),
        ("audio=expressed_audio", "is for reference rows alone"),
        ("audio=mfcc:pool=2", "mfcc takes no options"),
        ("audio=./mfc.py", "There is no file"),
        ("mfcc", "is written MODALITY="),
    ],
)
def test_not_every_representation_is_for_every_model(word, said):
    with pytest.raises(RequestError, match=said):
        parse(word)


def test_a_name_that_is_nearly_one_is_suggested(monkeypatch):
    from emobench.discovery import chosen_features

    def nothing_there(word):
        raise RequestError("There are no such weights.")

    monkeypatch.setattr(chosen_features, "parse_encoder", nothing_there)
    with pytest.raises(RequestError, match=r"Or did you mean the representation .*'egemaps'"):
        parse("audio=egemap")


def test_ours_are_called_as_before(tmp_path):
    assert parse("audio=mfcc").label == "audio=mfcc"
    assert parse("audio=prosody").name == stamped("prosody") == "prosody"
    assert folder_name("prosody") == "prosody-v2"
    (tmp_path / "glove.txt").write_text("the 0.1 0.2\n")
    assert isinstance(parse(f"text={tmp_path / 'glove.txt'}"), FrozenEncoder)
    assert all(unstamped(stamped(n)) == n for n in representations())
    assert not any(stamped(n) != n for n, k in representations().items() if not k.packages)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a package with an entry point; its name starts what is looked for anew."""

    def make(value: str = "stranger_features:Length", factor: int = 1) -> None:
        write(tmp_path / "stranger_features.py", factor)
        info = tmp_path / "stranger-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{own.GROUP}]\nlength = {value}\n")
        sys.modules.pop("stranger_features", None)
        importlib.invalidate_caches()
        entry_points._every.cache_clear()
        representations.cache_clear()

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    monkeypatch.undo()
    sys.modules.pop("stranger_features", None)
    entry_points._every.cache_clear()
    representations.cache_clear()


def test_an_installed_one_has_a_name_and_its_source_is_in_specs(package):
    package()
    chosen = parse("audio=length")
    assert chosen.name == "length"
    assert not is_ours("length")
    before = stamped("length")
    assert before.startswith("length#")
    assert representation(before) is representation("length")
    assert unstamped(before) == "length"
    assert chosen.label == f"audio=length@{before.split('#')[1][:8]}"
    assert "length" in possible({"audio": ("waveform",)})[0]


def test_an_installed_one_of_another_source_is_another(package, monkeypatch):
    monkeypatch.setattr(own, "_files", {})
    package()
    before = stamped("length")
    package(factor=22)
    assert stamped("length") != before
    with pytest.raises(RequestError, match="'length'"):
        representation(before)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("stranger_features:Longth", "cannot be imported .*AttributeError"),
        ("stranger_features:np", "is no class derived from emobench.Representation"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_said(package, value, said):
    package(value)
    with pytest.raises(RequestError, match=said):
        representations()


def test_a_file_of_features_is_no_encoder_and_is_told_where_it_belongs(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(b"x")
    with pytest.raises(RequestError, match=r"--dataset mine\.csv:audio_features=.*mine\.npz"):
        parse(f"audio={path}")
