"""The JSON of a grid is the one that its record would give, whatever its rows hold."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.digest import canonical_digest
from emobench.disk.seal import sealed
from emobench.grid.plan.plan import PlannedRow
from emobench.grid.plan.skip_reason import SkipReason
from emobench.grid.results.grid_json import GridTable
from emobench.store.grid_heads import GridHead, grid_head, up_to_date
from emobench.store.records import (
    FORMAT,
    Condition,
    GridRecord,
    ModelCard,
    ProtocolCard,
    Slot,
    Summary,
)
from emobench.store.store import Store

WORDS = st.text(max_size=4)
ROWS = st.lists(
    st.builds(
        PlannedRow,
        regime=WORDS,
        condition=WORDS,
        fold=st.integers(0, 9),
        seed=st.integers(0, 9),
        training=st.none() | st.just("0a" * 10),
        cell=st.none() | st.just("f1" * 10),
        skipped=st.none() | st.builds(SkipReason, WORDS, st.text(min_size=1, max_size=4)),
        variant=WORDS,
        split=WORDS,
        report=WORDS,
    ),
    max_size=4,
)


def record(**more: object) -> GridRecord:
    return GridRecord(
        format=FORMAT,
        model="Größe",
        dataset="d:size=1",
        identity="i",
        protocol="p",
        model_card=ModelCard(name="m", title="M", inputs={}),
        protocol_card=ProtocolCard(name="p", title="P", question="?", method="so"),
        regimes=(),
        conditions=(Condition("full", "all"),),
        summaries=(Summary("mean", "over all", "mean", ("full",)),),
        rows=(),
        **more,
    )


def slots(rows: list[PlannedRow]) -> tuple[Slot, ...]:
    return tuple(
        Slot(
            regime=r.regime, condition=r.condition, fold=r.fold, seed=r.seed, training=r.training,
            cell=r.cell, skipped=str(r.skipped) if r.skipped else None, variant=r.variant,
            split=r.split, **({"report": r.report} if r.report else {}),
        )
        for r in rows
    )  # fmt: skip


@given(ROWS)
@settings(max_examples=40)
def test_key_and_text_are_those_of_the_record(tmp_path_factory, rows) -> None:
    store = Store(tmp_path_factory.mktemp("results"))
    store.open()
    plain = record(split="grouped_5", variant="as_published")
    table = GridTable(plain, rows)
    whole = plain.model_copy(update={"rows": slots(rows)})
    assert table.key() == canonical_digest(whole.content())
    table.write(store, "k")
    path = store.root / "grids" / "k.json"
    written = json.loads(path.read_text("utf-8"))
    created = written["created"]
    dated = whole.model_copy(update={"created": created})
    assert path.read_text("utf-8") == sealed(dated.content())
    head = GridHead(
        "k", created, "d:size=1", "Größe", "p", "grouped_5", "controlled", "as_published"
    )
    assert grid_head(path) == head


def test_the_head_of_a_record_in_another_form_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({"dataset": "d", "protocol": "p", "model": "m", "rows": []}))
    assert grid_head(path) == GridHead(
        "k", "", "d", "m", "p", "standard", "controlled", "corrected"
    )
    for text in ("", "{broken", "[]", '{"model": "m"}', '{\n "dataset": "d",\n "rows": ['):
        path.write_text(text)
        assert grid_head(path) is None


def head(key: str, created: str, model: str) -> GridHead:
    return GridHead(key, created, "d", model, "p", "standard", "controlled", "corrected")


def test_records_are_written_anew_unless_that_would_change_no_page() -> None:
    old = [head("a1", "1", "a"), head("b1", "2", "b")]

    def fresh(stored: list[GridHead], *asked: tuple[str, str]) -> bool:
        return up_to_date(stored, [(key, head(key, "", model)) for key, model in asked])

    assert fresh(old, ("a1", "a"), ("b1", "b"))
    assert fresh(old, ("b1", "b"))
    assert not fresh(old, ("a1", "a"))  # the newest of the section is another's
    assert not fresh([], ("a1", "a"))
    later = [*old, head("a2", "3", "a")]
    assert not fresh(later, ("a1", "a"), ("b1", "b"))
    again = [*later, head("b1", "4", "b")]
    assert not fresh(again, ("a1", "a"), ("b1", "b"))  # a1 would be shown again
    assert fresh(again, ("a2", "a"), ("b1", "b"))
