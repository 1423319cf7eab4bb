"""What the columns of a manifest stand for, whatever other tools call them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from emobench import DataError, Table, looks_like_vector, media_kind, normal_form

FILES = (
    "audio", "video", "image", "text_features", "audio_features", "vision_features",
)  # fmt: skip
"""Columns that hold a path, relative to the manifest's folder or absolute."""

KNOWN = ("id", "split", "label", "text", "speaker", "group", "language", "start", "end", *FILES)
"""All columns that are read."""

SURE = {
    "id": "utt_id utterance_id utt uid uuid segment_id seg_id sample_id clip_id file_id item_id "
          "example_id record_id turn_id instance_id",
    "label": "labels emotion emotions emotion_label label_emotion emotion_class emotion_name class "
             "class_label class_name label_name annotation emotionen gefühl "
             "émotion emoción 情感 情绪",
    "speaker": "speakers speaker_id speaker_name spk spk_id spkr actor actor_id subject subject_id "
               "participant participant_id person person_id sprecher sprecherin proband locuteur "
               "hablante 说话人 話者",
    "text": "texts transcription transcript utterance utterance_text sentence transkript äußerung "
            "texte texto 文本",
    "audio": "wav wav_path wav_file audio_path audio_file",
    "video": "video_path video_file",
    "image": "image_path image_file",
    "language": "lang",
}  # fmt: skip
"""Our column, and names that mean nothing else."""

LIKELY = {
    "id": "key name clip file filename file_name index",
    "label": "sentiment category target emo gold ground_truth y polarity mood feeling",
    "speaker": "talker user user_id client_id author author_id patient patient_id singer "
               "vp versuchsperson",
    "group": "dialogue dialogue_id dialog dialog_id conversation conversation_id session "
             "session_id group_id video_id",
    "text": "content raw_text caption tweet message asr subtitle words comment",
    "language": "locale language_id",
}  # fmt: skip
"""Names that mean it where no other column does."""

REQUIRED = ("label", "speaker", "text", "audio", "video", "image")
"""Of these, one of several candidates is not chosen: another choice would be another corpus."""

LOOKED_AT = 20
"""Cells of a column by which vectors are recognised."""

MMSA = {"video_id", "clip_id", "text", "annotation", "mode"}
ARRAYS = (".npy", ".npz", ".pt", ".pth", ".safetensors", ".h5", ".hdf5", ".pkl", ".arff")


def bare(column: str) -> str:
    """A column's name in small letters without blanks, hyphens and the like."""
    return re.sub(r"[\W_]+", "", normal_form(column))


def values(table: Table, column: str) -> list[str]:
    """The values of a column without blanks around them."""
    place = table.header.index(column)
    return [row[place].strip() if place < len(row) else "" for row in table.rows]


def rename(table: Table, column: str, ours: str) -> None:
    """Call a column by our name and note it."""
    table.header[table.header.index(column)] = ours
    table.notes.append(f"The column {column!r} was taken for {ours}.")


def respell(table: Table) -> None:
    """Rename ``ID``, ``Start`` or ``Audio Features``: our names in other letters."""
    for ours in KNOWN:
        found = [c for c in table.header if bare(c) == bare(ours)]
        if found and ours not in table.header:
            _refuse_several(table, ours, found)
            rename(table, found[0], ours)


def choose(table: Table, chosen: Mapping[str, str]) -> None:
    """Name the columns that the user chose by options; a column of our name gives way.

    Parameters
    ----------
    table
        The table, changed in place.
    chosen
        Our name to the column's.

    Raises
    ------
    DataError
        There is no such column, or one was chosen twice.
    """
    found = {ours: find(table, column, ours) for ours, column in chosen.items()}
    for ours, column in found.items():
        twice = [o for o, c in found.items() if c == column]
        if len(twice) > 1:
            raise DataError(
                f"{table.path}: the column {column!r} cannot be both {' and '.join(twice)}."
            )
        if ours in table.header and ours != column:
            table.header[table.header.index(ours)] = f"{ours} (not chosen)"
    for ours, column in found.items():
        if ours != column:
            rename(table, column, ours)


def find(table: Table, column: str, option: str) -> str:
    """The column that was named in an option, in another spelling if there is one such.

    Raises
    ------
    DataError
        There is none.
    """
    if column in table.header:
        return column
    near = [c for c in table.header if bare(c) == bare(column)]
    if len(near) == 1:
        return near[0]
    raise DataError(
        f"{table.path} has no column {column!r}, which the option {option} names; it has "
        f"{', '.join(filter(None, table.header)) or 'no header'}."
    )


def take(table: Table, names: Sequence[str], option: str) -> dict[str, list[str]]:
    """Take columns out of a table, by name."""
    taken = {}
    for name in [find(table, n, option) for n in names]:
        if name in taken:
            raise DataError(f"{table.path}: the option {option} names {name!r} twice.")
        taken[name] = values(table, name)
    for name in taken:
        place = table.header.index(name)
        del table.header[place]
        for row in table.rows:
            del row[place]
    return taken


def unread_vectors(table: Table) -> list[str]:
    """A doubt on columns whose cells hold vectors, and that are not read."""
    found = []
    for column in (c for c in table.header if c not in KNOWN):
        filled = [v for v in values(table, column) if v]
        if filled and all(looks_like_vector(v) for v in filled[:LOOKED_AT]):
            found.append(column)
    if not found:
        return []
    one, them = "|".join(found), "them" if len(found) > 1 else "it"
    return [
        f"The cells of {_listed(found)} hold vectors, which are not read: to have {them} read as "
        f"features, name the modality, such as '{table.path.name}:audio_vectors={one}' (or "
        "text_vectors, vision_vectors)."
    ]


def name_mmsa(table: Table) -> None:
    """MMSA's ``label.csv``: a clip is known by its film and number, the class is in words."""
    if not set(table.header) >= MMSA or {"id", "split"} & set(table.header):
        return
    if "label" in table.header:
        table.header[table.header.index("label")] = "label (number)"
    _compose_id(table, "video_id", "clip_id", "$_$")
    for column, ours in (("annotation", "label"), ("mode", "split"), ("video_id", "group")):
        if ours not in table.header:
            table.header[table.header.index(column)] = ours
    table.notes.append(
        "The columns are those of MMSA's label.csv: the id is video_id$_$clip_id, the label is "
        "annotation, the split is mode, the group is video_id."
    )


def name_id(table: Table) -> None:
    """Name the column of ids, or make ids of two columns or of the rows' places."""
    if "id" in table.header or not table.rows:
        return
    sure, likely = (_named(table, names["id"]) for names in (SURE, LIKELY))
    for found in (sure, likely):
        single = [c for c in found if _tells_apart(table, [c])]
        if single:
            rename(table, single[0], "id")
            return
    for outer in _named(table, LIKELY["group"]):
        for inner in sure:
            if outer != inner and _tells_apart(table, [outer, inner]):
                _compose_id(table, outer, inner, "_")
                table.notes.append(f"The id is {outer} and {inner} together.")
                return
    if sure:
        rename(table, sure[0], "id")
        return
    table.notes.append(_add_id(table))


def name_others(table: Table) -> list[str]:
    """Name labels, speakers, texts and files by the columns' names; return what is doubtful.

    Raises
    ------
    DataError
        Several columns could be the same one.
    """
    doubts: list[str] = []
    for ours in ("label", "speaker", "text", "audio", "video", "image", "language", "group"):
        if ours in table.header:
            continue
        found = _named(table, SURE.get(ours, "")) or _named(table, LIKELY.get(ours, ""))
        found = [c for c in found if any(values(table, c))]
        if ours == "group":
            found = [c for c in found if 3 <= len(set(values(table, c))) < len(table.rows)]
        if not found:
            continue
        if ours in REQUIRED:
            _refuse_several(table, ours, found)
        elif not _agree(table, found):
            doubts.append(
                f"{_listed(found)} could each be the {ours}, and none is read: rename the right "
                f"one to {ours}."
            )
            continue
        rename(table, found[0], ours)
    return doubts


def name_files(table: Table) -> list[str]:
    """Name columns of files by what their values are; return what is doubtful."""
    doubts = []
    _name_stems(table)
    for column in [c for c in table.header if c not in KNOWN]:
        found = [v for v in values(table, column) if v]
        kinds = {media_kind(Path(v)) for v in found if Path(v).suffix} or {""}
        if len(found) < 2 or len(kinds) > 1 or not all(Path(v).suffix for v in found):
            continue
        (kind,) = kinds
        if kind and kind not in table.header:
            rename(table, column, kind)
        elif kind and not _agree(table, [kind, column]):
            doubts.append(
                f"The column {column!r} names files of the kind {kind} too and is not read: "
                f"{kind} is. Rename the right one to {kind}."
            )
        elif all(v.lower().endswith(ARRAYS) for v in found):
            doubts.append(
                f"The column {column!r} names files of features and is not read: call it "
                "text_features, audio_features or vision_features."
            )
    return doubts


def _name_stems(table: Table) -> None:
    """Name a column that gives the files' names without suffix, where the table names no file."""
    if {"text", *FILES} & set(table.header):
        return
    try:
        there = [p for p in table.home.iterdir() if media_kind(p) and not p.name.startswith(".")]
    except OSError:
        return
    kinds = {normal_form(p.stem): media_kind(p) for p in there}
    for column in table.header:
        found = [kinds.get(normal_form(v), "") for v in values(table, column)]
        if found and all(found) and len(set(found)) == 1 and column != "label":
            place = table.header.index(column)
            table.header.insert(0, found[0])
            for row in table.rows:
                row.insert(0, row[place].strip())
            table.notes.append(
                f"The column {column!r} names files without their suffix: taken for {found[0]}."
            )
            return


def rivals(table: Table) -> list[str]:
    """A doubt on each column that could be one that is read, and says another thing."""
    return [
        f"The column {column!r} could be {ours} as well, and its values differ; {ours!r} is "
        "read: remove or rename the wrong one."
        for ours, names in SURE.items()
        if ours in table.header and ours != "id"
        for column in _named(table, f"{ours} {names}")
        if column != ours and any(values(table, column)) and not _agree(table, [ours, column])
    ]


def one_hot(table: Table) -> list[str]:
    """Columns of nothing but 0 and 1, yes and no, or a cross."""
    marks = [{"", "0", "1"}, {"true", "false"}, {"yes", "no"}, {"", "x"}]
    found = {c: {normal_form(v) for v in values(table, c)} for c in table.header}
    return [c for c, words in found.items() if words - {""} and any(words <= m for m in marks)]


def instead_of_label(table: Table) -> str:
    """What to do about a table without labels, by what it has in their place."""
    hot = one_hot(table)
    if len(hot) > 1:
        return (
            f"The columns {', '.join(hot)} look like one column per class: write the names of "
            "those that hold into one column label, joined by |."
        )
    inside = {c: values(table, c) for c in table.header}
    if any(c in found for c, found in inside.items()):
        return "The first line looks like data: write a line with the columns' names above it."
    nested = [c for c, found in inside.items() if any(v.startswith(("[{", '{"')) for v in found)]
    if nested:
        return (
            f"The column {nested[0]!r} holds records of its own, which are not read: export the "
            "labels as CSV, or as JSON with one record of plain values per utterance."
        )
    words = ("emotion", "label", "class", "sentiment", "mood", "annotat", "rating", "rater")
    near = [c for c in table.header if any(w in bare(c) for w in words)]
    if len(near) > 1:
        return (
            f"Is it {' or '.join(map(repr, near[:5]))}? Rename the one that holds the class; "
            "several raters' answers have to become one."
        )
    if near:
        return f"Is it {near[0]!r}? Rename it to label."
    return "Rename what it is called there."


def _named(table: Table, names: str) -> list[str]:
    """The columns with one of these names, in the order of the names."""
    order = [bare(n) for n in names.split()]
    found = [c for c in table.header if bare(c) in order]
    return sorted(found, key=lambda c: order.index(bare(c)))


def _tells_apart(table: Table, columns: Sequence[str]) -> bool:
    """Whether the values differ in every row, and none is absent."""
    rows = list(zip(*(values(table, c) for c in columns), strict=True))
    return len(set(rows)) == len(rows) and all(all(row) for row in rows)


def _agree(table: Table, columns: Sequence[str]) -> bool:
    """Whether columns say the same, if in other words: each value of one is one of the other.

    Where most values occur once, that would hold of any two columns: they have to be equal.
    """
    first = [normal_form(v) for v in values(table, columns[0])]
    for column in columns[1:]:
        other = [normal_form(v) for v in values(table, column)]
        pairs = set(zip(first, other, strict=True))
        one_to_one = len(pairs) == len(set(first)) == len(set(other))
        if first != other and not (one_to_one and len(pairs) <= len(first) / 2):
            return False
    return True


def _refuse_several(table: Table, ours: str, found: Sequence[str]) -> None:
    if len(found) > 1 and not _agree(table, found):
        raise DataError(
            f"{table.path} has no column {ours!r}, and {_listed(found)} could be it: rename the "
            f"right one to {ours}."
        )


def _listed(columns: Sequence[str]) -> str:
    return " and ".join(map(repr, columns))


def _add_id(table: Table) -> str:
    """Make ids of the files' names where they differ, else of the rows' places; say which.

    A place is no bare number, which could be the key of another row's features.
    """
    files = [c for c in ("audio", "video", "image") if c in table.header]
    stems = [Path(v.replace("\\", "/")).stem for c in files[:1] for v in values(table, c)]
    named = bool(stems) and all(stems) and len(set(map(normal_form, stems))) == len(stems)
    names = stems if named else table.places
    table.header.insert(0, "id")
    for row, name in zip(table.rows, names, strict=True):
        row.insert(0, name)
    if named:
        return "There is no column id: the files' names without suffix are the ids."
    return (
        "There is no column id: a row is known by its place in the table (such as "
        f"{table.places[0]!r})."
    )


def _compose_id(table: Table, outer: str, inner: str, between: str) -> None:
    names = zip(values(table, outer), values(table, inner), strict=True)
    for row, (first, second) in zip(table.rows, names, strict=True):
        row.insert(0, f"{first}{between}{second}")
    table.header.insert(0, "id")
