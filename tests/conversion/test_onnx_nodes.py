"""The test cases of ONNX itself, operation by operation: what is read computes what the specification says.

A case is a file of one node with its inputs and outputs. What the library cannot say it must refuse; nothing may be
read and compute something else.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, numpy_helper

from pellucid.conversion.onnx.loading import to_model
from pellucid.conversion.report import Report
from pellucid.errors import FileError
from pellucid.formats.onnx_file import read_onnx
from pellucid.models import Model

CASES = "onnx.backend.test.case.node"
LEAST = dict(
    abs=1,
    add=2,
    and_=7,
    argmax=6,
    argmin=6,
    batch_normalization=2,
    ceil=1,
    celu=2,
    concat=6,
    conv=6,
    convtranspose=10,
    cos=1,
    depthtospace=4,
    div=2,
    dropout=2,
    einsum=1,
    elu=4,
    equal=8,
    erf=1,
    exp=1,
    expand=1,
    flatten=3,
    floor=1,
    gather=1,
    gelu=4,
    gemm=8,
    globalaveragepool=2,
    globalmaxpool=2,
    greater=8,
    greater_or_equal=16,
    groupnormalization=4,
    hardmax=2,
    hardsigmoid=4,
    hardswish=2,
    identity=1,
    instance_normalization=2,
    leakyrelu=4,
    less=8,
    less_or_equal=16,
    log=1,
    logsoftmax=18,
    lpnormalization=4,
    lrn=2,
    matmul=5,
    mul=2,
    neg=1,
    or_=7,
    pad=3,
    pow=2,
    prelu=3,
    reciprocal=1,
    reduce_log_sum=4,
    reduce_log_sum_exp=12,
    reducel1=12,
    reducel2=12,
    reducemax=7,
    reducemean=6,
    reducemin=7,
    reduceprod=6,
    reducesum=8,
    reducesumsquare=12,
    relu=2,
    reshape=8,
    resize=25,
    selu=4,
    sigmoid=1,
    sin=1,
    slice=5,
    softmax=18,
    softplus=2,
    softsign=2,
    spacetodepth=8,
    split=5,
    sqrt=1,
    squeeze=1,
    sub=2,
    tan=1,
    tanh=1,
    thresholdedrelu=4,
    transpose=2,
    unsqueeze=6,
    upsample=1,
    where=2,
    xor=7,
)
"""How many cases of each file are read at least; the others go along the batch, or are nothing that a model says.

Pooling is left out: its cases are computed by plain loops, which takes seconds; see `test_onnx_read_windows`."""


def _cases(name: str) -> list[Any]:
    """The cases that a file of ONNX's adds to the list of all when it is imported, which it is but once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is deprecated in ONNX's own code
        found = importlib.import_module(CASES)._NodeTestCases
        before = len(found)
        importlib.import_module(f"{CASES}.{name}")
    return found[before:]


def _read(case: Any) -> tuple[Model, Report]:
    """The model of a case; where it takes no data for some inputs, all but the first are constants."""
    try:
        return to_model(read_onnx(case.model.SerializeToString()), case.name)
    except FileError:
        proto = ModelProto()
        proto.CopyFrom(case.model)
        for given, array in list(zip(proto.graph.input, case.data_sets[0][0], strict=False))[1:]:
            proto.graph.initializer.append(numpy_helper.from_array(np.asarray(array), given.name))
        return to_model(read_onnx(proto.SerializeToString()), case.name)


def _last(array: Any, is_last: bool) -> np.ndarray:
    array = np.asarray(array)
    array = array.astype(np.float64 if array.dtype.kind == "f" else np.float32)
    return np.moveaxis(array, 1, -1) if is_last else array


def _computes_it(case: Any, model: Model, report: Report) -> bool:
    turned = {row.source for row in report.rows if "channels last" in row.why}
    inputs, outputs = case.data_sets[0]
    names = [each.name for each in case.model.graph.input]
    given = [_last(x, name in turned) for x, name in zip(inputs, names, strict=False)][: len(model.inputs)]
    found = model.predict(given if len(given) > 1 else given[0], batch_size=1000, verbose=0)
    for value, right, about in zip(
        found if isinstance(found, list) else [found], outputs, case.model.graph.output, strict=False
    ):
        right = _last(right, about.name in turned)
        digits = 2e-3 if np.asarray(outputs[0]).dtype == np.float16 else 1e-4
        if value.shape != right.shape or not np.allclose(value, right, rtol=digits, atol=digits, equal_nan=True):
            return False
    return True


@pytest.mark.parametrize("name", LEAST)
def test_the_cases_of_onnx(name):
    read, wrong = 0, []
    for case in _cases(name):
        if not case.data_sets or not all(isinstance(x, np.ndarray) for part in case.data_sets[0] for x in part):
            continue
        try:
            model, report = _read(case)
        except FileError:
            continue
        read += 1
        if not _computes_it(case, model, report):
            wrong.append(case.name)
    assert not wrong
    assert read >= LEAST[name], f"{read} cases of {name} are read; it was {LEAST[name]}"
