"""All contestants by name. The first is ours; `compare.py` lets the fastest of the others run against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frameworks import Contestant, Predictor, Trainer

if TYPE_CHECKING:
    from workloads import Workload

OURS = "pellucid"
_TENSORFLOW = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _torch(channels_last: bool, compiled: bool, bfloat16: bool = False) -> Contestant:
    def trainer(workload: Workload, threads: int) -> Trainer:
        from frameworks.torch_like import make_trainer

        return make_trainer(workload, threads, channels_last, compiled, bfloat16)

    def predictor(workload: Workload, batch: int, threads: int) -> Predictor:
        from frameworks.torch_like import make_predictor

        return make_predictor(workload, batch, threads, channels_last, compiled)

    return Contestant(trainer, None if bfloat16 else predictor, {"TORCHINDUCTOR_FREEZING": "1"} if compiled else {})


def _keras_like(trainer: str | None, predictor: str | None, backend: str = "") -> Contestant:
    from frameworks import keras_like

    environment = _TENSORFLOW | {"KERAS_BACKEND": backend} if backend else {}
    return Contestant(
        getattr(keras_like, trainer) if trainer else None,
        getattr(keras_like, predictor) if predictor else None,
        environment,
    )


def _runtime(predictor: str, environment: dict[str, str] | None = None) -> Contestant:
    def make(workload: Workload, batch: int, threads: int) -> Predictor:
        from frameworks import converted

        return getattr(converted, predictor)(workload, batch, threads)

    return Contestant(None, make, environment or {})


CONTESTANTS = {
    OURS: _keras_like("pellucid_trainer", "pellucid_predictor"),
    "pellucid exact": _keras_like("pellucid_exact_trainer", None),
    "keras tensorflow": _keras_like("keras_trainer", "keras_predictor", "tensorflow"),
    "keras tensorflow xla": _keras_like("keras_xla_trainer", None, "tensorflow"),
    "keras jax": _keras_like("keras_xla_trainer", "keras_jax_predictor", "jax"),
    "torch": _torch(channels_last=False, compiled=False),
    "torch channels_last": _torch(channels_last=True, compiled=False),
    "torch compile": _torch(channels_last=False, compiled=True),
    "torch compile channels_last": _torch(channels_last=True, compiled=True),
    "onnxruntime": _runtime("onnx_runtime_predictor"),
    "openvino": _runtime("openvino_predictor"),
    "mnn": _runtime("mnn_predictor"),
    "litert": _runtime("litert_predictor", _TENSORFLOW),
}

BFLOAT16 = "pellucid bfloat16"
ROUNDED = {
    BFLOAT16: _keras_like("pellucid_bfloat16_trainer", None),
    "torch bfloat16": _torch(channels_last=False, compiled=False, bfloat16=True),
    "torch bfloat16 channels_last": _torch(channels_last=True, compiled=False, bfloat16=True),
    "torch bfloat16 compile": _torch(channels_last=False, compiled=True, bfloat16=True),
    "torch bfloat16 compile channels_last": _torch(channels_last=True, compiled=True, bfloat16=True),
}
"""Those that multiply numbers rounded to bfloat16; they are compared with each other."""
