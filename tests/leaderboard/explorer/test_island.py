from __future__ import annotations

import json

import pytest

from emobench.leaderboard.explorer.island import island

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 \" ' & אבג 😀"


def test_names_cannot_end_the_script_that_holds_them() -> None:
    text = str(island({"models": [HOSTILE], HOSTILE: 1}))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"models": [HOSTILE], HOSTILE: 1}


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        island([float("nan")])
