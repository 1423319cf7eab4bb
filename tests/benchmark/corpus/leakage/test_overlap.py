"""What of a foreign test stands in the train part that a model was trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from emobench.corpus.leakage.overlap import namesakes, overlap

TRAIN = np.arange(4)
TESTED = np.array([0, 1, 2])


def test_a_first_name_means_whoever_has_it() -> None:
    known = ("Chandler", "Ross", "The Interviewer", "Bob Dylan")
    names = ["Chandler Bing", "ross", "Interviewer", "Rossi", "Bob", "Dylan", ""]
    assert namesakes(names, known) == ("Bob", "Chandler Bing", "ross")


def test_copies_and_namesakes_are_counted(make: Callable[[str], Any]) -> None:
    voice = np.sin(np.arange(1600) / 7).astype(np.float32)
    source, target = make("a"), make("b")
    for i in range(4):
        source.add(text=f"Line {i}.", audio=voice * (i + 1) / 8)
    target.add(text="Line 2.", audio=voice * 3 / 8)  # word for word, and the same samples
    target.add(text="line 3!", audio=voice[::-1])  # the same words
    target.add(text="something else")
    first, second = source.prepared(), target.prepared()
    found = overlap(first, TRAIN, second, TESTED)
    assert found.tested == 3
    assert found.exact == {"text": 1, "audio": 1}
    assert found.alike == {"text": 2, "audio": 1}
    assert found.speakers == ("s0", "s1", "s2")
    assert found.spoken == 3
    assert overlap(first, TRAIN[2:], second, TESTED).speakers == ("s2",)


def test_other_forms_of_a_modality_are_not_compared(make: Callable[[str], Any]) -> None:
    source, target = make("a"), make("b")
    for i in range(3):
        source.add(text=f"a {i}", vision=np.full((2, 3), i, dtype=np.float32))
        target.add(text=f"b {i}", frames=np.full((2, 48, 48), i, dtype=np.uint8))
    found = overlap(source.prepared(), np.arange(3), target.prepared(), TESTED)
    assert found.exact == {"text": 0}
