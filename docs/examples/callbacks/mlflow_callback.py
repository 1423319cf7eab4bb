"""A run of MLflow for each training, in `mlflow.db`; `mlflow ui` shows it. Copy and change it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlflow import MlflowClient  # pip install mlflow, or mlflow-skinny sqlalchemy alembic

import emobench

CURVES = ("train_loss", "dev_loss", "dev_macro_f1", "dev_accuracy", "learning_rate", "gigabytes")


@dataclass
class MLflow(emobench.Callback):
    """Logs parameters, curves and test scores; `uri` is a database or the address of a server."""

    uri: str = "sqlite:///mlflow.db"
    experiment: str = "emobench"
    wants_stored: bool = False  # :wants_stored=true fills in what was run before
    runs: dict[str, str] = field(default_factory=dict, repr=False)

    def on_run_start(self, run):
        """Open the experiment."""
        self.client = MlflowClient(self.uri)
        known = self.client.get_experiment_by_name(self.experiment)
        self.home = known.experiment_id if known else self.client.create_experiment(self.experiment)

    def run_of(self, training):
        """The run of a training, begun when it is first heard of."""
        if training.key not in self.runs:
            tags = {"key": training.key, "corpus": training.corpus, "regime": training.regime}
            run = self.client.create_run(self.home, tags=tags, run_name=training.label)
            self.runs[training.key] = run.info.run_id
            known = {"model": training.row, "seed": training.seed, **training.config}
            for name, value in known.items():
                self.client.log_param(run.info.run_id, name, value)
        return self.runs[training.key]

    def on_epoch(self, epoch):
        """Log the next point of each curve."""
        for name in CURVES:
            if (value := getattr(epoch, name)) is not None:
                self.client.log_metric(self.run_of(epoch.training), name, value, step=epoch.number)

    def on_cell(self, cell):
        """Log a test score for each condition."""
        for name, value in cell.scores.items():
            if value is not None:
                key = f"test {name} {cell.condition}"
                self.client.log_metric(self.run_of(cell.training), key, value)

    def on_training(self, training):
        """End the run."""
        state = "FAILED" if training.status == "failed" else "FINISHED"
        self.client.set_terminated(self.run_of(training.training), state)
