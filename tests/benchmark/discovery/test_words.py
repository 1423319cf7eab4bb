"""Names of files that hold what joins names and options."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emobench import Folders, RequestError
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import resolve
from emobench.discovery.words import shield, unshield

NAME = st.text(st.sampled_from(list("ab ,:+=&19")), min_size=1, max_size=9).map(
    lambda name: f"x{name}y.csv"
)


def labels(words: str) -> list[str]:
    folders = Folders(Path("data"), Path("cache"))
    return [request.label for request in corpus_requests(words, None, None, folders)]


@settings(max_examples=50, deadline=None)
@given(name=NAME, seed=st.booleans())
def test_a_path_that_exists_is_meant(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: bool
) -> None:
    folder = tmp_path_factory.mktemp("t")
    (folder / name).touch()
    (folder / "other.csv").touch()
    typed = f"{folder / name}" + ":seed=1" * seed
    assert labels(typed) == [typed]
    assert labels(f"{typed}, meld,{folder / 'other.csv'}") == [
        typed, "meld", str(folder / "other.csv"),
    ]  # fmt: skip
    joint = f"text={typed}+audio=ravdess"
    assert labels(joint) == [joint]
    assert labels(f'"{folder / name}"{":seed=1" * seed}') == [typed]


@settings(max_examples=50, deadline=None)
@given(words=st.text(st.sampled_from(list("ab,:+=& .")), max_size=12))
def test_words_that_name_no_file_stay_as_they_are(words: str) -> None:
    assume('"' not in words)
    assert shield(words, ()) == words
    assert unshield(shield(f'"{words}"', ())) == words


def test_values_of_options_may_be_paths_beside_the_file(tmp_path: Path) -> None:
    for name in ("m.csv", "a,b:c.csv"):
        (tmp_path / name).touch()
    ((_, options),) = resolve("dataset", f"{tmp_path / 'm.csv'}:canonical=a,b:c.csv:seed=2")
    assert options == {"path": str(tmp_path / "m.csv"), "canonical": "a,b:c.csv", "seed": "2"}


def test_what_can_be_read_twice_asks_for_quotation_marks(tmp_path: Path) -> None:
    for name in ("a", "b", "a,b", "a,meld"):
        (tmp_path / name).touch()
    with pytest.raises(RequestError, match="can also be read as several names"):
        labels(f"{tmp_path}/a,meld")
    assert labels(f"{tmp_path}/a,b") == [f"{tmp_path}/a,b"]  # b alone is not here
    assert labels(f'"{tmp_path}/a,meld"') == [f"{tmp_path}/a,meld"]
    assert labels(f'"{tmp_path}/a",meld') == [f"{tmp_path}/a", "meld"]
    with pytest.raises(RequestError, match="a quotation mark is not closed"):
        labels('"a,b')


@pytest.mark.parametrize(
    ("typed", "there"),
    [("A, B.CSV", "a, b.csv"), ("12:30.tsv", "12:30.csv"), ("Train", "train"), ("m", "m.parquet"),],
)  # fmt: skip
def test_a_near_path_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, there: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(there).parent.mkdir(exist_ok=True)
    Path(there).touch()
    with pytest.raises(RequestError) as caught:
        resolve("dataset", typed)
    assert f"There is {there}; is that meant?" in str(caught.value)


def test_files_and_folders_of_any_name_go_to_the_reader_of_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes").touch()
    Path("train").mkdir()
    Path("meld").mkdir()
    found = [(e.name, o.get("path")) for e, o in resolve("dataset", "notes,train,meld,./meld")]
    assert found == [
        ("manifest", "notes"), ("manifest", "train"), ("meld", None), ("manifest", "./meld"),
    ]  # fmt: skip
