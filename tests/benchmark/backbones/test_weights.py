from __future__ import annotations

import shutil

import pytest

from emobench import RequestError, Skip, TextBackbone
from emobench.backbones.weights import weights


@pytest.fixture
def no_hub(monkeypatch, tmp_path):
    """A hub that cannot be reached, and an empty cache."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    weights.cache_clear()


def test_a_local_folder_is_taken_and_its_revision_follows_its_files(checkpoints, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(checkpoints["bert"], copy)
    first = weights("text", str(copy))
    assert first.folder == copy.resolve()
    assert first.revision == weights("text", str(checkpoints["bert"])).revision
    with (copy / "config.json").open("a") as file:
        file.write("\n")
    weights.cache_clear()
    assert weights("text", str(copy)).revision != first.revision


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_weights_says_what_is_expected(tmp_path, empty):
    folder = tmp_path / "folder"
    if empty:
        folder.mkdir()
    what = "holds no config.json with weights" if empty else "does not exist"
    with pytest.raises(Skip, match=f"{what}. It must be as save_pretrained"):
        weights("audio", str(folder))


@pytest.mark.parametrize(
    ("modality", "name"), [("text", "bert-base-uncased"), ("vision", "resnet18")]
)
def test_weights_that_cannot_be_had_give_one_message_with_a_way_out(no_hub, modality, name):
    with pytest.raises(Skip) as error:
        weights(modality, name)
    message = str(error.value)
    assert repr(name) in message
    assert f"--backbone {modality}=FOLDER" in message
    assert "\n" not in message


def test_what_the_hub_gave_before_is_found_without_it(no_hub, checkpoints, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    home = tmp_path / "models--someone--tiny-bert"
    shutil.copytree(checkpoints["bert"], home / "snapshots" / commit)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)
    found = weights("text", "someone/tiny-bert")
    assert found.revision == commit
    assert (found.folder / "model.safetensors").is_file()


def test_an_unknown_image_encoder_is_named_with_the_nearest(no_hub):
    with pytest.raises(RequestError, match=r"backbone 'resnet1'. Did you mean 'resnet18'"):
        weights("vision", "resnet1")


def test_a_single_file_is_a_frozen_encoder_and_never_a_model_s_own(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("the 1 2 3")
    assert weights("text", str(path)).folder == path.resolve()
    first = weights("text", str(path)).revision
    path.write_text("the 1 2 4")
    weights.cache_clear()
    assert weights("text", str(path)).revision != first
    with pytest.raises(RequestError, match="which only a frozen encoder can be"):
        TextBackbone(str(path))
