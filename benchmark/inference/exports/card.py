"""The card of an exported model: README.md with the front matter that the Hub shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from emobench.discovery.registry import registry
from emobench.inference.description import Description, Scored
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


def card_text(about: Description, entry: Mapping[str, Any], made_by: Mapping[str, Any]) -> str:
    """The whole card.

    Parameters
    ----------
    about
        The model.
    entry
        Its class, file and digest.
    made_by
        The command and the versions that exported it.
    """
    model, corpora = _cards(about)
    parts = [
        _front_matter(about, corpora),
        *_what(about, model),
        *_use(about, entry),
        *_scores(about),
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
    task = TASKS[modalities[0]] if len(modalities) == 1 else "other"
    tags = ["emobench", "emotion-recognition", *(["multimodal"] if len(modalities) > 1 else []),
            *modalities]  # fmt: skip
    lines: list[tuple[str, Any]] = [
        ("license", "other"),
        ("license_name", "see-the-data-licence-below"),
        ("library_name", "emobench"),
        ("pipeline_tag", task if task != "other" else None),
        ("tags", tags),
        ("datasets", [card.name for card in corpora] or [about.dataset]),
        ("metrics", sorted({HUB_METRICS[s.measure] for s in about.scores
                            if s.measure in HUB_METRICS})),
        ("model-index", _index(about, task)),
    ]  # fmt: skip
    told = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in lines if v]
    return "---\n" + "\n".join(told) + "\n---"


def _index(about: Description, task: str) -> list[dict[str, Any]]:
    if not about.scores:
        return []
    metrics = [
        {
            "type": HUB_METRICS[s.measure],
            "name": f"{TITLES[s.measure]} ({_seeds(about)})",
            "value": round(s.value, 6),
            **({"args": {"low": round(s.low, 6), "high": round(s.high, 6), "interval": 0.95,
                         "over": about.unit}} if s.low is not None and s.high is not None else {}),
        }
        for s in about.scores
        if s.measure in HUB_METRICS
    ]  # fmt: skip
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


def _use(about: Description, entry: Mapping[str, Any]) -> Iterator[str]:
    own = entry["file"]
    yield "## Use"
    more = f', model_file="{own}"' if own else ""
    option = f" --model-file {own}" if own else ""
    yield (
        "```python\nimport emobench\n\n"
        f'trained = emobench.load("."{more})  # this folder\n'
        'frame = trained.predict("clips.csv")\n```'
    )
    yield f"```\nemobench predict . clips.csv -o predictions.csv{option}\n```"
    yield (
        "`clips.csv` has a row per clip and any of the columns id, text, audio, video, image. What "
        "a clip lacks is erased, as in emobench's own tests."
    )
    if own:
        yield (
            f"The model is somebody's own file, `{own}` (SHA-256 `{entry['digest']}`). It is run "
            "only if you name it: read it first."
        )


def _scores(about: Description) -> Iterator[str]:
    yield "## Scores"
    if not about.scores:
        yield "No complete score is stored."
        return
    yield (
        f"Of the row `{about.label}` under the condition {about.condition}: the mean over "
        f"{_seeds(about)} of separate trainings, each tested on utterances that it was not trained "
        f"on ({about.n_test:,} in all). Intervals are 95% intervals for new "
        f"{about.unit}s (there are {about.n_units:,}) and new trainings."
    )
    rows = ["| measure | score | 95% interval | this training alone |", "|---|---|---|---|"]
    own = {one.measure: one.value for one in about.own_scores}
    rows += [
        f"| {TITLES[s.measure]} | {s.value:.4f} | {_interval(s)} | "
        f"{f'{own[s.measure]:.4f}' if s.measure in own else ''} |"
        for s in about.scores
    ]
    yield "\n".join(rows)
    if about.own_scores:
        yield (
            f"The last column is this training on the {about.own_n_test:,} test utterances of its "
            "fold."
        )
    if about.proof:
        yield (
            f"When it was exported, {about.proof.count:,} of these utterances were prepared as new "
            "clips are: the logits are the stored ones, with a largest difference of "
            f"{about.proof.largest:.1g}."
        )


def _interval(one: Scored) -> str:
    return f"{one.low:.4f} to {one.high:.4f}" if one.low is not None else ""


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
