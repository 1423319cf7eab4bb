"""What the harness adds to a bare training loop, per update, per cell and for a whole grid."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from commands import emobench, grid, script
from rows import COST, VALUE, Limit, Row, Setting

TITLE = "The harness against bare loops"
TEXT = """A bare PyTorch loop over the same module, batches that are built before, the same
optimiser and clipping, and the harness's own loop, in one process and in turn, in eight short
rounds for each round of the rest. A worker keeps freed memory, this process does not. A model that
makes its own updates makes them in both. *Fixed* is what a job costs from its start to its end,
without training and the model's forward passes: opening data and model, masks, batches,
storing. *Whole grid* is the wall time of `emobench run`, from the start of the process to the
page, against the bare loop's time for as many updates and looks at dev as the grid's trainings
really made; *its trainings* are the seconds that their records state."""

MODELS = (
    "mlp", "bilstm", "avfusion", "cross_modal_attention", "cross_modal_translation", "emotiwave",
    "emoxformer", "tensor_fusion",
)  # fmt: skip
Costs = dict[str, dict[str, Any]]


def rows(setting: Setting) -> Iterator[Row]:
    """Loops of every model, fixed costs, and a grid."""
    dataset = "simulated:size=90" if setting.quick else "simulated"
    emobench(setting, "data", "prepare", dataset)
    costs: Costs = {}
    for model in MODELS[:1] if setting.quick else MODELS:
        # Short rounds, many of them: other machines' work comes and goes within seconds.
        updates, rounds = setting.size(75, 2), setting.repeats * setting.size(8, 1)
        costs[model] = found = script(
            setting, "loop_costs", model, dataset, str(updates), str(rounds)
        )
        note = f"{found['parameters']:,} parameters, {found['updates']} updates in a round"
        yield Row(
            f"update of {model}", "ms", tuple(found["harness"]), tuple(found["bare"]),
            Limit(COST, 1.05), note,
        )  # fmt: skip
        yield Row(f"look at dev of {model}", "ms", tuple(found["look"]), tuple(found["bare_look"]))
    for protocol in ("full_modalities", "missing_modality"):
        yield _fixed(setting, dataset, protocol)
    chosen = ("mlp", "bilstm", "tensor_fusion") if not setting.quick else ("mlp",)
    yield from _grid(setting, dataset, costs, chosen)


def _fixed(setting: Setting, dataset: str, protocol: str) -> Row:
    model = "mlp:epochs=1"
    found = script(setting, "cell_costs", model, dataset, protocol, str(setting.repeats))
    each = tuple(one / found["cells"] for one in found["milliseconds"])
    note = f"a job of {found['cells']} cells of mlp under {protocol}"
    return Row(f"fixed, {protocol}", "ms per cell", each, (), Limit(VALUE, 50), note)


def _grid(setting: Setting, dataset: str, costs: Costs, models: tuple[str, ...]) -> Iterator[Row]:
    wall, recorded, floor, long = [], [], [], []
    count = 0
    for number in range(setting.repeats):
        results = f"training-{number}"
        more = ["--epochs", "1"] if setting.quick else []
        wall.append(
            grid(
                setting, results, ",".join(models), "--protocol", "full_modalities", "--dataset",
                dataset, "--seeds", "2", "--jobs", "1", *more,
            )
        )  # fmt: skip
        made = script(setting, "training_records", setting.scratch / results)
        count = len(made)
        recorded.append(sum(one["seconds"] for one in made))
        floor.append(sum(_bare_seconds(one, costs) for one in made))
        long += [one for one in made if one["seconds"] >= 20]
    what = f"{', '.join(models)}, two seeds"
    yield Row(f"whole grid: {what}", "s", tuple(wall), tuple(floor))
    note = f"{count} trainings"
    yield Row(f"its trainings: {what}", "s", tuple(recorded), tuple(floor), None, note)
    name = "its trainings of 20 s and more"
    if not long:
        yield Row(name, "s", limit=Limit(COST, 1.05), skipped="no training took that long")
        return
    ours = tuple(one["seconds"] for one in long)
    other = tuple(_bare_seconds(one, costs) for one in long)
    yield Row(name, "s", ours, other, Limit(COST, 1.05), f"{len(long)} trainings in all rounds")


def _bare_seconds(one: dict[str, Any], costs: Costs) -> float:
    """What a bare loop would take for the updates and looks of a training."""
    found = costs[one["model"].split(":")[0]]
    return (
        one["updates"] * median(found["bare"]) + one["looks"] * median(found["bare_look"])
    ) / 1e3
