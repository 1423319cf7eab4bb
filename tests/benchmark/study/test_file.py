"""A file asks for a study; what is wrong in it is said with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emobench import RequestError
from emobench.study.file import line_of, read_study
from emobench.study.validation import NAMES

BLOCKS = (
    "# a remark\n",
    "\n",
    'models = [\n  "mlp",  # [[grid]]\n  "bilstm",\n]\n',
    "seeds = 2\n",
    'protocol = "ablation"\n',
    'dataset = """\nsimulated\n"""\n',
    "auxiliary = '''\nsedes = 1\n'''\n",
    'track = "controlled"  # track\n',
    "watch = true\n",
)


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text)
    return path


def refusal(path: Path, **typed: object) -> str:
    with pytest.raises(RequestError) as raised:
        read_study(path, typed)
    return str(raised.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("files")


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str, str, int]:
    """A document with one misspelt key: its text, the key, what it means, and its line."""
    before = draw(st.lists(st.sampled_from(BLOCKS), unique=True))
    after = draw(
        st.lists(st.sampled_from(BLOCKS), unique=True).map(
            lambda b: [one for one in b if one not in before]
        )
    )
    name = draw(st.sampled_from([n for n in NAMES if len(n) > 4]))
    place = draw(st.integers(1, len(name) - 2))
    key = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    assume(key not in NAMES)
    in_grid = draw(st.booleans())
    head = ["[[grid]]\n", "seeds = 1\n", "[[grid]]\n"] if in_grid else []
    parts = [*before, *head, f"{key} = 1\n", *([] if in_grid else after)]
    line = "".join(parts[: len(before) + len(head)]).count("\n") + 1
    return "".join(parts), key, name, line


@given(misspelt())
@settings(max_examples=20)
def test_a_misspelt_key_is_named_with_its_line_and_what_it_means(folder, case):
    text, key, name, line = case
    said = refusal(written(folder, text))
    assert said.startswith(f"{folder / 'study.toml'}, line {line}: Unknown option {key!r}. ")
    assert repr(name) in said.partition("Did you mean ")[2].partition("?")[0]


@given(st.lists(st.sampled_from(BLOCKS), unique=True))
def test_the_line_of_every_key_is_where_it_stands(blocks):
    text = "".join(blocks)
    for key in tomllib.loads(text):
        found = text.split("\n")[line_of(text, key) - 1]
        assert re.match(rf"{key} = ", found)


def test_the_lines_of_keys_in_tables(folder):
    text = "seeds = 1\n\n[[grid]]\nmodels = 'mlp'\n\n# more\n[[grid]]\n\nmodels = 'bilstm'\n"
    lines = [line_of(text, *keys) for keys in (("grid", 0), ("grid", 0, "models"))]
    assert lines == [3, 4]
    assert line_of(text, "grid", 1) == 7
    assert line_of(text, "grid", 1, "models") == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = 'two'\n", "line 1: seeds takes a whole number, 'two' is none."),
        ("\nmodels = 3\nwatch = 'yes'\n", "line 2: models takes a name or a list of names, 3"),
        ("\nmodels = 3\nwatch = 'yes'\n", "line 3: watch takes true or false, 'yes' is none."),
        ("a = 1\nseeds = 1.5\n", "line 2: seeds takes a whole number, 1.5 is none."),
        ("[[grid]]\nmodels = 'mlp'\n[[grid]]\nseeds = 'x'\n", "line 4: seeds takes a whole"),
        ("[grid]\nmodels = 'mlp'\n", "line 1: a grid begins with [[grid]]."),
        ("seeds = 1\ngrid = []\n", "line 2: a grid begins with [[grid]]."),
        ("seeds = 1\n[[grids]]\nx = 1\n", "line 2: Unknown option 'grids'. Did you mean 'grid'?"),
        ("[[grid]]\nresults = 'a'\n", "line 2: results stands above the first [[grid]]"),
        ("[[grid]]\ncallbacks = 'a.py'\n", "line 2: callbacks stands above the first [[grid]]"),
        ("[run]\nseeds = 1\n", "line 1: Unknown option 'run'."),
        ("dev-folds = 2\n", "Did you mean 'dev_folds'?"),
        ("seeds = \n", "is not TOML: Invalid value (at line 1, column 9)"),
        ("seeds = 1\nseeds = 2\n", "is not TOML: Cannot overwrite a value (at line 2"),
        ("# nothing\n", "names no option"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line(tmp_path, text, said):
    assert said in refusal(written(tmp_path, text))


def test_files_that_are_none(tmp_path):
    written(tmp_path, "seeds = 1\n")
    assert "study.toml; is that meant?" in refusal(tmp_path / "studi.toml")
    (tmp_path / "mine.py").write_text("seeds = 1")
    assert "models follow --models" in refusal(tmp_path / "mine.py")
    (tmp_path / "latin.toml").write_bytes("models = 'é'\n".encode("latin-1"))
    assert "it is not UTF-8 (byte 10)" in refusal(tmp_path / "latin.toml")


def test_a_file_of_another_editor_is_read(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes("\ufeffmodels = 'mlp'\r\nseeds = 2\r\n".encode())
    (grid,) = read_study(path).grids
    assert (grid.models, grid.seeds) == ("mlp", 2)
    path.write_bytes("\ufeffmodels = 'mlp'\r\nsedes = 2\r\n".encode())
    assert "line 2: Unknown option 'sedes'" in refusal(path)


def test_what_stands_above_the_grids_is_each_ones_unless_it_says_otherwise(tmp_path):
    text = "seeds = 2\nepochs = 1\n[[grid]]\nmodels = 'mlp'\n[[grid]]\nmodels = 'a'\nseeds = 5\n"
    study = read_study(written(tmp_path, text))
    assert [(g.models, g.seeds, g.epochs) for g in study.grids] == [("mlp", 2, 1), ("a", 5, 1)]
    assert [p.removeprefix(str(tmp_path / "study.toml")) for p in study.places] == [
        ", line 3, grid 1: ", ", line 5, grid 2: "
    ]  # fmt: skip


def test_what_is_typed_beside_a_file_takes_the_place_of_what_it_says(tmp_path, monkeypatch):
    (tmp_path / "studies").mkdir()
    (tmp_path / "here").mkdir()
    path = written(tmp_path / "studies", "seeds = 2\nresults = 'out'\n[[grid]]\nseeds = 7\n")
    monkeypatch.chdir(tmp_path / "here")
    study = read_study(path)
    assert study.folder == tmp_path / "studies"
    assert study.results == tmp_path / "studies" / "out"
    typed = read_study(path, {"seeds": 1, "results": "mine", "data_dir": "d"})
    assert [grid.seeds for grid in typed.grids] == [1]
    assert typed.results == tmp_path / "here" / "mine"
    assert typed.grids[0].data_dir == tmp_path / "here" / "d"
    assert read_study(path, {"results": "s3://a/b"}).grids[0].address == "s3://a/b"
    assert "Unknown option 'sedes'" in refusal(path, sedes=1)
    # A relative path among names could mean either folder: neither is taken silently.
    for place in ("studies", "here"):
        (tmp_path / place / f"{place}.py").touch()
        for name in ("models", "protocol", "dataset", "executor"):
            said = refusal(path, **{name: f"majority,{place}.py:width=3"})
            assert f"--{name} {place}.py beside a study in another folder" in said
    assert read_study(path, {"models": f"{tmp_path}/here/here.py"}).grids[0].models
    assert read_study(path, {"models": "mlp:dropout=0.5"}).grids[0].models == "mlp:dropout=0.5"


def test_the_command_line_takes_of_what_is_typed_only_what_is(cli, tmp_path):
    """A default is not typed: it does not take the place of what the file says."""
    written(tmp_path, "models = 'mlp'\nseeds = 7\nepochs = 4\n")
    done = cli("run", "study.toml", "--epochs", 2, "--print-toml", cwd=tmp_path)
    assert "seeds = 7\n" in done.stdout
    assert "epochs = 2\n" in done.stdout
    done = cli("run", "study.toml", "--seeds", 3, "--print-toml", cwd=tmp_path)
    assert "seeds = 3\n" in done.stdout


def test_a_fault_ends_the_command_with_status_two_and_writes_nothing(cli, tmp_path):
    written(tmp_path, "models = 'mlp'\nsedes = 7\n")
    done = cli("run", "study.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: study.toml, line 2: Unknown option 'sedes'")
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_a_grid_that_makes_no_sense_is_refused_before_the_first_is_run(cli, tmp_path):
    """Also where that shows only when its corpus is opened: nights are not lost."""
    top = "models = 'majority'\nprotocol = 'full_modalities'\nexecutor = 'in_process'\n"
    grids = "[[grid]]\ndataset = 'simulated:size=126:speakers=7'\n[[grid]]\ndataset = '{}'\n"
    for wrong, said in (
        ("simulated:size=1", "size=1"),
        ("simulatd", "Did you mean 'simulated'?"),
        ("simulated:size=126'\ndevice = 'cdua", "Unknown device 'cdua'"),
    ):
        written(tmp_path, top + grids.format(wrong))
        done = cli("run", "study.toml", cwd=tmp_path)
        assert done.returncode == 2, done.stdout + done.stderr
        assert done.stderr.startswith("error: study.toml, line 6, grid 2: ")
        assert said in done.stderr
        assert not (tmp_path / "results").exists()
