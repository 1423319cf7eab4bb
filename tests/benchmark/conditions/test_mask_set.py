"""Masks as a file: what comes back is what was written, and nothing else is taken for it."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench import DataError, RequestError
from emobench.conditions import mask_set
from emobench.conditions.mask_set import MaskSet, read_masks, write_masks
from emobench.grid.execution.worker import run_job
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan
from emobench.masks.draw import drawn_masks
from emobench.store.store import Store

THREE = ("text", "audio", "vision")
KEPT = {
    "missing_0.1": {"a": [True, True, False], "b": [True, True, True]},
    "missing_0.2": {"a": [False, True, False], "b": [True, False, True]},
}
SMALL_NETS = [
    ("emotiwave", {"units": "4", "hidden": "8", "epochs": "1"}),
    ("tensor_fusion", {"epochs": "1"}),
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A small mask set."""
    path = tmp_path / "masks.json"
    write_masks(path, "corpus", THREE, KEPT)
    return path


def test_what_is_read_is_what_was_written(written: Path) -> None:
    found = read_masks(written)
    assert found.digest == json.loads(written.read_text())["digest"]
    assert (found.dataset, found.modalities) == ("corpus", THREE)
    kept = {c: {n: list(row) for n, row in rows.items()} for c, rows in found.kept.items()}
    assert kept == KEPT


def test_rows_and_columns_are_those_asked_for(written: Path) -> None:
    mask = read_masks(written).of("missing_0.2", ["b", "a"], ("vision", "text", "audio"))
    assert mask.tolist() == [[True, True, False], [False, False, True]]
    assert mask.dtype == np.bool_


def test_the_digest_is_that_of_the_masks_alone(tmp_path: Path) -> None:
    turned = {c: dict(reversed(rows.items())) for c, rows in reversed(KEPT.items())}
    flipped = KEPT | {"missing_0.1": KEPT["missing_0.1"] | {"a": [True, False, False]}}
    one, two, other, elsewhere = (
        write_masks(tmp_path / "m.json", dataset, THREE, kept)
        for dataset, kept in (("c", KEPT), ("c", turned), ("c", flipped), ("d", KEPT))
    )
    assert one == two
    assert len({one, other, elsewhere}) == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [('"ta"', '"tv"'), ('"corpus"', '"another"'), ("missing_0.2", "missing_0.3")],
)
def test_a_changed_file_is_refused(written: Path, before: str, after: str) -> None:
    text = written.read_text()
    assert before in text
    written.write_text(text.replace(before, after))
    with pytest.raises(DataError, match=r"masks\.json was changed after it was made"):
        read_masks(written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not JSON", "cannot be read as JSON"),
        ("[1, 2]", "is no mask set: make one with `emobench masks export`"),
        ('{"kept": {}}', "is no mask set"),
        (
            '{"format": 2, "dataset": "d", "modalities": [], "kept": {}, "digest": ""}',
            "is no mask set",
        ),
    ],
)
def test_what_is_no_mask_set_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_masks(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 0}, {"format": 2}, {"format": "1"}, {"dataset": 7}, {"modalities": "tav"},
        {"modalities": ["text", "smell"]}, {"kept": []}, {"kept": {"missing_0.1": []}},
        {"kept": {"missing_0.1": {"a": "tx"}}}, {"kept": {"missing_0.1": {"a": ["t"]}}},
        {"more": 1},
    ],
)  # fmt: skip
def test_a_right_digest_makes_no_mask_set_of_anything(
    written: Path, changes: dict[str, object]
) -> None:
    content = json.loads(written.read_text())
    del content["digest"]
    content |= changes
    written.write_text(json.dumps(content | {"digest": mask_set._digest(content)}))
    with pytest.raises(DataError, match="is no mask set"):
        read_masks(written)


def test_a_modality_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "masks.json"
    write_masks(path, "corpus", ("text", "text"), {"missing_0.1": {"a": [True, False]}})
    with pytest.raises(DataError, match="is no mask set"):
        read_masks(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no file .*gone\.json"):
        read_masks(tmp_path / "gone.json")


def test_an_utterance_or_a_modality_without_a_mask_is_named(written: Path) -> None:
    masks = read_masks(written)
    with pytest.raises(DataError, match=r"no mask of 'c' under missing_0\.1 \(1 of 2 test"):
        masks.of("missing_0.1", ["a", "c"], THREE)
    with pytest.raises(DataError, match=r"no mask of 'd' under missing_0\.1 \(2 of 3 test"):
        masks.of("missing_0.1", ["d", "a", "c"], THREE)
    two = MaskSet(masks.digest, "corpus", ("text", "audio"), masks.kept)
    with pytest.raises(DataError, match="mask set has no column for vision"):
        two.of("missing_0.1", ["a"], THREE)


def test_masks_for_another_corpus_are_refused(plan_of: Callable[..., Plan], written: Path) -> None:
    with pytest.raises(RequestError, match="masks are for corpus, not for simulated:"):
        plan_of(["majority"], "missing_modality", masks=read_masks(written))


@pytest.fixture(scope="module")
def exported(small: Any, tmp_path_factory: pytest.TempPathFactory) -> MaskSet:
    """Our own masks of the small corpus, through a file."""
    path = tmp_path_factory.mktemp("exported") / "masks.json"
    kept = drawn_masks(small.prepared, None)
    write_masks(path, small.corpus.request.label, small.corpus.modalities, kept)
    return read_masks(path)


def tables(root: Path, job: Job) -> dict[str, pd.DataFrame]:
    """Run a job; condition to its stored predictions."""
    store = Store(root)
    store.open()
    outcome = run_job(job, root, "cpu")
    assert outcome.failed == 0, outcome.note
    return {cell.condition.name: store.predictions(job.key, key) for key, cell in job.cells.items()}


def test_our_own_masks_imported_give_the_predictions_of_our_own_draw(
    plan_of: Callable[..., Plan], exported: MaskSet, tmp_path: Path
) -> None:
    drawn, imported = (
        next(iter(plan_of(["late_fusion"], "missing_modality", seeds=1, masks=masks).jobs.values()))
        for masks in (None, exported)
    )
    assert drawn.spec.key() == imported.spec.key()
    # Only the cells whose masks came from the file are other cells.
    assert len(drawn.cells.keys() & imported.cells.keys()) == 7
    ours, theirs = tables(tmp_path / "a", drawn), tables(tmp_path / "b", imported)
    assert ours.keys() == theirs.keys()
    for condition, table in ours.items():
        pd.testing.assert_frame_equal(table, theirs[condition], check_exact=True)


def test_other_masks_are_shown_where_they_are_imported(
    plan_of: Callable[..., Plan], exported: MaskSet, tmp_path: Path
) -> None:
    only_voice = dict.fromkeys(exported.kept["missing_0.1"], (False, True, False))
    other = MaskSet("0" * 64, exported.dataset, THREE, {"missing_0.1": only_voice})
    (job, *_) = plan_of(["late_fusion"], "missing_modality", seeds=1, masks=other).jobs.values()
    found = tables(tmp_path / "r", job)
    shown = found["missing_0.1"]
    assert not shown[["present_text", "present_vision"]].to_numpy().any()
    voice = found["full"]["present_audio"]
    assert voice.any()
    assert not voice.all()
    assert (shown["present_audio"] == voice).all()


def test_a_test_utterance_without_an_imported_mask_fails_its_cell_with_the_reason(
    plan_of: Callable[..., Plan], exported: MaskSet, tmp_path: Path
) -> None:
    rows = dict(list(exported.kept["missing_0.3"].items())[1:])
    fewer = MaskSet("1" * 64, exported.dataset, THREE, {"missing_0.3": rows})
    (job, *_) = plan_of(["majority"], "missing_modality", seeds=1, masks=fewer).jobs.values()
    outcome = run_job(job, tmp_path, "cpu")
    assert (outcome.done, outcome.failed) == (13, 1)
    assert "has no mask of" in outcome.note


def shown_digests(root: Path, job: Job) -> dict[str, str]:
    """Condition to the digest of which modalities its stored predictions say were shown."""
    found = {}
    for condition, table in tables(root, job).items():
        shown = table.sort_values("id")[["id", *(f"present_{m}" for m in THREE)]]
        found[condition] = hashlib.sha256(shown.to_csv(index=False).encode()).hexdigest()
    return found


ELSEWHERE = """
import pickle, sys
from pathlib import Path
from emobench.grid.execution.worker import run_job
outcome = run_job(pickle.loads(sys.stdin.buffer.read()), Path(sys.argv[1]), "cpu")
assert outcome.failed == 0, outcome.note
"""


@pytest.mark.slow
def test_the_masks_of_a_condition_are_those_of_every_model_seed_and_process(
    plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    plan = plan_of(SMALL_NETS, "missing_modality", seeds=2)
    jobs = [job for job in plan.jobs.values() if job.spec.regime.name == "full"]
    assert {(job.spec.model, job.spec.seed) for job in jobs} == {
        (name, seed) for name, _ in SMALL_NETS for seed in (0, 1)
    }
    found = [shown_digests(tmp_path / str(i), job) for i, job in enumerate(jobs)]
    assert all(one == found[0] for one in found)

    Store(tmp_path / "elsewhere").open()
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "elsewhere")],
        input=pickle.dumps(jobs[0]),
        env=os.environ | {"PYTHONHASHSEED": "11", "OMP_NUM_THREADS": "1"},
        check=True,
    )
    assert shown_digests(tmp_path / "elsewhere", jobs[0]) == found[0]

    assert len(found[0]) == 14
    same = [(a, b) for a, b in itertools.combinations(found[0], 2) if found[0][a] == found[0][b]]
    assert same == []
