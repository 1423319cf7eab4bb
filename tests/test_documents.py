"""What the documents say about files, names and options is so; see also `test_documentation`."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main
import yaml

import emobench
from emobench.cli.app import app
from emobench.discovery.registry import registry

ROOT = Path(__file__).parents[1]
FOLDERS = ("benchmark", "models", "datasets", "protocols", "leaderboard", "tests", "docs")


def documents() -> list[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in names.splitlines() if (ROOT / name).is_file()]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(name: str) -> str:
    """The document without its code blocks."""
    return re.sub(r"^```.*?^```", "", text_of(name), flags=re.DOTALL | re.MULTILINE)


def anchors(name: str) -> set[str]:
    """What can follow # in a link to the document: its headings, as code hosts spell them."""
    heads = re.findall(r"^#+ (.+)$", prose(name), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def all_commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from all_commands(child, f"{path} {name}".strip())


COMMANDS = dict(all_commands(typer.main.get_command(app)))


def options(command: click.Command) -> set[str]:
    return {word for p in command.params for word in p.opts if word.startswith("--")}


def test_there_are_documents_to_look_at():
    assert {"README.md", "docs/results.md", "docs/cli.md", "datasets/README.md"} <= set(documents())


@pytest.mark.parametrize("name", documents())
def test_every_relative_link_leads_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(name)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        leads = (ROOT / name).parent / path if path else ROOT / name
        assert leads.exists(), target
        if anchor:
            assert anchor in anchors(str(leads.resolve().relative_to(ROOT))), target


@pytest.mark.parametrize("name", [n for n in documents() if n != "CHANGELOG.md"])
def test_every_file_that_a_document_names_is_there(name):
    for named in re.findall(r"`([\w./-]+)`", prose(name)):
        if named.split("/")[0] in FOLDERS and "/" in named:
            assert (ROOT / named).exists(), named


def test_every_new_name_in_the_table_of_renamed_things_is_there():
    modules, _, names = prose("docs/renamed.md").partition("## Classes and functions")
    rows = re.findall(r"^\| `[\w.]+` \| `([\w.]+)` \|$", modules, flags=re.MULTILINE)
    assert len(rows) > 50
    for module in rows:
        assert module_file(module).is_file(), module
    rows = re.findall(r"^\| `([\w.]+)` \| `\w+` \| `(\w+)` \|$", names, flags=re.MULTILINE)
    assert len(rows) > 10
    for module, new in rows:
        source = module_file(module).read_text(encoding="utf-8")
        assert re.search(rf"^\s*(class|def) {new}\b", source, flags=re.MULTILINE), (module, new)


def module_file(module: str) -> Path:
    head = module.split(".")[0]
    base = (
        ROOT if head in {"models", "datasets", "protocols", "leaderboard"} else ROOT / "benchmark"
    )
    path = base / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_the_readme_is_short_and_its_picture_small():
    assert len(text_of("README.md").splitlines()) <= 150
    (picture,) = re.findall(r"^!\[[^]]+\]\((.+)\)$", text_of("README.md"), flags=re.MULTILINE)
    content = (ROOT / picture).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) <= 250_000


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("model", ("README.md", "models/README.md")),
        ("dataset", ("README.md", "datasets/README.md")),
        ("protocol", ("README.md", "protocols/README.md")),
    ],
)
def test_the_documents_list_everything_that_is_built_in(kind, names):
    there = {n for n, e in registry(kind).items() if not getattr(e.card, "suffixes", ())}
    for name in names:
        tables = [line for line in prose(name).splitlines() if line.startswith("|")]
        listed = set(re.findall(r"`(\w+)`", "\n".join(tables)))
        assert there <= listed, name


@pytest.mark.parametrize("path", COMMANDS)
def test_the_command_line_document_names_every_command_and_option(path):
    document = text_of("docs/cli.md")
    last = path.removeprefix("data ")
    assert f"emobench {path} " in document or f"emobench {last} " in document
    for option in options(COMMANDS[path]) - {"--help"}:
        assert re.search(rf"{option}\b(?!-)", document), option


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_function_that_returns_what_it_prints(path):
    first = re.findall(r"^\| `emobench (.+?)` \|", text_of("docs/python.md"), flags=re.MULTILINE)
    assert any(cell == path or cell.startswith(f"{path} ") for cell in first)


@pytest.mark.parametrize("name", documents())
def test_every_command_in_a_code_block_has_the_options_that_it_is_given(name):
    for block in re.findall(r"^```\w*\n(.*?)^```", text_of(name), flags=re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if line.startswith("emobench "):
                check_line(line.partition("   ")[0])


def check_line(line: str) -> None:
    words = shlex.split(line)[1:]
    if words == ["--version"]:
        return
    path = next(p for p in (" ".join(words[:2]), words[0]) if p in COMMANDS)
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= options(COMMANDS[path]), line


@pytest.mark.parametrize(
    ("heading", "paths"), [("emobench run", ("run",)), ("New clips", ("predict", "export"))]
)
def test_the_options_in_the_tables_are_those_that_there_are(heading, paths):
    _, _, after = text_of("docs/cli.md").partition(f"\n## {heading}\n")
    section, _, _ = after.partition("\n## ")
    heads = re.findall(r"^\| ([^|]*--[^|]*) \|", section, flags=re.MULTILINE)
    named = [option for head in heads for option in re.findall(r"--[\w-]+", head)]
    there = set().union(*(options(COMMANDS[path]) for path in paths)) - {"--help"}
    assert sorted(named) == sorted(there)


def test_the_citation_file_has_what_the_format_asks_for_and_the_version_of_the_package():
    found = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(found)
    assert found["cff-version"] == "1.2.0"
    assert found["type"] == "software"
    assert found["license"] == "MIT"
    assert [set(author) for author in found["authors"]] == [{"name"}]
    assert found["version"] == emobench.__version__


def test_the_readmes_citation_has_the_version_of_the_package():
    (version,) = re.findall(r"version = \{([\d.]+)\}", text_of("README.md"))
    assert version == emobench.__version__
