"""Backbones of the real sizes with random weights, as folders: nothing is downloaded.

python backbone_folders.py FOLDER [toy]
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path
from typing import Any

TOY = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
}  # fmt: skip


def write(folder: Path, toy: bool) -> dict[str, str]:
    """Write a backbone of each kind; name to its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    size = TOY if toy else {}
    found = {
        "bert": _bert(folder / "bert", size),
        "roberta": _roberta(folder / "roberta", size),
        "wav2vec2": _wav2vec2(folder / "wav2vec2", size),
        "resnet": _timm(folder / "resnet", "resnet18"),
        "vit": _vit(folder / "vit", toy),
    }
    return {name: str(path) for name, path in found.items()}


def _bert(folder: Path, size: dict[str, Any]) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    # Words are spelled letter by letter, which makes texts several times as long as they are.
    letters = string.ascii_lowercase + string.digits + ",.!?'"
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    (folder / "vocab.txt").write_text("\n".join([*marks, *letters, *(f"##{c}" for c in letters)]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    BertModel(BertConfig(**size)).save_pretrained(folder)
    return folder


def _roberta(folder: Path, size: dict[str, Any]) -> Path:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

    folder.mkdir()
    pieces = ByteLevelBPETokenizer()
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces.train_from_iterator(["all is well", "nothing is"], 280, special_tokens=marks)
    pieces.save_model(str(folder))
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    RobertaTokenizerFast(vocab=files[0], merges=files[1]).save_pretrained(folder)
    config = RobertaConfig(vocab_size=50265, max_position_embeddings=514, **size)
    RobertaModel(config).save_pretrained(folder)
    return folder


def _wav2vec2(folder: Path, size: dict[str, Any]) -> Path:
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    more: dict[str, Any] = (
        {"conv_dim": (8,) * 7, "num_conv_pos_embedding_groups": 2} if size else {}
    )
    Wav2Vec2Model(Wav2Vec2Config(**size, **more)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def _vit(folder: Path, toy: bool) -> Path:
    name = "vit_base_patch16_224"
    if not toy:
        return _timm(folder, name)
    return _timm(folder, name, img_size=32, patch_size=16, embed_dim=12, depth=1, num_heads=2)


def _timm(folder: Path, name: str, **options: int) -> Path:
    import timm
    from timm.models import save_for_hf

    model = timm.create_model(name, pretrained=False, **options)
    side = options.get("img_size", 224)
    model.pretrained_cfg = model.pretrained_cfg | {"input_size": (3, side, side)}
    save_for_hf(model, folder, model_args=options or None, safe_serialization=True)
    return folder


if __name__ == "__main__":
    print(json.dumps(write(Path(sys.argv[1]), sys.argv[2:] == ["toy"])))
