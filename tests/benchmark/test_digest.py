"""Digests: equal content has the same one, and any difference another."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from emobench.digest import canonical_digest, core_digest

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain))
def test_the_order_of_keys_does_not_count(content: dict[str, object]) -> None:
    turned = dict(reversed(content.items()))
    assert canonical_digest(turned) == canonical_digest(content)


def test_a_changed_line_a_new_file_and_a_renamed_one_change_the_digest_of_the_core(
    tmp_path: Path,
) -> None:
    found = set()
    for name, path, text in (
        ("first", "loop.py", "a = 1"),
        ("changed", "loop.py", "a = 2"),
        ("more", "new.py", ""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "step.py").write_text("")
        (folder / path).write_text(text)
        (folder / "notes.txt").write_text(name)  # no source
        found.add(core_digest(folder))
    (tmp_path / "more" / "loop.py").write_text("a = 2")
    (tmp_path / "more" / "new.py").rename(tmp_path / "more" / "sub.py")
    found.add(core_digest.__wrapped__(tmp_path / "more"))
    assert len(found) == 4
    assert core_digest() == core_digest.__wrapped__()
