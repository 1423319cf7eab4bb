"""``emobench results export`` and ``validate`` as a person types them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emobench.results.child_process import MOST_MEMORY, apart
from emobench.results.installation import Installed, trusted_options
from emobench.results.submission_check import check

EXAMPLE = Path(__file__).parents[4] / "docs" / "results-example"


def test_a_valid_submission_is_said_to_be_valid(cli, tmp_path):
    done = cli("results", "validate", EXAMPLE, "--cache-dir", tmp_path)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert "drawn masks: same" in lines
    assert any(line.startswith("corpus simulated:size=84: not at hand") for line in lines)
    assert lines[-1].endswith("is valid: 28 rows of results and 672 rows of predictions")
    strict = cli("results", "validate", EXAMPLE, "--cache-dir", tmp_path, "--strict")
    assert strict.returncode == 1
    assert "--strict asks for" in strict.stdout


@pytest.mark.slow
def test_faults_and_what_cannot_be_read_have_their_own_exit_status(cli, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "forged")
    text = (tmp_path / "forged" / "results.csv").read_text()
    (tmp_path / "forged" / "results.csv").write_text(text.replace(",done,", ",best,", 1))
    fixed = ("results", "validate", "--cache-dir", tmp_path)
    forged = cli(*fixed, tmp_path / "forged")
    assert forged.returncode == 1
    assert "results.csv, row 1, column status: 'best' is stated" in forged.stdout
    both = cli(*fixed, "--json", tmp_path / "forged", tmp_path / "nothing", EXAMPLE)
    assert both.returncode == 2
    found = json.loads(both.stdout)
    assert [one["status"] for one in found] == [1, 2, 0]
    assert found[0]["faults"][1]["column"] == "status"
    assert "nothing is not there" in found[1]["unreadable"]


def test_a_folder_without_results_is_refused(cli, tmp_path):
    nothing = cli("results", "export", tmp_path, "--out", tmp_path / "out")
    assert nothing.returncode == 2
    assert "holds no results" in nothing.stderr


def test_a_file_that_ends_its_reader_ends_no_more():
    assert apart(len, "four") == 4
    assert apart(os.abort) is None
    assert apart(bytearray, MOST_MEMORY) is None


@given(st.text(max_size=30))
@example("manifest:path=/etc/passwd")
@example("/etc/passwd")
@example("own.csv")
@example("simulated:path=x")
@example("simulated:size=1000000000")
@example("simulated:size=1_000_000_000")
@example("text=meld+audio=ravdess")
@example("ravdess:root=../../secret")
def test_no_label_of_a_stranger_opens_a_file(label):
    assert trusted_options(label) is None


@pytest.mark.parametrize(
    ("label", "options"),
    [("ravdess", ()), ("simulated:size=84", (("size", "84"),))],
)
def test_installed_corpora_are_opened(label, options):
    assert trusted_options(label) == options


def test_a_corpus_is_opened_where_it_was_or_when_it_is_asked_for(tmp_path):
    assert "--corpora opens it" in Installed(None, tmp_path).corpus("simulated:size=84").why
    found = Installed(None, tmp_path, opens=True).corpus("simulated:size=bogus")
    assert not found.digest
    assert found.why


@pytest.mark.slow
def test_the_truth_of_the_example_is_that_of_its_corpus(cli, tmp_path):
    fixed = ("results", "validate", "--cache-dir", tmp_path, "--strict")
    done = cli(*fixed, "--corpora", EXAMPLE)
    assert "corpus simulated:size=84: same" in done.stdout
    assert done.returncode == 0
    again = cli(*fixed, EXAMPLE)
    assert again.returncode == 0, "it is in the cache now"


def test_an_error_of_the_check_itself_is_a_sentence(tmp_path):
    verdict = check(EXAMPLE, object())
    assert verdict.status() == 2
    assert "ended in AttributeError" in verdict.unreadable
