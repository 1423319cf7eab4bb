"""The leaderboard as Markdown: the same facts and tables, for a README or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.part import Part
from emobench.leaderboard.report.plan_box import PlanBox, plan_box
from emobench.leaderboard.report.sections import SectionView
from emobench.leaderboard.results.board import Board
from emobench.leaderboard.tables.answers.omissions import page_omissions
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.leaderboard.tables.transfer import TransferView
from emobench.wording import counted


def markdown(
    board: Board, views: Iterable[SectionView], transfers: Iterable[TransferView] = ()
) -> str:
    """Return the whole leaderboard as Markdown."""
    parts = [
        "# emobench leaderboard",
        f"Newest result: {board.newest[:16].replace('T', ' ')}. Scores are means over seeds; "
        "brackets are 95% intervals for new units (speakers, dialogues, …: each section says "
        "which) and new trainings. "
        "Reference rows (*in italics*) are not ranked.",
        page_omissions(board.selection),
        *_plan(plan_box(board.plan)),
    ]
    for matrix in transfers:
        parts += _transfer(matrix)
    for view in views:
        parts += _section(view)
    return "\n\n".join(filter(None, parts)) + "\n"


def _plan(box: PlanBox | None) -> list[str]:
    """What was frozen, every planned comparison, and what departed from it."""
    if box is None:
        return []
    parts = ["## The plan", *box.text]
    if box.table is not None:
        lines = (box.changes, box.left_out, box.history)
        changes, left_out, history = ("\n".join(f"- {_escape(t)}" for t in some) for some in lines)
        parts += [box.departures, changes, table_text(box.table)]
        parts += [table_text(box.late)] if box.late else []
        parts += ["Left out at the freeze, for it cannot be run:", left_out] if left_out else []
        parts.append(history)
    return parts


def _transfer(view: TransferView) -> list[str]:
    """The matrices of the ranking measure, and what each pair of corpora shares."""
    parts = [
        f"## {view.protocol} · {view.track}: trained on one corpus, tested on another",
        f"{view.question} Macro-F1 on the classes in common, in brackets its interval; beside it "
        "what a training on the tested corpus scores there on these classes, and its majority. "
        "Of the corpus itself all classes are scored.",
        view.note,
    ]
    models = {matrices[0].model for matrices in view.matrices}
    for title, tables in view.tables:
        head = f"`{title}`" if title in models else title
        parts += [f"### {head}", table_text(tables[0])]
    if view.transfers:
        parts += [f"### {view.shared.title}", table_text(view.shared)]
    return parts


def _section(view: SectionView) -> list[str]:
    section, facts = view.section, view.facts
    parts = [
        f"## {section.dataset} · {section.track} · {section.protocol.title}",
        section.protocol.question,
        view.omissions,
        _answers(view.answers),
        _corpus(view),
        " ".join(f"`{name}`: {_closed(text)}" for name, text in facts.features.items()),
        f"{counted(facts.n_test, 'test utterance')}, {counted(facts.folds, 'fold')}, "
        f"{facts.seeds}. Checkpoints are selected on dev macro-F1.",
        " ".join(
            [f"Intervals: {facts.intervals}." if facts.intervals else ""]
            + [f"**{doubt}**" for doubt in facts.interval_doubts]
        ),
    ]
    if facts.copies:
        details = f" ({facts.copies.details})" if facts.copies.details else ""
        parts.append(f"**{facts.copies.sentence}**{details}.")
    for part in view.parts:
        parts += _part(part)
    return parts


def _answers(found: Sequence[Answer]) -> str:
    """The sentence of each view; of several, with what the view is of."""
    if len(found) == 1:
        return found[0].sentence
    return "\n".join(f"- `{one.title}`: {one.sentence}" for one in found)


def _part(part: Part) -> list[str]:
    """A heading with its prose and tables; nothing where Markdown shows none of its tables."""
    if not part.in_markdown:
        return []
    parts = [f"### {part.title}", *part.text, "\n".join(f"- {item}" for item in part.items)]
    for group in part.groups:
        tables = group.tables[: part.in_markdown]
        title = ": ".join(filter(None, (group.title, group.meaning)))
        parts.append(f"#### {title}" if title and tables else "")
        for table in tables:
            parts += [f"{table.title}:" if len(group.tables) > 1 else "", table_text(table)]
    fence = "`" * max(3, _longest(part.code) + 1)
    return [*parts, f"{fence}sh\n{part.code.rstrip()}\n{fence}" if part.code else "", part.small]


def _longest(code: str) -> int:
    """The most backticks in a row: a fence needs more of them."""
    return max(map(len, re.findall("`+", code)), default=0)


def _corpus(view: SectionView) -> str:
    corpus = view.section.corpus
    if corpus is None:
        return ""
    name = view.section.split
    split = _closed(corpus.card.split)
    if name != "standard":
        split = f"{name} ({corpus.card.split.rstrip('.')})."
    shared = corpus.shared_speakers
    sentences = [
        f"**Corpus:** {corpus.card.title or corpus.dataset} ({corpus.card.licence.rstrip('.')}).",
        f"Split: {split}" if split else "",
        view.facts.unnamed
        or ("" if shared is None else f"Speakers in both train and test: {shared}."),
        *(_closed(f"No {modality}: {why}") for modality, why in corpus.absent.items()),
        *(f"**In doubt:** {_closed(doubt)}" for doubt in corpus.doubts),
        f"**Not shown**, for the corpus has changed since: {', '.join(view.section.outdated)}."
        if view.section.outdated
        else "",
        f"Clips with problems: {len(corpus.problems)}." if corpus.problems else "",
        f"Left out for want of any usable modality: {corpus.unusable} of {corpus.utterances}."
        if corpus.unusable
        else "",
    ]
    return " ".join(filter(None, sentences))


def _closed(sentence: str) -> str:
    """End a sentence with one full stop."""
    return f"{sentence.rstrip('.')}." if sentence else ""


def table_text(table: ScoreTable) -> str:
    """Return a table as Markdown; what can only be drawn is left out."""
    shown = [i for i, column in enumerate(table.columns) if column.format != "bar"]
    columns = [table.columns[i] for i in shown]
    heads = (table.stub, *(column.head for column in columns))
    rules = ("---", *("---:" if column.format == "number" else "---" for column in columns))
    rows = [
        (_label(row), *(_cell(row.cells[i], table.columns[i]) for i in shown)) for row in table.rows
    ]
    notes = [f"({mark}) {note}" if mark else note for mark, note in table.notes]
    return "\n\n".join(["\n".join(map(_line, (heads, rules, *rows))), *map(_escape, notes)])


def _label(row: TableRow) -> str:
    label = f"*{row.label}*" if row.is_reference else row.label
    marks = "".join(f" ({badge.text})" for badge in row.badges)
    return label + (f" · {row.detail}" if row.detail else "") + marks


def _cell(cell: TableCell, column: Column) -> str:
    text = f"`{cell.text}`" if column.format == "code" and cell.text else cell.text
    marks = [*cell.details, *([cell.badge.text] if cell.badge else []), cell.mark]
    beside = [f"({mark})" if text else mark for mark in marks if mark]
    return " ".join(filter(None, (text, cell.interval, *beside)))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escape, cells))} |"


def _escape(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("(*)", "(\\*)").split())
