"""Somebody's own corpus as a table, in every form that is read."""

from __future__ import annotations

import functools
import gzip
import io
import json
from pathlib import Path
from random import Random

import pandas as pd

from emobench import EmobenchError, Folders
from emobench.corpus.corpus import open_corpus
from emobench.corpus.joint.request import corpus_requests
from fuzzing.feature_files import _member, _parquet
from fuzzing.mutation import WORDS, bytes_of, json_of, lines_or_bytes, zip_of
from fuzzing.target import KEPT, Files, Target

COLUMNS = (
    "id", "label", "text", "speaker", "split", "start", "end", "group", "language", "audio",
    "text_features",
)  # fmt: skip


def rows() -> list[dict[str, str]]:
    """Twelve utterances, as a table has them."""
    return [
        {
            "id": f"u{i}", "label": ("joy", "anger", "Ärger|joy")[i % 3], "text": f"said {i}",
            "speaker": f"p{i % 4}", "split": ("train", "train", "dev", "test")[i % 4],
            "start": str(i), "end": f"00:00:{i + 1:02d},5", "group": f"d{i % 2}", "language": "en",
        }
        for i in range(12)
    ]  # fmt: skip


@functools.cache
def originals() -> dict[str, tuple[str, bytes]]:
    """Kind to a file's name and its content."""
    frame = pd.DataFrame(rows())
    csv = frame.to_csv(index=False, sep=";").encode()
    quoted = frame.to_csv(index=False, quoting=1).encode()
    parquet, sheet = io.BytesIO(), io.BytesIO()
    frame.to_parquet(parquet, index=False, compression=None)
    frame.to_excel(sheet, index=False)
    return {
        "csv": ("own.csv", csv),
        "quoted": ("own.csv", quoted),
        "tsv": ("own.tsv", frame[["id", "label", "text"]].to_csv(index=False, sep="\t").encode()),
        "gz": ("own.csv.gz", gzip.compress(csv, mtime=0)),
        "json": ("own.json", json.dumps(rows()).encode()),
        "jsonl": ("own.jsonl", "\n".join(json.dumps(r) for r in rows()).encode()),
        "parquet": ("own.parquet", parquet.getvalue()),
        "xlsx": ("own.xlsx", sheet.getvalue()),
    }


def changed(kind: str, random: Random) -> Files:
    """A changed table."""
    name, data = originals()[kind]
    if kind in ("csv", "quoted", "tsv"):
        data = lines_or_bytes(data, random)
    elif kind == "gz":
        packed = gzip.compress(lines_or_bytes(originals()["csv"][1], random), mtime=0)
        data = packed if random.random() < 0.6 else bytes_of(packed, random)
    elif kind == "json" and random.random() < 0.6:
        data = json_of(json.dumps(rows()).encode(), random)
    elif kind in ("json", "jsonl"):
        data = lines_or_bytes(data, random)
    elif kind == "parquet":
        data = _typed(random) if random.random() < 0.5 else bytes_of(data, random)
    else:
        data = zip_of(data, random, _member)
    if random.random() < 0.05:
        name = random.choice(("own.csv", "own.json", "own.xlsx", "own", "own.parquet", "métä.tsv"))
    return {name: data}


def _typed(random: Random) -> bytes:
    """A Parquet table with a column of a type that it should not have."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if random.random() < 0.3:
        return _parquet(random)
    frame = pa.Table.from_pandas(pd.DataFrame(rows()), preserve_index=False)
    name = random.choice(frame.column_names)
    value = random.choice(
        (1, 1.5, None, True, [1, 2], ["a"], b"x", {"a": 1}, float("nan"), 2**62, *WORDS)
    )
    try:
        column = pa.array([value] * len(frame))
    except (pa.ArrowException, UnicodeError):
        column = pa.array([None] * len(frame))
    frame = frame.set_column(frame.column_names.index(name), name, column)
    sink = io.BytesIO()
    pq.write_table(frame, sink)
    return sink.getvalue()


def use(folder: Path, out: Path) -> None:
    """Open it as a corpus."""
    path = next(folder.iterdir())
    (request,) = corpus_requests(str(path), None, None, Folders(out, out))
    corpus = open_corpus(request)
    assert len(corpus.table) > 0


def targets() -> list[Target]:
    """A target for each form."""
    shares = {"csv": 4, "quoted": 2, "tsv": 2, "gz": 2, "json": 3, "jsonl": 2, "parquet": 2,
              "xlsx": 1}  # fmt: skip
    return [
        Target(
            f"table_{kind}", functools.partial(changed, kind), use, (EmobenchError,), share, KEPT
        )
        for kind, share in shares.items()
    ]
