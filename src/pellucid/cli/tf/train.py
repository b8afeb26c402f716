"""`tf.train`: checkpoints of what a script has made: models, optimisers, variables, each under its name.

A checkpoint is one `.npz` file, which is written whole or not at all; TensorFlow's own files are not read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.cli.tf.examples import BytesList as BytesList
from pellucid.cli.tf.examples import Example as Example
from pellucid.cli.tf.examples import Feature as Feature
from pellucid.cli.tf.examples import Features as Features
from pellucid.cli.tf.examples import FloatList as FloatList
from pellucid.cli.tf.examples import Int64List as Int64List
from pellucid.cli.tf.specs import Module
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.atomic import atomic_write
from pellucid.layers import Layer
from pellucid.optimizers import Optimizer
from pellucid.variables import Variable

INDEX = "checkpoint"
"""The file beside checkpoints that says which is the last, as TensorFlow has it."""


class Checkpoint:
    """What is kept together.

    Args:
        root: a model, where there is one thing alone.
        parts: further models, layers, optimisers, variables, modules and checkpoints by name.

    Raises:
        ArgumentError: something else is to be kept.
    """

    def __init__(self, root: Any = None, **parts: Any) -> None:
        self._parts = ({} if root is None else {"root": root}) | parts
        self.save_counter = 0
        for name, part in self._parts.items():
            if not isinstance(part, Layer | Module | Optimizer | Variable | Checkpoint | int | float):
                raise ArgumentError(f"tf.train.Checkpoint: {name} is no model, optimizer or variable: {shown(part)}")

    def __getattr__(self, name: str) -> Any:
        parts = self.__dict__.get("_parts", {})
        if name not in parts:
            raise AttributeError(f"the checkpoint has no {name!r}; it has {sorted(parts)}")
        return parts[name]

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write all of it to a file of the next number, and say there which is the last."""
        self.save_counter += 1
        path = self.write(f"{file_prefix}-{self.save_counter}")
        with atomic_write(Path(path).parent / INDEX) as file:
            file.write(f'model_checkpoint_path: "{Path(path).name}"\n'.encode())
        return path

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write all of it to one file."""
        path = Path(f"{file_prefix}.npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = dict(self._arrays())
        with atomic_write(path) as file:
            np.savez(file, **arrays)
        return str(file_prefix)

    def restore(self, save_path: Any, options: Any = None) -> Status:
        """Give everything the values that a file holds; nothing happens where there is no path.

        Raises:
            FileError: there is no such checkpoint, or it is of something else.
        """
        if save_path is None:
            return Status()
        path = Path(f"{save_path}.npz")
        if not path.exists():
            raise FileError(
                f"tf.train.Checkpoint: there is no {escaped(path)}; TensorFlow's own checkpoints are not read"
            )
        with np.load(path, allow_pickle=False) as file:
            self._take({name: file[name] for name in file.files}, path)
        number = re.search(r"-(\d+)$", str(save_path))
        self.save_counter = int(number[1]) if number else self.save_counter
        return Status()

    read = restore

    def _arrays(self) -> Any:
        for name, part in self._parts.items():
            if isinstance(part, Checkpoint):
                yield from ((f"{name}/{inner}", array) for inner, array in part._arrays())
            else:
                yield from ((f"{name}/{place}", array) for place, array in enumerate(_values(part)))

    def _take(self, arrays: dict[str, np.ndarray], path: Path) -> None:
        self._build_optimizers()
        for name, part in self._parts.items():
            own = {key.removeprefix(f"{name}/"): value for key, value in arrays.items() if key.startswith(f"{name}/")}
            if isinstance(part, Checkpoint):
                part._take(own, path)
            elif not isinstance(part, int | float):
                _give(part, [own[str(place)] for place in range(len(own))], f"{escaped(path)}: {name}")

    def _build_optimizers(self) -> None:
        """Let optimisers that have made no step know the one model beside them, as TensorFlow lets them wait for it."""
        models = [part for part in self._parts.values() if isinstance(part, Layer) and part.built]
        for part in self._parts.values():
            if isinstance(part, Optimizer) and not part.built and len(models) == 1:
                part.build(models[0].trainable_weights)


class Status:
    """That all has been restored; what does not fit is an error before."""

    def assert_consumed(self) -> Status:
        """It was."""
        return self

    expect_partial = assert_existing_objects_matched = assert_nontrivial_match = assert_consumed


def _values(part: Any) -> list[np.ndarray]:
    if isinstance(part, int | float):
        return [np.asarray(part)]
    if isinstance(part, Variable):
        return [np.asarray(part)]
    return [np.asarray(each) for each in (part.get_weights() if isinstance(part, Layer) else part.variables)]


def _give(part: Any, values: list[np.ndarray], place: str) -> None:
    """Have these values from now on."""
    if isinstance(part, Optimizer) and len(part.variables) < len(values):
        raise FileError(
            f"{place} holds {len(values)} arrays of an optimizer that has made steps; this one has none yet: "
            "optimizer.build(model.trainable_variables) before restore"
        )
    own = [part] if isinstance(part, Variable) else list(part.weights if isinstance(part, Layer) else part.variables)
    shapes = [tuple(each.shape) for each in own]
    if shapes != [array.shape for array in values]:
        raise FileError(
            f"{place} holds arrays of shapes {shown([array.shape for array in values])}, it has {shown(shapes)}"
        )
    if isinstance(part, Layer | Optimizer):
        part.set_weights(values)
        return
    for each, value in zip(own, values, strict=True):
        each.assign(value)


class CheckpointManager:
    """The last checkpoints of a folder; older ones are deleted.

    Args:
        checkpoint: what is kept.
        directory: where.
        max_to_keep: how many; None: all.
        checkpoint_name: how the files are called.
    """

    def __init__(
        self, checkpoint: Checkpoint, directory: Any, max_to_keep: int | None, checkpoint_name: str = "ckpt"
    ) -> None:
        self.checkpoint, self.directory = checkpoint, str(directory)
        self._keeps, self._name = max_to_keep, checkpoint_name

    @property
    def checkpoints(self) -> list[str]:
        """Those that are there, the last one last."""
        found = {}
        for path in Path(self.directory).glob(f"{self._name}-*.npz"):
            number = path.stem.removeprefix(f"{self._name}-")
            if number.isdigit():
                found[int(number)] = str(path.with_suffix(""))
        return [found[number] for number in sorted(found)]

    @property
    def latest_checkpoint(self) -> str | None:
        """The last one; None where there is none."""
        found = self.checkpoints
        return found[-1] if found else None

    def save(self, checkpoint_number: Any = None) -> str:
        """Write another one."""
        if checkpoint_number is not None:
            self.checkpoint.save_counter = int(checkpoint_number) - 1
        path = self.checkpoint.save(Path(self.directory) / self._name)
        for old in self.checkpoints[: -self._keeps] if self._keeps else ():
            Path(f"{old}.npz").unlink(missing_ok=True)
        return path

    def restore_or_initialize(self) -> str | None:
        """Go on from the last one, where there is one."""
        self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The last checkpoint of a folder, or the last file of weights there; None where there is none."""
    folder = Path(checkpoint_dir)
    index = folder / (latest_filename or INDEX)
    if index.is_file():
        named = re.search(r'model_checkpoint_path: "([^"]+)"', index.read_text())
        if named and (folder / f"{named[1]}.npz").exists():
            return str(folder / named[1])
    files = [path for path in folder.glob("*") if path.is_file() and path.name != INDEX]
    return str(max(files, key=lambda path: (path.stat().st_mtime_ns, path.name))) if files else None
