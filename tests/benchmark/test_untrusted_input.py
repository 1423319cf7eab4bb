"""No line of the package runs what a file says: no pickle, no YAML's objects, no evaluation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSES = ("benchmark", "models", "datasets", "protocols", "leaderboard")

FORBIDDEN = {
    "pickle.load": "executes", "pickle.loads": "executes", "pickle.Unpickler": "executes",
    "cPickle.load": "executes", "dill.load": "executes", "cloudpickle.load": "executes",
    "cloudpickle.loads": "executes", "joblib.load": "executes", "marshal.load": "executes",
    "marshal.loads": "executes", "shelve.open": "executes", "pandas.read_pickle": "executes",
    "pd.read_pickle": "executes", "yaml.load": "makes objects", "yaml.unsafe_load": "executes",
    "eval": "executes", "exec": "executes", "os.system": "goes through a shell",
    "tempfile.mktemp": "can be raced",
}  # fmt: skip
ALLOWED = {
    ("benchmark/remote/parcel.py", "pickle.loads"):
        "what this process itself has just pickled, to see whether it can be",
    ("benchmark/isolation/warden.py", "pickle.loads"):
        "what this process itself has just pickled, to see whether its parent can read it",
}  # fmt: skip


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of the package: its file, its dotted name, and the node."""
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield str(path.relative_to(ROOT)), ast.unparse(node.func), node


CALLS = list(calls())


def value(call: ast.Call, keyword: str) -> object:
    found = [k.value for k in call.keywords if k.arg == keyword]
    return found[0].value if found and isinstance(found[0], ast.Constant) else None


def test_the_calls_were_found() -> None:
    assert len(CALLS) > 5_000


def test_nothing_is_executed() -> None:
    wrong = {(file, name) for file, name, _ in CALLS if name in FORBIDDEN}
    assert wrong == set(ALLOWED)
    assert [c[:2] for c in CALLS if c[1].rsplit(".", 1)[-1] == "extractall"] == []


def test_weights_are_read_as_weights() -> None:
    loads = [(file, call) for file, name, call in CALLS if name == "torch.load"]
    assert len(loads) >= 3
    for file, call in loads:
        assert value(call, "weights_only") is True, file


def test_arrays_are_read_without_pickles() -> None:
    loads = [
        (f, c) for f, n, c in CALLS if n in ("np.load", "numpy.load", "np.lib.format.read_array")
    ]
    assert len(loads) >= 10
    for file, call in loads:
        assert value(call, "allow_pickle") in (None, False), file


def test_code_in_folders_of_backbones_is_not_run() -> None:
    loads = [(f, c) for f, n, c in CALLS if n.endswith(".from_pretrained") and n.startswith("Auto")]
    assert len(loads) >= 2
    for file, call in loads:
        assert value(call, "trust_remote_code") is False, file
        assert value(call, "local_files_only") is True, file


def test_no_shell_is_asked() -> None:
    for file, name, call in CALLS:
        if name.startswith("subprocess."):
            assert value(call, "shell") in (None, False), file
