"""The parts of a section that are tables: each has its prose here and its table in `tables`."""

from __future__ import annotations

from emobench.leaderboard.charts.audit import audit_chart
from emobench.leaderboard.report.context import SectionContext, by_condition, regime_group
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.report.shards import shards_note
from emobench.leaderboard.tables.audits.inflation import audit_table, class_table, largest_inflation
from emobench.leaderboard.tables.audits.text import (
    best_reports,
    explanation,
    honest_copies,
    nothing_measurable,
)
from emobench.leaderboard.tables.audits.text import headline as audit_headline
from emobench.leaderboard.tables.claims import claims, claims_table, contribution_table
from emobench.leaderboard.tables.conditions import (
    condition_table,
    relative_table,
    summary_table,
    weight_table,
)
from emobench.leaderboard.tables.confusion import confusion_tables
from emobench.leaderboard.tables.contrasts import contrast_table
from emobench.leaderboard.tables.generation import generated_tables
from emobench.leaderboard.tables.headline import (
    headline_table,
    own_standings,
    paper_notes,
    paper_text,
)
from emobench.leaderboard.tables.members import member_table
from emobench.leaderboard.tables.row_status import (
    broken_table,
    skipped_table,
    unfinished_rows,
    unfinished_table,
)
from emobench.leaderboard.tables.trainings import stage_table, training_table
from emobench.wording import counted

MANY = 25
"""The tables of more conditions than this are folded away."""


def claimed(context: SectionContext) -> Part | None:
    """Return published results beside what was measured."""
    if not context.is_claims:
        return None
    text = (
        "Each published result under the paper's own protocol, under an honest split with the same "
        "code, and with the code's defects mended. Between two neighbouring columns one thing "
        "changes."
    )
    table = claims_table(claims(context.section, context.ran))
    return Part("claims", "Claimed, and measured", [text], [Group(tables=(table,))])


def main_first(context: SectionContext) -> Part | None:
    """Return the main tables where the section asks about its main condition."""
    return None if _opens_otherwise(context) else _main_tables(context)


def main_later(context: SectionContext) -> Part | None:
    """Return the main tables of a section that asks about something else."""
    return _main_tables(context) if _opens_otherwise(context) else None


def _opens_otherwise(context: SectionContext) -> bool:
    return bool(context.inflations or context.generated_verdict or context.trained_anew) or (
        context.summary is not None
    )


def _main_tables(context: SectionContext) -> Part | None:
    """The main table of each regime; where each row is a training, of the first alone."""
    if context.is_claims:
        return None
    section = context.section
    found = context.standings[:1] if context.trained_anew else context.standings
    text = [
        "One table per regime: the regimes differ in how the models were trained, the test inputs "
        "are the same."
    ]
    groups = [regime_group(one.regime, (headline_table(one),)) for one in found]
    own = None if context.trained_anew else own_standings(section)
    if own is not None:
        title = "Each model under the regime of its paper"
        meaning = f"rows without a paper under `{section.regimes[0].name}`"
        groups.append(Group(title, (headline_table(own),), meaning=meaning))
    said = [*(text if len(found) > 1 else []), *filter(None, [paper_text(section)])]
    title = f"All models, condition `{section.headline}`"
    return Part("main", title, said, groups, paper_notes(section))


def generated(context: SectionContext) -> Part | None:
    """Return real, generated and constant inputs side by side."""
    groups = [
        regime_group(regime, tuple(tables))
        for regime in context.section.regimes
        if (tables := generated_tables(context.section, regime))
    ]
    if not groups:
        return None
    small = (
        "Same trained model, same test utterances; one modality's input is replaced. Brackets are "
        "95% intervals, paired in the last three columns, with the p of an exact sign test on "
        "decisions (McNemar's, with one seed). The test counts right decisions, so it can disagree "
        "with a difference in macro-F1. No interval is corrected for the number of rows: about one "
        "in forty lies above zero by chance. The best subset is chosen on this test set."
    )
    return Part(
        "generated", "Real, generated, constant", context.generated_verdict, groups, small=small,
        in_markdown=2,
    )  # fmt: skip


def members(context: SectionContext) -> Part | None:
    """Return each member of a joint corpus apart."""
    section = context.section
    groups = context.by_regime(member_table, keep_blank=True)
    if not groups:
        return None
    more = ""
    if len(section.conditions) > 1:
        more = ". All other conditions are in `leaderboard.csv`, one line per member"
    text = (
        f"The same predictions under `{section.headline}`, scored on each member's test utterances "
        "alone. Macro-F1 is the mean over the classes that occur in that member's test part. The "
        "pooled score is mostly that of the largest member; the last line always answers "
        f"the commonest class of each member's own train part{more}."
    )
    every = len(by_condition())
    return Part("members", "Each corpus apart", [text], groups, in_markdown=every)


def audit(context: SectionContext) -> Part | None:
    """Return what each flaw is worth, and class by class where a split's is worth most."""
    if not context.inflations:
        return None
    section = context.section
    text, groups = [], [Group(tables=(audit_table(context.inflations),))]
    if worst := largest_inflation(section, context.inflations):
        text.append(f"**{audit_headline(worst)}** {explanation(section, worst)}")
        text += filter(None, [honest_copies(section, worst.whole)])
        one = worst.whole
        title = f"Recall and duplicates by class: {one.entry.label}, `{one.condition}`"
        groups.append(Group(title, (class_table(worst),)))
        title = "Recall and share of duplicates, from honest (hollow) to flawed (filled)"
        groups.append(Group(title, chart=audit_chart(section, worst, context.looks)))
    elif said := nothing_measurable(context.inflations):
        text.append(f"**{said}**")
    text += filter(None, [best_reports(context.inflations)])
    small = (
        "Macro-F1 unless a line names another measure. Inflation is the flawed score less the "
        "honest one, with its 95% interval: paired where both are tested on the same utterances, "
        "else (marked *) of independent draws. A duplicate is the same utterance, or one equal in "
        "every modality that both have. Flaws that cannot be here are skipped; the reasons stand "
        "under Every condition."
    )
    return Part("audit", "What each flaw is worth", text, groups, small=small)


def summaries_first(context: SectionContext) -> Part | None:
    """Return the summaries if the section asks about one of them."""
    return _summaries(context) if context.summary is not None else None


def summaries_later(context: SectionContext) -> Part | None:
    """Return the summaries of any other protocol."""
    return _summaries(context) if context.summary is None else None


def _summaries(context: SectionContext) -> Part | None:
    groups = [] if context.is_claims else context.by_regime(summary_table)
    if not groups:
        return None
    items = [
        f"**{s.name}**: {s.description} ({s.reduce} of {', '.join(s.conditions)})"
        for s in context.section.summaries
        if s.conditions
    ]
    small = "Blank unless every condition in it is done."
    return Part("summaries", "Summaries", [], groups, items, small, layout="charts")


def conditions(context: SectionContext) -> Part | None:
    """Return the score of every model under every condition."""
    section = context.section
    if len(section.conditions) < 2:
        return None
    if context.inflations:
        what = "A training of its own for every split."
    elif context.trained_anew:
        what = "A training of its own for every column."
    else:
        what = "The same trained models, other test inputs; where the regime says so, one model "
        what += "for each."
    folded = ""
    if section.protocol.show != "conditions" or len(section.conditions) > MANY:
        n = len(section.conditions)
        folded = f"{counted(n, 'condition')}, {counted(len(section.regimes), 'table')}"
    text = f"{what} Small brackets are 95% intervals; a deeper tint is a higher score."
    groups = context.by_regime(condition_table, keep_blank=True)
    shown = 0 if context.is_claims else 1
    return Part(
        "conditions", "Every condition", [text], groups, folded=folded, in_markdown=shown
    )  # fmt: skip


def contributions(context: SectionContext) -> Part | None:
    """Return what each modality contributes, as claimed and as measured."""
    groups = context.by_regime(contribution_table)
    if not groups:
        return None
    how = "trained and tested without it" if context.trained_anew else "tested without it"
    text = (
        "For the models whose authors claim how much each modality decides. Measured is what the "
        f"score loses when a model is {how}, as a share of the sum over the modalities, with 95% "
        "intervals. What two modalities both tell is lost with neither of them, so a small loss "
        "does not mean that a modality is not used."
    )
    title = "What each modality contributes, claimed and measured"
    return Part("contributions", title, [text], groups)


def contrasts(context: SectionContext) -> Part | None:
    """Return the protocol's contrasts; where something was generated, its tables have them."""
    section = context.section
    tables = tuple(contrast_table(section, measure) for measure in by_condition())
    if context.generated_verdict or not tables[0].columns or tables[0].is_blank:
        return None
    items = [
        f"**{c.name}**: {c.description} ({', '.join(c.first)} less {', '.join(c.second)})"
        for c in section.contrasts
    ]
    text = (
        "The first score less the second, of the same model, with a 95% interval. An interval "
        "without 0 shows that there is a difference where it is the only one that is looked at; of "
        "many, some leave out 0 by chance."
    )
    shown = 0 if context.inflations else 1
    return Part(
        "contrasts", "Differences", [text], [Group(tables=tables)], items, in_markdown=shown
    )  # fmt: skip


def relatives_first(context: SectionContext) -> Part | None:
    """Return what is left of the gain where the section asks about a mean over conditions."""
    return _relatives(context) if context.summary is not None else None


def relatives_later(context: SectionContext) -> Part | None:
    """Return what is left of the gain in any other section."""
    return _relatives(context) if context.summary is None else None


def _relatives(context: SectionContext) -> Part | None:
    """Return how much of the gain over the majority class each condition leaves."""
    if context.inflations or context.trained_anew:
        return None
    groups = context.by_regime(relative_table)
    if not groups:
        return None
    text = (
        "(score − majority) ÷ (full − majority): 100 % loses nothing, 0 % is no better than always "
        "answering with the commonest class. Blank where the full score is within .02 of it."
    )
    title = "What is left of the gain over the majority class"
    return Part("relative", title, [text], groups)


def confusions(context: SectionContext) -> Part | None:
    """Return the confusion matrices, folded away."""
    section = context.section
    found = [(regime, confusion_tables(section, regime)) for regime in section.regimes]
    groups = [regime_group(r, tuple(tables)) for r, tables in found if tables]
    if not groups:
        return None
    if section.corpus and section.corpus.multilabel:
        title, noun = "Recall and false alarms by class", ("table", "tables")
        text = (
            f"Under `{section.headline}`: the share of a class's utterances for which it is "
            "predicted (recall), and the share of the others for which it is predicted too (false "
            "alarm); counts are pooled over folds and averaged over seeds. A class's bar is its F1."
        )
    else:
        title, noun = "Confusion matrices", ("matrix", "matrices")
        text = (
            f"Confusion matrices under `{section.headline}`: lines are the true class and sum to "
            "1; counts are pooled over folds and averaged over seeds. A class's bar is its F1."
        )
    n = sum(len(group.tables) for group in groups)
    folded = f"{counted(n, *noun)}, with F1, precision and recall per class"
    return Part(
        "confusions", title, [text], groups, folded=folded, layout="models", in_markdown=0
    )  # fmt: skip


def weights(context: SectionContext) -> Part | None:
    """Return how much each modality weighed, for models that report it."""
    found = [(r, weight_table(context.section, r)) for r in context.section.regimes]
    groups = [regime_group(r, (table,)) for r, table in found if table.rows]
    if not groups:
        return None
    text = (
        "Mean weight over test utterances and seeds, for the models that report it. A weight is "
        "what the model used, not proof of what was useful."
    )
    return Part("weights", "How much each modality weighed", [text], groups, in_markdown=0)


def trainings(context: SectionContext) -> Part | None:
    """Return what the trainings cost, and the best look at dev of each stage."""
    cost = training_table(context.results, context.section)
    if not cost.rows:
        return None
    groups = [Group(tables=(cost,))]
    text = ""
    stages = stage_table(context.results, context.section)
    if stages.rows:
        text = (
            "A look is an evaluation on dev; the weights of the best one are kept. A training in "
            "stages goes on from its stage's best look, and the last column says which stage the "
            "final weights are from. Losses are the model's own and do not compare models."
        )
        groups.append(Group("Best look of each stage", (stages,)))
    n = sum(int(row.cells[1].value or 0) for row in cost.rows)
    folded = f"{counted(n, 'training')}: cost, and the best look of each stage"
    return Part(
        "trainings", "How the trainings went", [text] if text else [], groups,
        folded=folded, in_markdown=1,
    )  # fmt: skip


def unfinished(context: SectionContext) -> Part | None:
    """Return everything skipped, failed or incomplete; what was skipped is counted too."""
    rows = unfinished_rows(context.section)
    if not rows:
        return None
    broken, skipped = broken_table(rows), skipped_table(rows)
    tables = [table for table in (broken, skipped) if table.rows]
    if skipped.rows:
        tables.append(unfinished_table(rows, "Every row"))
    note = shards_note(context.results.root) if broken.rows else ""
    return Part(
        "unfinished", "Skipped, failed and incomplete", [note] if note else [],
        [Group(tables=tuple(tables))],
        folded=f"{counted(len(rows), 'row')}, each with its reason",
        open=bool(broken.rows), in_markdown=2 if broken.rows and skipped.rows else 1,
    )  # fmt: skip
