"""The commands that compute a section once more, from what its records say."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry

HEAD = """\
#!/bin/sh
# {what}
# Run with emobench {version}. Corpora are looked for in $EMOBENCH_DATA; results go to ./results.
# Whatever is stored there already is not computed again.
"""

NUMBERS = ("seeds", "folds", "dev_folds", "tune", "inner")
"""Options that a study has as numbers."""

_STUDY = "# emobench run study.toml computes this section; what is stored already stays.\n"

ENCODER = re.compile(r"\+(?=(?:text|audio|vision)=)")
"""Between a track and the encoders that its name has behind it."""

STAMP = re.compile(r"@[0-9a-f]{8}$")
"""At the end of features that are not emobench's own: which source they were made with."""


def run_script(section: Section) -> str:
    """Return a script of the ``emobench run`` commands that a section's rows come from.

    One command for each variant, each budget of a search and each number of seeds. What a record
    does not hold stands in it as a remark.
    """
    entries = section.all_entries
    versions = sorted({entry.newest.emobench for entry in entries} - {""})
    what = f"{section.protocol.name} on {section.dataset}, {section.track} track"
    lines = [HEAD.format(what=_remark(what), version=", ".join(versions) or "(not stored)")]
    commands = (_command(section, one[0].newest.variant, one) for one in _groups(entries))
    lines += [shlex.join(words) + "\n" for words in commands]
    remarks = [f"# {_remark(text)}\n" for text in _remarks(section, entries)]
    return "".join([lines[0], *remarks, *lines[1:]])


def study_file(section: Section) -> str:
    """Return the same as a study for ``emobench run FILE``: a ``[[grid]]`` for each command."""
    entries = section.all_entries
    remarks = [f"# {_remark(text)}\n" for text in _remarks(section, entries)]
    grids = []
    for group in _groups(entries):
        _, _, *words = _command(section, group[0].newest.variant, group)
        grids.append("".join(f"{line}\n" for line in ["[[grid]]", *_pairs(words)]))
    return "\n".join(["".join([_STUDY, *remarks]), *grids])


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Options as they are typed, as lines of TOML, whose texts are JSON's."""
    found: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--").replace("-", "_")
            found.setdefault(name, [])
        else:
            found[name].append(word)
    for name, values in found.items():
        plain: list[str | int] = [int(v) if name in NUMBERS else v for v in values]
        value = plain if len(plain) > 1 else plain[0] if plain else True
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")


def _groups(entries: Sequence[ModelEntry]) -> list[list[ModelEntry]]:
    """The rows of each command: where seeds change nothing, a row joins any number of them."""
    found: dict[tuple[str, str, int], list[ModelEntry]] = {}
    for entry in sorted(entries, key=lambda e: e.card.deterministic):
        place = (entry.newest.variant, entry.budget)
        others = [key for key in found if key[:2] == place]
        joins = entry.card.deterministic and others
        key = max(others) if joins else (*place, len({slot.seed for slot in entry.slots}))
        found.setdefault(key, []).append(entry)
    return [sorted(found[key], key=entries.index) for key in sorted(found)]


def _command(section: Section, variant: str, entries: Sequence[ModelEntry]) -> list[str]:
    newest = entries[0].newest
    track, *encoders = ENCODER.split(section.track)
    dataset, auxiliary = _dataset(newest.dataset)
    elsewhere = {c.corpus for c in section.conditions if c.corpus} - {newest.dataset}
    words = [
        "emobench",
        "run",
        "--models",
        ",".join(dict.fromkeys(e.default_model for e in entries)),
    ]
    words += ["--protocol", section.protocol.name]
    words += ["--dataset", ",".join([dataset, *sorted(elsewhere)])]
    words += ["--auxiliary", auxiliary] if auxiliary else []
    words += ["--seeds", str(max(len({s.seed for s in e.slots}) for e in entries))]
    if grouped := re.match(r"grouped_(\d+)(?:_dev_(\d+))?", newest.split):
        words += ["--folds", grouped[1], *(["--dev-folds", grouped[2]] if grouped[2] else [])]
    words += ["--track", track] if track != "controlled" else []
    for encoder in encoders:
        words += ["--encoder", STAMP.sub("", encoder)]
    words += ["--variant", variant] if variant != "corrected" else []
    if search := entries[0].search:
        words += ["--tune", str(search.trials)]
        words += ["--halving"] if search.halving else []
        words += ["--inner", str(search.inner)] if search.inner else []
    return words


def _dataset(label: str) -> tuple[str, str]:
    """What was typed after ``--dataset``, and after ``--auxiliary`` or ""."""
    main, found, added = label.partition("+auxiliary(")
    return (main, added.removesuffix(")")) if found else (label, "")


def _remarks(section: Section, entries: Iterable[ModelEntry]) -> list[str]:
    found = []
    own = sorted({e.card.name for e in entries if e.card.kind == "own"})
    if own:
        found.append(f"Name these models by the path of their file: {', '.join(own)}.")
    for encoder in ENCODER.split(section.track)[1:]:
        if STAMP.search(encoder):
            modality, _, name = encoder.partition("=")
            found.append(
                f"Name the features {name} by the path of their file, --encoder {modality}=FILE, "
                "unless a package offers them."
            )
    if masks := re.search(r"masks (\w+)", section.split):
        found.append(f"Add --masks FILE, the mask set whose digest begins with {masks[1]}.")
    found.append(
        "Options of a protocol (NAME:key=value) are not stored; add them if there were any."
    )
    digests = sorted({e.newest.corpus or "" for e in entries} - {""})
    found.append(f"Records of the corpus: {', '.join(digests) or 'none'}.")
    return found


def _remark(text: str) -> str:
    return " ".join(text.split())
