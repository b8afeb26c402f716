"""Runtimes that only predict: ONNX Runtime, OpenVINO and MNN run what PyTorch exports, LiteRT what TensorFlow converts.

Converting takes a whole framework, which nobody has in memory who only runs the file: it is done in a process of its
own, so that the memory that is told of a runtime is that of the runtime.
"""

from __future__ import annotations

import io
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from workloads import Workload

from frameworks import Predictor


def onnx_runtime_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """ONNX Runtime with all its graph optimisations."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(_onnx(workload, batch), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: _channels_first(x)})[0]


def openvino_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """OpenVINO, told to answer one request as fast as it can, in float32."""
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = core.compile_model(core.read_model(io.BytesIO(_onnx(workload, batch))), "CPU", settings)
    request = compiled.create_infer_request()
    return lambda x: request.infer({0: _channels_first(x)}, share_inputs=True)[0]


def mnn_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """MNN on the processor, in float32 ("high"); its input and output stay where they are from call to call."""
    import MNN

    with tempfile.NamedTemporaryFile(suffix=".mnn") as file:
        file.write(_apart(lambda: _mnn_file(_exported(workload, batch))))
        file.flush()
        network = MNN.Interpreter(file.name)
    session = network.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    given, answer = network.getSessionInput(session), network.getSessionOutput(session)
    kinds = MNN.Halide_Type_Float, MNN.Tensor_DimensionType_Caffe
    taken = MNN.Tensor(answer.getShape(), kinds[0], np.zeros(answer.getShape(), np.float32), kinds[1])

    def predict(x: np.ndarray) -> np.ndarray:
        first = _channels_first(x)
        given.copyFrom(MNN.Tensor(first.shape, kinds[0], first, kinds[1]))
        network.runSession(session)
        answer.copyToHostTensor(taken)
        return np.array(taken.getNumpyData())

    return predict


def litert_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """LiteRT, which hands all that it can to XNNPACK; of a model with that batch size, as XNNPACK wants it."""
    from ai_edge_litert.interpreter import Interpreter

    if len(workload.input_shape) > 3:
        raise RuntimeError("LiteRT has no pooling in three dimensions")
    network = Interpreter(model_content=_apart(lambda: _tflite(workload, batch)), num_threads=threads)
    network.allocate_tensors()
    given, answer = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]

    def predict(x: np.ndarray) -> np.ndarray:
        network.set_tensor(given, x)
        network.invoke()
        return network.get_tensor(answer)

    return predict


def _channels_first(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1))


def _onnx(workload: Workload, batch: int) -> bytes:
    return _apart(lambda: _exported(workload, batch))


def _exported(workload: Workload, batch: int) -> bytes:
    """The network as an ONNX file, for that batch size."""
    import torch

    from frameworks.torch_layers import build

    *space, channels = workload.input_shape
    file = io.BytesIO()
    network = build(workload, logits=False).eval()
    torch.onnx.export(network, (torch.zeros(batch, channels, *space),), file, dynamo=False)
    return file.getvalue()


def _mnn_file(onnx: bytes) -> bytes:
    """An ONNX file as MNN's converter writes it."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "network.onnx"), Path(folder, "network.mnn")
        before.write_bytes(onnx)
        command = [
            sys.executable,
            "-m",
            "MNN.tools.mnnconvert",
            "-f",
            "ONNX",
            "--modelFile",
            before,
            "--MNNModel",
            after,
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not after.exists():
            raise RuntimeError(f"MNN's converter: {(done.stdout.strip().splitlines() or ['no message'])[-1]}")
        return after.read_bytes()


def _tflite(workload: Workload, batch: int) -> bytes:
    """The network as TensorFlow's converter writes it: float32, nothing quantised, for that batch size."""
    import keras
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    from frameworks.keras_like import model_of

    model = model_of(keras, workload)
    shape = tf.TensorSpec((batch, *workload.input_shape), tf.float32)
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(shape)
    return tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(function)]).convert()


def _apart(make: Callable[[], bytes]) -> bytes:
    """What a function returns in a process that is forked for it, while this one has no threads of a framework yet."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(make, there))
    process.start()
    there.close()
    try:
        content, error = here.recv()
    except EOFError:
        content, error = b"", "the process that converts has ended"
    process.join()
    if error:
        raise RuntimeError(f"no file was made: {error}")
    return content


def _send(make: Callable[[], bytes], there: Connection) -> None:
    try:
        there.send((make(), ""))
    except Exception as error:  # whatever a converter raises is told by the process that asked
        there.send((b"", f"{type(error).__name__}: {error}".splitlines()[0]))
