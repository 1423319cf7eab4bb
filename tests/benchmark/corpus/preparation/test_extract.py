"""Preparing a corpus: everything read once, in order, with every unusable clip named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emobench import DataError, RequestError, atomic
from emobench.corpus.preparation.clip_policy import check_clips
from emobench.corpus.preparation.extract import CHUNK
from emobench.datasets.representations.acoustic import MFCC, Prosody
from emobench.executors.local import LocalPool

ABSENT = "modality treated as absent"


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def fill(maker: Any, count: int = 6) -> None:
    for i in range(count):
        maker.add(
            text=f"text {i}", audio=noise(1000 + 100 * i, i), vision=np.full((1 + i % 2, 3), i)
        )


def test_each_source_is_read_once_for_all_its_representations(maker: Any) -> None:
    fill(maker)
    maker.prepared("log_mel", "mfcc", "prosody", "action_units")
    assert maker.readings() == {"transcript": 6, "waveform": 6, "action_units": 6}


def test_preparing_twice_reads_nothing_again(maker: Any) -> None:
    fill(maker)
    first = maker.prepared("mfcc", "action_units")
    before = maker.readings()
    again = maker.prepared("mfcc", "action_units")
    assert maker.readings() == before
    assert again.folder == first.folder
    np.testing.assert_array_equal(again.available, first.available)


def test_one_more_representation_reads_its_own_source_only(maker: Any) -> None:
    fill(maker)
    maker.prepared("mfcc")
    before = maker.readings()
    target = maker.prepared("mfcc", "prosody")
    assert maker.readings() - before == {"waveform": 6}
    np.testing.assert_array_equal(target.load("mfcc").lengths, target.load("prosody").lengths)


def test_which_modalities_are_there_does_not_depend_on_what_is_asked_for(
    make: Callable[[str], Any],
) -> None:
    found = []
    for number, names in enumerate([(), ("mfcc",), ("action_units", "log_mel", "prosody")]):
        maker = make(str(number))
        maker.add(text="a", audio=noise(900), vision=np.ones((1, 2)))
        maker.add(text=" ", audio=[], vision=np.full((1, 2), np.nan))
        maker.add(text="b", audio=np.zeros(900))
        maker.add(audio=noise(10), vision=np.zeros((0, 2)))
        found.append(maker.prepared(*names))
    for target in found:
        assert target.available.tolist() == [
            [True, True, True], [False, False, False], [True, False, False], [False] * 3,
        ]  # fmt: skip
        assert target.problems == found[0].problems


def test_rows_keep_their_order_over_many_chunks(maker: Any) -> None:
    count = 8 * CHUNK + 7
    for i in range(count):
        maker.add(vision=np.full((1 + i % 3, 2), i))
    calls = []
    corpus = maker.corpus()
    target = prepare_with(corpus, calls)
    table = target.load("action_units")
    for i in range(count):
        np.testing.assert_array_equal(table[i], np.full((1 + i % 3, 2), i))
    assert [done for _, done, _ in calls] == [*range(CHUNK, count, CHUNK), count]
    assert {(what, total) for what, _, total in calls} == {("preparing made: action_units", count)}


def prepare_with(corpus: Any, calls: list[tuple[str, int, int]]) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    class Pool(ThreadPoolExecutor):
        count = 1

    from emobench.corpus.preparation.extract import prepare

    with Pool(1) as pool:
        return prepare(corpus, ["action_units"], pool, lambda *a: calls.append(a))


def test_unusable_clips_are_named_and_leave_the_others_as_they_were(
    make: Callable[[str], Any],
) -> None:
    media = [
        {"text": "fine", "audio": noise(2000), "vision": np.ones((2, 2))},
        {"text": "cannot be read", "audio": [], "vision": np.ones((1, 2))},
        {"text": "empty", "audio": np.zeros(0, np.float32), "vision": np.ones((3, 2))},
        {"text": "silent", "audio": np.zeros(3000, np.float32), "vision": np.ones((1, 2))},
        {"text": "  ", "audio": noise(1700, 1), "vision": np.ones((1, 2))},
        {"text": "NaN", "audio": noise(1700, 2), "vision": np.array([[1.0, np.nan]])},
        {"text": "no clip", "audio": None, "vision": None},
        {"text": "too long", "audio": noise(61 * 16_000), "vision": np.ones((1, 2))},
    ]
    maker = make("bad")
    for row in media:
        maker.add(**row)
    target = maker.prepared("mfcc", "prosody", "action_units")
    said = {p.clip: (p.problem, p.policy) for p in target.problems}
    assert len(said) == len(target.problems)
    assert said == {
        "u001": ("u001.waveform.npy cannot be read", ABSENT),
        "u002": ("empty audio (0.000 s)", ABSENT),
        "u003": ("silent audio (0.2 s)", ABSENT),
        "u004": ("empty text", ABSENT),
        "u005": ("action_units with NaN or infinite values", ABSENT),
        "u007": ("audio of 61 s, too long", "cut"),
    }
    assert target.available.astype(int).tolist() == [
        [1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 1],
    ]  # fmt: skip
    for row in (0, 4, 5):
        np.testing.assert_array_equal(target.load("mfcc")[row], MFCC().extract(media[row]["audio"]))
    assert target.load("mfcc").lengths[[1, 2, 3, 6]].tolist() == [0, 0, 0, 0]

    check_clips(target, "absent")
    with pytest.raises(DataError) as caught:
        check_clips(target, "fail")
    message = str(caught.value)
    assert message.startswith("6 clips of made cannot be used as they are (")
    assert "u003: silent audio" in message
    assert "--bad-clips absent" in message


def test_a_sound_corpus_passes_the_strict_policy(maker: Any) -> None:
    fill(maker)
    check_clips(maker.prepared("mfcc"), "fail")


def test_a_corpus_without_any_usable_clip_is_refused_under_either_policy(maker: Any) -> None:
    maker.add(audio=np.zeros(2000))
    maker.add(audio=[])
    target = maker.prepared("mfcc")
    for policy in ("absent", "fail"):
        with pytest.raises(DataError, match="made can"):
            check_clips(target, policy)


def test_other_data_are_prepared_elsewhere(maker: Any) -> None:
    fill(maker)
    first = maker.prepared("mfcc").folder
    maker.add(text="one more", audio=noise(1000))
    assert maker.corpus().digest[:16] not in first.name


def test_an_error_half_way_leaves_nothing_that_looks_finished(
    maker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(maker)

    def broken(self: Prosody, media: Any) -> Any:
        raise ZeroDivisionError("in the representation")

    with monkeypatch.context() as patched:
        patched.setattr(Prosody, "extract", broken)
        with pytest.raises(DataError, match=r"prosody failed when it read .*in the representation"):
            maker.prepared("mfcc", "prosody")
    folder = next((maker.folders.cache / "prepared").iterdir())
    assert not list(folder.glob("mfcc*"))
    assert not list(folder.glob(".partial*"))
    target = maker.prepared("mfcc", "prosody")
    np.testing.assert_array_equal(target.load("mfcc")[0], MFCC().extract(noise(1000, 0)))


def test_what_a_killed_run_left_is_swept(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(maker)
    target = maker.prepared("mfcc")
    left = target.folder / f"{atomic.partial_prefix()}-abc"
    left.mkdir()
    maker.prepared("mfcc")
    assert left.is_dir()
    monkeypatch.setattr(atomic, "is_alive", lambda pid: False)
    maker.prepared("mfcc")
    assert not left.exists()


def test_a_cache_that_cannot_be_written_is_named(maker: Any) -> None:
    fill(maker)
    maker.folders.cache.write_text("a file in the way")
    with pytest.raises(RequestError, match="--cache-dir"):
        maker.prepared("mfcc")


@pytest.mark.slow
def test_worker_processes_give_the_same_as_this_process(make: Callable[[str], Any]) -> None:
    here, there = make("here"), make("there")
    for maker in (here, there):
        fill(maker, CHUNK + 3)
        maker.add(text="broken", audio=[])
    expected = here.prepared("mfcc", "action_units")
    with LocalPool(2) as pool:
        target = there.prepared("mfcc", "action_units", pool=pool)
    np.testing.assert_array_equal(target.available, expected.available)
    assert target.problems == expected.problems
    assert len(target.problems) == 1
    for name in ("mfcc", "action_units"):
        one, other = target.load(name), expected.load(name)
        np.testing.assert_array_equal(one.offsets, other.offsets)
        for i in range(len(one)):
            np.testing.assert_array_equal(one[i], other[i])
