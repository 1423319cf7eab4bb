"""A corrupted twin holds damaged features of what is tested, and of nothing else."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from emobench import Corruption
from emobench.corpus.corpus import open_corpus
from emobench.corpus.preparation.dataset_cache import dataset_and_table
from emobench.corpus.preparation.extract import prepare, prepared
from emobench.corruption.corrupted_dataset import CorruptedRequest, corrupted_view, donor_pool
from emobench.corruption.registry import KINDS

INPUTS = {
    "text": ("word_vectors", "tokens", "expressed_text"),
    "audio": ("mfcc", "prosody", "expressed_audio"),
    "vision": ("face_descriptor", "expressed_vision"),
}
EXTRACTED = {"text": (), "audio": ("mfcc", "prosody"), "vision": ("hog",)}


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


def request_for(small: Any, kind: str, severity: int = 3) -> CorruptedRequest:
    return CorruptedRequest.of(small.request, Corruption(kind, severity), small.parts.test)


def twin_of(small: Any, tools: Any, kind: str, severity: int = 3) -> Any:
    corpus = open_corpus(request_for(small, kind, severity))
    return prepare(corpus, EXTRACTED[KINDS[kind].modality], tools.HerePool())


def damaged_view(small: Any, tools: Any, view: Any, kind: str, severity: int = 3) -> Any:
    twin = twin_of(small, tools, kind, severity)
    modality = KINDS[kind].modality
    return corrupted_view(view, small.prepared, small.parts.train, twin, modality)


@pytest.mark.parametrize("kind", [k for k, one in KINDS.items() if not one.swaps])
def test_only_the_damaged_features_of_the_tested_change(
    small: Any, tools: Any, view: Any, kind: str
) -> None:
    changed = damaged_view(small, tools, view, kind, 5)
    modality = KINDS[kind].modality
    column = view.modalities.index(modality)
    tested = small.parts.test[view.available[small.parts.test, column]]
    for name, one in view.features[modality].items():
        there = [(one[i], changed.features[modality][name][i]) for i in tested]
        same = [a.shape == b.shape and np.allclose(a, b, atol=1e-6) for a, b in there]
        if name.startswith("expressed"):
            assert all(same)
        else:
            # No word may be wrong in a short text, and a very short clip cannot be late.
            assert np.mean(same) < 0.3
    for other in set(INPUTS) - {modality}:
        assert changed.features[other] is view.features[other]
    np.testing.assert_array_equal(
        changed.available[small.parts.test], view.available[small.parts.test]
    )
    assert not changed.available[small.parts.train, column].any()
    assert view.available[small.parts.train, column].any(), "the clean view was changed"


def test_what_is_fitted_is_what_train_taught(small: Any, tools: Any, view: Any) -> None:
    changed = damaged_view(small, tools, view, "gain", 1)
    for name in ("mfcc", "prosody"):
        clean, other = view.features["audio"][name], changed.features["audio"][name]
        np.testing.assert_array_equal(clean.mean, other.mean)
        np.testing.assert_array_equal(clean.scale, other.scale)
    words = damaged_view(small, tools, view, "word_errors").features["text"]["word_vectors"]
    assert words.size == view.features["text"]["word_vectors"].size


def test_the_batch_of_a_damaged_view_is_a_batch(small: Any, tools: Any, view: Any) -> None:
    changed = damaged_view(small, tools, view, "noise", 5)
    rows = small.parts.test[:8]
    clean, batch = (v.batch(rows, v.available[rows]) for v in (view, changed))
    assert not np.allclose(
        batch.inputs["audio"]["mfcc"].values, clean.inputs["audio"]["mfcc"].values
    )
    np.testing.assert_array_equal(
        batch.inputs["text"]["tokens"].values, clean.inputs["text"]["tokens"].values
    )
    np.testing.assert_array_equal(batch.present["audio"], clean.present["audio"])


@pytest.mark.slow
def test_other_processes_damage_alike(small: Any) -> None:
    wanted = request_for(small, "babble")
    row = int(next(i for i in small.parts.test if small.prepared.available[i, 1]))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(read, pickle.dumps(wanted), row, "waveform").result()
    np.testing.assert_array_equal(there, read(pickle.dumps(wanted), row, "waveform"))


def read(pickled: bytes, row: int, source: str) -> Any:
    dataset, table = dataset_and_table(pickle.loads(pickled))
    return dataset.read(table.iloc[row], source)


def test_every_damage_lies_in_a_place_of_its_own(small: Any) -> None:
    wanted = [
        request_for(small, "noise", 1),
        request_for(small, "noise", 2),
        request_for(small, "babble", 1),
        CorruptedRequest.of(small.request, Corruption("noise", 1), small.parts.test[:5]),
    ]
    assert len({r.key for r in wanted}) == 4
    assert len({r.key for r in wanted} | {small.request.key}) == 5
    assert len({prepared(open_corpus(r)).folder for r in wanted}) == 4
    assert wanted[0] == request_for(small, "noise", 1)
    assert wanted[0] != wanted[1]


def test_copies_that_differ_in_rows_alone_are_opened_apart(small: Any) -> None:
    row = int(next(i for i in small.parts.test if small.prepared.available[i, 1]))
    damage = Corruption("noise", 3)
    wide = CorruptedRequest.of(small.request, damage, small.parts.test)
    narrow = CorruptedRequest.of(small.request, damage, [r for r in small.parts.test if r != row])
    assert wide.label == narrow.label
    (one, table), (other, _) = dataset_and_table(wide), dataset_and_table(narrow)
    assert one.read(table.iloc[row], "waveform") is not None
    assert other.read(table.iloc[row], "waveform") is None
    again = CorruptedRequest.of(small.request, damage, reversed(wide.rows))
    assert dataset_and_table(again)[0] is one


def test_babble_is_of_other_speakers_and_words_of_other_texts(small: Any) -> None:
    dataset, table = dataset_and_table(small.request)
    lent = donor_pool(small.request)
    row = table.iloc[0]
    own = [
        dataset.read(r, "waveform") for _, r in table[table["speaker"] == row["speaker"]].iterrows()
    ]
    own = [wave for wave in own if wave is not None]
    voices = lent.to(row).voices()
    assert len(voices) >= 6
    assert not any(np.array_equal(v, w) for v in voices for w in own)
    assert len(lent.to(row).words()) > 100


def test_a_swap_makes_no_damaged_copy(small: Any) -> None:
    with pytest.raises(ValueError, match="changes batches"):
        request_for(small, "swapped_text").dataset()
