"""What the columns of a manifest stand for, whatever other tools call them."""

from __future__ import annotations

import re

from emobench import DataError, Table, normal_form
from emobench.datasets.manifests.segments import seconds

SPLITS = {
    "train": "train", "training": "train", "trn": "train",
    "dev": "dev", "development": "dev", "valid": "dev", "validation": "dev", "val": "dev",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip
"""The part by the normal form of its name."""

SYNONYMS = {
    "id": ("utt_id", "utterance_id", "utt", "uid", "segment_id", "sample_id"),
    "label": ("emotion", "class", "annotation", "emotion_label"),
    "speaker": ("speaker_id", "spk", "spk_id", "speakerid", "actor", "actor_id", "subject",
                "subject_id", "participant", "participant_id"),
    "text": ("transcription", "transcript", "utterance", "sentence"),
    "audio": ("wav", "wav_path", "audio_path"),
    "video": ("video_path",),
    "image": ("image_path",),
    "start": ("start_time", "starttime", "begin", "begin_time", "onset", "start_sec", "start_s"),
    "end": ("end_time", "endtime", "offset", "stop", "end_sec", "end_s"),
}  # fmt: skip
"""Our column, and names that mean nothing else."""

MMSA = {"video_id", "clip_id", "text", "annotation", "mode"}
TIME = re.compile(r"(?:^|_)(?:start|end|begin|onset|offset|duration|time|timestamp)(?:_|$|time)")
FOLDS = ("fold", "folds", "kfold", "k_fold", "cv", "cv_fold")


def name_columns(table: Table) -> list[str]:
    """Rename the columns of `table` to ours where their meaning is plain; return what is doubtful.

    What was taken for what is added to the table's notes.

    Raises
    ------
    DataError
        Several columns could be the same one.
    """
    if set(table.header) >= MMSA and not {"id", "split"} & set(table.header):
        _name_mmsa(table)
    _name_split(table)
    _name_length(table)
    for ours, others in SYNONYMS.items():
        found = [c for c in table.header if _plain(c) in others]
        if not found or ours in table.header:
            continue
        if len(found) > 1:
            raise DataError(
                f"{table.path} has no column {ours!r}, and {' and '.join(map(repr, found))} could "
                f"be it: rename the right one to {ours}."
            )
        _rename(table, found[0], ours)
    return _doubts(table)


def values(table: Table, column: str) -> list[str]:
    """The values of a column without blanks around them."""
    place = table.header.index(column)
    return [row[place].strip() if place < len(row) else "" for row in table.rows]


def _plain(column: str) -> str:
    return re.sub(r"[\s-]+", "_", normal_form(column))


def _rename(table: Table, column: str, ours: str) -> None:
    table.header[table.header.index(column)] = ours
    table.notes.append(f"The column {column!r} was taken for {ours}.")


def _name_mmsa(table: Table) -> None:
    """MMSA's ``label.csv``: a clip is known by its film and number, the class is in words."""
    if "label" in table.header:
        table.header[table.header.index("label")] = "label (number)"
    names = zip(values(table, "video_id"), values(table, "clip_id"), strict=True)
    for row, (film, clip) in zip(table.rows, names, strict=True):
        row.insert(0, f"{film}$_${clip}")
    table.header.insert(0, "id")
    for column, ours in (("annotation", "label"), ("mode", "split"), ("video_id", "group")):
        if ours not in table.header:
            table.header[table.header.index(column)] = ours
    table.notes.append(
        "The columns are those of MMSA's label.csv: the id is video_id$_$clip_id, the label is "
        "annotation, the split is mode, the group is video_id."
    )


def _parts(table: Table, column: str) -> list[str] | None:
    """The part of each row if the column holds nothing else, and two parts at least."""
    found = [normal_form(v) for v in values(table, column)]
    if not all(f in SPLITS for f in found if f) or len({SPLITS[f] for f in found if f}) < 2:
        return None
    return [SPLITS.get(f, "") for f in found]


def _name_split(table: Table) -> None:
    if "split" in table.header:
        return
    found = [c for c in table.header if c not in ("id", "label", "text") and _parts(table, c)]
    if len({tuple(_parts(table, c) or ()) for c in found}) > 1:
        raise DataError(
            f"{table.path}: {' and '.join(map(repr, found))} each look like the split. Rename the "
            "right one to split and remove the others."
        )
    if found:
        _rename(table, found[0], "split")


def _name_length(table: Table) -> None:
    """Turn ``duration`` into ``end``; with it, ``offset`` is where a segment starts."""
    plain = {_plain(c): c for c in table.header}
    starts = [c for p, c in plain.items() if p in ("start", *SYNONYMS["start"])]
    if "duration" not in plain or {"end", *SYNONYMS["end"]} & set(plain) - {"offset"}:
        return
    if "offset" in plain and not starts:
        _rename(table, plain["offset"], "start")
        starts = ["start"]
    elif "offset" in plain or len(starts) != 1:
        return
    if not starts:
        return
    pairs = zip(values(table, starts[0]), values(table, plain["duration"]), strict=True)
    for row, (start, length) in zip(table.rows, pairs, strict=True):
        first, more = seconds(start or "0"), seconds(length)
        known = first is not None and more is not None
        row.append(repr(first + more) if known else length)  # type: ignore[operator]
    table.header.append("end")
    table.notes.append(f"The end of a segment is {starts[0]} and duration together.")


def _doubts(table: Table) -> list[str]:
    """What is left unread, and looks as if it meant something."""
    found = []
    known = {"start", "end", "duration", *SYNONYMS["start"], *SYNONYMS["end"]}
    for column in table.header:
        parts = _parts(table, column) if column != "split" else None
        if parts and "split" in table.header:
            given = [SPLITS.get(normal_form(v), "") for v in values(table, "split")]
            differ = sum(a != b for a, b in zip(parts, given, strict=True))
            if differ:
                found.append(
                    f"The columns 'split' and {column!r} disagree in {differ:,} rows; 'split' is "
                    f"read: remove the wrong one."
                )
        elif _plain(column) in FOLDS and "split" not in table.header:
            found.append(
                f"The column {column!r} looks like folds of a cross-validation and is not read; "
                "another split is drawn: write a column split (train, dev, test)."
            )
        if TIME.search(_plain(column)) and _plain(column) not in known:
            found.append(
                f"The column {column!r} looks like a time and is not read: if rows are segments of "
                "longer files, call the columns start and end, in seconds."
            )
    found.extend(
        f"The column {column!r} could be {ours} as well, and its values differ; {ours!r} is "
        "read: remove or rename the wrong one."
        for ours, others in SYNONYMS.items()
        for column in table.header
        if ours in table.header
        and _plain(column) in others
        and values(table, column) != values(table, ours)
    )
    return found


def one_hot(table: Table) -> list[str]:
    """Columns of nothing but 0 and 1."""
    return [c for c in table.header if {normal_form(v) for v in values(table, c)} == {"0", "1"}]
