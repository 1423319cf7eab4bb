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
# # A grid, looked at in a notebook
#
# This notebook trains three models on a small simulated corpus and then asks its own questions of
# what they predicted. It takes well under a minute on two cores. The corpus is far too small for
# a result: it has 36 test utterances, so that everything below is quick and its intervals are
# wide.

# %%
import emobench

r = emobench.run(
    models=["majority", "late_fusion", "mlp"],
    protocol="missing_modality",
    dataset="simulated:size=126",
    seeds=1,
    epochs=5,
)

# %% [markdown]
# While it runs, the cell prints its progress. What is stored is not computed again, so it can be
# run as often as you like. The result shows itself as a table, the best model first:

# %%
r

# %% [markdown]
# `mlp:epochs=5` is the network with the budget of five epochs that we asked for. A budget of
# one's own is part of a row's name, since its score says nothing of the model as it is meant.
#
# ## The table
#
# `r.frame` has a row per model, regime and condition. It is a data frame of pandas with the
# columns of `leaderboard.csv`.

# %%
full = r.frame[r.frame["condition"] == "full"]
full[["model", "regime", "macro_f1", "macro_f1_low", "macro_f1_high", "n_test"]].round(3)

# %% [markdown]
# ## Is one model better than another?
#
# `r.compare` answers with a paired difference on the same test utterances, its 95% interval, and
# a verdict. With a margin it also says whether the two are shown to be equivalent.

# %%
pair = r.compare("late_fusion", "mlp", margin=0.05)
pair[["regime", "condition", "difference", "low", "high", "verdict"]].head(3).round(3)

# %% [markdown]
# An interval that holds 0 means *undecided*: with this few utterances a difference of this size
# can be chance. It does not mean that the two are equal.
#
# ## What is confused with what?

# %%
r.confusion("late_fusion", regime="full")

# %% [markdown]
# ## Single predictions
#
# `r.predictions` has a row per test utterance: its id, what is true, what was predicted, and for
# each class the stored logit and its probability. These are the wrong answers that the model was
# surest of:

# %%
predicted = r.predictions("late_fusion", regime="full")
probabilities = predicted.filter(like="p_")
wrong = predicted.assign(surest=probabilities.max(axis=1)).query("truth != predicted")
wrong.nlargest(5, "surest")[["id", "truth", "predicted", "surest"]].round(3)

# %% [markdown]
# ## A plot
#
# Every frame is tidy, so a plot is a few lines. This one shows the score of each model under each
# subset of the modalities.

# %%
import matplotlib.pyplot as plt

subsets = ["full", "text+audio", "text+vision", "audio+vision", "text", "audio", "vision"]
rows = r.frame[(r.frame["regime"] == "full") & r.frame["condition"].isin(subsets)]
table = rows.pivot_table(index="condition", columns="model", values="macro_f1", observed=True)
axes = table.loc[subsets].plot.barh(figsize=(7, 3.6), xlabel="macro-F1", ylabel="")
axes.invert_yaxis()
axes.legend(frameon=False)
plt.tight_layout()

# %% [markdown]
# ## Where a number comes from
#
# `r.numbers()` lists the address of every number of the page. `r.why` computes one again from the
# stored logits, with other code than the page's.

# %%
address = r.numbers().query("address.str.endswith('late_fusion/macro_f1')")["address"].iloc[0]
explained = r.why(address)
print(address)
print(explained.verdict)
assert explained.is_reproduced

# %% [markdown]
# `r.page` is the path of the page that everybody else can read, and `r.open()` shows it. The next
# notebook, [a missing-modality study](missing_modality_study.py), goes on from here.
