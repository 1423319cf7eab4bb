"""What is known of a model's contract, and when it is known no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.contract.verdicts import Verdict, read_verdict, write_verdict
from emobench.discovery.registry import Entry, from_path, registry

MODEL = 'class Mine(Model):\n    card = Card(name="mine", title="t", inputs={})\n'
PLAIN = {"options": {}, "variant": "corrected", "track": "controlled"}


@pytest.fixture
def mine(tmp_path: Path) -> Entry:
    path = tmp_path / "mine.py"
    path.write_text(MODEL)
    return from_path("model", path)[0]


def test_what_was_written_is_read_until_the_file_changes(tmp_path: Path, mine: Entry) -> None:
    assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("unchecked")
    write_verdict(tmp_path, mine, **PLAIN, failed=("output", "stateless"))
    assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("failed", ("output", "stateless"))
    write_verdict(tmp_path, mine, **PLAIN, failed=())
    assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("passed")
    mine.path.write_text(MODEL + "# mended\n")
    assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("unchecked")


@pytest.mark.parametrize("other", [{"variant": "as_published"}, {"track": "published"}])
def test_a_verdict_is_of_one_variant_on_one_track(tmp_path: Path, mine: Entry, other) -> None:
    write_verdict(tmp_path, mine, **PLAIN, failed=())
    assert read_verdict(tmp_path, mine, **PLAIN | other) == Verdict("unchecked")


def test_options_have_their_own_verdict_and_else_that_of_the_model_as_it_is(
    tmp_path: Path, mine: Entry
) -> None:
    units = PLAIN | {"options": {"units": "8"}}
    write_verdict(tmp_path, mine, **units, failed=("output",))
    assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("unchecked")
    write_verdict(tmp_path, mine, **PLAIN, failed=())
    assert read_verdict(tmp_path, mine, **units) == Verdict("failed", ("output",))
    assert read_verdict(tmp_path, mine, **PLAIN | {"options": {"epochs": "2"}}).state == "passed"
    # A backbone is checked with a small one in its place.
    large = PLAIN | {"options": {"units": "8", "text_backbone": "large"}}
    assert read_verdict(tmp_path, mine, **large).state == "failed"


def test_a_damaged_verdict_is_none(tmp_path: Path, mine: Entry) -> None:
    write_verdict(tmp_path, mine, **PLAIN, failed=())
    (stored,) = tmp_path.glob("checks/*.json")
    for text in ("", "[]", "{}", '{"failed": 3}'):
        stored.write_text(text)
        assert read_verdict(tmp_path, mine, **PLAIN) == Verdict("unchecked")


def test_what_is_built_in_needs_no_verdict_however_it_is_named(tmp_path: Path) -> None:
    entry = registry("model")["emotiwave"]
    (by_path,) = from_path("model", entry.path)
    assert read_verdict(tmp_path, entry, **PLAIN) is None
    assert read_verdict(tmp_path, by_path, **PLAIN) is None
