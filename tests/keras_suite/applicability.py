"""Which tests of Keras's say nothing about Pellucid, and why. What a rule names is counted apart, never as passed."""

from __future__ import annotations

import re

FILES = [
    (
        r"layers/core/(einsum_dense|embedding|masking|wrapper|reversible_embedding)_test",
        "outside a CNN library (attention, RNN)",
    ),
    (
        r"callbacks/(orbax_checkpoint|tensorboard|remote_monitor|backup_and_restore_orbax)",
        "orbax, TensorBoard or a remote server",
    ),
    (r"trainers/data_adapters/(grain|tf_dataset|torch_data)", "another framework's data sets"),
    (r"optimizers/loss_scale_optimizer", "float16 (loss scaling)"),
    (r"saving/(file_editor)", "an editor of files, not the library"),
    (r"trainers/(compile_utils|epoch_iterator)", "Keras's internals (CompileLoss, EpochIterator)"),
    (r"models/variable_mapping", "Keras's internals (variable mapping)"),
]

TESTS = [
    (r"lora", "LoRA"),
    (r"quantiz|int8|int4|float8|gptq|awq|fp8", "quantizers"),
    (r"test_sparse(_|$)|_sparse$|sparse_tensor|sparse_input|sparse_data", "sparse tensors"),
    (r"ragged", "ragged tensors"),
    (r"float16|bfloat16|mixed_precision|autocast|dtype_policy|dtype_global", "float16 and mixed precision"),
    (r"remat", "rematerialisation"),
    (r"_distribute|shardings|jax_|_jax|torch|tf_|tensorflow|openvino", "another framework's internals"),
    (r"mask", "masks (Masking, Embedding: recurrent networks)"),
    (r"pickle", "pickle (refused by Pellucid on purpose)"),
    (r"rnn|lstm|attention", "recurrent networks, attention"),
    (r"stateless|symbolic_scope|nested_scope", "Keras's internals (stateless scopes)"),
]

SOURCES = [
    (r"input_sparse=True|SparseTensor|jax_sparse|sparse=True", "sparse tensors"),
    (r"input_ragged=True|RaggedTensor|ragged=True", "ragged tensors"),
    (r"DTypePolicy|dtype_policies\.|mixed_float16|float16|set_dtype_policy|\"float64\"", "other dtypes"),
    (r"enable_lora|quantize\(|quantizers\.", "LoRA, quantizers"),
    (
        r"RematScope|StatelessScope|SymbolicScope|name_scope|stateless_",
        "Keras's internals (scopes, stateless functions)",
    ),
    (r"_keras_mask|, mask=", "masks (Masking, Embedding: recurrent networks)"),
    (r"tf\.data|tf\.function|import tensorflow|torch\.utils|jax\.jit|tf\.keras", "another framework's internals"),
    (r"DeviceMesh|set_distribution|LayoutMap", "distribution"),
    (r"global_state|_tracker|_get_own_", "Keras's internals"),
    (r"complex64|complex", "complex numbers"),
    (r"`mask` should be", "masks (Masking, Embedding: recurrent networks)"),
    (r"validate_float_arg|compute_fans", "Keras's internals (helpers)"),
    (r"get_state_tree|load_own_variables|_compile_loss|_unpickle", "Keras's internals (private attributes)"),
    (
        r"overwrite_with_gradient|set_max_epochs|max_epochs",
        "Keras's internals (float8 states, limits from the environment)",
    ),
    (r"SeedGenerator", "generators of random numbers as objects"),
]


ABSENT = re.compile(
    r"(Embedding|Masking|TimeDistributed|Bidirectional|MultiHeadAttention|SimpleRNN|LSTM|GRU|RNN|EinsumDense|compute_mask|quantizers\..*"
    r"|\w*IOStore|_safe_zip_read|ObjectSharingScope|(Array|Generator|PyDataset)(Data)?Adapter|get_data_adapter"
    r"|class_weight_to_sample_weights|list_to_tuple|OptimizerMap|in_symbolic_scope|compute_output_spec|enable_op_determinism)$"
)
"""Names that a test may stop at: of other kinds of network, or of Keras's insides."""


def file_reason(file: str) -> str | None:
    """Why no test of a file applies."""
    return next((why for pattern, why in FILES if re.search(pattern, file)), None)


def reason(file: str, cls: str, method: str, name: str, source: str) -> str | None:
    """Why a test does not apply."""
    words = f"{cls}.{name}"
    words = re.sub(r"(?i)sparse_?(categorical|top_?k|plus|sigmoid|max)", "", words)
    for pattern, why in TESTS:
        if re.search(pattern, words, re.I):
            return why
    body = "\n".join(line for line in source.splitlines() if not line.strip().startswith("#"))
    for pattern, why in SOURCES:
        if "dense" in name and "sparse" in why:
            continue  # the dense half of a test of both
        if re.search(pattern, body):
            return why
    return None
