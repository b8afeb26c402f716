"""Trains one network on several machines: every process runs this script, and JAX brings them together.

On two laptops (the address is that of the first):

    python multi_host.py --coordinator 10.0.0.1:1234 --processes 2 --process 0
    python multi_host.py --coordinator 10.0.0.1:1234 --processes 2 --process 1

Under Slurm, Open MPI, Kubernetes or on a TPU: `python multi_host.py --found` in each process. Alone, on one machine:
`python multi_host.py`. Started again after an accident it goes on where the last record is.
"""

import argparse

from pellucid import Sequential, callbacks, datasets, distributed, layers, set_random_seed

parser = argparse.ArgumentParser()
parser.add_argument("--coordinator", help="address:port of process 0")
parser.add_argument("--processes", type=int)
parser.add_argument("--process", type=int)
parser.add_argument("--found", action="store_true", help="let JAX find the others")
parser.add_argument("--folder", default="multi-host", help="that all machines see, for records of the training")
parser.add_argument("--epochs", type=int, default=3)
given = parser.parse_args()

if given.coordinator or given.found:
    distributed.initialize(given.coordinator, given.processes, given.process)

set_random_seed(1)  # every process draws the same weights, or is told so
(x, y), (x_test, y_test) = datasets.digits.load_data()
model = Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine="xla")
model.fit(x, y, batch_size=64, epochs=given.epochs, callbacks=[callbacks.BackupAndRestore(given.folder)])
accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
model.save(f"{given.folder}.keras")  # in every process: the first one writes
if distributed.is_first():
    print(f"{distributed.process_count()} process(es), held-out accuracy {accuracy:.3f}")
