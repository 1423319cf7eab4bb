"""A callback is the class in a file, an installed one by name, or an object."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emobench import Callback, RequestError
from emobench.callbacks.choice import open_audience, open_callback, separate
from emobench.plugins import entry_points

MINE = """
from dataclasses import dataclass
import emobench

class Base(emobench.Callback): pass
del Base

@dataclass
class Mine(emobench.Callback):
    folder: str = "runs"
    every: int = 1
"""


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def test_a_file_has_options_with_types(here):
    assert vars(open_callback("mine.py")) == {"folder": "runs", "every": 1}
    found = open_callback("mine.py:folder=a/b:every=3")
    assert vars(found) == {"folder": "a/b", "every": 3}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("mine", "there is a file mine.py here; for that one write mine.py"),
        ("nine.py", "There is no file nine.py. There are mine.py, none.py; is one of them meant?"),
        ("nobody", "Unknown callback 'nobody'."),
        ("mine.py:evry=3", "Unknown option of the callback mine.py 'evry'. Did you mean 'every'?"),
        ("mine.py:every=often", "Option 'every' of the callback mine.py must be of type int"),
        ("two.py", "two.py holds 2 classes derived from Callback; it must hold exactly one."),
        ("none.py", "none.py holds 0 classes derived from Callback"),
        ("broken.py", "broken.py cannot be imported: ModuleNotFoundError: No module named 'tensrb"),
        ("needy.py", "The callback needy.py cannot be made: TypeError: "),
        ("plain.py:folder=a", "The callback plain.py takes no options, got folder."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(here, word, said):
    (here / "two.py").write_text(MINE + "class Other(emobench.Callback): pass\n")
    (here / "none.py").write_text("from emobench import Callback\n")
    (here / "broken.py").write_text("import tensrboard\n")
    needy = "import emobench\nclass A(emobench.Callback):\n    def __init__(self, url): pass\n"
    (here / "needy.py").write_text(needy)
    (here / "plain.py").write_text("import emobench\nclass A(emobench.Callback): pass\n")
    with pytest.raises(RequestError) as raised:
        open_callback(word)
    assert said in str(raised.value)


def test_an_installed_package_offers_one_by_name(tmp_path, monkeypatch):
    (tmp_path / "house_tracker.py").write_text(MINE)
    info = tmp_path / "house_tracker-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house_tracker\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[emobench.callbacks]\nhouse = house_tracker:Mine\nother = house_tracker:dataclass\n"
        "gone = house_tracker:Gone\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    entry_points._every.cache_clear()
    try:
        found = open_callback("house:folder=there")
        assert (type(found).__name__, vars(found)["folder"]) == ("Mine", "there")
        with pytest.raises(RequestError, match="Did you mean 'house'"):
            open_callback("hose")
        with pytest.raises(RequestError, match=r"'other' of emobench\.callbacks names no class"):
            open_callback("other")
        with pytest.raises(RequestError, match="gone cannot be imported: AttributeError"):
            open_callback("gone")
    finally:
        entry_points._every.cache_clear()


class Own(Callback):
    pass


def test_python_gives_objects_beside_names():
    one, two = Own(), Own()
    assert separate(one) == ([], (one,))
    assert separate([one, "mine.py", Path("b.py"), two]) == (["mine.py", Path("b.py")], (one, two))
    assert separate("mine.py") == (["mine.py"], ())
    assert separate(None) == separate(()) == ([], ())
    with pytest.raises(RequestError, match=r"callbacks takes Own\(\), an instance, not the class"):
        separate([Own])


def test_nobody_listens_where_nobody_is_named():
    assert open_audience(()) is None
    one = Own()
    audience = open_audience((), (one,))
    assert audience is not None
    assert audience.callbacks == (one,)
