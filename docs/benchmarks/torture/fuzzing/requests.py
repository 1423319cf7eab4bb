"""What people type and write to ask for something: studies, words, masks, files of models."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from random import Random
from typing import Any

from emobench import EmobenchError, Folders
from emobench.conditions.mask_set import _digest, read_masks
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.chosen_features import parse
from emobench.discovery.registry import from_path, resolve
from emobench.discovery.source import cards_in, formatted_cards_in
from emobench.grid.plan.shard import parse_shard
from emobench.study.file import read_study
from emobench.study.validation import NAMES, run_options
from fuzzing.mutation import NUMBERS, WORDS, json_of, lines_or_bytes, text_of
from fuzzing.target import Files, Target

STUDIES = (
    'dataset = ["simulated:size=63", "ravdess"]\nseeds = 5\n\n[[grid]]\nmodels = ["late_fusion", '
    '"emotiwave:fusion=concat,attention"]\nprotocol = "missing_modality"\ntune = 8\n\n[[grid]]\n'
    'models = "mlp"\nbackbone = "audio=../b"\nhalving = true\n',
    'models = "all"\nresults = "results"\nepochs = 3\nvariant = "both"\ndata_dir = "data"\n'
    'callbacks = ["cb.py", "wandb"]\nmasks = "m.json"\nshard = "1/4"\nray_address = "auto"\n'
    'jobs = 2\nencoder = ["text=gte", "audio=mine.py"]\ninner = 3\nexecutor = "local"\n',
)  # fmt: skip
MODEL = '''
import torch
from emobench import Card, Model, Output


class MyModel(Model):
    """A model."""

    card = Card(
        name="my_model", title="Averages" + " of all", inputs={"text": ("word_vectors",)},
        variants=("corrected",),
    )

    def forward(self, batch):
        return Output(self.head(batch["text"].values.mean(1)))


class Mine(Dataset):
    card = DatasetCard(
        name="mine", title="Mine", classes=("a", "b"), modalities=("text",), unit="speaker",
    )
'''
NAMES_TYPED = (
    "all", "late_fusion", "majority", "emotiwave:fusion=concat:readout=mean", "mlp:hidden=32",
    "text=meld+audio=ravdess", "text&audio=simulated:size=63", "simulated:size=126:seed=1",
    "interviews.csv:canonical=classes.csv", "my_model.py:hidden=8", "missing_modality:rates=0.1",
    "generated_inputs:generator=model", "leakage_audit", "a=b=c", "fer2013", "ref*", "audio=x.npz",
)  # fmt: skip


def _study(random: Random) -> Files:
    text = random.choice(STUDIES)
    if random.random() < 0.5:
        name = random.choice(NAMES)
        said = random.choice((*WORDS, *NUMBERS))
        value = random.choice(
            (json.dumps(said), random.choice(NUMBERS), "[]", "{a = 1}", "[[1]]", "true", '["a", 1]',
             "1979-05-27", "07:32:00", "1e400", "-1", "0x7f", "'''\n'''", "[" * 200 + "]" * 200,
             "[" * 3000 + "]" * 3000)
        )  # fmt: skip
        text = f"{name} = {value}\n" + text
    return {"study.toml": lines_or_bytes(text.encode(), random)}


def _use_study(folder: Path, out: Path) -> None:
    study = read_study(folder / "study.toml")
    assert study.toml
    for grid in study.grids:
        parse_shard(grid.shard)
        for word in grid.encoder:
            parse(word)


def _options(random: Random) -> Files:
    values = {
        random.choice((*NAMES, "modle")): random.choice(
            (*WORDS, *map(_number, NUMBERS), None, True, [], {}, ["a"], [1], [None], 1.5)
        )
        for _ in range(random.randrange(1, 6))
    }
    return {"options.json": json.dumps(values).encode()}


def _number(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _use_options(folder: Path, out: Path) -> None:
    options = run_options(json.loads((folder / "options.json").read_bytes()))
    assert options.address is None or "://" in options.address


def _words(random: Random) -> Files:
    word = random.choice(NAMES_TYPED)
    if random.random() < 0.3:
        word += random.choice(",+:=&") + random.choice(NAMES_TYPED)
    return {"words.txt": text_of(word, random)[:5000].encode("utf-8", "surrogateescape")}


def _use_words(folder: Path, out: Path) -> None:
    words = (folder / "words.txt").read_bytes().decode("utf-8", "replace")
    where = Folders(out, out)
    refused: EmobenchError | None = None
    for read in (
        lambda: resolve("model", words), lambda: resolve("protocol", words),
        lambda: corpus_requests(words, None, None, where),
        lambda: corpus_requests("meld", words, None, where), lambda: parse(words),
        lambda: parse_shard(words),
    ):  # fmt: skip
        try:
            read()
        except EmobenchError as error:
            refused = error
    if refused is not None:
        raise refused


def _sealed(content: Any) -> bytes:
    if isinstance(content, dict) and "digest" in content:
        rest = {k: v for k, v in content.items() if k != "digest"}
        content = rest | {"digest": _digest(rest)}
    return json.dumps(content).encode()


MASKS: dict[str, Any] = {
    "format": 1, "dataset": "simulated", "modalities": ["text", "audio", "vision"],
    "kept": {"missing_0.3": {"a1": "ta", "a2": "t"}, "missing_0.5": {"a1": "v", "a2": "tav"}},
    "digest": "",
}  # fmt: skip


def _masks(random: Random) -> Files:
    return {"masks.json": json_of(_sealed(MASKS), random, _sealed)}


def _use_masks(folder: Path, out: Path) -> None:
    found = read_masks(folder / "masks.json")
    for condition in found.kept:
        found.of(condition, list(found.kept[condition]), found.modalities)


def _model(random: Random) -> Files:
    return {"my_model.py": lines_or_bytes(MODEL.encode(), random)}


def _use_model(folder: Path, out: Path) -> None:
    path = folder / "my_model.py"
    refused: EmobenchError | None = None
    for read in (
        cards_in, formatted_cards_in, functools.partial(from_path, "model"),
        functools.partial(from_path, "dataset"),
    ):  # fmt: skip
        try:
            read(path)
        except EmobenchError as error:
            refused = error
    if refused is not None:
        raise refused


def targets() -> list[Target]:
    """Studies, options, names, mask files and files of models, none of which is run."""
    refusals = (EmobenchError,)
    return [
        Target("studies", _study, _use_study, refusals, 12),
        Target("options", _options, _use_options, refusals, 16),
        Target("words", _words, _use_words, refusals, 0.5),
        Target("masks", _masks, _use_masks, refusals, 16),
        Target("models", _model, _use_model, refusals, 12),
    ]
