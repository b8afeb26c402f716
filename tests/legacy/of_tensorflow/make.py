"""What TensorFlow gives for the calls: `.venv-bench/bin/python tests/legacy/of_tensorflow/make.py` writes it anew."""

import json
from pathlib import Path

import tensorflow as tf
from calls import SIGNALS, STRINGS, plain

found = {
    "made_by": f"TensorFlow {tf.__version__}",
    "signal": {name: plain(call(tf.signal)) for name, call in SIGNALS.items()},
    "strings": {name: plain(call(tf.strings)) for name, call in STRINGS.items()},
}
Path(__file__).with_name("values.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
