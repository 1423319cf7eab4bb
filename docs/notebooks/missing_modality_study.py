# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A missing-modality study
#
# What is left of a model when a modality is missing, and is a model that was trained for it
# better? This notebook follows the two questions from the run to the sentence in a paper. Its
# corpus has 36 test utterances and its networks are trained for five epochs, so the numbers show
# the way and are no result.

# %%
import matplotlib.pyplot as plt

import emobench

r = emobench.run(
    models=["majority", "late_fusion", "mlp", "oracle"],
    protocol="missing_modality",
    dataset="simulated:size=126",
    seeds=2,
    epochs=5,
)

# %% [markdown]
# ## What was run
#
# The protocol trains every model in two regimes: `full` has never seen a missing modality,
# `modality_dropout` erases each one with probability 0.3 while it trains. Each training is then
# tested under 14 conditions. Masks are a function of the utterance's id, so that every model and
# every seed misses the same inputs.

# %%
print(*r.frame["condition"].unique(), sep=", ")

# %% [markdown]
# ## Curves
#
# The condition `missing_0.3` erases 30% of all inputs, but never an utterance's last one. With
# three modalities the rate therefore cannot pass 2/3, and that is what `missing_0.7` reaches.

# %%
rates = {"full": 0.0} | {f"missing_0.{i}": min(i / 10, 2 / 3) for i in range(1, 8)}
rows = r.frame[r.frame["condition"].isin(rates)]
rows = rows.assign(rate=rows["condition"].astype(str).map(rates)).sort_values("rate")

figure, panels = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
for axes, (regime, group) in zip(panels, rows.groupby("regime", observed=True), strict=True):
    for model, curve in group.groupby("model", observed=True):
        axes.plot(curve["rate"], curve["macro_f1"], marker="o", label=model)
    axes.set(title=regime, xlabel="missing rate")
panels[0].set_ylabel("macro-F1")
panels[1].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.tight_layout()

# %% [markdown]
# `oracle` is the best that any model can reach on this corpus, since its generating process is
# known. It is the curve to judge a loss by: some loss nobody can avoid. With 36 utterances a curve
# can even rise, as that of the late fusion does here: its voice misleads it, and it loses that with
# the rate. Never read such a curve without its intervals.
#
# ## Robustness
#
# A score near chance keeps "100%" of itself when everything is missing. emobench therefore
# reports the share of the *gain over the commonest class* that a condition leaves: (score −
# majority) / (full − majority).

# %%
majority = r.frame.query("model == 'majority'").set_index(["regime", "condition"])["macro_f1"]
scores = r.frame.query("model != 'majority'").set_index(["model", "regime", "condition"])[
    "macro_f1"
]
gain = scores - majority.reindex(scores.index.droplevel("model")).to_numpy()
left = gain.unstack("condition").pipe(lambda t: t.div(t["full"], axis=0))
left[["text", "audio", "vision", "missing_0.3", "missing_0.5", "missing_0.7"]].round(2)

# %% [markdown]
# The page prints the same number with an interval, and `r.why` explains it. Its address ends with
# `macro_f1-left`:

# %%
section = "simulated:size=126/missing_modality/controlled"
explained = r.why(f"{section}/full/missing_0.3/late_fusion/macro_f1-left")
print(explained.verdict)
assert explained.is_reproduced

# %% [markdown]
# ## Is a difference shown?
#
# A curve above another one is not a result yet. The paired difference under each missing rate
# says more, and the smallest difference that these results could find at all says whether it was
# worth asking.

# %%
pairs = r.compare("late_fusion", "mlp")
pairs = pairs[pairs["condition"].isin(rates) & (pairs["regime"] == "modality_dropout")]
pairs[["condition", "difference", "low", "high", "p_value", "verdict"]].round(3)

# %%
r.power(["late_fusion", "mlp"], difference=0.05).round(3).T

# %% [markdown]
# Each of these intervals holds for one comparison looked at alone. If you look at eight, correct
# for it: the page does, with Holm's procedure for planned differences and with ranks that hold
# for all models at once.
#
# ## For the paper
#
# `take_away=True` writes every table as CSV and LaTeX and every figure as SVG, and the commands
# and citations with them. A reviewer gets the predictions themselves from `emobench results
# export`.

# %%
from emobench.leaderboard import render

page = render(r.folder, take_away=True)
shelf = page.parent / "take-away"
sorted({path.suffix for path in shelf.rglob("*") if path.is_file()})

# %% [markdown]
# The study as a file that can lie under git beside the paper:

# %%
print(r.request.toml)
