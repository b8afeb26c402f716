"""What is trained on what: the network and the data of `pellucid train`, for data sets and for folders of images."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Input, Model, Sequential, layers, load_model, losses, metrics, optimizers
from pellucid.cli.choices import Choices
from pellucid.cli.image_folders import MOST_LOOKED_AT, Photos, find_photos
from pellucid.cli.mask_folders import find_masked, has_masks
from pellucid.cli.networks import MASK_NETWORKS, NETWORKS, UNET, network, unet
from pellucid.cli.pixel_images import Pixels, find_pixels, guessed
from pellucid.cli.recipes import RECIPES, Recipe
from pellucid.cli.resuming import Settings
from pellucid.cli.screen import say
from pellucid.cli.table_images import find_tabled, of_tables_alone
from pellucid.data.folders.class_folders import unwrapped
from pellucid.data.images.looks import looks_of
from pellucid.data.images.reading import Reading, Remembered, TrainedOn
from pellucid.data.masks.coding import VOID
from pellucid.data.masks.moved_together import MovedTogether
from pellucid.data.pixels.files import are_pixels
from pellucid.data.sources.epochs import Epochs
from pellucid.data.sources.parts import ArrayBatches
from pellucid.data.tables.image_tables import is_table
from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen

RATE = 0.002
WHAT = {"classes": "classes", "masks": "classes, one for each place", "labels": "labels", "numbers": "numbers"}
FINE_RATE = 0.0005
"""For a network that has learned before."""
BATCH = 32
SIZE = 64
WHITE = 255
MOST_REMEMBERED = 50_000
"""Files by whose digests a model file tells what it was trained on: a megabyte of text."""


class Task(Frozen):
    """A training.

    Attributes:
        what: one sentence that says what is trained on what.
        name: of the data set, as a command takes it.
        model: not compiled yet.
        optimizer: how it learns.
        data: what `fit` is given.
        held_out: what `evaluate` is given, (x, y) or batches.
        samples: how many are held out.
        sample: one of them, as the model takes it.
        names: of the held-out images' files.
        loss: what is made small.
        metrics: what is told.
        target: the columns of a table that are learned, as a command takes them.
        told_apart: by what images that are no files are told apart from others, see `told_apart_by`.
        shape: of the images, as `train` takes it.
    """

    what: str
    name: str
    model: Model
    optimizer: optimizers.Optimizer
    data: dict[str, Any]
    held_out: tuple[Any, ...]
    samples: int
    sample: np.ndarray
    names: tuple[str, ...] | None = None
    loss: Any = "sparse_categorical_crossentropy"
    metrics: tuple[Any, ...] = ("accuracy",)
    target: tuple[str, ...] = ()
    told_apart: dict[str, Any] = field(default_factory=dict)
    shape: tuple[str, ...] = ()


def task_of(settings: Settings) -> Task:
    """The network and the data of a training; what was found in a folder is told."""
    if settings.dataset in RECIPES:
        return _of_recipe(RECIPES[settings.dataset], settings)
    path = Path(settings.dataset)
    if are_pixels(path):
        return _of_pixels(path, settings)
    if settings.choices.shape is not None:
        raise ArgumentError(
            f"--shape is for arrays and tables of pixels, and {path} holds neither; --size scales images"
        )
    return _of_folder(path, settings)


def _of_recipe(recipe: Recipe, settings: Settings) -> Task:
    chosen = settings.choices
    files_alone = {"size", "on_bad_image", "target", "shape", "on_missing"}
    if files_alone & chosen.given.keys():
        raise ArgumentError(
            "--size, --on-bad-image, --target, --on-missing and --shape are for images in files; "
            f"{recipe.name} is as it is"
        )
    (x, y), (x_test, y_test) = recipe.load(settings.data)
    if chosen.model is None and not chosen.augment:
        model, what = recipe.network(), recipe.what
    else:
        what = f"{chosen.model or 'small'} on {recipe.what.partition(' on ')[2]}"
        model = _model(chosen, x.shape[1:], int(y.max()) + 1, white=1.0)
    told = Reading(x.shape[1], x.shape[2], x.shape[3])
    some = x[:: -(-len(x) // MOST_LOOKED_AT)] * WHITE
    model.trained_on = TrainedOn(told, 1 / WHITE, recipe.class_names, looks=looks_of(some, [(told.width, told.height)]))
    _freeze(model, chosen)
    data = {
        "x": x,
        "y": y,
        "batch_size": chosen.batch or recipe.batch_size,
        "validation_split": recipe.validation_split,
    }
    optimizer = recipe.optimizer() if chosen.rate is None else optimizers.Adam(chosen.rate)
    return Task(what, recipe.name, model, optimizer, data, (x_test, y_test), len(y_test), x_test[0])


def _of_pixels(path: Path, settings: Settings) -> Task:
    """Of a table of pixels, or of arrays."""
    chosen = settings.choices
    if settings.data is not None or chosen.size is not None or chosen.on_bad_image is not None:
        raise ArgumentError(f"--data, --size and --on-bad-image are for images in files; {path} holds them as numbers")
    base = _loaded(chosen)
    pixels = find_pixels(
        path, settings.seed, chosen.shape, chosen.target, None if base is None else base.trained_on or guessed(base),
        chosen.on_missing or "error",
    )  # fmt: skip
    say([*pixels.told, ""])
    form, names = pixels.form, pixels.class_names
    spread = None if form.white else pixels.mean_and_width
    model = _model(
        chosen, form.shape, len(names), base=base, white=form.white, spread=spread, kind=pixels.kind, pads=True
    )
    model = _with_answers(model, pixels) if base is None else model
    told = None if base is None else base.trained_on
    reading = Reading(*form.shape) if told is None else told.reading
    scale = form.white / WHITE if form.white else 1.0
    files = _remembered(pixels, base)
    model.trained_on = TrainedOn(reading, scale, names, pixels.kind, pixels.coding, pixels.looks, form, files)
    _freeze(model, chosen)
    batch = chosen.batch or BATCH
    data = {"x": pixels.x, "y": pixels.y, "batch_size": batch, "validation_data": pixels.held}
    if pixels.kind == "masks" and chosen.augment:
        both = ArrayBatches([pixels.x, pixels.y], batch, shuffle=True)
        data = {"x": MovedTogether(both, form.white).prefetch(), "validation_data": pixels.held}
    rate = chosen.rate or (FINE_RATE if base is not None else RATE)
    what = f"{model.name} on {len(pixels.x):,} images of {len(names)} {WHAT[pixels.kind]}"
    sample = pixels.held[0][0].astype(np.float32)
    return Task(
        what, _told_path(path), model, optimizers.Adam(rate), data, pixels.held, len(pixels.names), sample,
        pixels.names, *_measured(pixels), _columns_told(chosen), pixels.told_apart,
        ("--shape", chosen.shape) if chosen.shape else (),
    )  # fmt: skip


def _columns_told(chosen: Choices) -> tuple[str, ...]:
    """What of a table is learned, as a command takes it."""
    missing = () if chosen.on_missing is None else ("--on-missing", chosen.on_missing)
    return (*(word for title in chosen.target for word in ("--target", title)), *missing)


def _remembered(photos: Photos | Pixels, base: Model | None) -> Remembered | None:
    """The files that a model is trained on, and was before; None where that is not all known, or too much."""
    told = None if base is None else base.trained_on
    if told is not None and told.files is None:
        return None
    digests = sorted({*photos.digests, *(() if told is None else told.files.digests)})
    return Remembered(tuple(digests)) if 0 < len(digests) <= MOST_REMEMBERED else None


def _of_folder(folder: Path, settings: Settings) -> Task:
    chosen = settings.choices
    if settings.data is not None:
        raise ArgumentError("--data is for data sets with a name; a folder of images is given as it is")
    base = _loaded(chosen)
    size = _size(base, chosen)
    inner = Path(unwrapped(folder)) if folder.is_dir() else folder
    photos = _found(inner, size, settings, base)
    say([*[f"It is looked at in {inner}, where alone there is something."] * (inner != folder), *photos.told, ""])
    model = _model(chosen, photos.reading.shape, len(photos.class_names), base=base, kind=photos.kind)
    model = _with_answers(model, photos) if base is None else model
    scale = 1.0 if base is None or base.trained_on is None else base.trained_on.scale
    remembered = _remembered(photos, base)
    model.trained_on = TrainedOn(
        photos.reading, scale, photos.class_names, photos.kind, photos.coding, photos.looks, files=remembered
    )
    _freeze(model, chosen)
    parts: list[Epochs] = [photos.training, photos.held_out]
    if photos.kind == "masks" and chosen.augment:
        parts[0] = MovedTogether(photos.training).prefetch()
    if scale != 1.0:
        parts = [each.map(lambda x, y: (x * np.float32(scale), y)) for each in parts]
    training, held = parts
    rate = chosen.rate or (FINE_RATE if base is not None else RATE)
    what = (
        f"{model.name} on {len(photos.training.file_paths):,} images of {len(photos.class_names)} {WHAT[photos.kind]}"
    )
    sample = next(iter(held.batches(0, seed=0)))[0][0].astype(np.float32)
    names = tuple(photos.held_out.file_paths)
    data = {"x": training, "validation_data": held}
    return Task(
        what, _told_path(folder), model, optimizers.Adam(rate), data, (held,), len(names), sample, names,
        *_measured(photos), _columns_told(chosen),
    )  # fmt: skip


def _found(folder: Path, size: int | tuple[int, int], settings: Settings, base: Model | None) -> Photos:
    """What is in a folder: images with masks, or with a sub-folder for each class."""
    chosen, told = settings.choices, None if base is None else base.trained_on
    wanted = (folder, size, settings.seed, chosen.on_bad_image or "error", chosen.batch or BATCH, _told(base))
    if is_table(folder):
        return find_tabled(*wanted, told, chosen.target, chosen.on_missing or "error")
    option = of_tables_alone(chosen.target, chosen.on_missing)
    if option:
        raise ArgumentError(f"{option}, and {folder} is a folder; leave it out")
    if has_masks(folder):
        return find_masked(*wanted, told)
    return find_photos(*wanted)


def _measured(photos: Photos | Pixels) -> tuple[Any, tuple[Any, ...]]:
    """What is made small, and what is told."""
    if photos.kind == "masks":
        count = len(photos.class_names)
        overlap = metrics.MeanIoU(count, "iou", ignore_class=VOID, sparse_y_pred=False)
        right = (
            metrics.SparseCategoricalAccuracy("accuracy")
            if photos.coding is None or photos.coding.void is None
            else None
        )
        return losses.SparseCategoricalCrossentropy(ignore_class=VOID), tuple(filter(None, (overlap, right)))
    if photos.kind == "labels":
        return "binary_crossentropy", (metrics.BinaryAccuracy("accuracy"),)
    if photos.kind == "numbers":
        return "mean_squared_error", ("mae",)
    return "sparse_categorical_crossentropy", ("accuracy",)


def _told_path(folder: Path) -> str:
    """As a command takes it: short where it lies below the current folder."""
    return os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else str(folder)


def _loaded(chosen: Choices) -> Model | None:
    """The model file to go on from, if it is one that was chosen."""
    if chosen.model is None or chosen.model in (*NETWORKS, *MASK_NETWORKS):
        return None
    if not Path(chosen.model).exists() and Path(chosen.model).suffix == "":
        raise unknown_name("model", chosen.model, (*NETWORKS, *MASK_NETWORKS))
    return load_model(chosen.model, compile=False)


def _told(base: Model | None) -> Reading | None:
    return None if base is None or base.trained_on is None else base.trained_on.reading


def _size(base: Model | None, chosen: Choices) -> int | tuple[int, int]:
    if base is None:
        return chosen.size or SIZE
    shape = base.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:3]:
        return chosen.size or SIZE
    if chosen.size not in (None, shape[1]):
        raise ArgumentError(f"--size {chosen.size}: {chosen.model} takes images of {shape[1]}x{shape[2]}; leave it out")
    return int(shape[1] or 0), int(shape[2] or 0)


def _model(
    chosen: Choices,
    shape: tuple[int, ...],
    classes: int,
    *,
    base: Model | None = None,
    white: float = WHITE,
    spread: tuple[float, float] | None = None,
    kind: str = "classes",
    pads: bool = False,
) -> Model:
    """The network that was chosen, for images of 0 to white; or for numbers of which their mean and their standard
    deviation are known alone; images that cannot be scaled are padded where it wants other sides."""
    base, is_masked = base or _loaded(chosen), kind == "masks"
    front: list[layers.Layer] = varied(white) if chosen.augment and not is_masked else []
    if base is None and spread is not None:
        front += [layers.Rescaling(1 / spread[1], -spread[0] / spread[1], name="standardised")]
    if base is None:
        front += [] if white in (0.0, 1.0) else [layers.Rescaling(1 / white, name="scaled")]
        rows, columns, channels = shape
        if is_masked and chosen.model not in (None, UNET):
            raise ArgumentError(
                f"--model {chosen.model} tells classes of whole images; with masks it is --model {UNET}"
            )
        if is_masked:
            return unet((rows, columns, channels), classes, front, pads=pads)
        return network(chosen.model or "small", (rows, columns, channels), classes, front)
    if _shape(base) != tuple(shape):
        raise ArgumentError(f"{chosen.model} takes images of shape {base.input_shape[1:]}, these are of {shape}")
    if is_masked and base.output_shape != (None, *shape[:2], classes):
        raise ArgumentError(
            f"{chosen.model} gives {base.output_shape}; for these masks it would have to give "
            f"{(None, *shape[:2], classes)}"
        )
    if kind in ("labels", "numbers") and (base.trained_on is None or base.trained_on.kind != kind):
        raise ArgumentError(f"{chosen.model} was not trained on {kind}; leave --model out, or name a network")
    if kind == "classes" and base.trained_on is not None and base.trained_on.kind != kind:
        raise ArgumentError(
            f"{chosen.model} was trained on {base.trained_on.kind}, and these are classes; leave --model out, or name "
            "a network"
        )
    if not is_masked and len(base.output_shape) != 2:
        raise ArgumentError(f"{chosen.model} gives {base.output_shape}, and not a number for each class of an image")
    return _with_classes(base, classes, front)


def varied(span: float) -> list[layers.Layer]:
    """Layers that vary images while training: mirrored, shifted, nearer and farther, brighter and darker; the last two
    where it is known which number is white."""
    moved: list[layers.Layer] = [
        layers.RandomFlip("horizontal", name="mirrored"),
        layers.RandomTranslation(0.1, 0.1, name="shifted"),
        layers.RandomZoom((-0.15, 0.1), name="zoomed"),
    ]
    if not span:
        return moved
    return [
        *moved,
        layers.RandomBrightness(0.1, value_range=(0, span), name="lit"),
        layers.RandomContrast((0.2, 0.2), value_range=(0, span), name="contrasted"),
    ]


def _with_classes(base: Model, classes: int, front: list[layers.Layer]) -> Model:
    """A trained model with a last layer for other classes, where it has not as many; behind what varies images."""
    if base.output_shape[-1] == classes and not front:
        return base
    body = [layer for layer in base.layers if not isinstance(layer, layers.InputLayer)]
    if base.output_shape[-1] != classes:
        last = body[-1]
        if not isinstance(last, layers.Dense):
            raise ArgumentError(
                f"{base.name} tells {base.output_shape[-1]} classes, these are {classes}; another last layer can be "
                f"made where that is a Dense layer, {last.name!r} is a {type(last).__name__}"
            )
        before = last.calls[0].inputs[0]
        image = Input(_shape(base))
        trunk = Model(base.inputs, before, name=f"{base.name}_trunk")
        x: Any = image
        for layer in front:
            x = layer(x)
        return Model(image, layers.Dense(classes, activation="softmax", name="class")(trunk(x)), name=base.name)
    return Sequential([Input(_shape(base)), *front, base], name=base.name)


def _shape(base: Model) -> tuple[int | None, ...]:
    """Of one sample, as a model takes it."""
    return tuple(base.inputs[0].shape[1:])


def _with_answers(model: Model, photos: Photos | Pixels) -> Model:
    """A new network that tells labels, each by itself, or numbers in their own units, in the place of classes."""
    if photos.kind == "labels":
        model.layers[-1].activation = "sigmoid"
    if photos.kind != "numbers" or photos.spread is None:
        return model
    model.layers[-1].activation = "linear"
    mean, width = photos.spread
    scale = np.where(width > 0, width, 1.0)
    units = layers.Rescaling(scale.tolist(), mean.tolist(), name="units")
    return Model(model.inputs, units(model.outputs[0]), name=model.name)


def _freeze(model: Model, chosen: Choices) -> None:
    known = {layer.name: layer for layer in all_layers(model)}
    for name in chosen.freeze:
        if name not in known:
            raise unknown_name("layer", name, known)
        known[name].trainable = False


def all_layers(model: Model) -> list[layers.Layer]:
    """The layers of a model, and those of models inside it."""
    found: list[layers.Layer] = []
    for layer in model.layers:
        found += [layer, *(all_layers(layer) if isinstance(layer, Model) else [])]
    return found
