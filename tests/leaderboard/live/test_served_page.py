"""What is served is the page of the disk, and one script that its policy allows."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

import pytest

from emobench.leaderboard.live.served_page import followed, version_of, waiting_page


def policy_of(text: str) -> dict[str, list[str]]:
    (content,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = (rule.split() for rule in html.unescape(content).split(";"))
    return {rule[0]: rule[1:] for rule in rules}


def digests(text: str, tag: str) -> set[str]:
    texts = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
    hashed = (hashlib.sha256(one.encode()).digest() for one in texts)
    return {f"'sha256-{base64.b64encode(one).decode()}'" for one in hashed}


def test_the_policy_allows_this_script_and_this_server_and_nothing_else(page: Path) -> None:
    before = page.read_text()
    after = followed(before)
    old, new = policy_of(before), policy_of(after)
    assert set(new) - set(old) == {"connect-src"}
    assert new["connect-src"] == ["'self'"]
    assert set(new["script-src"]) == digests(after, "script")
    assert set(new["style-src"]) == digests(after, "style")
    assert len(new["script-src"]) == len(old["script-src"]) + 1
    assert len(new["style-src"]) == len(old["style-src"]) + 1
    assert {k: v for k, v in new.items() if k in ("default-src", "base-uri", "form-action")} == {
        "default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"]
    }  # fmt: skip
    assert f'data-page="{version_of(before)}"' in after


def test_the_page_of_the_disk_connects_to_nothing(page: Path) -> None:
    text = page.read_text()
    assert "connect-src" not in text
    assert "fetch(" not in text


def test_the_page_that_waits_says_why_and_is_followed_too() -> None:
    why = "Nothing is stored in <script>alert(1)</script> & 'here' yet."
    text = waiting_page(why)
    assert html.escape(why, quote=False) in text.replace("&#39;", "'")
    after = followed(text)
    assert set(policy_of(after)["script-src"]) == digests(after, "script")
    assert set(policy_of(after)["style-src"]) == digests(after, "style")


@pytest.mark.parametrize("text", ["", "<head></head>", "<body></body>", "script-src </head>"])
def test_another_text_is_no_page(text: str) -> None:
    with pytest.raises(ValueError, match="the page has no head"):
        followed(text)
