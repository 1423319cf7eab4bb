"""Runs a frozen encoder over a corpus, in blocks that survive an interruption."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emobench.atomic import sweep
from emobench.backbones.cnn14 import Cnn14
from emobench.backbones.features import Backbone
from emobench.backbones.frozen_encoder import MEAN, FrozenEncoder
from emobench.backbones.image import ImageBackbone
from emobench.backbones.speech import SpeechBackbone
from emobench.backbones.text import TextBackbone
from emobench.backbones.weights import is_single_file
from emobench.backbones.word_vectors import WordVectors
from emobench.corpus.corpus import CorpusRequest
from emobench.corpus.preparation.clips import check_media
from emobench.corpus.preparation.dataset_cache import dataset_and_table
from emobench.denormals import denormals_flushed
from emobench.discovery.representations import representation
from emobench.disk.soundness import is_sound
from emobench.disk.sums import sealed_folder
from emobench.errors import DataError
from emobench.executor import Executor, alone, read_ahead
from emobench.interface.batch import Sequence
from emobench.interface.dataset import ClipError
from emobench.ragged_array import Ragged, RaggedWriter
from emobench.training.device import choose_device

BLOCK = 128
"""Utterances per block, the most work that each worker loses in an interruption."""

BATCH = {"text": 32, "audio": 8, "vision": 4}
"""Utterances per batch."""

Array = NDArray[np.float32]


def encode(
    request: CorpusRequest,
    count: int,
    encoder: FrozenEncoder,
    final: Path,
    executor: Executor,
    device: str,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    """Encode all `count` utterances into the folder `final`.

    Parameters
    ----------
    request
        The corpus; workers open it themselves.
    count
        Number of its utterances.
    encoder
        The frozen encoder.
    final
        Folder of the representation. Blocks are kept beside it until all are finished.
    executor
        What runs the encoder.
    device
        ``auto`` or a torch device.
    progress
        Called with the number of utterances done.
    """
    blocks = final.with_name(f"{final.name}-blocks")
    blocks.mkdir(parents=True, exist_ok=True)
    sweep(blocks)
    starts = range(0, count, BLOCK)
    what = f"preparing {request.label}: {encoder.label}"
    done = steps = unknown = 0
    for start in _finished(request, encoder, blocks, starts, executor, device):
        done += min(start + BLOCK, count) - start
        if progress:
            progress(what, done, count)
    with sealed_folder(final) as folder:
        writer = RaggedWriter(folder, "float16")
        for start in starts:
            block = Ragged(blocks / str(start))
            for i in range(len(block)):
                writer.append(block[i])
                steps, unknown = steps + len(block[i]), unknown + int((~block[i].any(1)).sum())
        writer.close()
        if encoder.modality == "text" and is_single_file("text", encoder.model):
            _say_unknown(encoder, what, steps, unknown, count, progress)
    shutil.rmtree(blocks, ignore_errors=True)


def _say_unknown(
    encoder: FrozenEncoder,
    what: str,
    steps: int,
    unknown: int,
    count: int,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    """Say how many words have no vector; their steps are zero."""
    if unknown == steps:
        raise DataError(
            f"None of the words of this corpus has a vector in {encoder.model}. Is the file of "
            "another language, or are its words not in lower case?"
        )
    if progress:
        progress(f"{what}: {unknown / steps:.1%} of the words have no vector", count, count)


def _finished(
    request: CorpusRequest,
    encoder: FrozenEncoder,
    blocks: Path,
    starts: range,
    executor: Executor,
    device: str,
) -> Iterator[int]:
    """Yield the first row of each block that finishes; only a few blocks run at a time."""
    waiting = deque(s for s in starts if not is_sound(blocks / str(s)))
    yield from (s for s in starts if s not in set(waiting))
    flying: deque[tuple[int, Future[None]]] = deque()
    most = read_ahead(executor)
    while waiting or flying:
        while waiting and len(flying) < most:
            start = waiting.popleft()
            flying.append(
                (start, executor.submit(encode_block, request, encoder, blocks, start, device))
            )
        start, future = flying.popleft()
        future.result()
        yield start


@alone
def encode_block(
    request: CorpusRequest, encoder: FrozenEncoder, blocks: Path, start: int, device: str
) -> None:
    """Encode the rows from `start` on, in a worker process, and write them as one folder."""
    dataset, table = dataset_and_table(request)
    kind = representation(encoder.name)
    items: dict[int, Any] = {}
    stop = min(start + BLOCK, len(table))
    for row in range(start, stop):
        try:
            media = dataset.read(table.iloc[row], kind.source)  # type: ignore[union-attr]
            if media is not None:
                items[row] = check_media(media, kind.source)[0]  # type: ignore[union-attr]
        except ClipError:
            continue  # already counted as absent when the source was read
    with denormals_flushed():
        found = dict(_encoded(items, encoder, device))
    with sealed_folder(blocks / str(start)) as folder:
        writer = RaggedWriter(folder, "float16")
        for row in range(start, stop):
            writer.append(found.get(row))
        writer.close()


def _encoded(
    items: dict[int, Any], encoder: FrozenEncoder, device: str
) -> Iterator[tuple[int, Array]]:
    """Rows with their features ``[T, D]``, batched by length."""
    place = choose_device(device)
    module = _module(encoder, str(place))
    order = sorted(items, key=lambda row: len(items[row]))
    size = BATCH[encoder.modality]
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        batch = _collate([_sequence(items[row], encoder.modality) for row in rows])
        with (
            torch.inference_mode(),
            torch.autocast(place.type, torch.bfloat16, place.type == "cuda"),
        ):
            features = module(Sequence(batch.values.to(place), batch.lengths.to(place)))
        if encoder.pool == MEAN and features.pooled is not None:  # CNN14's own summary of a clip
            yield from zip(rows, features.pooled[:, None].float().cpu().numpy(), strict=True)
            continue
        values, lengths = features.values.float().cpu(), features.lengths.tolist()
        for row, one, steps in zip(rows, values, lengths, strict=True):
            yield row, _pooled(one[: int(steps)], encoder.pool)


@lru_cache(maxsize=2)
def _module(encoder: FrozenEncoder, device: str) -> Backbone:
    modality, model = encoder.modality, encoder.model
    module: Backbone
    if is_single_file(modality, model):
        path = Path(model).expanduser()
        module = WordVectors(path) if modality == "text" else Cnn14(path)
    elif modality == "text":
        module = TextBackbone(model, layer=encoder.layer)
    elif modality == "audio":
        module = SpeechBackbone(model, layer=encoder.layer)
    else:
        module = ImageBackbone(model)
    return module.requires_grad_(False).eval().to(device)


def _sequence(media: Any, modality: str) -> Array:
    """Input of the backbone, ``[T, D]``: code points, samples, or pixels in 0 to 1."""
    if modality == "text":
        return np.asarray([[ord(c)] for c in media], dtype=np.float32)
    if modality == "audio":
        return np.asarray(media, dtype=np.float32)[:, None]
    pixels: Array = media.reshape(len(media), -1).astype(np.float32) / 255.0
    return pixels


def _collate(arrays: list[Array]) -> Sequence:
    lengths = torch.tensor([len(a) for a in arrays])
    values = torch.zeros(len(arrays), int(lengths.max()), arrays[0].shape[1])
    for i, array in enumerate(arrays):
        values[i, : len(array)] = torch.from_numpy(array)
    return Sequence(values, lengths)


def _pooled(values: Tensor, pool: int) -> Array:
    """Average each `pool` steps ``[T, D]``; the last ones may be fewer."""
    if pool == MEAN:
        return values.mean(dim=0, keepdim=True).numpy()
    if pool == 1:
        return values.numpy()
    return torch.stack([part.mean(dim=0) for part in torch.split(values, pool)]).numpy()
