"""The rooms of the stored records, and their one address."""

from __future__ import annotations

import importlib
import pkgutil

from emobench.store import records
from emobench.store.records import Record

ROOMS = [
    importlib.import_module(f"{records.__name__}.{room.name}")
    for room in pkgutil.iter_modules(records.__path__)
]


def test_every_record_of_every_room_has_the_common_address() -> None:
    made = {
        name: found
        for room in ROOMS
        for name, found in vars(room).items()
        if isinstance(found, type)
        and issubclass(found, Record)
        and found.__module__ == room.__name__
    }
    assert len(made) > 15
    assert {name: getattr(records, name, None) for name in made} == made
    assert set(made) <= set(records.__all__)
    assert all(hasattr(records, name) for name in records.__all__)


def test_no_record_stores_what_was_not_set() -> None:
    kinds = [k for k in vars(records).values() if isinstance(k, type) and issubclass(k, Record)]
    for kind in kinds:
        needed = {n for n, field in kind.model_fields.items() if field.is_required()}
        if not needed:
            assert kind().content() == {}
