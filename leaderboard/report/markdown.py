"""The leaderboard as Markdown: the same facts and main tables, for a README or a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.report.sections import RegimeView, SectionView
from emobench.leaderboard.results.board import Board
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.audit import AuditLine, ClassLine
from emobench.leaderboard.tables.claims import claim_rows
from emobench.leaderboard.tables.headline import HeadlineLine, HeadlineTable
from emobench.leaderboard.tables.score_table import Cell, ScoreTable
from emobench.leaderboard.tables.transfer import TransferCell, TransferView


def markdown(
    board: Board, views: Iterable[SectionView], transfers: Iterable[TransferView] = ()
) -> str:
    """Return the whole leaderboard as Markdown."""
    parts = [
        "# emobench leaderboard",
        f"Newest result: {board.newest[:16].replace('T', ' ')}. Scores are means over seeds; "
        "brackets are 95% intervals from a paired bootstrap over seeds and test utterances. "
        "Reference rows (*in italics*) are not ranked.",
    ]
    for matrix in transfers:
        parts += _transfer(matrix)
    for view in views:
        parts += _section(view)
    return "\n\n".join(parts) + "\n"


def _transfer(view: TransferView) -> list[str]:
    """The matrices of macro-F1, and what each pair of corpora shares."""
    parts = [
        f"## {view.protocol} · {view.track}: trained on one corpus, tested on another",
        f"{view.question} Macro-F1 on the classes in common, in brackets its interval; beside it "
        "what a training on the tested corpus scores there on these classes, and its majority. "
        "Of the corpus itself all classes are scored.",
    ]
    for matrices in view.matrices:
        matrix = matrices[0]
        heads = ("trained on", *(f"tested on {name}" for name in matrix.columns))
        rows = [(name, *map(_transfer_cell, cells)) for name, cells in matrix.lines]
        parts += [f"### `{matrix.model}`", _table(heads, rows, numeric=1)]
    heads = ("trained on", "tested on", "n", "classes", "read in both", "same names", "in train")
    pairs = [
        (t.source, t.target, str(t.tested), ", ".join(t.classes), t.shared, t.people, t.copies)
        for t in view.transfers
    ]
    return [*parts, _table(heads, pairs, numeric=7)] if pairs else parts


def _transfer_cell(cell: TransferCell) -> str:
    if cell.estimate is None:
        return cell.note
    beside = "its own test, all classes" if cell.own else cell.beside
    return f"{_estimate(cell.estimate)} ({beside})"


def _section(view: SectionView) -> list[str]:
    section, facts = view.section, view.facts
    parts = [
        f"## {section.dataset} · {section.track} · {section.protocol.title}",
        section.protocol.question,
        *_corpus(view),
        f"{numbers.counted(facts.n_test, 'test utterance')}, "
        f"{numbers.counted(facts.folds, 'fold')}, {facts.seeds}. "
        "Checkpoints are selected on dev macro-F1.",
    ]
    if facts.copies:
        details = f" ({facts.copies.details})" if facts.copies.details else ""
        parts.append(f"**{facts.copies.sentence}**{details}.")
    parts += _audit(view)
    parts += view.generated_verdict
    if view.claims:
        heads = ("model", "corpus", "measure", "claimed", "paper's protocol", "honest split")
        rows = claim_rows(view.claims)
        parts.append(_table((*heads, "corrected", "remarks"), rows, numeric=8))
    for regime in view.regimes if not view.claims else []:
        parts += _regime(regime, audited=view.audit is not None)
    told = view.audit is not None or bool(view.generated_verdict)
    for table in () if told else view.contrasts[:1]:
        if table.heads and not table.is_blank:
            parts += ["### Differences in macro-F1", _scores(table)]
    return [part for part in (*parts, *_unfinished(view)) if part]


def _unfinished(view: SectionView) -> list[str]:
    """What failed or is incomplete, line by line; what was skipped, counted by its reason."""
    broken = [
        (label, row.regime, row.condition, row.status, row.reason)
        for label, row in view.unfinished
        if row.status != "skipped"
    ]
    skipped = Counter(
        (label, row.reason) for label, row in view.unfinished if row.status == "skipped"
    )
    parts = []
    if broken:
        heads = ("model", "regime", "condition", "status", "reason")
        parts += ["### Not finished", _table(heads, broken, numeric=5)]
    if skipped:
        rows = [(label, str(n), reason) for (label, reason), n in skipped.items()]
        parts += ["### Skipped", _table(("model", "rows", "reason"), rows, numeric=3)]
    return parts


def _corpus(view: SectionView) -> list[str]:
    corpus = view.section.corpus
    if corpus is None:
        return []
    name = view.section.split
    split = _closed(corpus.card.split)
    if name != "standard":
        split = f"{name} ({corpus.card.split.rstrip('.')})."
    shared = corpus.shared_speakers
    sentences = [
        f"**Corpus:** {corpus.card.title or corpus.dataset} ({corpus.card.licence.rstrip('.')}).",
        f"Split: {split}" if split else "",
        "" if shared is None else f"Speakers in both train and test: {shared}.",
        *(_closed(f"No {modality}: {why}") for modality, why in corpus.absent.items()),
        f"Clips with problems: {len(corpus.problems)}." if corpus.problems else "",
        f"Left out for want of any usable modality: {corpus.unusable} of {corpus.utterances}."
        if corpus.unusable
        else "",
    ]
    return [" ".join(sentence for sentence in sentences if sentence)]


def _closed(sentence: str) -> str:
    """End a sentence with one full stop."""
    return f"{sentence.rstrip('.')}." if sentence else ""


def _audit(view: SectionView) -> list[str]:
    """What each flaw of a split is worth, and recall beside twins where it is worth most."""
    audit = view.audit
    if audit is None:
        return []
    heads = ("model", "flaw", "honest", "flawed", "inflation", "test rows", "with a twin")
    rows = [_audit_row(line) for line in audit.lines]
    parts = ["### What each flaw is worth", _table((*heads, "without twins"), rows, numeric=2)]
    parts.append("Macro-F1; \\* marks intervals of independent draws, the others are paired.")
    if audit.worst:
        line = audit.worst.line
        values = [numbers.score(e.value) for e in (line.flawed, line.honest) if e]
        gain = f"{line.entry.label} gains most under `{line.flaw}`: {' in place of '.join(values)}."
        parts += [f"**{gain}** {audit.explanation}", audit.honest]
        columns = ("class", "copied", "with a twin, honest", "flawed", "recall, honest", "flawed")
        classes = [_audit_class(one) for one in audit.worst.lines]
        parts.append(_table((*columns, "gain"), classes, numeric=1))
    return [part for part in parts if part]


def _audit_row(line: AuditLine) -> tuple[str, ...]:
    mark = "" if line.paired or line.inflation is None else " \\*"
    return (
        line.entry.label,
        f"`{line.flaw}`" + ("" if line.row.is_done else f" ({line.row.status})"),
        _estimate(line.honest),
        _estimate(line.flawed),
        _difference(line.inflation) + mark,
        "" if line.tested is None else f"{line.tested:,}",
        "" if line.share is None else f"{line.share:.1%}",
        _estimate(line.without_twins),
    )


def _audit_class(line: ClassLine) -> tuple[str, ...]:
    shares, recalls = map(numbers.percent, line.shares), map(numbers.score, line.recalls)
    return (line.label, f"× {line.copied:.1f}", *shares, *recalls, numbers.signed(line.gain))


def _regime(view: RegimeView, audited: bool = False) -> list[str]:
    parts = [
        f"### Regime `{view.regime.name}`",
        view.regime.description,
        f"All models under condition `{view.headline.condition}`:",
        _headline(view.headline),
    ]
    for table in view.generated:
        parts += [f"{table.title}, one modality generated:", _scores(table)]
    for table in view.members:
        if table.heads:
            parts += [f"{table.title}, each corpus apart:", _scores(table)]
    for title, tables in (
        ("Macro-F1 by condition", view.conditions[:1]),
        ("Macro-F1, summaries", view.summaries[:1]),
        (
            "Share of the macro-F1 gain over `majority` that is left",
            [] if audited else view.relatives[:1],
        ),
    ):
        for table in tables:
            if table.heads and not table.is_blank:
                parts += [f"{title}:", _scores(table)]
    return parts


def _headline(table: HeadlineTable) -> str:
    heads = (
        *("rank", "model", "macro-F1", "without copies", "accuracy", "weighted F1", "UAR", "ECE"),
        *(f"Δ {table.best_single}", "Δ late_fusion", "params", "train", "ms/utterance"),
    )
    rows = [_headline_row(line) for line in table.lines]
    empty = ("", numbers.BLANK)
    kept = [i for i in range(len(heads)) if i == 1 or any(row[i] not in empty for row in rows)]
    named = [heads[i] for i in kept]
    return _table(named, [[row[i] for i in kept] for row in rows], named.index("model") + 1)


def _headline_row(line: HeadlineLine) -> tuple[str, ...]:
    values = line.score.values if line.score else {}
    name = f"*{line.entry.label}*" if line.entry.is_reference else line.entry.label
    marks = (line.entry.doubt, "" if line.row.is_done else line.row.status)
    return (
        (f"{line.rank}" + (" ≈" if line.rank.tied_with_best else "")) if line.rank else "",
        name + "".join(f" ({mark})" for mark in marks if mark),
        _estimate(line.macro_f1),
        _estimate(line.without_copies),
        _estimate(line.accuracy),
        *(numbers.score(values.get(name)) for name in ("weighted_f1", "uar", "ece")),
        *(_difference(d) for d in (line.over_single, line.over_fusion)),
        numbers.count(line.row.params),
        numbers.duration(line.row.train_seconds),
        numbers.milliseconds(line.row.predict_ms),
    )


def _estimate(value: Estimate | None) -> str:
    return f"{numbers.score(value.value)} {numbers.interval(value)}" if value else numbers.BLANK


def _difference(value: Estimate | None) -> str:
    return f"{numbers.signed(value.value)} {numbers.signed_interval(value)}" if value else ""


def _scores(table: ScoreTable) -> str:
    def text(cell: Cell) -> str:
        return f"{cell.text} {cell.interval}".strip() + (f" ({cell.mark})" if cell.mark else "")

    heads = ("model", *(head for head, _ in table.heads))
    rows = [
        (
            (f"*{line.label}*" if line.kind == "reference" else line.label)
            + (f" · {line.detail}" if line.detail else ""),
            *map(text, line.cells),
        )
        for line in table.lines
    ]
    notes = "".join(f"\n\n({mark}) {note}" for mark, note in table.notes)
    return _table(heads, rows, numeric=1) + notes


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numeric: int) -> str:
    """A Markdown table; columns from `numeric` on are aligned to the right."""
    rules = ["---" if i < numeric else "---:" for i in range(len(heads))]
    lines = [*([_escape(cell) for cell in row] for row in (heads, rules, *rows))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
