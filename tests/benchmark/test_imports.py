"""What imports what: the folders keep apart, torch stays out of the quick commands, and our
``datasets`` folder is never taken for Hugging Face's package.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import emobench
from emobench.discovery.registry import registry

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("benchmark", "models", "datasets", "protocols", "leaderboard")
QUICK = (["--help"], ["--version"], ["list"], ["list", "--json"], ["list", "models", "--json"])


def python(code: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` as ``python -c`` in `cwd`, whose first entry of ``sys.path`` is `cwd`."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=120,
        check=False,
    )


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imported(path: Path) -> list[tuple[str, list[str]]]:
    """Every imported module of a file with the names taken from it (none for ``import x``)."""
    found: list[tuple[str, list[str]]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((node.module or "", [a.name for a in node.names]))
        elif isinstance(node, ast.Import):
            found += [(a.name, []) for a in node.names]
    return found


@pytest.mark.parametrize("arguments", QUICK, ids=" ".join)
def test_a_quick_command_imports_no_torch(arguments, tmp_path):
    code = (
        "import sys\n"
        f"sys.argv = ['emobench', *{arguments!r}]\n"
        "from emobench.cli.app import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = sorted({'torch', 'transformers', 'sklearn', 'pandas'} & set(sys.modules))\n"
        "assert not heavy, heavy\n"
    )
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


def test_importing_the_package_imports_no_torch(tmp_path):
    run = python("import emobench, sys; assert 'torch' not in sys.modules", tmp_path)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("module", "most"), [("emobench", 12), ("emobench.leaderboard", 24), ("emobench.cli.app", 220)]
)
def test_what_is_imported_at_first_is_counted(module, most, tmp_path):
    """Five, eleven and about 150 modules at the time of writing: 6 ms, 10 ms and 0.1 s."""
    code = f"import sys\nbare = set(sys.modules)\nimport {module}\nprint(*set(sys.modules) - bare)"
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr
    found = run.stdout.split()
    assert module in found
    assert len(found) <= most, found
    heavy = {"torch", "numpy", "pandas", "pydantic", "rich", "psutil", "pyarrow", "matplotlib"}
    assert not heavy & set(found)


def test_completion_imports_nothing_heavy(tmp_path):
    code = (
        "import sys\n"
        "from emobench.cli.app import app\n"
        "try:\n    app(prog_name='emobench')\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'torch', 'numpy', 'pandas', 'rich', 'psutil', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    asked = {
        "_EMOBENCH_COMPLETE": "complete_bash", "COMP_WORDS": "emobench\nrun\n--models\nmlp,la",
        "COMP_CWORD": "3",
    }  # fmt: skip
    run = python(code, tmp_path, **asked)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "mlp,late_fusion\n"


def test_importing_the_package_and_naming_what_runs_a_study_loads_nothing_heavy(tmp_path):
    heavy = {"torch", "transformers", "sklearn", "pandas", "numpy", "pydantic", "typer", "rich"}
    code = (
        f"import emobench, sys\nheavy = {heavy!r}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "emobench.run, emobench.run_file, emobench.open_results\n"
        "assert 'torch' not in sys.modules\nassert 'pandas' not in sys.modules\n"
    )
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr


def test_the_display_of_progress_imports_no_torch(tmp_path):
    said = "import emobench.terminal.progress, sys; assert 'torch' not in sys.modules"
    assert python(said, tmp_path).returncode == 0


def test_the_leaderboard_imports_no_torch(tmp_path):
    modules = [
        ".".join(
            ("emobench.leaderboard", *p.relative_to(ROOT / "leaderboard").with_suffix("").parts)
        )
        for p in sources("leaderboard")
        if p.name != "__init__.py"
    ]
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "assert 'torch' not in sys.modules"
    )
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr


def test_python_m_from_the_repository_root_works():
    run = subprocess.run(
        [sys.executable, "-m", "emobench", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "leaderboard" in run.stdout


@pytest.mark.slow
def test_from_the_root_transformers_and_timm_never_meet_our_datasets_folder():
    code = (
        "import importlib.util, sys\n"
        "import emobench, transformers, timm\n"
        "from transformers import BertModel, Trainer\n"
        "for name in ('benchmark', 'models', 'datasets', 'protocols', 'leaderboard'):\n"
        "    spec = importlib.util.find_spec(name)\n"
        f"    assert spec is None or not (spec.origin or '').startswith({str(ROOT)!r}), spec\n"
        "    assert name not in sys.modules or name == 'datasets', name\n"
    )
    run = python(code, ROOT)
    assert run.returncode == 0, run.stderr[-2000:]


def test_the_guard_hides_our_folders_only():
    code = (
        "import emobench, importlib.util\n"
        "assert importlib.util.find_spec('tests') is not None\n"
        "import emobench.datasets, emobench.models\n"
        "assert emobench.datasets.__file__.endswith('datasets/__init__.py')\n"
    )
    run = python(code, ROOT)
    assert run.returncode == 0, run.stderr


def test_the_root_on_the_path_later_and_after_invalidated_caches_is_hidden_too(tmp_path):
    code = (
        "import emobench, importlib, importlib.util, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "importlib.invalidate_caches()\n"
        "spec = importlib.util.find_spec('datasets')\n"
        f"assert spec is None or not (spec.origin or '').startswith({str(ROOT)!r}), spec\n"
    )
    run = python(code, tmp_path)
    assert run.returncode == 0, run.stderr


def test_without_the_guard_our_datasets_folder_refuses_and_says_why(tmp_path):
    run = python(f"import sys; sys.path.insert(0, {str(ROOT)!r}); import datasets", tmp_path)
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: this folder is emobench.datasets")
    assert "repository root is on sys.path" in last


@pytest.mark.parametrize("order", ["emobench, datasets", "datasets, emobench"])
def test_from_the_root_an_installed_datasets_package_is_the_one_that_is_imported(order, tmp_path):
    package = tmp_path / "site" / "datasets"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("WHOSE = 'Hugging Face'\n")
    # PYTHONPATH comes after the working directory, as site-packages do.
    code = f"import emobench\nimport {order}\nassert datasets.WHOSE == 'Hugging Face'\n"
    run = python(code, ROOT, PYTHONPATH=str(package.parent))
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", emobench.__all__)
def test_every_public_name_resolves(name):
    assert getattr(emobench, name) is not None
    assert name in dir(emobench)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Modle"):
        emobench.Modle  # noqa: B018


@pytest.mark.parametrize(
    ("folder", "own"), [("models", False), ("protocols", False), ("datasets", True)]
)
def test_plugins_import_the_core_by_its_public_names_and_never_each_other(folder, own):
    others = {f for f in FOLDERS if f != "benchmark"}
    for path in sources(folder):
        for module, names in imported(path):
            assert module.split(".")[0] not in FOLDERS, f"{path}: {module}"
            if module.split(".")[0] != "emobench":
                continue
            if own and module.startswith("emobench.datasets."):
                continue
            assert module == "emobench", f"{path} imports {module}"
            assert set(names) <= set(emobench.__all__) - others, f"{path}: {names}"


def test_a_corpus_imports_no_other_corpus():
    corpora = {f"emobench.datasets.{p.stem}" for p in (ROOT / "datasets").glob("*.py")}
    corpora.discard("emobench.datasets.__init__")
    for path in sources("datasets"):
        assert not {m for m, _ in imported(path)} & corpora, path


def test_the_leaderboard_knows_of_the_core_only_leaves_and_the_stored_records():
    leaves = (
        "atomic",
        "digest",
        "disk.refusal",
        "disk.seal",
        "errors",
        "modality",
        "randomness",
        "wording",
    )
    store = ("records", "grid_heads", "cell_reader", "pack", "training_folder")
    allowed = {f"emobench.{m}" for m in leaves} | {f"emobench.store.{m}" for m in store}
    for path in sources("leaderboard"):
        for module, names in imported(path):
            assert module.split(".")[0] not in {"torch", "torchaudio", "torchvision"}, path
            if module.split(".")[0] == "emobench":
                own = module.split(".")[:2] == ["emobench", "leaderboard"]
                taken = {module, *(f"{module}.{name}" for name in names)}
                assert own or allowed & taken, f"{path} imports {module}"


def documentation(tree: ast.AST) -> set[int]:
    """The string nodes that are docstrings or help texts: prose may give examples."""
    prose: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            prose.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "help":
            prose |= {id(n) for n in ast.walk(node.value)}
    return prose


def test_the_core_names_no_model_corpus_or_protocol():
    """One is allowed: the command line's default protocol, which a person reads in ``--help``.

    A wildcard or a flag on a card would not show there, and the flag exists only for the corpus.
    """
    names = {name for kind in ("model", "dataset", "protocol") for name in registry(kind)}
    assert {"oracle", "simulated", "missing_modality"} <= names
    allowed = {(ROOT / "benchmark/study/options.py", "missing_modality")}
    found = set()
    for path in sources("benchmark"):
        tree = ast.parse(path.read_text())
        prose = documentation(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in prose and node.value in names:
                found.add((path, node.value))
    assert found == allowed


def test_the_core_imports_no_model_corpus_or_protocol():
    for path in sources("benchmark"):
        for module, _ in imported(path):
            parts = module.split(".")
            assert parts[0] != "emobench" or parts[1:2] not in (
                ["models"],
                ["datasets"],
                ["protocols"],
            )


def test_the_listing_is_json_that_others_can_build_on(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "emobench", "list", "--json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    listing = json.loads(run.stdout)
    for kind in ("model", "dataset", "protocol"):
        assert [card["name"] for card in listing[f"{kind}s"]] == list(registry(kind))
