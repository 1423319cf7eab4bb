import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.atomic import json_text
from emobench.disk.seal import (
    CHUNK,
    SEAL,
    file_sum,
    filled,
    is_changed,
    is_sealed,
    sealed,
    unsealed,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CONTENT = st.dictionaries(st.text().filter(lambda name: name != SEAL), PLAIN, max_size=5)


@given(CONTENT)
def test_what_was_sealed_reads_back(content):
    data = sealed(content).encode()
    assert unsealed(data) == content
    assert is_sealed(data)
    assert not is_changed(data)


@given(CONTENT, st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(content, data):
    whole = bytearray(sealed(content).encode())
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    try:
        found = unsealed(bytes(whole))
    except ValueError:
        return
    # Only the name of the checksum's own field can change without a word.
    assert {k: v for k, v in found.items() if k in content} == content
    assert len(found) == len(content) + 1


def test_files_of_older_versions_have_no_checksum_and_are_read():
    data = json_text({"a": {"sha256": "x"}}).encode()
    assert not is_sealed(data)
    assert unsealed(data) == {"a": {"sha256": "x"}}


def test_a_file_that_was_written_anew_by_hand_is_not_believed():
    content = json.loads(sealed({"score": 0.5}))
    content["score"] = 0.9
    with pytest.raises(ValueError, match="not what its checksum says"):
        unsealed(json.dumps(content).encode())
    with pytest.raises(ValueError, match="no JSON object"):
        unsealed(b"[]")


def test_the_sum_of_a_file_is_its_sha_256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_sum(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")
    long = bytes(range(256)) * (CHUNK // 256) + b"end"
    (tmp_path / "b").write_bytes(long)
    assert file_sum(tmp_path / "b") == hashlib.sha256(long).hexdigest()


def test_a_blank_checksum_inside_of_the_content_stays():
    content = {"a": {"sha256": "0" * 64}, "z": "0" * 64}
    assert unsealed(sealed(content).encode()) == content
    assert sealed(content) == filled(json_text({**content, SEAL: "0" * 64}))
