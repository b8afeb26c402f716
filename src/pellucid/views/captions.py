"""The words beside the pictures: what is seen, how large it is, and what deserves attention.

Figures and terminal share these sentences, so both say the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.command_words import hint
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.inspection.confusion import Confusion
from pellucid.inspection.equivariance import Equivariance
from pellucid.inspection.findings import Lint
from pellucid.inspection.given import described
from pellucid.inspection.profile import Profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step
from pellucid.views.precision import NumberFormat

__all__ = [
    "class_labels",
    "compare_values",
    "describe_bank",
    "describe_lint",
    "describe_maps",
    "describe_output",
    "describe_profile",
    "describe_shift",
    "list_numbers",
    "say_broken",
    "say_unanswered",
    "say_wrapped",
    "say_zero",
]


_MOST_RUNS = 16  # of numbers in a sentence; more nobody reads


def describe_profile(profile: Profile) -> tuple[str, str]:
    """What was measured and how long it takes, and what speeds are compared with."""
    threads = f"{profile.threads} thread{'' if profile.threads == 1 else 's'}"
    operations = sum(call.operations for call in profile.calls)
    unit, size = ("G", 1e9) if operations >= 1e9 else ("M", 1e6)
    return (
        f"{profile.model}: {profile.what}, batch {profile.batch_size}: {1e3 * profile.seconds:.3f} ms on {threads}, "
        f"{operations / size:.3g} {unit}FLOP",
        f"Peak of the processor: {1e-9 * profile.peak:.0f} GFLOP/s. Operations are those of the plain definition.",
    )


def describe_lint(lint: Lint) -> str:
    """How much was found, and in what.

    Example:
        >>> describe_lint(Lint("tiny", (), 0, 0, ("duplicate",)))
        'tiny: nothing found in its weights'
    """
    count = _count(len(lint.findings), "finding") + "," if lint.findings else "nothing found"
    where = "its weights" if not lint.samples else f"its weights and its answers to {_count(lint.samples, 'sample')}"
    return f"{lint.model}: {count} in {where}"


def describe_shift(shifted: Equivariance) -> str:
    """How a sample was moved, and what the errors beside are.

    Example:
        >>> describe_shift(Equivariance("tiny", (1, 0), "zero", ()))
        'tiny: the image moved by (1, 0), filled with zero; errors as shares of the answer'
        >>> describe_shift(Equivariance("waves", (2,), "zero", ()))
        'waves: the sequence moved by 2, filled with zero; errors as shares of the answer'
    """
    how = {"wrap": "what left came in on the other side", "nearest": "filled with the nearest values"}
    filled = how.get(shifted.fill, f"filled with {shifted.fill}")
    kind = {1: "sequence", 2: "image", 3: "volume"}.get(len(shifted.shift), "sample")
    moved = f"its input {shifted.input} moved, the others not," if shifted.input else f"the {kind} moved"
    return f"{shifted.model}: {moved} by {say_shift(shifted.shift)}, {filled}; errors as shares of the answer"


def say_shift(shift: tuple[int, ...]) -> str:
    """How far something moves along each of its axes, as one writes it.

    Example:
        >>> say_shift((0, 1)), say_shift((3,))
        ('(0, 1)', '3')
    """
    return str(shift) if len(shift) != 1 else str(shift[0])


def say_inexact(shifted: Equivariance) -> list[str]:
    """What the mark says that stands behind a move of maps; nothing where none has it."""
    if all(each.divides for each in shifted.layers):
        return []
    return ["~ The strides do not divide the shift: no whole number of places is right."]


def describe_bank(bank: FilterBank) -> str:
    """What a filter bank is, in plain words.

    Example:
        >>> describe_bank(FilterBank("conv2d", np.zeros((3, 3, 1, 32))))
        'conv2d: 32 filters of 3x3 over 1 channel'
        >>> describe_bank(FilterBank("dense", np.zeros((288, 10))))
        'dense: 10 units with 288 weights each'
    """
    if not bank.spatial:
        return f"{bank.layer}: {_count(bank.filters, 'unit')} with {_count(bank.in_channels, 'weight')} each"
    size = _size(bank.spatial, "tap")
    text = f"{bank.layer}: {_count(bank.filters, 'filter')} of {size} over {_count(bank.in_channels, 'channel')}"
    text += f" each, in {bank.groups} groups" if bank.groups > 1 and bank.in_channels > 1 else ""
    text += f", {bank.filters // bank.places} at each of {bank.places} places" if bank.places > 1 else ""
    return text + (f", computed from {' and '.join(bank.computed_from)}" if bank.computed_from else "")


def describe_maps(record: FeatureMaps) -> str:
    """What the feature maps of a layer are, in plain words.

    Example:
        >>> describe_maps(FeatureMaps("stem", "Conv2D", np.zeros((6, 6, 32))))
        'stem (Conv2D): 32 maps of 6x6'
        >>> describe_maps(FeatureMaps("input", "", np.zeros((8, 8, 1))))
        'input: 1 channel of 8x8'
    """
    says_its_kind = record.layer.replace("_", "").startswith(record.kind.lower())  # "max_pooling2d_1", any after ""
    name = record.layer if says_its_kind else f"{record.layer} ({record.kind})"
    name += "" if record.call is None else f", call {record.call}"
    if not record.spatial:
        return f"{name}: {_count(record.channels, 'value')}"
    size = _size(record.spatial, "step")
    return f"{name}: {_count(record.channels, 'channel' if record.layer == 'input' else 'map')} of {size}"


def describe_output(arithmetic: Arithmetic) -> str:
    """Which output value an arithmetic explains, in plain words.

    Example:
        >>> from pellucid.inspection.records import Product
        >>> product = Product((0, 0), (2, 3), 0, 1.0, 2.0, 2.0)
        >>> describe_output(Arithmetic("conv2d", "Conv2D", (2, 3), 5, [product], (2.0,), 0, 2, "linear", 2, 2, ""))
        'conv2d: output [2, 3] of filter 5'
    """
    if not arithmetic.output_index:
        return f"{arithmetic.use}: output of unit {arithmetic.filter}"
    return f"{arithmetic.use}: output {list(arithmetic.output_index)} of filter {arithmetic.filter}"


def name_sum(arithmetic: Arithmetic) -> str:
    """What the sum of all products is called.

    Example:
        >>> from pellucid.inspection.records import Product
        >>> product = Product((0, 0), (2, 3), 0, 1.0, 0.5, 0.5)
        >>> mean = Arithmetic("pool", "AveragePooling2D", (1, 1), 0, [product], (0.5,), 0, 0.5, "linear", 0.5, 0.5, "",
        ...                   combination="mean")
        >>> name_sum(mean)
        'mean'
    """
    if arithmetic.combination in ("mean", "maximum"):
        return arithmetic.combination
    terms = "products" if arithmetic.combination == "sum of products" else "terms"
    count = len(arithmetic.channel_sums)
    return f"sum of the {terms}" if count == 1 or arithmetic.is_dense else f"sum of {count} channels"


def name_factors(products: Sequence[Product], combination: str) -> str:
    """What stands in the middle of the products: weights, or shares.

    Example:
        >>> name_factors([], "mean"), name_factors([], "maximum"), name_factors([], "sum of products")
        ('1 / count', '1 for the largest', 'weights')
    """
    names = {"mean": "1 / count", "maximum": "1 for the largest", "sum": "all count once"}
    first = next((each for each in products if not each.is_padding), None)  # of padding no factor is computed
    if combination == "sum of products" and first is not None and not first.weight_index and first.weight_name:
        return "factors"
    return names.get(combination, "weights")


def describe_step(step: Step, form: NumberFormat) -> str:
    """An earlier value with its formula, and the numbers that the formula names.

    Example:
        >>> step = Step("s1", "expression", "gamma[2] / 2", {"gamma[2]": 3.0}, (), 1.5)
        >>> describe_step(step, NumberFormat(1, exact=True))
        's1 = gamma[2] / 2 = 1.5, where gamma[2] = 3.0'
    """
    text = f"{step.name} = {step.formula} = {form(step.result)}"
    if step.products or not step.operands or step.formula in step.operands:
        return text
    return f"{text}, where {', '.join(f'{name} = {form(value)}' for name, value in step.operands.items())}"


def say_all() -> str:
    """What shows every slice of every filter."""
    return hint("limit=None", {"--all": "--all"})


def say_unfolds() -> str:
    """What shows all slices of one filter of many, as the beginning of a sentence."""
    typed = "inspection.overview(layer, k) unfolds filter k"
    return hint(typed, {"--filter": "--filter K unfolds filter K", "": f"In Python {typed}"})


def say_left_out(count: int) -> list[str]:
    """A sentence on values that were too many to be explained; nothing where there are none.

    Example:
        >>> say_left_out(3), say_left_out(0)
        (['3 further values are not explained: there are too many.'], [])
    """
    if not count:
        return []
    return [f"{_count(count, 'further value')} {'is' if count == 1 else 'are'} not explained: there are too many."]


def compare_values(arithmetic: Arithmetic, form: NumberFormat) -> str:
    """Whether the engine computed the same value.

    Example:
        >>> from pellucid.inspection.records import Product
        >>> product = Product((0, 0), (2, 3), 0, 1.0, 2.0, 2.0)
        >>> same = Arithmetic("conv2d", "Conv2D", (2, 3), 5, [product], (2.0,), 0, 2, "linear", 2, 2, "")
        >>> compare_values(same, NumberFormat(1, exact=True))
        'The engine computed 2.0: equal.'
    """
    engine = f"The engine computed {form(arithmetic.engine_value)}"
    if arithmetic.value == arithmetic.engine_value:
        return f"{engine}: equal."
    difference = f"the difference is {abs(arithmetic.value - arithmetic.engine_value):.1e}"
    if math.isnan(arithmetic.value) and math.isnan(arithmetic.engine_value):
        return f"{engine}: equal."
    if not math.isfinite(arithmetic.rounding_bound):
        return f"{engine}: rounding may lead anywhere, beyond the range of float32 or by a division by almost nothing."
    what = "float32 rounding" if arithmetic.rounding is None else "rounding"
    return f"{engine}: equal up to {what}, {difference}.{_of_method(arithmetic)}"


def _of_method(arithmetic: Arithmetic) -> str:
    """What the engine's method may lose, where it is not the sum of the products."""
    if arithmetic.winograd is None:
        return ""
    return f" It adds other products (Winograd's method), by which a sum is off by {arithmetic.winograd:.1e} at most."


def class_labels(maps: Sequence[FeatureMaps], names: Sequence[str] | None) -> list[str]:
    """A label for each output of the last layer: the class names, or numbers.

    Raises:
        ArgumentError: there are not as many names as outputs.
    """
    last = maps[-1]
    if names is None:
        return [str(number) for number in range(last.channels)]
    is_list = isinstance(names, Sequence | np.ndarray) and not isinstance(names, str)
    if not is_list or (isinstance(names, np.ndarray) and names.ndim != 1):
        raise ArgumentTypeError(f"class_names is a list of names, got {described(names)}")
    if last.spatial or len(names) != last.channels:
        raise ArgumentError(
            f'expected one class name per output of the last layer, "{last.layer}" with maps of shape '
            f"{last.maps.shape}, got {len(names)} names"
        )
    return [str(name) for name in names]


def say_depths(depth: int, what: str, *, is_labelled: bool = False) -> list[str]:
    """How the slices of a volume lie, and what numbers such as "0:1" above them say; nothing where there is one.

    Example:
        >>> say_depths(5, "map"), say_depths(1, "map")
        (['The 5 slices of a map along the depth stand side by side, depth 0 left.'], [])
        >>> say_depths(5, "map", is_labelled=True)[0].partition("left; ")[2]
        '0:1 is depth 1 of map 0.'
    """
    label = f"; 0:1 is depth 1 of {what} 0" if is_labelled else ""
    said = f"The {depth} slices of a {what} along the depth stand side by side, depth 0 left{label}."
    return [said] if depth > 1 else []


def say_wrapped(count: int, columns: int, what: str) -> list[str]:
    """How numbers without spatial order stand in a picture.

    Example:
        >>> say_wrapped(288, 18, "weights of a unit")
        ['The 288 weights of a unit are wrapped row by row, 18 to a row.']
        >>> say_wrapped(10, 10, "values")
        []
    """
    return [f"The {count} {what} are wrapped row by row, {columns} to a row."] if columns < count else []


def say_zero(values: np.ndarray, item: str, first: int = 0) -> list[str]:
    """Which items are zero everywhere, which a reader could take for a fault of the picture.

    Args:
        values: weights or answers (items, ...).
        item: what an item is called: "filter", "map".
        first: number of the first item.

    Returns:
        one sentence, or none where there is no such item.

    Example:
        >>> say_zero(np.array([[0.0, 0.0], [1.0, 0.0]]), "filter")
        ['Filter 0 is zero everywhere.']
    """
    nonzero = np.count_nonzero(np.asarray(values).reshape(len(values), -1), axis=1)
    return _say(nonzero == 0, first, item, "is", "are", "zero everywhere")


def say_broken(values: np.ndarray, item: str, first: int = 0) -> list[str]:
    """Which items hold values that are not numbers.

    Args:
        values: weights or answers (items, ...).
        item: what an item is called: "filter", "map", "value".
        first: number of the first item.

    Returns:
        one sentence, or none where there is no such item.

    Example:
        >>> say_broken(np.array([[0.0, np.inf], [1.0, np.nan]]), "filter")
        ['Filters 0-1 hold NaN or infinity.']
    """
    broken = np.count_nonzero(~np.isfinite(np.asarray(values).reshape(len(values), -1)), axis=1)
    return _say(broken > 0, first, item, "holds", "hold", "NaN or infinity")


def say_empty(map: np.ndarray) -> list[str]:
    """That a map is zero everywhere, which else looks as if nothing had been drawn.

    Example:
        >>> say_empty(np.zeros((2, 2))), say_empty(np.eye(2))
        (['The map is zero everywhere: the filter answers nothing in this image.'], [])
    """
    return [] if map.any() else ["The map is zero everywhere: the filter answers nothing in this image."]


def _say(found: np.ndarray, first: int, item: str, one: str, many: str, what: str) -> list[str]:
    numbers = (first + np.flatnonzero(found)).tolist()
    subject = list_numbers(item, numbers).capitalize()
    return [f"{subject} {one if len(numbers) == 1 else many} {what}."] if numbers else []


def list_numbers(noun: str, numbers: Sequence[int]) -> str:
    """Numbered things as a phrase, neighbours drawn together; of very many the first, and how many more.

    Example:
        >>> list_numbers("filter", [3]), list_numbers("filter", [0, 1, 2, 7])
        ('filter 3', 'filters 0-2 and 7')
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    if not runs:
        return f"no {noun}"
    parts = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:_MOST_RUNS]]
    parts += [f"{sum(map(len, runs[_MOST_RUNS:]))} more"] if len(runs) > _MOST_RUNS else []
    phrase = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{noun}{'' if len(numbers) == 1 else 's'} {phrase}"


def say_unanswered(record: Confusion) -> str:
    """How many answers say no class; "" where all say one.

    Example:
        >>> import numpy as np
        >>> say_unanswered(Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), (), (0, 1)))
        '1 answer is NaN: it says no class, and is not right.'
    """
    count = sum(record.unanswered)
    if not count:
        return ""
    said = "is NaN: it says no class, and is" if count == 1 else "are NaN: they say no class, and are"
    return f"{_count(count, 'answer')} {said} not right."


def _size(spatial: tuple[int, ...], step: str) -> str:
    return _count(spatial[0], step) if len(spatial) == 1 else "x".join(map(str, spatial))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
