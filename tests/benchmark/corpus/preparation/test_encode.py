"""Frozen encoders over a corpus: the right numbers, in order, and nothing done twice."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from emobench import DataError, ImageBackbone, Sequence, SpeechBackbone, TextBackbone
from emobench.backbones.frozen_encoder import FrozenEncoder, parse
from emobench.backbones.weights import weights
from emobench.corpus.preparation import encode as module
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
from emobench.corpus.view import fold_view
from emobench.executors.in_process import InProcess

Checkpoints = dict[str, Path]


def encoder(folder: Path, modality: str, options: str = "") -> FrozenEncoder:
    return parse(f"{modality}={folder}{options}")


def fill(maker: Any, count: int = 7) -> dict[str, list[Any]]:
    draw = np.random.default_rng(0)
    waves = [draw.normal(0, 0.1, 2000 + 900 * (i % 4)) for i in range(count)]
    media: dict[str, list[Any]] = {
        "text": [f"good {'abc ' * i}" for i in range(count)],
        "audio": [wave.astype(np.float32) for wave in waves],
        "frames": [draw.integers(0, 255, (1 + i % 3, 48, 48), np.uint8) for i in range(count)],
    }
    media["audio"][2] = None
    media["frames"][3] = []  # cannot be read
    for i in range(count):
        maker.add(**{m: values[i] for m, values in media.items()})
    return media


def features(backbone: Any, values: np.ndarray) -> np.ndarray:
    sequence = Sequence(torch.from_numpy(values)[None], torch.tensor([len(values)]))
    with torch.inference_mode():
        return backbone.eval()(sequence).values[0].numpy()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 3)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("layer", [-1, 1])
def test_texts_are_encoded_as_the_backbone_does_one_by_one(
    maker: Any, checkpoints: Checkpoints, kind: str, layer: int
) -> None:
    media = fill(maker)
    chosen = encoder(checkpoints[kind], "text", f":layer={layer}")
    table = maker.prepared(chosen.name).load(chosen.name)
    backbone = TextBackbone(str(checkpoints[kind]), layer=layer)
    for row, text in enumerate(media["text"]):
        codes = np.array([[ord(c)] for c in text], dtype=np.float32)
        expected = features(backbone, codes)
        np.testing.assert_allclose(table[row], expected, atol=5e-3)


@pytest.mark.parametrize("kind", ["wav2vec2", "wav2vec2_layer", "hubert", "wavlm"])
def test_voices_are_averaged_and_absent_ones_are_empty(
    maker: Any, checkpoints: Checkpoints, kind: str
) -> None:
    media = fill(maker)
    chosen = encoder(checkpoints[kind], "audio", ":pool=3")
    table = maker.prepared(chosen.name).load(chosen.name)
    assert table.lengths[2] == 0
    backbone = SpeechBackbone(str(checkpoints[kind]))
    whole = features(backbone, media["audio"][1][:, None])
    averaged = [whole[at : at + 3].mean(axis=0) for at in range(0, len(whole), 3)]
    np.testing.assert_allclose(table[1], averaged, atol=5e-3)
    mean = encoder(checkpoints[kind], "audio", ":pool=mean")
    pooled = maker.prepared(mean.name).load(mean.name)
    assert set(pooled.lengths) == {0, 1}
    np.testing.assert_allclose(pooled[1][0], whole.mean(axis=0), atol=5e-3)


def test_faces_are_encoded_frame_by_frame(maker: Any, checkpoints: Checkpoints) -> None:
    media = fill(maker)
    chosen = encoder(checkpoints["resnet18"], "vision")
    target = maker.prepared(chosen.name)
    table = target.load(chosen.name)
    assert list(table.lengths) == [0 if i == 3 else 1 + i % 3 for i in range(7)]
    pixels = media["frames"][5].reshape(3, -1).astype(np.float32) / 255
    expected = features(ImageBackbone(str(checkpoints["resnet18"])), pixels)
    np.testing.assert_allclose(table[5], expected, rtol=2e-2, atol=5e-3)


def test_word_vectors_are_read_from_a_file_and_unknown_words_are_said(
    maker: Any, tmp_path: Path
) -> None:
    fill(maker)
    path = tmp_path / "glove.txt"
    path.write_text("good 1 2 3\nother 4 5 6\n")
    chosen = parse(f"text={path}")
    assert chosen.label == f"text={path}"
    said: list[str] = []
    target = prepare(
        maker.corpus(), [chosen.name], InProcess(), lambda what, _done, _all: said.append(what)
    )
    table = target.load(chosen.name)
    np.testing.assert_array_equal(table[2], [[1, 2, 3], [0, 0, 0], [0, 0, 0]])
    share = (0 + 1 + 2 + 3 + 4 + 5 + 6) / (7 + 21)
    assert any(line.endswith(f"{share:.1%} of the words have no vector") for line in said)
    path.write_text("other 4 5 6\n")
    weights.cache_clear()
    with pytest.raises(DataError, match="None of the words of this corpus has a vector"):
        maker.prepared(parse(f"text={path}").name)


class Stops:
    """A pool that is interrupted after some blocks."""

    def __init__(self, blocks: int) -> None:
        self.left = blocks

    count = 1

    def submit(self, work: Any, *args: Any) -> Future[Any]:
        if work is module.encode_block and not self.left:
            raise KeyboardInterrupt
        self.left -= work is module.encode_block
        future: Future[Any] = Future()
        future.set_result(work(*args))
        return future


def test_an_interruption_costs_no_finished_block(
    maker: Any, make: Any, checkpoints: Checkpoints
) -> None:
    fill(maker)
    chosen = encoder(checkpoints["bert"], "text")
    with pytest.raises(KeyboardInterrupt):
        maker.prepared(chosen.name, pool=Stops(2))
    before = maker.readings()["transcript"]
    again = maker.prepared(chosen.name, pool=Stops(1))
    assert maker.readings()["transcript"] - before == 1
    assert not list(again.folder.glob("*-blocks"))
    other = make("other")
    fill(other)
    whole = other.prepared(chosen.name).load(chosen.name)
    table = again.load(chosen.name)
    for row in range(7):
        np.testing.assert_array_equal(table[row], whole[row])


def test_features_do_not_depend_on_batch_mates(
    maker: Any, make: Any, checkpoints: Checkpoints
) -> None:
    chosen = encoder(checkpoints["bert"], "text")
    maker.add(text="good abc")
    alone = maker.prepared(chosen.name).load(chosen.name)
    among = make("among")
    among.add(text="good abc")
    among.add(text="a b c d e f " * 9)
    together = among.prepared(chosen.name).load(chosen.name)
    np.testing.assert_allclose(alone[0], together[0], atol=5e-3)


def test_a_model_gets_them_standardised_on_train(maker: Any, checkpoints: Checkpoints) -> None:
    fill(maker, 12)
    chosen = encoder(checkpoints["bert"], "text")
    target = maker.prepared(chosen.name)
    corpus = target.corpus
    parts = split(corpus, policy(corpus, None), 0)
    view = fold_view(target, parts, {"text": (chosen.name,)})
    assert view.task.size("text") == 16
    train = np.concatenate([view.features["text"][chosen.name][int(r)] for r in parts.train])
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-2)
