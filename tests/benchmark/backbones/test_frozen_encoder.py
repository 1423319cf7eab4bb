from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import RequestError
from emobench.backbones.frozen_encoder import MEAN, FrozenEncoder, is_frozen, parse
from emobench.discovery.representations import representation, source_of


@given(
    modality=st.sampled_from(["text", "audio", "vision"]),
    model=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1),
    layer=st.integers(-12, 12),
    pool=st.integers(0, 50),
)
def test_a_name_says_all(modality: str, model: str, layer: int, pool: int) -> None:
    encoder = FrozenEncoder(modality, model, "0123abcd", layer, pool)
    assert FrozenEncoder.of(encoder.name) == encoder
    assert is_frozen(encoder.name)


def test_what_is_typed_is_read(checkpoints: dict[str, Path]) -> None:
    folder = checkpoints["wav2vec2"]
    usual = parse(f"audio={folder}")
    assert (usual.layer, usual.pool) == (-1, 5)
    assert usual.label == f"audio={folder}"
    other = parse(f"audio={folder}:layer=1:pool=mean")
    assert (other.layer, other.pool) == (1, MEAN)
    assert other.label == f"audio={folder}:layer=1:pool=mean"
    assert other.folder != usual.folder
    assert str(folder.parent) not in usual.folder
    assert source_of(usual.name) == "waveform"
    assert representation(usual.name).modality == "audio"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("roberta-base", "is written MODALITY="),
        ("text=", "is written MODALITY="),
        ("txt=roberta-base", "Did you mean 'text'"),
        ("text={bert}:layr=1", "Did you mean 'layer'"),
        ("text={bert}:pool=0", "pool is a number of steps, or mean"),
        ("vision={resnet18}:layer=2", "have no layer"),
        ("text={bert}/none", "does not exist"),
        ("text={bert}/glove.txt", "glove.txt does not exist"),
        ("text={bert}/vocab.txt:layer=1", "a single file gives one output; it has no layers"),
    ],
)
def test_what_cannot_be_is_said(checkpoints: dict[str, Path], word: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        parse(word.format(**checkpoints))
