"""emobench certify: a file from a section, and its check, as a person and a program see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emobench.cli.app import app
from emobench.errors import RequestError

from ....leaderboard.submission.conftest import Maker


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for words in (
        ["certify"],
        ["certify", "toys"],
        ["certify", "toys", "--verify", "a.zip"],
        ["certify", "--verify", "a.zip", "--key", "k"],
        ["certify", "toys", "-o", "a.zip", "--public-key", "k"],
    ):
        done = CliRunner().invoke(app, words)
        assert isinstance(done.exception, RequestError), words


@pytest.mark.slow
def test_a_certificate_is_written_checked_and_refused(cli, tmp_path: Path) -> None:
    Maker(tmp_path / "results", seeds=1).write()
    done = cli("certify", "toys", "-o", "toys.zip", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["section"] == "toys/missing_modality/controlled"
    held = cli("certify", "--verify", "toys.zip", cwd=tmp_path)
    assert held.returncode == 0
    assert f"fingerprint {said['fingerprint']}" in held.stdout
    assert "toys.zip holds: toys/missing_modality/controlled" in held.stdout
    content = bytearray((tmp_path / "toys.zip").read_bytes())
    content[len(content) // 2] ^= 8
    (tmp_path / "toys.zip").write_bytes(content)
    refused = cli("certify", "--verify", "toys.zip", "--json", cwd=tmp_path)
    verdict = json.loads(refused.stdout)
    assert refused.returncode in (1, 2)
    assert not verdict["valid"]
    assert verdict["faults"] or verdict["unreadable"]
    assert cli("certify", "--verify", "nowhere.zip", cwd=tmp_path).returncode == 2
