"""`pellucid train`: train a network on real digits, save it, and show what it has learned."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid import Sequential, schedules, set_random_seed
from pellucid.callbacks import Callback
from pellucid.cli.pictures import SAMPLE_NAME, draw_pictures, save_sample, strongest_answer
from pellucid.cli.program import command
from pellucid.cli.recipes import RECIPES, Data, Recipe, find_recipe
from pellucid.cli.resuming import Wanted, find_training, forget, keeping, new_training
from pellucid.cli.screen import screen
from pellucid.errors import escaped
from pellucid.inspection import Arithmetic, FilterBank, all_filters
from pellucid.views import arithmetic_text


def train(
    dataset: Annotated[str | None, typer.Argument(help=f"One of: {', '.join(RECIPES)}.")] = None,
    run: Annotated[Path | None, typer.Argument(help="With --resume: the folder of the training.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder with the four MNIST files; no network is used then.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for model and pictures; pellucid-DATASET by default.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training images.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Equal seeds give equal results, to the bit; 1 by default.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was interrupted or killed, to the same bits.")
    ] = False,
    verbose: Annotated[int, typer.Option(min=0, max=2, help="0 silent, 1 live line, 2 one line per epoch.")] = 1,
) -> None:
    """Train a network on real digits; save it, with pictures of every filter before and after.

    Examples: pellucid train digits; pellucid train mnist --data FOLDER; pellucid train digits --resume; pellucid train
    --resume FOLDER
    """
    wanted = Wanted(dataset, run, out, data, epochs, seed)
    settings, kept = find_training(wanted) if resume else new_training(wanted)
    recipe, folder = find_recipe(settings.dataset), kept.parent
    samples = recipe.load(settings.data)
    set_random_seed(settings.seed)
    model = recipe.network()
    model.compile(recipe.optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    typer.echo(f"Training {recipe.what}.\n")
    model.summary()
    before = all_filters(model, "before training")
    path = folder / "model.keras"
    try:
        _fit(model, samples, recipe, settings.epochs, verbose, keeping(settings, kept, resume))
    except KeyboardInterrupt:
        model.save(path)
        raise KeyboardInterrupt(
            f"interrupted; the model with what it has learned so far is in {path}; to go on with the training: "
            f"{command('train', '--resume', folder)}"
        ) from None
    model.save(path)
    forget(kept)
    try:
        _show(model, samples, before, recipe, folder)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; the trained model is in {path}, its pictures are not complete") from None


def _show(model: Sequential, samples: Data, before: list[FilterBank], recipe: Recipe, folder: Path) -> None:
    """What has been learned: accuracy, pictures, one value down to its products."""
    _report_accuracy(model, samples)
    sample = samples[1][0][0]
    save_sample(sample, folder / SAMPLE_NAME)
    value = strongest_answer(model, before[0].layer, sample)
    files = draw_pictures(model, before, sample, value, folder)
    _explain(value)
    _say_what_is_next(folder, files, recipe)


def _fit(model: Sequential, samples: Data, recipe: Recipe, epochs: int, verbose: int, kept_by: list[Callback]) -> None:
    """Train, and say how long it took."""
    start = time.perf_counter()
    (x, y), _ = samples
    typer.echo("")
    model.fit(
        x,
        y,
        batch_size=recipe.batch_size,
        epochs=epochs,
        validation_split=recipe.validation_split,
        verbose=verbose,
        callbacks=[FallingRate(), *kept_by],
    )
    seconds = time.perf_counter() - start
    typer.echo(f"\nTrained {epochs} epoch{'s' * (epochs > 1)} in {seconds:.1f} s.")


class FallingRate(Callback):
    """Lets the learning rate fall in a straight line to zero over the whole training: large steps first, fine ones at
    the end. In a training of one epoch this is worth about half a percent of accuracy."""

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Note where it starts."""
        self.start, self.done = schedules.at(self.model.optimizer.learning_rate, 0), 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Set the rate for this step."""
        total = self.params["epochs"] * self.params["steps"]
        self.model.optimizer.learning_rate = self.start * (1 - self.done / total)
        self.done += 1

    def capture(self) -> dict[str, Any]:
        """Where it started, and how many steps were made."""
        return {"start": self.start, "done": self.done}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.start, self.done = state["start"], state["done"]

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Set it back, so that the model is saved with the rate that it was compiled with."""
        self.model.optimizer.learning_rate = self.start


def _report_accuracy(model: Sequential, samples: Data) -> None:
    x, y = samples[1]
    results = model.evaluate(x, y, batch_size=128, verbose=0, return_dict=True)
    assert isinstance(results, dict)
    accuracy = results["accuracy"]
    right = round(accuracy * len(y))
    typer.echo(f"Accuracy on {len(y):,} held-out images: {accuracy:.4f} ({right:,} right, {len(y) - right:,} wrong).")


def _explain(value: Arithmetic) -> None:
    """Show how one value comes about: the strongest answer of the first layer to a held-out image."""
    view = screen(sys.stdout)
    typer.echo(
        f"\nOne value, down to the last product: where {value.layer} answers most strongly to a held-out image.\n"
    )
    typer.echo(arithmetic_text(value, width=view.width, color=view.color))


def _say_what_is_next(folder: Path, files: list[Path], recipe: Recipe) -> None:
    typer.echo("\nLook at:")
    for path in files:
        typer.echo(f"  {escaped(path)}")
    model = folder / "model.keras"
    typer.echo(f"The model is in {escaped(model)}. Try:")
    other = command("train", recipe.name, "--seed", 2, "--out", f"{folder}-2")
    for line in (
        command("summary", model),
        command("predict", model, folder / SAMPLE_NAME),
        f"{other}     (other filters, as good a network)",
    ):
        typer.echo(f"  {escaped(line)}")
