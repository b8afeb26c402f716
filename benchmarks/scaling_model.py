"""What many hosts would make of a training, on paper: compute, sums over the network, stragglers, input.

    python benchmarks/scaling_model.py            the table, and docs/images/scaling-hosts.png
    python benchmarks/scaling_model.py --json F   all numbers

Weak scaling: each host keeps the batch that it was measured with, so N hosts see N times the samples a second at best.
A step of N hosts takes

    T(N) = max(input, compute * (1 + s(N))) + exposed(N)
    exposed(N) = max(0, sum(N) - HIDDEN * compute)

- compute: measured by `make bench` (`benchmarks/results`), two cores of the host that it names, the native engine; XLA
  on a processor is slower, so that sums weigh less there, and on a GPU faster, so that they weigh more.
- sum(N): of G bytes of gradients, the smaller of a ring, 2 (N - 1) a + 2 (N - 1) / N * G / b, and a tree (halving and
  doubling), 2 log2(N) a + 2 (N - 1) / N * G / b, with a seconds for a message and b bytes a second.
  Source: R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of collective communication operations in MPICH", 2005.
- HIDDEN: what of the compute sums can hide behind: gradients of the last layers are ready when the backward pass, two
  thirds of a step, has begun; half of it is taken.
- s(N): the slowest of N hosts, whose steps vary by `SPREAD` of their length: SPREAD * sqrt(2 ln N), the expected
  largest of N normal numbers to first order.
- input: bytes of a batch, at `READS` bytes a second and host.

One link was measured: two processes over loopback (`link.py`, `results/link-loopback.json`), which share two cores. The
others are what such networks usually reach; `link.py` measures yours. It is a model: nothing in it was measured on more
than one host.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frameworks.keras_like import model_of
from workloads import ROWS

HERE = Path(__file__).parent
LOOPBACK = HERE / "results" / "link-loopback.json"
MEASURED = HERE / "results" / "2026-11-26-xeon.json"
PICTURE = HERE.parent / "docs" / "images" / "scaling-hosts.png"
NETWORKS = (1, 4, 8)
HOSTS = tuple(2**power for power in range(11))
HIDDEN, SPREAD, READS = 1 / 3, 0.03, 200e6


@dataclass(frozen=True)
class Link:
    """A network between hosts: the time of a message [s], and bytes a second."""

    name: str
    latency: float
    bandwidth: float


def loopback() -> Link:
    """The link between two processes on one machine, as `link.py` measured it."""
    told = json.loads(LOOPBACK.read_text())
    return Link("loopback, measured", told["latency"], told["bandwidth"])


LINKS = (
    Link("1 Gbit/s Ethernet", 50e-6, 0.118e9),
    loopback(),
    Link("25 Gbit/s Ethernet", 20e-6, 2.9e9),
    Link("100 Gbit/s, RDMA", 5e-6, 11.5e9),
)


@dataclass(frozen=True)
class Training:
    """A network as one host trains it: the time of a step [s], bytes of gradients, bytes of a batch of images."""

    name: str
    compute: float
    gradients: int
    batch: int


def summing(link: Link, size: float, hosts: int) -> float:
    """How long a sum of `size` bytes over all hosts takes [s], by the better of ring and tree."""
    if hosts == 1:
        return 0.0
    moved = 2 * (hosts - 1) / hosts * size / link.bandwidth
    return moved + link.latency * min(2 * (hosts - 1), 2 * math.log2(hosts))


def step(training: Training, link: Link, hosts: int) -> dict[str, float]:
    """The parts of a step [s], and how many hosts' work comes out."""
    waiting = SPREAD * math.sqrt(2 * math.log(hosts)) * training.compute
    exposed = max(0.0, summing(link, training.gradients, hosts) - HIDDEN * training.compute)
    reading = training.batch / READS
    whole = max(reading, training.compute + waiting) + exposed
    alone = max(reading, training.compute)
    return {"sums": exposed, "stragglers": waiting, "input": reading, "step": whole, "worth": hosts * alone / whole}


def measured() -> list[Training]:
    """The networks with the times that were measured on one host."""
    import pellucid

    times = {each["row"]: each for each in json.loads(MEASURED.read_text())["results"] if each["mode"] == "train"}
    found = []
    for row in NETWORKS:
        workload = ROWS[row]
        weights = sum(weight.size for weight in model_of(pellucid, workload).trainable_weights)
        images = workload.batch * math.prod(workload.input_shape)  # bytes: a pixel is one
        seconds = times[row]["contestants"]["pellucid"]["ms"] / 1000
        found.append(Training(workload.title, seconds, 4 * weights, images))
    return found


def limit(training: Training, link: Link) -> str:
    """What takes most beside computing, on the most hosts."""
    parts = step(training, link, HOSTS[-1])
    largest = max(("sums", "stragglers"), key=lambda name: parts[name])
    return "input" if parts["input"] > training.compute else largest


def table(trainings: list[Training]) -> str:
    """What comes out, as text."""
    lines = ["worth so many hosts on".ljust(34) + "".join(f"{hosts:>7}" for hosts in HOSTS[1:]) + "  limited by"]
    for training in trainings:
        lines.append(
            f"{training.name}: {training.compute * 1000:.1f} ms, {training.gradients / 1e6:.1f} MB of gradients"
        )
        for link in LINKS:
            worth = "".join(f"{step(training, link, hosts)['worth']:7.1f}" for hosts in HOSTS[1:])
            lines.append(f"  {link.name:<32}{worth}  {limit(training, link)}")
    return "\n".join(lines)


def draw(trainings: list[Training]) -> None:
    """One panel for each network."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(trainings), figsize=(11, 4), sharey=True, layout="constrained")
    for panel, training in zip(panels, trainings, strict=True):
        panel.plot(HOSTS, HOSTS, color="0.7", linewidth=1)
        panel.annotate("no loss", (HOSTS[-1], HOSTS[-1]), ha="right", va="bottom", color="0.45", fontsize=8)
        for link, style in zip(LINKS, (":", "-.", "--", "-"), strict=True):
            worth = [step(training, link, hosts)["worth"] for hosts in HOSTS]
            panel.plot(HOSTS, worth, style, color="#a74900", label=link.name)
        panel.set(xscale="log", yscale="log", xlabel="hosts", title=training.name)
        panel.set_xticks(HOSTS[::2], list(map(str, HOSTS[::2])))
        panel.set_yticks(HOSTS[::2], list(map(str, HOSTS[::2])))
        panel.minorticks_off()
    panels[0].set_ylabel("worth so many hosts")
    panels[0].legend(frameon=False, fontsize=8)
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


def main() -> None:
    """Print, draw, and write what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    trainings = measured()
    print(table(trainings))
    draw(trainings)
    if given.json:
        numbers: list[dict[str, Any]] = [
            {"network": training.name, "link": link.name, "hosts": hosts, **step(training, link, hosts)}
            for training in trainings
            for link in LINKS
            for hosts in HOSTS
        ]
        given.json.write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
