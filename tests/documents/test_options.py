"""Options that documents name in passing, `NAME:key=value`, are options that there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from emobench.discovery.registry import registry

ROOT = Path(__file__).parents[2]
KINDS = ("model", "dataset", "protocol")
BUILT_IN = {name for kind in KINDS for name in registry(kind)}


def named() -> list[str]:
    """What stands in code and names something built in, with options; of several the first."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = set()
    for name in names.splitlines():
        if name == "CHANGELOG.md":  # it tells of what was
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        for word in re.findall(r"(?<![\w./=+,&-])([a-z_0-9]+(?::\w+=[\w.+]+)+)", text):
            if word.split(":")[0] in BUILT_IN and "tuned" not in word:
                found.add(word)
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize("word", named())
def test_an_option_that_a_document_names_is_there(word, cli):
    shown = cli("show", word)
    assert shown.returncode == 0, shown.stdout + shown.stderr
