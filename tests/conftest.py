"""What every test may use: fresh folders, real recordings if any, tiny backbone checkpoints."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from emobench import Folders

# The same examples on every machine, whose speed is no part of what is tested.
settings.register_profile(
    "emobench", deadline=None, derandomize=True, database=None, max_examples=50
)
settings.load_profile("emobench")


LONGEST = (
    "protocols/test_matrix.py", "benchmark/cli/test_run.py", "benchmark/cli/test_data.py",
    "models/test_contract.py", "datasets/test_simulated_leakage.py", "test_documentation.py",
    "benchmark/grid/execution/test_scheduler.py", "benchmark/cli/test_backbone.py",
)  # fmt: skip
"""Files that are begun first, so that no worker of pytest-xdist is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    here = Path(__file__).parent
    place = {here / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings and transcripts (`ravdess/`, `meld/`, …), or a skip."""
    named = os.environ.get("EMOBENCH_TEST_DATA")
    root = Path(__file__).resolve().parents[1]
    places = [Path(named)] if named else [p / "shared" / "data" for p in root.parents]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip(
        f"EMOBENCH_TEST_DATA names {named}, which is no folder"
        if named
        else "no real recordings: set EMOBENCH_TEST_DATA, or lay them in ../shared/data"
    )


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """An empty data folder, and a cache that does not exist yet."""
    (tmp_path / "data").mkdir()
    return Folders(data=tmp_path / "data", cache=tmp_path / "cache")


@pytest.fixture(scope="session")
def lose() -> Callable[..., None]:
    """Take the cells of the given keys out of a results folder, as if they had not been run."""
    from emobench.store.cell_writer import replace_packs
    from emobench.store.training_folder import read_packs

    def take_out(root: Path, *keys: str) -> None:
        lost = set(keys)
        for folder in (root / "trainings").iterdir():
            packs = read_packs(folder)
            if lost & set(packs.entries):
                kept = [cell for cell in packs.cells() if cell.key not in lost]
                old = [pack.path for pack in packs.whole]
                replace_packs(folder, kept, old, root / "unfinished")
                lost -= set(packs.entries)
        assert not lost

    return take_out


@contextlib.contextmanager
def _fresh_command(
    arguments: list[str], environment: dict[str, str], cwd: Path
) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Arguments, environment, folder and streams of a command, as a process of its own has them."""
    import emobench.executor
    from emobench.executors.in_process import InProcess

    chosen = emobench.executor._kind
    out, err = io.StringIO(), io.StringIO()
    threads, imported = torch.get_num_threads(), set(sys.modules)
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(cwd):
        patch.setattr(sys, "argv", ["emobench", *arguments])
        for name in set(os.environ) - set(environment):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        # The one place that decides where the trainings of most tests run.
        patch.setattr(
            emobench.executor, "_kind", lambda name: InProcess if name == "local" else chosen(name)
        )
        torch.set_num_threads(1)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                yield out, err
        finally:
            torch.set_num_threads(threads)
            # A process of its own would import a user's file anew: it may have changed.
            for name in set(sys.modules) - imported:
                if name.startswith("emobench_file_"):
                    del sys.modules[name]


def run_command(
    arguments: list[str], environment: dict[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run ``emobench`` in this process; what a process of its own would have given."""
    from emobench.cli.app import main

    with _fresh_command(arguments, environment, cwd) as (out, err):
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        except Exception:
            traceback.print_exc()
            status = 1
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this test session, shared by the processes of pytest-xdist."""
    root = tmp_path_factory.getbasetemp()
    return (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "shared-cache"


@pytest.fixture(scope="session")
def environment(shared_cache: Path) -> dict[str, str]:
    """The environment of commands: the shared cache, no data folder, wide lines."""
    without = ("EMOBENCH_DATA", "PYTEST_CURRENT_TEST")
    kept = {name: value for name, value in os.environ.items() if name not in without}
    return kept | {"OMP_NUM_THREADS": "1", "COLUMNS": "200", "EMOBENCH_CACHE": str(shared_cache)}


@pytest.fixture(scope="session")
def cli(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``emobench`` with arguments, away from the repository root unless told.

    It runs in this process, trainings too: `command` is for tests of processes.
    """
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def call(*arguments: object, cwd: Path = elsewhere) -> subprocess.CompletedProcess[str]:
        return run_command([*map(str, arguments)], environment, cwd)

    return call


@pytest.fixture(scope="session")
def python(environment: dict[str, str]) -> Callable[..., str]:
    """Run blocks of Python one after another in a folder, and return what they print.

    They run in this process, trainings too. The value of a last expression is shown as Python's
    own prompt shows it. A third argument holds the names that the blocks know and define.
    """

    def call(blocks: list[str], folder: Path, names: dict[str, object] | None = None) -> str:
        names = {} if names is None else names
        names.setdefault("__name__", "__main__")
        with _fresh_command([], environment, folder) as (out, _):
            for block in blocks:
                for node in ast.parse(block).body:
                    mode = "single" if isinstance(node, ast.Expr) else "exec"
                    tree = ast.Interactive([node]) if mode == "single" else ast.Module([node], [])
                    exec(compile(tree, "<document>", mode), names)
        return out.getvalue()

    return call


WORDS = [*"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"), "good"]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny random encoders of every backbone class, saved as anybody saves one."""
    root = tmp_path_factory.mktemp("checkpoints")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {
            "bert": _bert(root / "bert"),
            "roberta": _roberta(root / "roberta"),
            "wav2vec2": _wav2vec2(root / "wav2vec2", "group"),
            "wav2vec2_layer": _wav2vec2(root / "wav2vec2_layer", "layer"),
            "hubert": _speech(root / "hubert", "Hubert"),
            "wavlm": _speech(root / "wavlm", "WavLM"),
            "resnet18": _timm(root / "resnet18", "resnet18"),
            "vit": _timm(
                root / "vit", "vit_base_patch16_224",
                img_size=32, patch_size=16, embed_dim=12, depth=1, num_heads=2,
            ),
        }  # fmt: skip


def _bert(folder: Path) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(words), intermediate_size=32, **size)
    BertModel(config).save_pretrained(folder)
    return folder


def _roberta(folder: Path) -> Path:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

    folder.mkdir()
    pieces = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces.train_from_iterator(["all is good", "nothing is bad"], 280, special_tokens=special)
    pieces.save_model(str(folder))
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    RobertaTokenizerFast(vocab=files[0], merges=files[1]).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    size |= {"intermediate_size": 32, "max_position_embeddings": 140}
    config = RobertaConfig(vocab_size=pieces.get_vocab_size(), **size)
    RobertaModel(config).save_pretrained(folder)
    return folder


def _wav2vec2(folder: Path, norm: str) -> Path:
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = Wav2Vec2Config(
        intermediate_size=32, conv_dim=(8,) * 7, num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2, feat_extract_norm=norm, mask_time_prob=0.5, **size,
    )  # fmt: skip
    Wav2Vec2Model(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def _speech(folder: Path, kind: str) -> Path:
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    getattr(transformers, f"{kind}Model")(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def _timm(folder: Path, name: str, **options: int) -> Path:
    import timm
    from timm.models import save_for_hf

    model = timm.create_model(name, pretrained=False, **options)
    size = options.get("img_size", 64)
    model.pretrained_cfg = model.pretrained_cfg | {"input_size": (3, size, size)}
    save_for_hf(model, folder, model_args=options or None, safe_serialization=True)
    return folder
