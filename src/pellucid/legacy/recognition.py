"""For which Keras a script was written, as its text tells: old names, module paths and arguments, and newer ones.

Keras 2 understood most words of Keras 1, so a script that has words which only came with Keras 2 was run on that,
whatever else is in it; the same goes for what came after Keras 2.3. What is written for `tensorflow.keras` alone reads
calls as today's does, and has today's defaults.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pellucid.frozen import Frozen
from pellucid.legacy.positions import leading_whole_numbers
from pellucid.legacy.tables import LAYER, SPELLINGS
from pellucid.old_modules import MODULES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_SIGNS = _words(
    "batch_input_shape dtype include_optimizer input_dim input_dtype input_length max_queue_size save_format "
    "use_multiprocessing workers"
)
"""Old words that Keras 3 or `tf.keras` took as well."""
WORDS_OF_2 = _words(
    "alpha batch_size count_mode decay embeddings_data embeddings_layer_names epsilon fused lr period "
    "reset_metrics sample_weight_mode schedule_decay stateful_metrics theta write_grads"
)
"""Old words that Keras 2 had; the others are Keras 1's."""
NEW_WORDS = _words(
    "bias_initializer data_format dilation_rate epochs filters inputs kernel_initializer "
    "kernel_regularizer kernel_size num_classes outputs rate steps_per_epoch units use_bias "
    "validation_steps"
)
"""Words that came with Keras 2."""
PADDED = ("Conv", "Pooling", "Locally")
"""Classes for which "padding" is one of them."""

NAMES_OF_1 = _words(
    "AtrousConvolution1D AtrousConvolution2D Deconvolution2D Deconvolution3D Highway MaxoutDense Merge "
    "TimeDistributedDense WeightRegularizer activity_l1 activity_l1l2 activity_l2 image_dim_ordering "
    "initializations l1l2 merge nonneg set_image_dim_ordering unitnorm"
)
NAMES_OF_2 = _words(
    "evaluate_generator fit_generator np_utils predict_classes predict_generator predict_proba "
    "tensorflow_backend to_tf_graph"
)
NAMES_OF_3 = _words(
    "AdamW CenterCrop Conv1DTranspose GroupNormalization LayerNormalization Normalization RandomBrightness "
    "RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom Rescaling Resizing SeedGenerator "
    "UnitNormalization image_dataset_from_directory set_random_seed timeseries_dataset_from_array"
)
"""Names that no Keras had before it read the numbers behind a kernel's size as steps."""
MODULES_OF_3 = _words("config distribution ops random saving tree")
MODULES_OF_PYTHON_2 = _words("ConfigParser Queue StringIO cPickle cStringIO urllib2")
IMAGES_OF_SCIPY = _words("fromimage imread imresize imrotate imsave imshow toimage")
"""Of `scipy.misc` until 2019; like Python 2 they went before Keras 2.4, which has the defaults of today."""
FUTURE = ("print_function", "division", "absolute_import", "unicode_literals")
SIZED = ("Convolution2D", "Convolution3D", "SeparableConvolution2D")


class Sign(Frozen):
    """Something in a script that a Keras had, and today's has not; or the other way about.

    Attributes:
        keras: 1 or 2, the last that had it; 0 for what came with Keras 2, 3 for what came after it.
        word: as it stands there.
        line: where, from 1.
    """

    keras: int
    word: str
    line: int


class Recognised(Frozen):
    """For which Keras a script was written.

    Attributes:
        keras: 1, 2 or 3, which is also for `tf.keras`; None where its text does not tell.
        signs: by which it was told, in order.
    """

    keras: int | None
    signs: tuple[Sign, ...] = ()


def recognise(tree: ast.AST) -> Recognised:
    """For which Keras a script was written.

    Args:
        tree: the script, as Python parses it.

    Example:
        >>> text = "from keras.layers import Dense\\nDense(output_dim=3)"
        >>> recognise(ast.parse(text))
        Recognised(keras=1, signs=(Sign(keras=1, word='output_dim', line=2),))
        >>> recognise(ast.parse("from keras.layers import Dense\\nDense(3)")).keras is None
        True
    """
    roots = {root: line for node in ast.walk(tree) for root, line in _roots(node)}
    if "keras" not in roots:
        known = [Sign(3, root, line) for root, line in roots.items() if root in ("tensorflow", "tf_keras")]
        return Recognised(3, tuple(known)) if known else Recognised(None)
    found = sorted({sign for node in ast.walk(tree) for sign in _signs(node)}, key=lambda sign: (sign.line, sign.word))
    keras = _last(sign.keras for sign in found)
    if keras is None:
        return Recognised(None)
    by_weight = sorted((sign for sign in found if sign.keras), key=lambda sign: sign.keras != keras)
    return Recognised(keras, tuple(by_weight))


def _last(found: Iterable[int]) -> int | None:
    """The Keras that had all that signs tell of; what came with one cannot have been run on one before."""
    kinds = set(found)
    if 3 in kinds:
        return 3
    if not kinds & {1, 2}:
        return None
    return 1 if 1 in kinds and 0 not in kinds else 2


def _roots(node: ast.AST) -> Iterator[tuple[str, int]]:
    """The packages that a statement imports from, and its line."""
    if isinstance(node, ast.Import):
        yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0], node.lineno


def _signs(node: ast.AST) -> Iterator[Sign]:
    match node:
        case ast.ImportFrom(module="__future__", names=names, lineno=line):
            yield from (Sign(2, alias.name, line) for alias in names if alias.name in FUTURE)
        case ast.ImportFrom(module=str(module), names=names, lineno=line) if module.partition(".")[0] == "keras":
            yield from _of_module(module, line)
            yield from (sign for alias in names for sign in _of_name(alias.name, line))
            if module == "keras":
                yield from (Sign(3, alias.name, line) for alias in names if alias.name in MODULES_OF_3)
        case ast.ImportFrom(module="scipy.misc", names=names, lineno=line):
            yield from (Sign(2, f"scipy.misc.{alias.name}", line) for alias in names if alias.name in IMAGES_OF_SCIPY)
        case ast.ImportFrom(module=str(module), lineno=line) if module in MODULES_OF_PYTHON_2:
            yield Sign(2, module, line)
        case ast.Import(names=names, lineno=line):
            yield from (Sign(2, alias.name, line) for alias in names if alias.name in MODULES_OF_PYTHON_2)
            yield from (sign for alias in names for sign in _of_module(alias.name, line))
        case ast.Attribute(
            value=ast.Name(id="misc") | ast.Attribute(value=ast.Name(id="scipy"), attr="misc"), attr=name, lineno=line
        ) if name in IMAGES_OF_SCIPY:
            yield Sign(2, f"scipy.misc.{name}", line)
        case ast.Attribute(value=ast.Name(id="keras"), attr=name, lineno=line) if name in MODULES_OF_3:
            yield Sign(3, f"keras.{name}", line)
        case ast.Attribute(attr=name, lineno=line):
            yield from _of_name(name, line)
        case ast.Call(lineno=line):
            yield from _of_call(node, line)


def _of_module(module: str, line: int) -> Iterator[Sign]:
    inner = module.removeprefix("keras.")
    if module.startswith("keras.") and inner.partition(".")[0] in MODULES_OF_3:
        yield Sign(3, inner, line)
    if module.startswith("keras.") and inner in MODULES:
        yield Sign(1 if inner == "initializations" else 2, inner, line)


def _of_name(name: str, line: int) -> Iterator[Sign]:
    if name in NAMES_OF_1:
        yield Sign(1, name, line)
    if name in NAMES_OF_2:
        yield Sign(2, name, line)
    if name in NAMES_OF_3:
        yield Sign(3, name, line)


def _of_call(call: ast.Call, line: int) -> Iterator[Sign]:
    function = call.func
    owner = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if owner not in SPELLINGS and not owner[:1].isupper():
        return
    words = SPELLINGS.get(owner, LAYER).words - NO_SIGNS
    for given in call.keywords:
        word = given.arg or ""
        if word in words and word not in NEW_WORDS:
            yield Sign(2 if word in WORDS_OF_2 else 1, word, line)
        elif word in NEW_WORDS or (word == "padding" and any(part in owner for part in PADDED)):
            yield Sign(0, word, line)
    values = [item.value if isinstance(item, ast.Constant) else None for item in call.args]
    if owner in SIZED and leading_whole_numbers(values) >= 3:
        yield Sign(1, owner, line)
