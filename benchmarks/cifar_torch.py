"""The recipe of examples/cifar10_94.py in PyTorch: same network, first weights, augmentation, steps and data.

    python benchmarks/cifar_torch.py --data FOLDER                 takes what the example takes
    python benchmarks/cifar_torch.py --data FOLDER --compile       by torch.compile

Channels last and without denormal numbers, which is PyTorch at its best on processors. The images are shifted and
mirrored by indexing whole batches of bytes; mirrored in turn by their number, as there by their pixels.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pellucid import initializers, set_random_seed

SHIFT, SMOOTHING, ITERATIONS = 2, 0.2, 3
POLYNOMIAL = (3.4445, -4.7750, 2.0315)  # of Newton and Schulz's iteration, as in optimizers.Muon


def recipe() -> ModuleType:
    """The example, of which this is the twin."""
    path = Path(__file__).parents[1] / "examples" / "cifar10_94.py"
    spec = importlib.util.spec_from_file_location("cifar10_94", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


RECIPE = recipe()


class Block(nn.Module):
    """Two convolutions, as in the example."""

    def __init__(self, before: int, filters: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = convolution(before, filters), convolution(filters, filters)
        self.norm1, self.norm2 = norm(filters), norm(filters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Half as large, and `filters` maps."""
        x = functional.gelu(self.norm1(functional.max_pool2d(self.conv1(x), 2)))
        return functional.gelu(self.norm2(self.conv2(x)))


def convolution(before: int, filters: int) -> nn.Conv2d:
    """3x3 without bias, whose first filters pass a channel on."""
    made = nn.Conv2d(before, filters, 3, padding=1, bias=False)
    made.weight.data = filters_first(initializers.Dirac()((3, 3, before, filters)))
    return made


def norm(filters: int) -> nn.BatchNorm2d:
    """Without scale; PyTorch's momentum is what a batch counts, Keras's what the past does."""
    made = nn.BatchNorm2d(filters, eps=1e-12, momentum=1 - 0.6)
    made.weight.requires_grad = False
    return made


def filters_first(kernel: np.ndarray) -> torch.Tensor:
    """A kernel (rows, columns, channels, filters) in PyTorch's order."""
    return torch.from_numpy(np.ascontiguousarray(np.transpose(kernel, (3, 2, 0, 1))))


class Network(nn.Module):
    """For normalised images; its first layer is given."""

    def __init__(self, whitening: np.ndarray) -> None:
        super().__init__()
        widths = (whitening.shape[-1], *RECIPE.WIDTHS)
        self.whitening = nn.Conv2d(3, widths[0], 2, bias=False)
        self.whitening.weight.data = filters_first(whitening)
        self.whitening.weight.requires_grad = False
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in itertools.pairwise(widths)))
        self.head = nn.Linear(widths[-1], 10, bias=False)
        nn.init.normal_(self.head.weight, 0.0, 1 / widths[-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        x = self.blocks(functional.gelu(self.whitening(x)))
        return self.head(x.amax((2, 3)))


class Muon:
    """Steps of the blocks' kernels: along momentum that is made orthogonal; then each filter has length 1 again."""

    def __init__(self, kernels: list[nn.Parameter], momentum: float) -> None:
        self.kernels, self.momentum = kernels, momentum
        self.kept = [torch.zeros_like(kernel) for kernel in kernels]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step of this length."""
        for kernel, kept in zip(self.kernels, self.kept, strict=True):
            kept.mul_(self.momentum).add_(kernel.grad)
            along = (kernel.grad + self.momentum * kept).flatten(1)
            kernel -= rate * orthogonal(along).view_as(kernel)
            kernel /= kernel.flatten(1).norm(dim=1).view(-1, 1, 1, 1) + 1e-7


def orthogonal(x: torch.Tensor) -> torch.Tensor:
    """About the nearest matrix whose rows, or columns, are orthogonal and of length 1."""
    a, b, c = POLYNOMIAL
    turned = x.shape[0] > x.shape[1]
    x = (x.T if turned else x) / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if turned else x


class Descent:
    """Nesterov's momentum, with decay beside the gradient, of one group of weights whose rate falls along a line."""

    def __init__(self, weights: list[nn.Parameter], rate: float, steps: int, batch: int) -> None:
        self.weights, self.rate, self.steps = weights, rate, steps
        self.decay = RECIPE.DECAY * batch / rate / (1 - RECIPE.MOMENTUM)
        self.optimizer = torch.optim.SGD(weights, rate, momentum=RECIPE.MOMENTUM, nesterov=True)

    def step(self, made: int) -> None:
        """The step behind so many."""
        rate = self.rate * max(0.0, 1 - made / self.steps)
        with torch.no_grad():
            for weight in self.weights:
                weight *= 1 - rate * self.decay
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()


class Batches:
    """Batches of images, mirrored in turn and shifted."""

    def __init__(self, x: np.ndarray, y: np.ndarray, size: int) -> None:
        around = ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0))
        self.wide, self.y = torch.from_numpy(np.pad(x, around, mode="symmetric")), torch.from_numpy(y.astype(np.int64))
        self.size = size
        self.first = torch.rand(len(x)) < 0.5

    def of(self, epoch: int, small: bool) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Those of an epoch, in an order of its own; made smaller where that is wanted."""
        for chosen in torch.randperm(len(self.wide)).split(self.size):
            starts = torch.randint(0, 2 * SHIFT + 1, (2, len(chosen), 1))
            rows, columns = torch.arange(32) + starts[0], torch.arange(32) + starts[1]
            turn = self.first[chosen] ^ bool(epoch % 2)
            columns = torch.where(turn[:, None], columns.flip(1), columns)
            images = self.wide[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
            x = normalised(images)
            if small:
                x = functional.interpolate(x, (RECIPE.SMALL, RECIPE.SMALL), mode="bilinear")
            yield x, self.y[chosen]


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Bytes as the network takes them, channels last in memory."""
    mean, deviation = (torch.from_numpy(each).float() for each in (RECIPE.MEAN, RECIPE.DEVIATION))
    return ((images.float() - mean) / deviation).permute(0, 3, 1, 2)


@torch.inference_mode()
def logits(network: nn.Module, x: np.ndarray, views: bool) -> np.ndarray:
    """What the network says of images, or of six views of each."""
    network.eval()
    found = []
    for part in torch.from_numpy(np.array(x)).split(500):
        image = normalised(part)
        looks = [(1.0, image)]
        if views:
            wide = functional.pad(image, (1, 1, 1, 1), mode="reflect")
            looks = [(0.5, image), (0.25, wide[..., :-2, :-2]), (0.25, wide[..., 2:, 2:])]
            looks = [(share / 2, each) for share, look in looks for each in (look, look.flip(3))]
        found.append(sum(share * network(look.contiguous(memory_format=torch.channels_last)) for share, look in looks))
    return torch.cat(found).numpy()


class Training:
    """The network and who steps its weights."""

    def __init__(self, given: Any, x: np.ndarray, steps_an_epoch: int) -> None:
        some = ((x[:5000] - RECIPE.MEAN) / RECIPE.DEVIATION).astype(np.float32)
        self.network = Network(initializers.PatchWhitening(some)((2, 2, 3, 24))).to(memory_format=torch.channels_last)
        self.run = torch.compile(self.network) if given.compile else self.network
        self.steps = steps_an_epoch * given.epochs
        of_blocks = dict(self.network.blocks.named_parameters())
        self.kernels = Muon([each for each in of_blocks.values() if each.ndim == 4], RECIPE.MATRIX_MOMENTUM)
        biases = [each for name, each in of_blocks.items() if "norm" in name and each.requires_grad]
        batch, head = given.batch, [self.network.head.weight]
        self.groups = [
            Descent(biases, RECIPE.BIAS_RATE * batch, self.steps, batch),
            Descent(head, RECIPE.HEAD_RATE * batch / RECIPE.WIDTHS[-1] ** 2, self.steps, batch),
        ]
        self.rate = RECIPE.MATRIX_RATE * (batch / RECIPE.USUAL_BATCH) ** 0.5
        self.made = 0

    def step(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, int]:
        """One step; the loss, and how many classes were found."""
        self.network.zero_grad(set_to_none=True)
        said = self.run(x)
        loss = functional.cross_entropy(said, y, label_smoothing=SMOOTHING)
        loss.backward()
        for group in self.groups:
            group.step(self.made)
        self.kernels.step(self.rate * (1 - self.made / self.steps))
        self.made += 1
        return float(loss.detach()) * len(y), int((said.detach().argmax(1) == y).sum())


def main() -> None:
    """Train, test, write down, as the example does."""
    parser = RECIPE.arguments()
    parser.add_argument("--compile", action="store_true", help="by torch.compile")
    given = parser.parse_args()
    x, y, x_test, y_test = RECIPE.parted(given)
    torch.manual_seed(given.seed)
    torch.set_flush_denormal(True)
    set_random_seed(given.seed)
    begin = time.perf_counter()
    training = Training(given, x, -(-len(x) // given.batch))
    batches, epochs = Batches(x, y, given.batch), []
    made = time.perf_counter() - begin
    seconds = 0.0
    for epoch in range(given.epochs):
        begin, told = time.perf_counter(), []
        training.network.train()
        told = [training.step(*batch) for batch in batches.of(epoch, epoch < given.small_epochs)]
        seconds += time.perf_counter() - begin
        loss, right = (sum(each) / len(x) for each in zip(*told, strict=True))
        test = RECIPE.accuracy(logits(training.network, x_test, False), y_test)
        epochs.append({"epoch": epoch + 1, "seconds": round(seconds, 2), "loss": loss, "train": right, "test": test})
        RECIPE.say(epochs[-1])
    begin = time.perf_counter()
    found = RECIPE.accuracy(logits(training.network, x_test, True), y_test)
    in_all = made + seconds + time.perf_counter() - begin
    record = {"epochs": epochs, "accuracy": found, "accuracy of one view": epochs[-1]["test"], "seconds": in_all}
    record |= {"seconds of fit": seconds, "images": len(x), "test images": len(y_test)}
    RECIPE.tell(given, record)


if __name__ == "__main__":
    main()
