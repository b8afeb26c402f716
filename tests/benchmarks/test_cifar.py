"""The race on CIFAR-10, in small: script, twin and table work on a few hundred made-up images."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import pellucid

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import cifar
import cifar_torch


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fewer filters than in the race, so that it takes no time; what is set for the whole process is put back."""
    monkeypatch.setattr(cifar_torch.RECIPE, "WIDTHS", (24, 32, 32))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # its threads wait for each other where others use the cores
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sheets of images, whose class is which third of the colours is bright: easily learned."""
    found, numbers = tmp_path_factory.mktemp("cifar"), np.random.default_rng(1)

    def part(name: str) -> np.ndarray:
        labels = numbers.integers(0, 3, 80).astype(np.uint8)
        images = numbers.integers(0, 120, (80, 32, 32, 3), np.uint8)
        images[np.arange(80), :, :, labels] += 100
        sheet = images.reshape(2, 40, 32, 32, 3).transpose(0, 2, 1, 3, 4).reshape(64, 1280, 3)
        Image.fromarray(sheet).save(found / f"{name}.webp", lossless=True)
        return labels

    labels = [part(f"train_{number}") for number in range(1, 6)]
    (found / "train_labels.bin").write_bytes(np.concatenate(labels).tobytes())
    (found / "test_first_1000_labels.bin").write_bytes(part("test_first_1000").tobytes())
    return found


def told(module: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, *further: str) -> dict[str, Any]:
    """The record that a script writes."""
    record = folder / "record.json"
    words = [
        "--data",
        str(folder),
        "--epochs",
        "3",
        "--small-epochs",
        "1",
        "--batch",
        "40",
        "--samples",
        "160",
        "--json",
        str(record),
    ]
    monkeypatch.setattr(sys, "argv", ["script", *words, *further])
    module.main()
    found: dict[str, Any] = json.loads(record.read_text())
    return found


@pytest.mark.parametrize("module", [cifar_torch.RECIPE, cifar_torch], ids=["pellucid", "torch"])
def test_it_learns_and_writes_what_it_found(
    module: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = told(module, monkeypatch, folder, "--hold-out", "80")
    assert (record["images"], record["test images"], len(record["epochs"])) == (160, 80, 3)
    assert record["epochs"][2]["train"] > 0.5  # of three classes
    assert 0 < record["seconds of fit"] <= record["seconds"]
    assert f"{record['accuracy']:.4f} with six views of each of 80 images" in capsys.readouterr().out


def test_sheets_are_read_in_order(folder: Path) -> None:
    x, y, x_test, y_test = cifar_torch.RECIPE.images(str(folder))
    assert (x.shape, y.shape, x_test.shape) == ((400, 32, 32, 3), (400,), (80, 32, 32, 3))
    np.testing.assert_array_equal(x.mean(axis=(1, 2)).argmax(axis=1), y)
    np.testing.assert_array_equal(x_test.mean(axis=(1, 2)).argmax(axis=1), y_test)


def test_the_twin_is_the_same_network() -> None:
    """With the same weights it says the same, of images made smaller too."""
    x = np.random.default_rng(2).integers(0, 256, (20, 32, 32, 3), np.uint8)
    pellucid.set_random_seed(1)
    ours, small = cifar_torch.RECIPE.networks(x)
    theirs = cifar_torch.Network(ours.get_layer("whitening").kernel.numpy())
    for number, block in enumerate(theirs.blocks, 1):
        for half in (1, 2):
            kernel = ours.get_layer(f"block{number}_conv{half}").kernel.numpy()
            getattr(block, f"conv{half}").weight.data = cifar_torch.filters_first(kernel)
    theirs.head.weight.data = torch.from_numpy(ours.get_layer("head").kernel.numpy().T.copy())
    said = cifar_torch.logits(theirs, x, views=False)
    np.testing.assert_allclose(ours.predict(x, verbose=0), said, atol=2e-4 * np.abs(said).max())
    size = (cifar_torch.RECIPE.SMALL, cifar_torch.RECIPE.SMALL)
    with torch.inference_mode():
        shrunk = torch.nn.functional.interpolate(cifar_torch.normalised(torch.from_numpy(x)), size, mode="bilinear")
        said_of_small = theirs(shrunk).numpy()
    np.testing.assert_allclose(small.predict(x, verbose=0), said_of_small, atol=2e-4 * np.abs(said_of_small).max())
    over = pellucid.models.averaged_over_views(ours).predict(x, verbose=0)
    # There the border is reflected before the images are normalised, here behind it: the same, but for rounding.
    np.testing.assert_allclose(over, cifar_torch.logits(theirs, x, views=True), atol=2e-4 * np.abs(said).max())


def test_the_twins_muon_steps_as_ours() -> None:
    numbers = np.random.default_rng(3)
    kernel, slopes = numbers.normal(size=(3, 3, 4, 6)).astype(np.float32), numbers.normal(size=(2, 3, 3, 4, 6))
    ours = pellucid.Variable(kernel, constraint=pellucid.constraints.UnitNorm([0, 1, 2]))
    options = {"momentum": 0.6, "ns_steps": 3, "rms_rate": None, "weight_decay": None, "flatten_kernels": True}
    optimizer = pellucid.optimizers.Muon(0.1, **options)
    weight = torch.nn.Parameter(cifar_torch.filters_first(kernel))
    theirs = cifar_torch.Muon([weight], 0.6)
    for slope in slopes.astype(np.float32):
        optimizer.apply([slope], [ours])
        weight.grad = cifar_torch.filters_first(slope)
        theirs.step(0.1)
    np.testing.assert_allclose(cifar_torch.filters_first(ours.numpy()), weight.detach(), atol=2e-5)


def test_the_table_tells_means_and_failures(tmp_path: Path) -> None:
    def run(accuracy: float, seconds: float) -> dict[str, Any]:
        epochs = [{"epoch": 1, "seconds": seconds / 2, "loss": 1.0, "train": 0.5, "test": accuracy - 0.1}]
        return {"epochs": epochs, "accuracy": accuracy, "seconds": seconds}

    results = {"pellucid": [run(0.94, 100.0), run(0.95, 110.0)], "torch": [run(0.94, 315.0)]}
    assert "0.9450 (0.9400 to 0.9500)" in cifar.line("pellucid", results["pellucid"])
    assert cifar.line("pellucid", results["pellucid"]).endswith("105.0 s")
    assert cifar.compared(results) == ["torch: 3.00 times as long as Pellucid, which has +0.50 points"]
    assert "failed: no torch" in cifar.line("torch", [{"failed": "no torch"}])
    document = {"date": "2026-11-29", "processor": "a processor", "cores": 2, "test images": 80, "results": results}
    cifar.draw(document, tmp_path / "race.png")
    assert Image.open(tmp_path / "race.png").size[0] > 600
