"""The folder of a page that holds its tables, figures, commands and citations as files."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from emobench.atomic import replace_text
from emobench.leaderboard.charts.style import Style, styles
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.report.publish import Published
from emobench.leaderboard.report.sections import SectionView
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.answers.omissions import share_text
from emobench.leaderboard.tables.score_table import ScoreTable
from emobench.leaderboard.tables.transfer import TransferView
from emobench.leaderboard.takeaway.citation import citations
from emobench.leaderboard.takeaway.command import run_script, study_file
from emobench.leaderboard.takeaway.csv_file import csv_text
from emobench.leaderboard.takeaway.figure_file import figure_text
from emobench.leaderboard.takeaway.latex import latex_document, latex_table

FOLDER: Final = "take-away"
LIST: Final = "files.txt"
"""The files of the folder, one a line: whatever is in it besides was put there by somebody else."""

INTRODUCTION: Final = """\
# {title}

Made of the same results as the page. Every table is there as CSV, with all digits, and as LaTeX
(`\\usepackage{{booktabs,graphicx}}`); `tables.tex` shows them all. `lists` has what is too long for
that, as CSV alone. Figures are SVG; for a paper, `rsvg-convert -f pdf -o NAME.pdf NAME.svg` or
Inkscape makes PDF of them. `run.sh` and `study.toml` (for `emobench run`) hold
the commands that the rows come from, `citation.bib` whom to cite.

| file | what |
|---|---|
{lines}

Shares, scores and their differences are plain numbers (.5 is a half), times are seconds, and
`low` and `high` are the ends of 95% intervals, or the first and last place of a rank.

| column | meaning |
|---|---|
{columns}
"""


@dataclass
class Shelf:
    """The files of one section, by their names.

    Parameters
    ----------
    name
        Of its folder.
    title
        In words.
    """

    name: str
    title: str
    texts: dict[str, str] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)

    def add_table(self, table: ScoreTable, name: str, title: str, words: Sequence[str]) -> None:
        """Add a table in both forms; one without a row is left out.

        `name` begins the names of its files, `title` its caption, and `words` go on in both.
        """
        if not table.rows or not table.columns:
            return
        stem = self._stem("tables", (name, *words), (".csv", ".tex"))
        caption = self._caption(title, words)
        label = f"tab:{self.name}-{PurePosixPath(stem).name}"
        self.meanings |= {c.head: c.meaning for c in table.columns if c.meaning}
        self.texts[f"{stem}.csv"] = csv_text(table)
        self.texts[f"{stem}.tex"] = latex_table(table, caption, label)
        self.captions[stem] = caption

    def add_list(self, table: ScoreTable, name: str, title: str, words: Sequence[str]) -> None:
        """Add a table that is too long for a page: as CSV alone."""
        stem = self._stem("lists", (name, *words), (".csv",))
        self.meanings |= {c.head: c.meaning for c in table.columns if c.meaning}
        self.texts[f"{stem}.csv"] = csv_text(table)
        self.captions[stem] = self._caption(title, words)

    def add_figure(self, part: Part, group: Group, looks: Mapping[str, Style]) -> None:
        """Add a chart, with a legend where the page has it outside of the chart."""
        # Small panels stand under the heading of their regime.
        where = f"regime `{group.regime}`" if part.layout == "panels" and group.regime else ""
        stem = self._stem("figures", (part.name, group.title, where), (".svg",))
        caption = self._caption(part.title, (group.title, where))
        labels = [label for label in looks if part.key == "always"]
        self.texts[f"{stem}.svg"] = figure_text(group.chart, caption, labels, looks)
        self.captions[stem] = caption

    def close(self) -> None:
        """Add the document that shows every table, and the list of all files."""
        tables = [n.removesuffix(".tex") for n in self.texts if n.endswith(".tex")]
        if tables:
            self.texts["tables.tex"] = latex_document(tables)
        endings = {"figures": ".svg", "lists": ".csv", "tables": ".csv`, `.tex"}
        lines = [
            f"| `{stem}{endings[stem.split('/')[0]]}` | {_cell(text)} |"
            for stem, text in self.captions.items()
        ]
        columns = [f"| {_cell(h)} | {_cell(text)} |" for h, text in self.meanings.items()]
        self.texts["README.md"] = INTRODUCTION.format(
            title=self.title, lines="\n".join(lines), columns="\n".join(columns)
        )

    def _caption(self, title: str, words: Sequence[str]) -> str:
        return f"{self.title}: {', '.join(filter(None, map(plain_words, (title, *words))))}"

    def _stem(self, folder: str, words: Sequence[str], endings: Sequence[str]) -> str:
        name = "-".join(filter(None, map(slug, words)))
        stem, n = f"{folder}/{name}", 2
        while any(f"{stem}{ending}" in self.texts for ending in endings):
            stem, n = f"{folder}/{name}-{n}", n + 1
        return stem


def write_shelves(results: Path, published: Published) -> Path:
    """Write the files of a page; those of an earlier time that are no longer made are removed.

    Parameters
    ----------
    results
        The results folder, for the records of the corpora.
    published
        The page, with its sections and matrices, computed.

    Returns
    -------
    Path
        The folder of the files, beside the page. The same results give the same bytes.
    """
    looks, reader = styles(published.board), Results(results)
    shelves = [_section(reader, view, looks) for view in published.views]
    shelves += map(_matrix, published.transfers)
    root = published.page.with_name(FOLDER)
    texts = {f"{one.name}/{name}": text for one in shelves for name, text in one.texts.items()}
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, text)
    for name in set(_earlier(root)) - set(texts):
        (root / name).unlink(missing_ok=True)
    replace_text(root / LIST, "".join(f"{name}\n" for name in sorted(texts)))
    return root


def renew_shelves(results: Path, published: Published, wanted: bool = False) -> None:
    """Write the files if they are wanted, or were once: beside a newer page they would lie."""
    if wanted or (published.page.with_name(FOLDER) / LIST).is_file():
        write_shelves(results, published)


def _section(results: Results, view: SectionView, looks: Mapping[str, Style]) -> Shelf:
    section = view.section
    title = f"{section.protocol.title or section.protocol.name} on {section.dataset}"
    if share := share_text(section):
        title = f"{title} ({share})"
    shelf = Shelf(section.anchor, title)
    labels = {e.label: looks[e.label] for e in section.entries if e.label in looks}
    shelf.add_table(view.sizes, "sizes", "utterances by part and class", ())
    shelf.add_table(view.conditions, "test conditions", "what the test inputs look like", ())
    if view.problems is not None:
        shelf.add_table(view.problems, "problems", "clips that could not be used as they are", ())
    for one in view.answers:
        if one.table is not None:
            shelf.add_table(one.table, "answer", one.title, (one.regime,))
        if one.chart:
            shelf.add_figure(Part("answer", one.title), Group(one.regime, chart=one.chart), labels)
    for part in view.parts:
        for table, words in part_tables(part):
            shelf.add_table(table, part.name, part.title, words)
        for group in part.groups:
            if group.chart:
                shelf.add_figure(part, group, labels)
        for name, table in part.lists:
            shelf.add_list(table, part.name, part.title, (name,))
    shelf.texts["run.sh"] = run_script(section)
    shelf.texts["study.toml"] = study_file(section)
    shelf.texts["citation.bib"] = citations(results, section)
    shelf.close()
    return shelf


def part_tables(part: Part) -> Iterator[tuple[ScoreTable, tuple[str, ...]]]:
    """Return every table of a part, with the title of its group, and its own if there are many."""
    for group in part.groups:
        for table in group.tables:
            yield table, (group.title, *((table.title,) if len(group.tables) > 1 else ()))


def _matrix(view: TransferView) -> Shelf:
    shelf = Shelf(view.anchor, f"{view.protocol}, trained on one corpus, tested on another")
    for model, tables in view.tables:
        for table in tables:
            shelf.add_table(table, model, model, (table.title,))
    shelf.add_table(view.shared, view.shared.title, view.shared.title, ())
    shelf.close()
    return shelf


def _earlier(root: Path) -> list[str]:
    """The files that were written the last time; nothing outside of the folder."""
    try:
        lines = (root / LIST).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    paths = map(PurePosixPath, lines)
    return [str(p) for p in paths if not p.is_absolute() and ".." not in p.parts and p.parts]


def slug(text: str) -> str:
    """Return a name for a file: letters, digits and dashes; what was cut off is in a checksum."""
    plain = re.sub(r"[^a-z0-9_+.]+", "-", plain_words(text).lower()).strip("-.")
    if len(plain) <= 48:
        return plain
    return f"{plain[:40].strip('-.')}-{zlib.crc32(text.encode()):08x}"


def plain_words(text: str) -> str:
    """Return inline Markdown without its signs."""
    return re.sub(r"[`]|\*\*", "", text)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
