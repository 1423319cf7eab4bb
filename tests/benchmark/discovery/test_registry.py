from __future__ import annotations

import os
import subprocess
import sys

import pytest

from emobench import Model, Protocol, RequestError
from emobench.discovery.options import configured
from emobench.discovery.registry import from_path, load_path, registry, resolve


def names(kind, words):
    return [entry.name for entry, _ in resolve(kind, words)]


def test_the_built_in_ones_are_found_and_reference_models_come_last():
    models = registry("model")
    kinds = [entry.card.kind == "reference" for entry in models.values()]
    assert kinds == sorted(kinds)
    assert {"emotiwave", "majority", "oracle"} <= set(models)
    assert "simulated" in registry("dataset")
    assert {"full_modalities", "missing_modality"} <= set(registry("protocol"))


@pytest.mark.parametrize("kind", ["model", "dataset", "protocol"])
def test_every_entry_loads_the_class_whose_card_was_read(kind):
    for entry in registry(kind).values():
        assert entry.load().card == entry.card


def test_all_wildcards_and_commas_name_what_they_say():
    assert list(dict.fromkeys(names("model", "all"))) == list(registry("model"))
    assert names("model", "*_only") == ["audio_only", "text_only", "vision_only"]
    assert names("model", "oracle, majority,") == ["oracle", "majority"]


def test_all_and_wildcards_bring_the_further_rows_of_a_card():
    rows = [options for entry, options in resolve("model", "all") if entry.name == "emotiwave"]
    assert rows == [{}, {"readout": "mean"}]
    assert resolve("model", "emoti*")[1][1] == {"readout": "mean"}
    assert [options for _, options in resolve("model", "emotiwave")] == [{}]


def test_a_further_row_takes_the_words_options_and_comes_once():
    chosen = [o for e, o in resolve("model", "all:epochs=2") if e.name == "emotiwave"]
    assert chosen == [{"epochs": "2"}, {"readout": "mean", "epochs": "2"}]
    typed = resolve("model", "emotiwave:readout=mean,all,emotiwave")
    assert [options for entry, options in typed if entry.name == "emotiwave"] == [
        {"readout": "mean"},
        {},
    ]


def test_every_further_row_is_another_configuration():
    for entry in registry("model").values():
        plain = configured(entry, {}, "controlled")
        for options in entry.card.rows.values():
            assert configured(entry, options, "controlled") != plain


def test_what_is_named_twice_comes_once():
    assert names("model", "majority,*,majority").count("majority") == 1


def test_options_go_to_every_model_of_their_word_alone():
    chosen = resolve("model", "emotiwave:fusion=attention:units=8,emotiwave,*_only:epochs=2")
    assert chosen[0][1] == {"fusion": "attention", "units": "8"}
    assert chosen[1][1] == {}
    assert [options for _, options in chosen[2:]] == [{"epochs": "2"}] * 3


def test_one_model_with_two_settings_is_two_rows():
    chosen = resolve("model", "emotiwave:units=8,emotiwave:units=9,emotiwave:units=8")
    assert [options["units"] for _, options in chosen] == ["8", "9"]


@pytest.mark.parametrize(
    ("kind", "words", "complaint"),
    [
        ("model", "emotiwav", r"Unknown model 'emotiwav'. Did you mean 'emotiwave'\?"),
        ("dataset", "simulate", r"Unknown dataset 'simulate'. Did you mean 'simulated'"),
        ("protocol", "missing_modalities", r"Did you mean 'missing_modality'"),
        ("model", "zzz", r"Unknown model 'zzz'. Known: .*emotiwave"),
        ("model", "x*", r"No model matches 'x\*'. Known: .*majority"),
        ("model", " , ", r"No model was named. Known: .*majority"),
        ("model", "majority:fast", r"'majority:fast': options are written NAME:key=value"),
        ("model", "majority:=1", r"options are written NAME:key=value"),
        ("model", "nowhere/x.py", r"There is no file nowhere/x.py"),
        ("model", "x.py", r"There is no file x.py"),
    ],
)
def test_a_request_that_makes_no_sense_says_so(kind, words, complaint):
    with pytest.raises(RequestError, match=complaint):
        resolve(kind, words)


def test_a_path_names_the_models_in_the_file_without_importing_it(write):
    path = write(name="mine")
    ((entry, options),) = resolve("model", f"{path}:epochs=1")
    assert (entry.name, entry.path, options) == ("mine", path, {"epochs": "1"})


def test_a_file_that_fails_when_imported_is_one_clear_sentence(write):
    (entry,) = from_path("model", write())
    for _ in range(2):  # nothing half-imported stays behind
        with pytest.raises(
            RequestError, match=r"some.py cannot be imported: RuntimeError: imported"
        ):
            entry.load()


def test_a_file_without_a_card_of_the_kind_says_what_is_expected(write):
    path = write(file="empty.py", text="x = 1\n")
    with pytest.raises(RequestError, match=r"empty.py holds no model: no class .*card = Card\("):
        from_path("model", path)
    with pytest.raises(RequestError, match=r"holds no protocol: .*ProtocolCard"):
        from_path("protocol", write())


def test_two_models_of_one_name_are_refused(write):
    with pytest.raises(RequestError, match=r"Two models are called 'majority': .*majority.py and"):
        resolve("model", f"majority,{write(name='majority')}")


def test_a_file_cannot_pass_for_a_built_in_model(write):
    path = write(name="majority")
    with pytest.raises(RequestError, match="Two models are called 'majority'"):
        resolve("model", str(path))


def test_a_models_digest_follows_its_source(write):
    path = write()
    (entry,) = from_path("model", path)
    before = entry.digest
    path.write_text(path.read_text() + "# changed\n")
    assert entry.digest != before


def test_a_file_is_imported_once_and_two_of_one_name_are_two_modules(tmp_path):
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "same.py")
        paths[-1].write_text(f"WHERE = {folder!r}\n")
    first, second = map(load_path, paths)
    assert (first.WHERE, second.WHERE) == ("a", "b")
    assert load_path(paths[0]) is first


PLUGIN = """
from emobench import Card, Condition, DatasetCard, Protocol, ProtocolCard, Regime

class Other:
    card = Card(name="not_declared", title="t", inputs={})

class PluginModel:
    card = Card(name="plugin_model", title="t", inputs={})

class PluginDataset:
    card = DatasetCard(name="plugin_dataset", title="t", classes=("a",), modalities=("text",),
                       licence="l", obtain="o", split="s")

class PluginProtocol(Protocol):
    card = ProtocolCard(name="plugin_protocol", title="t", question="q", method="m")
"""


def install(folder, entry_points: str, plugin: str | None = PLUGIN) -> None:
    """Put a distribution into `folder`, as pip does."""
    info = folder / "plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    if plugin is not None:
        (folder / "plugin_package").mkdir()
        (folder / "plugin_package" / "__init__.py").write_text("")
        (folder / "plugin_package" / "things.py").write_text(plugin)


def with_installed(folder, code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["model", "dataset", "protocol"])
def test_an_installed_entry_point_is_found_and_not_imported(kind, tmp_path):
    name = f"plugin_{kind}"
    install(
        tmp_path,
        f"[emobench.{kind}s]\n{name} = plugin_package.things:Plugin{kind.capitalize()}\n",
    )
    code = (
        "import sys\nfrom emobench.discovery.registry import registry\n"
        f"entry = registry({kind!r})[{name!r}]\n"
        "assert 'plugin_package.things' not in sys.modules\n"
        "assert 'torch' not in sys.modules\n"
        f"assert 'not_declared' not in registry({kind!r})\n"
        f"assert entry.load().__name__ == 'Plugin{kind.capitalize()}'\n"
    )
    run = with_installed(tmp_path, code)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("target", ["gone_module", "gone_package.things", "plugin_package.gone:A"])
def test_an_entry_point_to_nowhere_says_which_and_what_to_do(target, tmp_path):
    install(tmp_path, f"[emobench.models]\nlost = {target}\n")
    run = with_installed(
        tmp_path,
        "from emobench.cli.app import main; import sys; sys.argv[1:] = ['list', 'models']; main()",
    )
    assert run.returncode == 2
    assert run.stderr.startswith("error: The installed entry point 'lost' names the module")
    assert "Traceback" not in run.stderr


def test_an_installed_model_that_takes_a_built_in_name_is_refused(tmp_path):
    install(
        tmp_path,
        "[emobench.models]\nx = plugin_package.things:PluginModel\n",
        PLUGIN.replace("plugin_model", "majority"),
    )
    run = with_installed(
        tmp_path, "from emobench.discovery.registry import registry; registry('model')"
    )
    assert "RequestError: Two models are called 'majority': " in run.stderr


def test_loaded_classes_are_what_they_claim_to_be():
    assert all(issubclass(e.load(), Model) for e in registry("model").values())
    assert all(issubclass(e.load(), Protocol) for e in registry("protocol").values())


def test_a_name_that_is_a_file_here_is_suggested_as_one(write, monkeypatch):
    path = write("mine", "my_fusion.py")
    monkeypatch.chdir(path.parent)
    with pytest.raises(
        RequestError, match=r"there is a file my_fusion\.py here.*write my_fusion.py"
    ):
        resolve("model", "my_fusion:units=3")


def test_what_is_run_is_what_the_digest_speaks_of(tmp_path, monkeypatch):
    """Python itself would run what it kept of a text of the same size and second."""
    from emobench.discovery.registry import load_path

    monkeypatch.setattr("sys.dont_write_bytecode", False)
    path = tmp_path / "mine.py"
    for number in (1, 2):
        path.write_text(f"NUMBER = {number}\n")
        os.utime(path, (10, 10))
        assert number == load_path(path).NUMBER
