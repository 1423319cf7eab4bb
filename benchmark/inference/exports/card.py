"""The card of an exported model: README.md with the front matter that the Hub shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emobench.discovery.registry import registry
from emobench.discovery.representations import representation
from emobench.inference.description import Description, Scored
from emobench.inference.preparation import Preparation
from emobench.interface.card import Card, DatasetCard
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.leaderboard.takeaway.citation import card_citations
from emobench.wording import counted

TITLES = {measure.name: measure.title for measure in MEASURES}
HUB_METRICS = {"accuracy": "accuracy", "macro_f1": "f1", "weighted_f1": "f1", "uar": "recall"}
"""Our measure to the Hub's word for its kind."""

TASKS = {"text": "text-classification", "audio": "audio-classification",
         "vision": "video-classification"}  # fmt: skip
"""Modality to the Hub's word for what a model of it alone does."""


LICENCES = {
    "Open Database License 1.0": "odbl",
    "MIT": "mit",
    "GPL-3.0": "gpl-3.0",
}
"""The whole text of a licence to the Hub's word; those of Creative Commons follow a rule."""

CREATIVE_COMMONS = re.compile(r"CC BY(-NC)?(-SA|-ND)? \d\.\d")

TASK_ORDER = ("vision", "audio", "text")
"""The modality that names the task of a model of several; the Hub has one word for a model."""


def card_text(
    about: Description,
    preparation: Preparation,
    entry: Mapping[str, Any],
    made_by: Mapping[str, Any],
) -> str:
    """The whole card.

    Parameters
    ----------
    about
        The model.
    preparation
        How its inputs are made.
    entry
        Its class, file and digest.
    made_by
        The command and the versions that exported it.
    """
    model, corpora = _cards(about)
    parts = [
        _front_matter(about, corpora),
        *_what(about, model),
        *_use(preparation, entry, made_by["emobench"]),
        *_scores(about),
        *_people(about),
        *_limits(about, model, corpora),
        *_origin(about, entry, made_by),
        "## Whom to cite\n\n```bibtex\n"
        + card_citations(
            about.versions.get("emobench", ""),
            made_by["time"][:4],
            corpora,
            [model] if model else [],
        ).strip()
        + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _cards(about: Description) -> tuple[Card | None, list[DatasetCard]]:
    """The cards of the model and of the corpora that are known here."""
    entry = registry("model").get(about.spec.model)
    model = entry.card if entry is not None else None
    words = re.findall(r"[\w.\-/]+", about.spec.dataset)
    found = [registry("dataset")[w].card for w in words if w in registry("dataset")]
    return (
        model if isinstance(model, Card) else None,
        [card for card in found if isinstance(card, DatasetCard)],
    )


def _front_matter(about: Description, corpora: list[DatasetCard]) -> str:
    """YAML, in which every value is written as JSON, which YAML reads."""
    modalities = about.task.modalities
    task = TASKS[next(m for m in TASK_ORDER if m in (modalities or about.modalities))]
    tags = ["emobench", "emotion-recognition", *(["multimodal"] if len(modalities) > 1 else []),
            *modalities]  # fmt: skip
    licence = hub_licence([card.licence for card in corpora])
    lines: list[tuple[str, Any]] = [
        ("license", licence),
        ("license_name", "see-the-data-licence-below" if licence == "other" else None),
        ("library_name", "emobench"),
        ("pipeline_tag", task),
        ("tags", tags),
        ("datasets", [card.name for card in corpora] or [about.dataset]),
        ("metrics", sorted({HUB_METRICS[s.measure] for s in about.scores
                            if s.measure in HUB_METRICS})),
        ("model-index", _index(about, task)),
    ]  # fmt: skip
    told = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in lines if v]
    return "---\n" + "\n".join(told) + "\n---"


def hub_licence(licences: Sequence[str]) -> str:
    """The Hub's word for the data's licence; ``other`` for several, and those it has no word for.

    Parameters
    ----------
    licences
        As cards of corpora write them.
    """
    found = {
        text.lower().replace(" ", "-") if CREATIVE_COMMONS.fullmatch(text) else LICENCES.get(text)
        for text in licences
    }
    one = found.pop() if len(found) == 1 else None
    return one or "other"


def _index(about: Description, task: str) -> list[dict[str, Any]]:
    """Scores of the training itself, then the row's."""
    metrics = [
        {"type": HUB_METRICS[s.measure], "name": f"{TITLES[s.measure]} (this training)",
         "value": round(s.value, 6)}
        for s in about.own_scores
        if s.measure in HUB_METRICS
    ]  # fmt: skip
    metrics += [
        {
            "type": HUB_METRICS[s.measure],
            "name": f"{TITLES[s.measure]} ({about.mean_of})",
            "value": round(s.value, 6),
            **({"args": {"low": round(s.low, 6), "high": round(s.high, 6), "interval": 0.95,
                         "over": about.unit}} if s.low is not None and s.high is not None else {}),
        }
        for s in about.scores
        if s.measure in HUB_METRICS
    ]  # fmt: skip
    if not metrics:
        return []
    corpus = {"type": re.split(r"[:\[]", about.dataset)[0], "name": about.dataset, "split": "test"}
    result = {"task": {"type": task, "name": "Emotion recognition"}, "dataset": corpus,
              "metrics": metrics}  # fmt: skip
    return [{"name": about.label, "results": [result]}]


def _seeds(about: Description) -> str:
    return f"{counted(about.n_seeds, 'seed')}, {counted(about.n_folds, 'fold')}"


def _what(about: Description, model: Card | None) -> Iterator[str]:
    yield f"# {about.label}, trained on {about.dataset}"
    title = f" ({model.title})" if model and model.title else ""
    yield (
        f"The model `{about.spec.model}`{title} as emobench "
        f"trained it: {about.track} track, variant {about.spec.variant}, regime {about.regime}, "
        f"fold {about.spec.fold}, seed {about.spec.seed}."
    )
    reads = "; ".join(
        f"{m} as {' and '.join(f'`{name}`' for name in reps)}"
        for m, reps in about.task.inputs.items()
    )
    kind = "any number of" if about.task.multilabel else "one of"
    yield f"It reads {reads or 'nothing'}, and says {kind} {', '.join(about.task.classes)}."


def _use(preparation: Preparation, entry: Mapping[str, Any], version: str) -> Iterator[str]:
    own = entry["file"]
    yield "## Use"
    yield f"```\n{_install(preparation, version)}\n```"
    more = f', model_file="{own}"' if own else ""
    option = f" --model-file {own}" if own else ""
    yield (
        "```python\nimport emobench\n\n"
        f'trained = emobench.load("."{more})  # this folder\n'
        'frame = trained.predict("clips.csv")\n```'
    )
    yield f"```\nemobench predict . clips.csv -o predictions.csv{option}\n```"
    yield from _columns(preparation)
    if own:
        yield (
            f"The model is somebody's own file, `{own}` (SHA-256 `{entry['digest']}`). It is run "
            "only if you name it: read it first."
        )


def _install(preparation: Preparation, version: str) -> str:
    """The line that installs emobench with the extras that the representations need."""
    names = [name for reps in preparation.inputs.values() for name in reps]
    needed = {extra for name in names for extra in representation(name).packages.values()}
    extras = sorted({one for words in needed for one in re.findall(r"emobench\[(.*)\]", words)})
    room = f"[{','.join(extras)}]" if extras else ""
    return f'pip install "emobench{room}=={version}"'


COLUMNS = {
    "transcript": ("text", "a sentence", "another one"),
    "waveform": ("audio", "a.wav", "b.wav"),
    "frames": ("video", "a.mp4", "b.mp4"),
}
"""Source to its column and two cells of it."""

INSTEAD = {
    "waveform": "the sound can also be that of a column video",
    "frames": "a column image takes the place of video for pictures",
}


def _columns(preparation: Preparation) -> Iterator[str]:
    """The columns that the model reads, with an example."""
    sources = list(dict.fromkeys(s for every in preparation.sources.values() for s in every))
    if not sources:
        yield "`clips.csv` has a row per clip; the model reads none of its columns."
        return
    columns = [COLUMNS.get(s, (s, f"a-{s}.csv", f"b-{s}.csv")) for s in sources]
    lines = [",".join(cells) for cells in zip(("id", "a", "b"), *columns, strict=True)]
    yield "`clips.csv` has a row per clip, and what this model reads in its columns:"
    yield "```\n" + "\n".join(lines) + "\n```"
    more = [INSTEAD[s] for s in sources if s in INSTEAD]
    own = [s for s in sources if s not in COLUMNS]
    more += [f"a file in the column {s} holds features, a row per step" for s in own]
    told = "Paths start from the folder of the table" + "".join(f"; {text}" for text in more)
    yield f"{told}. What a clip lacks is erased, as in emobench's own tests."
    for source, names in preparation.names.items():
        yield (
            f"The {len(names)} columns of {source} are {', '.join(f'`{n}`' for n in names)}. A "
            "file that names them may have them in any order; one that does not, in this one."
        )


def _scores(about: Description) -> Iterator[str]:
    yield "## Scores"
    if about.own_scores:
        told = ", ".join(f"{TITLES[s.measure]} {s.value:.4f}" for s in about.own_scores)
        yield (
            f"This training, on the {about.own_n_test:,} test utterances of fold "
            f"{about.spec.fold}: {told}."
        )
    if not about.scores:
        yield "No complete score of its row is stored."
        return
    yield (
        f"Of the row `{about.label}` under the condition {about.condition}: the mean over "
        f"{_seeds(about)} of separate trainings, each tested on utterances that it was not trained "
        f"on ({about.n_test:,} in all). Intervals are 95% intervals for new "
        f"{about.unit}s (there are {about.n_units:,}) and new trainings."
    )
    rows = [f"| measure | this training | {about.mean_of} | 95% interval |", "|---|---|---|---|"]
    own = {one.measure: one.value for one in about.own_scores}
    rows += [
        f"| {TITLES[s.measure]} | {f'{own[s.measure]:.4f}' if s.measure in own else ''} | "
        f"{s.value:.4f} | {_interval(s)} |"
        for s in about.scores
    ]
    yield "\n".join(rows)
    if about.proof:
        yield (
            f"When it was exported, {about.proof.count:,} test utterances of its fold were "
            "prepared as new clips are: the logits are the stored ones, with a largest difference "
            f"of {about.proof.largest:.1g}."
        )


def _interval(one: Scored) -> str:
    return f"{one.low:.4f} to {one.high:.4f}" if one.low is not None else ""


def _people(about: Description) -> Iterator[str]:
    """Who was in train, dev and test of this training."""
    if not about.parts:
        return
    yield "## Who was in its training"
    lines = []
    for name, part in about.parts.items():
        who = f", {counted(part.units, part.unit)}" if part.unit else ""
        names = f": {', '.join(part.names)}" if part.names else ""
        lines.append(f"- {name}: {counted(part.utterances, 'utterance')}{who}{names}")
    yield "\n".join(lines)
    yield "A score on clips or people of train or dev says nothing of new ones."


def _limits(about: Description, model: Card | None, corpora: list[DatasetCard]) -> Iterator[str]:
    yield "## What to know before you use it"
    found = []
    if model is not None and model.kind == "published":
        who = f"{model.authors or 'the paper'}{f' ({model.year})' if model.year else ''}"
        found.append(
            f"These are not the authors' weights: emobench implements {who} anew and trains it "
            "alike with all others."
        )
        found += [f"It differs from the paper: {text}" for text in model.deviations]
    if not about.absences:
        found.append(
            f"Its regime, {about.regime}, never took a modality away in training: of clips that "
            "lack one it knows little."
        )
    for card in corpora:
        found += [f"{card.title}: {text}" for text in card.defects]
    found += list(about.doubts)
    found.append(
        "A score on one corpus says little of other recordings, languages and people. Emotions "
        "that actors show, or that raters see, are not what somebody feels."
    )
    yield "\n".join(f"- {text}" for text in found)
    yield "## Data licence"
    terms = [f"- {card.title}: {card.licence}" for card in corpora]
    yield "\n".join(
        [
            "Weights, vocabularies and statistics were learned from the corpora below, whose terms "
            "can hold for them too; no recording and no text is part of this folder, but the words "
            "of a vocabulary are. The code of emobench is under the MIT licence.",
            "",
            *(terms or [f"- {about.dataset}: the terms of whoever owns it."]),
        ]
    )


def _origin(
    about: Description, entry: Mapping[str, Any], made_by: Mapping[str, Any]
) -> Iterator[str]:
    yield "## Where it is from"
    trained = ", ".join(f"{k} {v}" for k, v in about.versions.items()) or "not stored"
    facts = {
        "training": f"`{about.key}`",
        "trained with": trained,
        "digest of the corpus": f"`{about.spec.dataset_digest}`",
        "digest of the model's file": f"`{entry['digest']}`",
        "exported by": f"`{made_by['command']}`, {made_by['time']}, emobench {made_by['emobench']}",
    }
    if about.spec.backbones:
        told = ", ".join(f"{m}: {revision}" for m, revision in about.spec.backbones.items())
        facts["pretrained weights, which have to be at hand"] = told
    yield "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items())])
