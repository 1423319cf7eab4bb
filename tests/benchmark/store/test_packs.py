"""Packs: what is written comes back to the bit, whatever is written, put together or damaged."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emobench.store import cell_writer, pack
from emobench.store import index as index_module
from emobench.store.cell_reader import CellReader
from emobench.store.index import NAME, Index
from emobench.store.pack import (
    ENTRY,
    PackedCell,
    RowGroups,
    pack_name,
    packed,
    read_pack,
    write_pack,
)
from emobench.store.records import CellReport
from emobench.store.spec import ConditionSpec
from emobench.store.store import Store
from emobench.store.training_folder import read_packs
from emobench.store.verification import verify

SPEC = ConditionSpec(present=None, rate=0.0, mask_seed=1)
KINDS = {
    "id": st.text(max_size=3),
    "label": st.integers(-(2**62), 2**62),
    "logit_0": st.floats(width=32),
    "weight_text": st.floats(),
    "present_text": st.booleans(),
}
DTYPES = {"id": "str", "label": "int64", "logit_0": "float32", "weight_text": "float64"}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Predictions with some of the columns, some of them of another dtype than elsewhere."""
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, unique=True))
    size = draw(st.integers(0, 4))
    found = {}
    for name in names:
        values = draw(st.lists(KINDS[name], min_size=size, max_size=size))
        kind = DTYPES.get(name, "bool")
        if name == "label" and draw(st.booleans()):
            values, kind = [v % 100 for v in values], "int8"
        found[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(found)


def bits(table: pd.DataFrame) -> tuple[Any, ...]:
    """All of a table: its columns, dtypes and values, to the bit."""
    return tuple(
        (name, str(column.dtype), column.to_numpy().tobytes())
        if column.dtype.kind in "fib"
        else (name, str(column.dtype), tuple(column))
        for name, column in table.items()
    )


def cell(key: str, frame: pd.DataFrame) -> PackedCell:
    return PackedCell(key, {"of": key}, {"n": len(frame)}, table=pa.Table.from_pandas(frame))


@given(st.lists(frames(), max_size=6))
@settings(max_examples=25)
def test_every_cell_comes_back_as_a_file_of_its_own_would_give_it(
    tmp_path_factory: pytest.TempPathFactory, tables: list[pd.DataFrame]
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    path = write_pack(folder, [cell(f"k{i}", t) for i, t in enumerate(tables)], folder)
    found = read_pack(path, checked=True)
    assert list(found.entries) == sorted(found.entries, key=list(found.entries).index)
    for i, table in enumerate(tables):
        table.to_parquet(folder / "alone.parquet", index=False)
        alone = pd.read_parquet(folder / "alone.parquet")
        back = found.table(f"k{i}").to_pandas()
        assert bits(back) == bits(alone) == bits(table)
        assert found.entries[f"k{i}"].report == {"n": len(table)}


def test_equal_cells_make_equal_files_in_any_order() -> None:
    cells = [
        cell(k, pd.DataFrame({"id": [k], c: [1]})) for k, c in zip("abcd", "xyxy", strict=True)
    ]
    assert packed(cells) == packed(cells[::-1]) == packed(cells[2:] + cells[:2])
    assert packed(cells) != packed(cells[1:])


def test_small_cells_share_a_row_group_and_large_ones_have_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "ROWS", 10)
    sizes = [4, 4, 4, 25, 0, 3]
    tables = [pd.DataFrame({"id": np.arange(n)}) for n in sizes]
    path = write_pack(tmp_path, [cell(f"k{i}", t) for i, t in enumerate(tables)], tmp_path)
    metadata = pq.ParquetFile(path).metadata
    found = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert found == [8, 4, 25, 3]
    for i, table in enumerate(tables):
        back = read_pack(path).table(f"k{i}").to_pandas()
        pd.testing.assert_frame_equal(back, table, check_exact=True)


class Folder(RuleBasedStateMachine):
    """Any sequence of writes, failures, compactions, merges and crashes, beside a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(self.made.mkdtemp())
        self.stores = [Store(self.base / name) for name in "ab"]
        for store in self.stores:
            store.open()
        self.known: list[dict[str, tuple[bool, Any]]] = [{}, {}]

    made: Any = None
    keys = st.sampled_from(["k1", "k2", "k3"])
    place = st.sampled_from([0, 1])

    @rule(place=place, key=keys, frame=frames())
    def succeed(self, place: int, key: str, frame: pd.DataFrame) -> None:
        if self.known[place].get(key, (False,))[0]:
            return  # what is done is not computed again
        with self.stores[place].cell_writer("t") as writer:
            writer.add(key, SPEC, CellReport(n=len(frame)), frame)
        self.known[place][key] = (True, bits(frame))

    @rule(place=place, key=keys, reason=st.text(max_size=3))
    def fail(self, place: int, key: str, reason: str) -> None:
        with self.stores[place].cell_writer("t") as writer:
            writer.add_failure(key, SPEC, reason, "")
        if not self.known[place].get(key, (False,))[0]:
            self.known[place][key] = (False, reason)

    @rule(place=place, key=keys, frame=frames(), moment=st.integers(0, 2))
    def crash(self, place: int, key: str, frame: pd.DataFrame, moment: int) -> None:
        names = ["write_bytes", "chmod", "replace"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, names[moment], stop)
            with pytest.raises(KeyboardInterrupt), self.stores[place].cell_writer("u") as writer:
                writer.add(key, SPEC, CellReport(), frame)

    @rule(place=place, moment=st.integers(0, 3))
    def compact(self, place: int, moment: int) -> None:
        store = self.stores[place]
        names = ["write_bytes", "replace", "unlink"]
        with pytest.MonkeyPatch.context() as patch:
            if moment < 3:
                patch.setattr(Path, names[moment], stop)
            try:
                cell_writer.compact(store.training("t"), store.root / "unfinished")
            except KeyboardInterrupt:
                return
        assert len(list(store.training("t").glob("cells-*"))) <= 1

    @precondition(lambda self: any(self.known))
    @rule(source=place)
    def merge(self, source: int) -> None:
        target = 1 - source
        clash = [k for k in self.known[0] if k in self.known[1]]
        if any(self.known[0][k][0] == self.known[1][k][0] for k in clash):
            return  # which of two counts is another test's matter
        shutil.copytree(self.stores[source].root, self.stores[target].root, dirs_exist_ok=True)
        for key, found in self.known[source].items():
            if not self.known[target].get(key, (False,))[0]:
                self.known[target][key] = found

    @rule(place=place)
    def lose_the_index(self, place: int) -> None:
        (self.stores[place].root / NAME).unlink(missing_ok=True)

    @invariant()
    def it_is_the_dictionary(self) -> None:
        for store, known in zip(self.stores, self.known, strict=True):
            states = Index(store.root, kept=True).states("t", ["k1", "k2", "k3"])
            assert states == {key: done for key, (done, _) in known.items()}
            reader = CellReader(store.root)
            for key, (done, content) in known.items():
                stored = reader.cell("t", key)
                assert stored is not None
                if done:
                    assert bits(reader.table(stored).to_pandas()) == content
                else:
                    assert stored.failure is not None
                    assert stored.failure["reason"] == content


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_any_history_gives_what_a_dictionary_would_have(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    Folder.made = tempfile
    base = tmp_path_factory.mktemp("histories")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(base))
        few = settings(max_examples=8, stateful_step_count=10)
        run_state_machine_as_test(Folder, settings=few)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "results")
    made.open()
    for key in ("a", "b"):
        with made.cell_writer("t") as writer:
            writer.add(key, SPEC, CellReport(n=2), pd.DataFrame({"id": [key, key], "x": [1.5, 2]}))
    return made


@pytest.mark.parametrize("how", ["cut", "empty", "flipped", "text", "another"])
def test_a_damaged_pack_is_named_and_its_cells_count_as_absent(store: Store, how: str) -> None:
    first, second = sorted(store.training("t").glob("cells-*"))
    (lost,) = read_pack(first).entries
    (kept,) = read_pack(second).entries
    content = first.read_bytes()
    flipped = content[:60] + bytes([content[60] ^ 1]) + content[61:]
    damaged = {
        "cut": content[:-9],
        "empty": b"",
        "flipped": flipped,
        "text": b"PAR1 nothing PAR1",
        "another": second.read_bytes(),
    }
    first.write_bytes(damaged[how])
    index = Index(store.root, kept=True)
    if how != "another":
        assert index.states("t", "ab") == {kept: True}
        reader = CellReader(store.root)
        assert [cell.key for cell in reader.every()] == [kept]
        assert list(reader.broken) == index.notes
    (said,) = index.notes
    assert said.startswith(f"trainings/t/{first.name} is damaged (")
    assert Index(store.root).notes == [said]
    # It is computed again, and then the pack that is damaged hurts nobody.
    with store.cell_writer("t") as writer:
        writer.add(lost, SPEC, CellReport(n=1), pd.DataFrame({"id": ["new"]}))
    assert Index(store.root).states("t", "ab") == {"a": True, "b": True}
    cell_writer.compact(store.training("t"), store.root / "unfinished")
    assert first.exists()


def stranger(store: Store, about: Any) -> Path:
    """A pack with the right name that says `about`."""
    sink = pa.BufferOutputStream()
    table = pa.table({"x": [1]}).replace_schema_metadata({ENTRY: json.dumps(about)})
    pq.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    path = store.training("t") / pack_name(content)
    path.write_bytes(content)
    return path


SAID = {"key": "z", "spec": {}, "report": {"n": 1}, "written": 0.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": [1]}, {"report": 7}, {"report": None}, {"failure": "x"}, {"written": "soon"},
        {"written": [1]}, {"place": [1, 2]}, {"place": ["a", "b", "c", "d"]}, {"place": 3},
    ],
)  # fmt: skip
def test_a_pack_that_says_what_no_cell_says_is_named(store: Store, changes: dict[str, Any]) -> None:
    path = stranger(store, {"format": 1, "layouts": [], "cells": [SAID | changes]})
    index, reader = Index(store.root), CellReader(store.root)
    assert [line.split(" is damaged")[0] for line in index.notes] == [f"trainings/t/{path.name}"]
    assert "z" not in index.states("t", "abz")
    assert {cell.key for cell in reader.every()} == {"a", "b"}
    assert [fault.path for fault in verify(store.root).faults] == [f"trainings/t/{path.name}"]


@pytest.mark.parametrize("number", [0, 2, "1"])
def test_a_pack_of_another_format_is_named(store: Store, number: Any) -> None:
    stranger(store, {"format": number, "layouts": [], "cells": [SAID]})
    (said,) = Index(store.root).notes
    assert f"its format is {number}, and this emobench reads 1" in said


def test_a_cell_with_a_report_is_done() -> None:
    assert PackedCell("k", {}, report={}).done is True
    assert PackedCell("k", {}, failure={"reason": "x"}).done is False


def test_a_pack_of_this_format_is_read(store: Store) -> None:
    stranger(store, {"format": 1, "layouts": [], "cells": [SAID]})
    assert Index(store.root).states("t", "abz") == dict.fromkeys("abz", True)


def test_the_row_groups_that_were_read_last_are_remembered_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": np.arange(1000)}), path, row_group_size=250)
    size = RowGroups().read(path, 0).nbytes
    groups = RowGroups(most=2 * size)
    for number in (0, 1, 0, 2):
        assert groups.read(path, number)["x"][0].as_py() == 250 * number
    assert [group for _, group in groups._found] == [0, 2]
    groups.read(path, 3)
    assert [group for _, group in groups._found] == [2, 3]
    assert groups.read(path, 3) is groups.read(path, 3)
    small = RowGroups(most=0)
    for number in (0, 1):
        small.read(path, number)
    assert [group for _, group in small._found] == [1], "the last one always stays"
    assert RowGroups().most == 128 * 2**20


def test_a_reader_goes_on_where_packs_are_put_into_one_meanwhile(store: Store) -> None:
    reader = CellReader(store.root)
    found = reader.cell("t", "a")
    assert found is not None
    cell_writer.compact(store.training("t"), store.root / "unfinished")
    assert reader.table(found).to_pydict() == {"id": ["a", "a"], "x": [1.5, 2.0]}


def test_a_training_keeps_few_packs(store: Store) -> None:
    for i in range(12):
        with store.cell_writer("t") as writer:
            writer.add(f"k{i}", SPEC, CellReport(), pd.DataFrame({"id": [str(i)]}))
    assert len(list(store.training("t").glob("cells-*"))) <= cell_writer.PACKS
    assert len(read_packs(store.training("t"), checked=True).entries) == 14


def test_what_waits_is_written_when_it_is_much_or_has_waited_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"id": ["a"]})
    with store.cell_writer("u") as writer:
        writer.add("a", SPEC, CellReport(), frame)
        writer.write_due()
        assert Index(store.root).states("u", "abc") == {}
        monkeypatch.setattr(cell_writer, "SECONDS", 0.0)
        writer.write_due()
        assert Index(store.root).states("u", "abc") == {"a": True}
        monkeypatch.setattr(cell_writer, "SECONDS", 1e9)
        monkeypatch.setattr(cell_writer, "CELLS", 2)
        writer.add("b", SPEC, CellReport(), frame)
        writer.write_due()
        assert Index(store.root).states("u", "abc") == {"a": True}
        writer.add("c", SPEC, CellReport(), frame)
        writer.write_due()
        assert Index(store.root).states("u", "abc") == {"a": True, "b": True, "c": True}


def test_after_a_death_among_the_cells_of_a_training_each_is_written_at_once(store: Store) -> None:
    frame = pd.DataFrame({"id": ["a"]})
    dying = store.cell_writer("u")
    dying.__enter__()
    dying.add("a", SPEC, CellReport(), frame)
    dying.write_due()
    assert Index(store.root).states("u", "ab") == {}
    with store.cell_writer("u") as writer:  # what died never left its context
        writer.add("a", SPEC, CellReport(), frame)
        writer.write_due()
        assert Index(store.root).states("u", "ab") == {"a": True}
    assert list((store.root / "unfinished").iterdir()) == []
    with store.cell_writer("u") as writer:
        writer.add("b", SPEC, CellReport(), frame)
        writer.write_due()
        assert Index(store.root).states("u", "ab") == {"a": True}


def test_the_index_reads_anew_what_changed_and_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    Index(store.root, kept=True)
    read: list[str] = []
    original = read_packs

    def noted(folder: Path, *arguments: Any, **options: Any) -> Any:
        read.append(folder.name)
        return original(folder, *arguments, **options)

    monkeypatch.setattr("emobench.store.index.read_packs", noted)
    assert Index(store.root).states("t", "ab") == {"a": True, "b": True}
    assert read == []
    with store.cell_writer("u") as writer:
        writer.add("c", SPEC, CellReport(), pd.DataFrame({"id": ["a"]}))
    assert Index(store.root).states("u", "c") == {"c": True}
    assert read == ["u"]
    shutil.rmtree(store.training("t"))
    assert Index(store.root).states("t", "ab") == {}


def test_one_training_is_looked_at_again_and_read_if_it_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, read = Index(store.root), list[str]()
    original = read_packs

    def noted(folder: Path, *arguments: Any, **options: Any) -> Any:
        read.append(folder.name)
        return original(folder, *arguments, **options)

    monkeypatch.setattr("emobench.store.index.read_packs", noted)
    index.look("t")
    assert read == []
    for training in ("t", "u"):
        with store.cell_writer(training) as writer:
            writer.add("c", SPEC, CellReport(), pd.DataFrame({"id": ["a"]}))
        index.look(training)
    assert read == ["t", "u"]
    assert index.states("t", "abc") == dict.fromkeys("abc", True)
    assert index.states("u", "abc") == {"c": True}
    shutil.rmtree(store.training("t"))
    index.look("t")
    index.look("nothing")
    assert set(index.rows) == {"u"}


@pytest.mark.parametrize("number", ["1", "3"])
def test_an_index_of_another_version_is_made_again_without_a_word(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    schema = index_module._SCHEMA.with_metadata({b"emobench": number})
    monkeypatch.setattr(index_module, "_SCHEMA", schema)
    Index(store.root, kept=True)
    monkeypatch.undo()
    again = Index(store.root, kept=True)
    assert again.states("t", "ab") == {"a": True, "b": True}
    assert again.notes == []
    assert pq.read_schema(store.root / NAME).metadata[b"emobench"] == b"2"


@pytest.mark.parametrize("content", [b"", b"no table", b"PAR1" * 9])
def test_a_broken_index_is_made_again_with_a_word(store: Store, content: bytes) -> None:
    (store.root / NAME).write_bytes(content)
    index = Index(store.root, kept=True)
    assert index.states("t", "ab") == {"a": True, "b": True}
    (said,) = index.notes
    assert "is made again" in said
    assert Index(store.root).notes == []


def test_cells_of_the_older_layout_are_seen_and_a_success_anywhere_wins(store: Store) -> None:
    for key, name in (("old", "report"), ("bad", "failure"), ("b", "failure")):
        folder = store.root / "cells" / key
        folder.mkdir(parents=True)
        content = {"reason": "no"} if name == "failure" else {"n": 1}
        (folder / f"{name}.json").write_text(json.dumps(content))
        pd.DataFrame({"id": [key]}).to_parquet(folder / "predictions.parquet", index=False)
    found = Index(store.root).states("t", ["a", "b", "old", "bad", "none"])
    assert found == {"a": True, "b": True, "old": True, "bad": False}
    reader = CellReader(store.root)
    stored = reader.cell("t", "old")
    assert stored is not None
    assert reader.table(stored).to_pydict() == {"id": ["old"]}
