"""Sizes that are none, or too large: every size argument of every layer, and networks that no memory holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentError, ShapeError

BAD = [0, -1, 2**31, 2**62, True, 1.5, "3", np.float64(3), None, {3}, [], ()]
BAD_ON_AN_AXIS = [0, -1, 2**31, 2**62, False, 2.0, "3", None, [1]]

ONE_NUMBER: dict[str, Callable[[Any], object]] = {
    "Dense units": lambda n: layers.Dense(n, name="x"),
    **{
        f"{kind} {argument}": (
            lambda n, kind=kind, argument=argument: getattr(layers, kind)(
                **{"filters": 2, "kernel_size": 1, "name": "x", argument: n}
            )
        )
        for kind in ("Conv1D", "Conv2D", "Conv3D")
        for argument in ("filters", "groups")
    },
}

PER_AXIS: dict[str, tuple[int, Callable[[Any], object]]] = {
    **{
        f"Conv{rank}D {argument}": (
            rank,
            lambda n, rank=rank, argument=argument: getattr(layers, f"Conv{rank}D")(
                **{"filters": 2, "kernel_size": 1, "name": "x", argument: n}
            ),
        )
        for rank in (1, 2, 3)
        for argument in ("kernel_size", "strides", "dilation_rate")
    },
    **{
        f"{kind}Pooling{rank}D {argument}": (
            rank,
            lambda n, kind=kind, rank=rank, argument=argument: getattr(layers, f"{kind}Pooling{rank}D")(
                **{"name": "x", argument: n}
            ),
        )
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
        for argument in ("pool_size", "strides")
    },
}


def _refusal(make: Callable[[Any], object], value: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        make(value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("value", BAD, ids=repr)
@pytest.mark.parametrize("case", ONE_NUMBER)
def test_one_number(case: str, value: Any) -> None:
    """Layer, argument, range and what came, under the words by which people look for it."""
    kind, argument = case.split()
    message = _refusal(ONE_NUMBER[case], value)
    assert message.startswith(f'{kind} "x": Invalid value for argument `{argument}`. ')
    assert f"Received {argument}={value!r}" in message and "2147483647" in message
    whole = isinstance(value, int) and not isinstance(value, bool)
    wanted = f"Expected an integer value for `{argument}`" if not whole else "should be a positive integer up to"
    assert wanted in message


def _is_allowed(case: str, value: object) -> bool:
    """Without strides, a pooling layer takes its pool size."""
    return value is None and "Pooling" in case and case.endswith("strides")


@pytest.mark.parametrize(
    ("case", "value"), [(case, value) for case in PER_AXIS for value in BAD if not _is_allowed(case, value)]
)
def test_one_number_for_all_axes(case: str, value: Any) -> None:
    """Layer, argument and what came."""
    kind, argument = case.split()
    message = _refusal(PER_AXIS[case][1], value)
    assert message.startswith(
        f'{kind} "x": The `{argument}` argument must be a tuple of {PER_AXIS[case][0]} integers. '
    )
    assert f"Received {argument}={value!r}" in message


@pytest.mark.parametrize("value", BAD_ON_AN_AXIS, ids=repr)
@pytest.mark.parametrize("case", PER_AXIS)
def test_one_number_per_axis(case: str, value: Any) -> None:
    """The last of several is wrong."""
    rank, make = PER_AXIS[case]
    kind, argument = case.split()
    message = _refusal(make, (1,) * (rank - 1) + (value,))
    assert message.startswith(f'{kind} "x": The `{argument}` argument must be a tuple of {rank} integers. Received ')
    assert repr(value) in message and ("do not satisfy `value > 0`" in message or "is no positive integer" in message)


@pytest.mark.parametrize("case", PER_AXIS)
def test_too_many_numbers(case: str) -> None:
    """One for each axis, or one for all."""
    rank, make = PER_AXIS[case]
    kind, argument = case.split()
    value = (1,) * (rank + 1)
    message = _refusal(make, value)
    assert message.startswith(f'{kind} "x": The `{argument}` argument must be a tuple of {rank} integers. ')
    assert message.endswith(f"Received {argument}={value!r}; one number stands for all axes")


@pytest.mark.parametrize("value", [3, np.int64(3), np.int32(3), np.uint8(3)], ids=repr)
def test_whole_numbers_of_any_kind(value: Any) -> None:
    """NumPy's count as Python's, and end up as Python's in the configuration."""
    layer = layers.Conv2D(value, (value, value), strides=[value, value])
    config = layer.get_config()
    assert [type(config["filters"]), *map(type, config["kernel_size"])] == [int] * 3
    assert config["strides"] == (3, 3)
    assert layers.Dense(value).units == 3


@pytest.mark.parametrize("value", [0, -1, 2**31, 2**62, 10**400, True, 1.5, "3", [3]], ids=lambda v: repr(v)[:12])
def test_input_sizes(value: Any) -> None:
    """In `Input`, in `input_shape=`, and in `build`."""
    for make in (
        lambda: Input((8, value)),
        lambda: layers.Dense(3, input_shape=(value,)),
        lambda: Sequential([layers.Dense(3)]).build((None, value)),
    ):
        with pytest.raises(ArgumentError, match=r"a positive integer up to 2147483647, got"):
            make()


@pytest.mark.parametrize("value", [8, None, "abc", 1.5], ids=repr)
def test_input_shapes_that_are_no_tuple(value: Any) -> None:
    """Shows how a shape is written."""
    with pytest.raises(ArgumentError, match=r"a shape is a tuple such as \(28, 28, 1\), got "):
        Input(value)


TOO_LARGE_FOR_ITS_INPUT = {
    "Conv1D": ((2, 1), lambda: layers.Conv1D(1, 3, name="x"), "3 taps .* an axis of 2"),
    "Conv2D": ((8, 2, 1), lambda: layers.Conv2D(1, 3, name="x"), "3 taps .* an axis of 2"),
    "dilated": ((8, 8, 1), lambda: layers.Conv2D(1, 3, dilation_rate=4, name="x"), r"3 taps \(it spans 9\)"),
    "Conv3D": ((4, 4, 2, 1), lambda: layers.Conv3D(1, (1, 1, 3), name="x"), "3 taps .* an axis of 2"),
    "MaxPooling2D": ((8, 2, 1), lambda: layers.MaxPooling2D(3, name="x"), "3 taps .* an axis of 2"),
    "AveragePooling1D": ((2, 1), lambda: layers.AveragePooling1D(3, name="x"), "3 taps .* an axis of 2"),
    "channels first": (
        (1, 2, 8), lambda: layers.Conv2D(1, 3, data_format="channels_first", name="x"), "3 taps .* an axis of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOO_LARGE_FOR_ITS_INPUT)
def test_a_window_larger_than_its_input(case: str) -> None:
    """Layer, window, axis, input, and three ways out."""
    shape, make, sizes = TOO_LARGE_FOR_ITS_INPUT[case]
    with pytest.raises(
        ShapeError, match=rf'^\w+ "x": a window of {sizes}.*; use a smaller kernel, a larger input'
    ) as e:
        Sequential([Input(shape), make()])
    assert str(e.value).endswith(f"got input {(None, *shape)}")
    assert len(Sequential([Input(shape)]).layers) == 0


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_too_few_axes(rank: int) -> None:
    """It looks like missing channels, and it is said; axes before the spatial ones count as batch."""
    shape = (8,) * rank
    for kind in ("Conv{}D", "MaxPooling{}D", "AveragePooling{}D", "GlobalMaxPooling{}D", "GlobalAveragePooling{}D"):
        arguments = (2, 3) if kind.startswith("Conv") else (2,) if "Global" not in kind else ()
        layer = getattr(layers, kind.format(rank))(*arguments, name="x")
        hint = r"; is the channel axis missing\? .*"
        with pytest.raises(ShapeError, match=rf'"x": expected an input of {rank + 2} axes .*, got .*\){hint}$'):
            layer(Input(shape))


# What no memory holds, run in a process of its own that may have 3 GB. Each entry is an expression.
ENORMOUS = {
    "Dense(2^31 - 1)": ("Sequential([Input((1,)), layers.Dense(B)])", "ShapeError"),
    "Dense(2^31 - 1) of zeros": (
        "Sequential([Input((1,)), layers.Dense(B, kernel_initializer='zeros', use_bias=False)])", "ShapeError",
    ),
    "Dense on a large input": ("Sequential([Input((B,)), layers.Dense(B)])", "ShapeError"),
    "an orthogonal kernel": (
        "Sequential([Input((40000,)), layers.Dense(40000, kernel_initializer='orthogonal')])", "ShapeError",
    ),
    "Conv2D(2^31 - 1)": ("Sequential([Input((8, 8, 1)), layers.Conv2D(B, 3)])", "ShapeError"),
    "a kernel of 2^31 - 1": ("Sequential([Input((8, 8, 1)), layers.Conv2D(1, B, padding='same')])", "ShapeError"),
    "a long kernel": ("Sequential([Input((8, 1)), layers.Conv1D(1, B, padding='same')])", "ShapeError"),
    "the literals of a known crash": (
        "layers.Conv2D(1, 8608480567731124087, dilation_rate=1250999896764)", "ArgumentError",
    ),
    "Flatten and Dense": (
        "Sequential([Input((2**16, 2**16, 2**7)), layers.Flatten(), layers.Dense(1)])", "ShapeError",
    ),
    "a long result": (
        "Sequential([Input((8, 1)), layers.Conv1D(1, 2, dilation_rate=2**30, padding='full')])"
        ".predict(np.ones((1, 8, 1)))", "OutOfMemoryError",
    ),
    "large maps": (
        "Sequential([Input((4000, 4000, 1)), layers.Conv2D(256, 1), layers.GlobalMaxPooling2D()])"
        ".predict(np.zeros((1, 4000, 4000, 1), np.float32))", "OutOfMemoryError",
    ),
    "stride 2^31 - 1": (
        "Sequential([Input((8, 8, 1)), layers.Conv2D(1, 3, strides=B)]).predict(np.ones((1, 8, 8, 1))).shape",
        "(1, 1, 1, 1)",
    ),
    "dilation 2^31 - 1": (
        "Sequential([Input((8, 1)), layers.Conv1D(1, 3, dilation_rate=B, padding='same', kernel_initializer='ones')])"
        ".predict(np.ones((1, 8, 1))).ravel().tolist()", "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]",
    ),
    "dilation 2^30, causal": (
        "Sequential([Input((8, 1)), layers.Conv1D(1, 2, dilation_rate=2**30, padding='causal', "
        "kernel_initializer='ones')]).predict(np.ones((1, 8, 1))).ravel().tolist()",
        "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]",
    ),
    "a maximum over 2^31 - 1": (
        "Sequential([Input((3, 3, 1)), layers.MaxPooling2D(B, strides=1, padding='same')])"
        ".predict(np.arange(9.0).reshape(1, 3, 3, 1)).max()", "8.0",
    ),
    "a mean over 2^31 - 1": (
        "Sequential([Input((3, 3, 1)), layers.AveragePooling2D(B, padding='same')])"
        ".predict(np.arange(9.0).reshape(1, 3, 3, 1)).ravel().tolist()", "[4.0]",
    ),
}  # fmt: skip

PROGRAM = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import numpy as np
from pellucid import Input, Sequential, layers
B, told = 2**31 - 1, {}
for name, expression in json.load(sys.stdin).items():
    start = time.perf_counter()
    try:
        kind, text = "", str(eval(expression))
    except Exception as error:
        kind, text = [c.__name__ for c in type(error).__mro__ if c.__name__ != "_ArrayMemoryError"][0], str(error)
    peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])  # kB; ru_maxrss would tell the parent's
    told[name] = [kind, text, time.perf_counter() - start, peak / 1024]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str, str, float, float]]:
    """For each of `ENORMOUS`: class of the error, text, seconds, and the most memory so far [MB]."""
    expressions = {name: expression for name, (expression, _) in ENORMOUS.items()}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(expressions), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.parametrize("case", ENORMOUS)
def test_what_no_memory_holds(outcomes: dict[str, tuple[str, str, float, float]], case: str) -> None:
    """A clear error, or the right result: at once, and without memory being filled first."""
    kind, text, seconds, peak = outcomes[case]
    expected = ENORMOUS[case][1]
    assert (kind or text) == expected
    assert text
    assert seconds < 5
    assert peak < 400
    if kind == "ShapeError":
        assert "does not fit into memory" in text or "the most that is supported" in text
        assert text.startswith(("Dense", "Conv"))
