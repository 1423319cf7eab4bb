"""Refuses to put cells of two different trainings of one name beside each other.

A training whose stored weights or record are damaged is trained again. The same machine gives the
same weights; another processor, or another version of a library, may not. The cells that are
stored already belong to the old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from emobench.errors import ModelError
from emobench.store.records import TrainingReport
from emobench.store.store import Store
from emobench.store.training_folder import TRAINING, read_packs
from emobench.wording import counted


def refuse_mixture(
    store: Store, key: str, report: TrainingReport, weights: Mapping[str, torch.Tensor]
) -> None:
    """Compare a training that was made again with what is stored under its name.

    Parameters
    ----------
    store
        The store.
    key
        Name of the training.
    report, weights
        What it gave now.

    Raises
    ------
    ModelError
        Cells of it are stored, and it is another training than theirs by the course of its dev
        scores; by its weights, where no record of the course is left.
    """
    cells = sum(entry.done for entry in read_packs(store.training(key)).entries.values())
    if not cells:
        return
    before = store.training_report(key)
    if before is not None:
        differs = _course(before) != _course(report)
        was, now = before.dev_macro_f1, report.dev_macro_f1
        how = f"a dev macro-F1 of {now} instead of {was}" if now != was else "another course on dev"
    else:
        differs = _other_weights(store, key, weights)
        how = "weights that are not those of before, as far as anything is left of these"
    if differs:
        raise ModelError(
            f"what is stored of this training is damaged, and training it again gave {how}, as "
            f"another processor or library may; {counted(cells, 'cell')} of the old training "
            f"{'is' if cells == 1 else 'are'} stored, and would be mixed with new ones. To compute "
            f"all anew, delete {store.training(key)} and repeat with --retry-failed"
        )


def _course(report: TrainingReport) -> list[Any]:
    looks = [(one.stage, one.dev_macro_f1, one.dev_loss) for one in report.epochs]
    return [report.dev_macro_f1, report.best_epoch, *looks]


def _other_weights(store: Store, key: str, weights: Mapping[str, torch.Tensor]) -> bool:
    """Whether other weights are stored.

    Where neither weights nor a record are, the cells came without a training, as by copying. Where
    there is a record that cannot be read, weights are lost, and nothing is left that could tell.
    """
    folder = store.training(key)
    try:
        stored = load((folder / "checkpoint.safetensors").read_bytes())
    except FileNotFoundError:
        return bool(weights) and (folder / TRAINING).is_file()
    except (OSError, SafetensorError):
        return True
    return stored.keys() != weights.keys() or any(
        not torch.equal(stored[name], one.detach().cpu()) for name, one in weights.items()
    )
