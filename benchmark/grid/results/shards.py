"""What a results folder says of the shards that were computed into it."""

from __future__ import annotations

from datetime import UTC, datetime

from emobench.atomic import replace_text
from emobench.disk.seal import sealed
from emobench.grid.plan.shard import WHOLE, Shard
from emobench.store.store import Store
from emobench.wording import counted


def write_shard(store: Store, shard: Shard) -> None:
    """Leave a note of `shard` in the folder, so that its page can say why rows are incomplete."""
    if shard == WHOLE:
        return
    folder = store.root / "shards"
    folder.mkdir(exist_ok=True)
    path = folder / f"{shard.number}-of-{shard.count}.json"
    if path.is_file():
        return  # a page that is up to date stays
    when = datetime.now(UTC).isoformat()
    content = {"number": shard.number, "count": shard.count, "created": when}
    replace_text(path, sealed(content))


def waiting_rows(grids: int) -> str:
    """Say that searches are not whole in this shard, for so many tuned models and protocols."""
    return (
        f"{counted(grids, 'table')} of tuned rows must wait for searches of other shards: merge "
        "the folders, and run the same command without --shard"
    )
