"""Batches in parts, where the memory of a GPU is used up."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import nn

from emobench.errors import ModelError
from emobench.interface.batch import Batch, Sequence

T = TypeVar("T")


class BatchParts:
    """How many utterances go through a model at once: all of a batch until that does not fit.

    Once the memory was used up, the batches that follow are cut at once, so that what happens next
    depends on this number alone and not on what else the GPU holds at the moment.

    Parameters
    ----------
    device
        Where the model is.
    most
        The most utterances at once; None: whole batches.
    """

    def __init__(self, device: torch.device, most: int | None = None) -> None:
        self.device, self.most = device, most

    def slices(self, size: int) -> list[slice]:
        """The parts of a batch of `size`, as equal as they can be."""
        count = 1 if self.most is None else math.ceil(size / self.most)
        ends = [round(size * number / count) for number in range(count + 1)]
        return [slice(a, b) for a, b in itertools.pairwise(ends)]

    def halve(self, size: int, said: str) -> None:
        """Let half of `size` utterances through at once from now on, and free what is kept.

        Parameters
        ----------
        size
            The utterances that did not fit.
        said
            What torch said of it.

        Raises
        ------
        ModelError
            A single utterance does not fit.
        """
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if size <= 1:
            raise ModelError(
                f"its training does not fit into the memory of {self.device} with one utterance at "
                f"a time: {need(said)}{_held(self.device)}"
            )
        self.most = (size + 1) // 2

    def each(self, size: int, work: Callable[[slice], T]) -> Iterator[T]:
        """Do `work` on the parts of a batch of `size`, in smaller ones where they do not fit.

        Raises
        ------
        ModelError
            A single utterance does not fit.
        """
        waiting = self.slices(size)
        while waiting:
            part = waiting.pop(0)
            try:
                found = work(part)
            except torch.OutOfMemoryError as error:
                said = str(error)
            else:
                yield found
                continue
            # Outside of the handler: the error holds the tensors of what did not fit.
            count = part.stop - part.start
            self.halve(count, said)
            waiting = [
                slice(part.start + one.start, part.start + one.stop) for one in self.slices(count)
            ] + waiting


def part_of(batch: Batch, part: slice) -> Batch:
    """Some utterances of a batch, padded as it is; the batch itself if that is all of them."""
    if part == slice(0, len(batch)):
        return batch
    return Batch(
        batch.ids[part],
        {
            modality: {n: Sequence(s.values[part], s.lengths[part]) for n, s in reps.items()}
            for modality, reps in batch.inputs.items()
        },
        {modality: present[part] for modality, present in batch.present.items()},
        batch.labels[part],
    )


def exceptions(model: nn.Module, loss: str) -> str:
    """Say what a cut batch changes for `model` and its `loss`; "" if the update is the same."""
    found = []
    normal = nn.modules.batchnorm._BatchNorm
    if any(isinstance(part, normal) for part in model.modules()):
        found.append("batch normalisation saw the parts")
    if loss == "weighted":
        found.append("each part divided by the class weights of its own utterances")
    return f", but for this: {' and '.join(found)}" if found else ""


def need(said: str) -> str:
    """The part of torch's complaint that says how much was wanted."""
    sentences = [one.strip() for one in said.replace("\n", " ").split(". ") if one.strip()]
    tried = [one for one in sentences if one.startswith("Tried")]
    return (tried or sentences or ["no memory was left"])[0].rstrip(".")


def _held(device: torch.device) -> str:
    if device.type != "cuda":
        return ""
    whole = torch.cuda.get_device_properties(device).total_memory
    most = torch.cuda.max_memory_allocated(device)
    return f", after it had held {most / 1e9:.1f} of {whole / 1e9:.1f} GB"
