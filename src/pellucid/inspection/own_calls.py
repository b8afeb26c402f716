"""Models whose `call` users wrote, told layer by layer: as networks of the layers that they use, on their weights."""

from __future__ import annotations

import inspect

from pellucid.models import Model
from pellucid.naming import names_kept

__all__ = ["told_apart"]


def told_apart(model: Model) -> Model:
    """The model; in the place of one with a `call` of the user's own, one whose layers can be told apart.

    To a model its own `call` is one operation. Here it is called once more, on symbolic tensors, which tells the layers
    that it uses. What it does may need numbers (a loop that ends where values are small): then the model stays as it
    is, and is looked at as a whole. Nothing of it is changed: no name is taken, no seed drawn, and its layers do not
    remember that they were called.

    Args:
        model: a built model.

    Example:
        >>> from pellucid import layers
        >>> class Tiny(Model):
        ...     __module__ = "example"  # not one of the library's own
        ...     def __init__(self):
        ...         super().__init__(name="tiny")
        ...         self.conv, self.flat = layers.Conv2D(2, 3, name="conv"), layers.Flatten(name="flat")
        ...     def call(self, inputs):
        ...         return self.flat(self.conv(inputs))
        >>> model = Tiny()
        >>> model.build((None, 5, 5, 1))
        >>> [call.layer.name for call in model.built_network().calls[1:]]
        ['tiny']
        >>> [call.layer.name for call in told_apart(model).built_network().calls[1:]]
        ['conv', 'flat']
    """
    if not model.has_own_call:
        return model
    model.built_network()
    remembered = [(layer.calls, list(layer.calls)) for layer in model.layers]
    form = {"training": None} if "training" in inspect.signature(model.call).parameters else {}
    try:
        with names_kept():
            described = Model(model.input, model.call(model.input, **form), name=model.name, seed=model.seed)
    except Exception:  # whatever code of a user's own raises where there are no numbers
        return model
    finally:
        for calls, before in remembered:
            calls[:] = before
    described.runtime.run_on(model.engine)
    described.runtime.step = model.runtime.step
    return described
