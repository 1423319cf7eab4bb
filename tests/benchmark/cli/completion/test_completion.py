"""What shells get when somebody presses the tab key, asked for as they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.cli.completion.bash_words import inserted, whole_words
from emobench.discovery.registry import registry

Ask = Callable[..., list[str]]


@pytest.fixture
def ask(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Completions of the last of some words, as bash has them, by the function of its protocol."""
    from emobench.cli.app import app
    from emobench.cli.completion import bash_words

    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["emobench"])
        monkeypatch.setenv("_EMOBENCH_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(("emobench", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        read, write = os.pipe()
        with os.fdopen(write, "w") as out, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            with pytest.raises(SystemExit) as ended:
                bash_words.answer(lambda: app(prog_name="emobench"))
        assert not ended.value.code
        with os.fdopen(read) as answer:
            return answer.read().splitlines()

    return call


def test_every_name_completes_its_option(ask: Ask) -> None:
    assert set(ask("run", "--models", "")) >= {*registry("model"), "all"}
    assert set(ask("run", "--protocol", "")) >= {*registry("protocol")}
    assert set(ask("run", "--dataset", "")) >= {*registry("dataset")}
    assert ask("run", "--models", "mlp,late_f") == ["mlp,late_fusion"]
    assert "mlp,mlp" not in ask("run", "--models", "mlp,")
    assert ask("run", "--track", "pub") == ["published"]
    assert "local" in ask("run", "--executor", "l")
    assert ask("data", "verify", "rav") == ["ravdess"]
    assert set(ask("show", "m")) >= {"mlp", "meld", "missing_modality"}


def test_commands_and_options_complete(ask: Ask) -> None:
    assert ask("lead") == ["leaderboard"]
    assert "--models" in ask("run", "--mo")
    assert ask("cache", "pr") == ["prune"]


def test_a_word_that_bash_takes_apart_at_equals_signs_and_colons_completes(ask: Ask) -> None:
    assert ask("run", "--models", "=", "late_f") == ["late_fusion"]
    assert ask("run", "--models", "mlp", ":", "units", "=", "8,late_f") == ["8,late_fusion"]


def test_files_complete_where_they_can_be_models_or_corpora(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "my_net.py").touch()
    (tmp_path / "own.csv").touch()
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "other.py").touch()
    assert ask("run", "--models", "my") == ["my_net.py"]
    assert ask("run", "--models", "mlp,deep/") == ["mlp,deep/down/", "mlp,deep/other.py"]
    assert ask("run", "--dataset", "ow") == ["own.csv"]


def test_rows_of_a_results_folder_complete(ask: Ask, tmp_path: Path) -> None:
    grids = tmp_path / "elsewhere" / "grids"
    grids.mkdir(parents=True)
    for number, (model, variant) in enumerate(
        [("net", "corrected"), ("net tuned:8", "corrected"), ("net", "as_published")]
    ):
        (grids / f"{number}.json").write_text(
            f'{{\n "dataset": "there",\n "model": "{model}",\n "protocol": "asked",\n'
            f' "rows": [],\n "variant": "{variant}"\n}}\n'
        )
    where = ("--results", "elsewhere")
    found = ask("compare", *where, "net")
    assert found == ["net", r"net\ \(as_published\)", r"net\ tuned:8"]
    assert ask("report", *where, "--dataset", "") == ["there"]
    assert ask("leaderboard", *where, "--models", "net,") == [
        r"net,net\ \(as_published\)", r"net,net\ tuned:8",
    ]  # fmt: skip
    assert ask("predict", "elsewhere", "clips.csv", "--model", "net") == found
    assert ask("export", "elsewhere", "out", "--dataset", "") == ["there"]
    assert ask("export", "elsewhere", "out", "--protocol", "as") == ["asked"]
    assert ask("predict", "elsewhere", "clips.csv", "--variant", "as") == ["as_published"]
    assert ask("compare", "net") == []  # nothing is in results/


@given(st.lists(st.text("ab=:", min_size=1, max_size=5), min_size=1, max_size=5))
def test_words_are_put_together_again_as_they_were_typed(typed: list[str]) -> None:
    """Bash takes each word apart at runs of equals signs and colons."""
    words = [word if word.strip("=:") else f"a{word}" for word in typed]
    words = [word if word[0] not in "=:" else f"a{word}" for word in words]
    # Of "a: b" and "a:b" bash says the same, so that a word in the middle may not end so.
    words = [*(word.rstrip("=:") for word in words[:-1]), words[-1]]
    apart, ends = ["emobench"], [0]
    for word in words:
        part = ""
        for i, letter in enumerate(word):
            if i and (letter in "=:") != (word[i - 1] in "=:"):
                apart.append(part)
                part = ""
            part += letter
        apart.append(part)
        ends.append(len(apart) - 1)
    whole, at = whole_words(apart, ends[-1])
    assert whole == ["emobench", *words]
    assert at == len(words)


def test_what_is_inserted_takes_the_place_of_the_last_part_alone() -> None:
    assert inserted("mlp:units=8", "mlp:uni") == "units=8"
    assert inserted("late_fusion", "--models=la") == "late_fusion"
    assert inserted("my file.py", "my") == r"my\ file.py"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes_with_the_script_that_is_offered(
    environment: dict[str, str], tmp_path: Path
) -> None:
    here = Path(sys.executable).parent
    program = tmp_path / "emobench"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = 'emobench'\n"
        "from emobench.cli.app import main\nmain()\n"
    )
    program.chmod(0o755)
    script = (
        "source <(_EMOBENCH_COMPLETE=source_bash emobench)\n"
        "COMP_WORDS=(emobench run --models = mlp,late_f); COMP_CWORD=4\n"
        "complete -p emobench >/dev/null || exit 9\n"
        '_emobench_completion emobench; echo "${COMPREPLY[*]}"\n'
    )
    path = f"{tmp_path}:{here}:{environment['PATH']}"
    ended = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment | {"PATH": path}, cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.stdout == "mlp,late_fusion\n", ended.stderr
