"""Published systems on a GPU, and several seeds as one program."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from commands import emobench, script
from machine import gpus
from rows import GAIN, Limit, Row, Setting

TITLE = "On a GPU; several seeds as one program"
TEXT = """Epochs per second of each published system with its paper's sizes on the default
corpus, with the harness's loop; backbones have the real sizes and random weights. EmotiWave and
the Tensor Fusion Network, which read feature files there, read the default corpus's
representations with the sizes of their published presets. *Share of the peak*: the update's
floating-point operations, counted by PyTorch, which does not see those of recurrent layers on a
GPU, over its time and the card's peak in dense bfloat16. *Three seeds*: compact presets; one
program over stacked weights (`torch.func`) against one update after the other, same batches, on
the GPU if there is one, else on the CPU."""

PEAKS = {
    "H200": 989e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A10": 125e12,
}
"""Operations per second in dense bfloat16, from the makers' data sheets, by part of the name."""
TRACK = {
    "avfusion": ("vision=resnet",),
    "cross_modal_attention": ("text=bert", "audio=wav2vec2", "vision=resnet"),
    "cross_modal_translation": ("text=bert", "audio=wav2vec2", "vision=resnet"),
    "emoxformer": ("text=roberta", "audio=wav2vec2", "vision=vit"),
}
"""Systems of the published track, and their backbones."""
PRESETS = ("emotiwave", "tensor_fusion")
BATCHED = ("mlp", "bilstm", "tensor_fusion", "avfusion", "cross_modal_attention", "emotiwave")


def rows(setting: Setting) -> Iterator[Row]:
    """Published systems where there is a GPU, and seeds in one program everywhere."""
    cards = gpus()
    dataset = "simulated:size=90" if setting.quick else "simulated"
    place = "cuda" if cards else "cpu"
    emobench(setting, "data", "prepare", dataset)
    if not cards and not setting.quick:
        yield Row("published systems", "epochs per second", skipped="there is no GPU here")
    else:
        toy = ("toy",) if setting.quick else ()
        written = script(setting, "backbone_folders", setting.kept / "backbones", *toy)
        for model in (*TRACK, *PRESETS) if not setting.quick else ("avfusion", "tensor_fusion"):
            yield from _published(setting, model, written, dataset, place, cards)
    for model in BATCHED[:2] if setting.quick else BATCHED:
        yield _seeds(setting, model, dataset, place)


def _published(
    setting: Setting,
    model: str,
    written: dict[str, str],
    dataset: str,
    place: str,
    cards: list[str],
) -> Iterator[Row]:
    named = [word.split("=") for word in TRACK.get(model, ())]
    options = [f"{modality}_backbone={written[name]}" for modality, name in named]
    track = "published" if model in TRACK else "controlled"
    typed = ":".join([model, *options] if model in TRACK else [model, "preset=published"])
    count = str(setting.size(30, 1))
    found = script(setting, "loop_costs", typed, dataset, count, str(setting.repeats), track, place)
    rates = tuple(1e3 / (ms * found["batches"]) for ms in found["harness"])
    note = f"{found['parameters']:,} parameters, {found['batches']} updates an epoch"
    yield Row(f"{model}, published sizes", "epochs per second", rates, (), None, note)
    yield _share(model, found, cards)


def _share(model: str, found: dict[str, Any], cards: list[str]) -> Row:
    peak = next((PEAKS[name] for name in PEAKS if cards and name in cards[0].split("-")[0]), None)
    what, unit = f"{model}, share of the peak", "%"
    if peak is None:
        where = f"the peak of {cards[0]} is not known" if cards else "there is no GPU here"
        return Row(what, unit, skipped=where)
    shares = tuple(100 * found["flops"] / (ms / 1e3) / peak for ms in found["harness"])
    note = f"{found['flops']:.3g} operations in an update of {median(found['harness']):.1f} ms"
    return Row(what, unit, shares, (), None, note)


def _seeds(setting: Setting, model: str, dataset: str, place: str) -> Row:
    what, count = f"three seeds of {model} on {place}", str(setting.size(40, 1))
    found = script(setting, "seed_costs", model, dataset, "3", count, str(setting.repeats), place)
    if "reason" in found:
        return Row(what, "ms per update", skipped=f"no one program: {found['reason']}")
    return Row(
        what, "ms per update", tuple(found["batched"]), tuple(found["separate"]), Limit(GAIN, 1),
        "the limit is where it begins to pay",
    )  # fmt: skip
