"""How fast the explorer is: its first picture, a touched value, an edit, training while somebody watches.

    python benchmarks/explorer.py               needs Chromium; on a machine that does nothing else
    python benchmarks/explorer.py --json FILE

- first picture: from the start of the command `pellucid explore digits` to the page with all maps drawn, in a browser
  that is running already.
- value: from a key press to the sum of the next value, drawn. Edit: from Enter in the field of a weight to the answer.
- watched: the time of a training step of the MNIST CNN with a page that shows it, over that without; both in turns.
- frames: how often the page redraws the filters in a second of that training.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from pellucid import set_random_seed
from pellucid.cli.recipes import RECIPES
from pellucid.explorer import Learning, Samples, Served, Study, serve

ROUNDS = 7


def first_picture(browser: Any) -> float:
    """Seconds from the start of the command to the page, drawn."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "pellucid", "explore", "digits", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def touching(page: Any) -> dict[str, list[float]]:
    """Seconds from a key to a value that is drawn, and from an edit to the answer."""
    page.evaluate("location.hash = '#layer=conv1&value=2,2,4&panel=value'")
    page.locator("#panel .total").wait_for()
    page.locator("#panel").focus()
    values, edits = [], []
    for key in ["ArrowRight", "ArrowLeft"] * ROUNDS:
        before = page.locator("#panel .way").text_content()
        values.append(_until_changed(page, "#panel .way", before, lambda key=key: page.keyboard.press(key)))
    page.evaluate("location.hash = '#layer=conv1&filter=0&panel=filter'")
    field = page.locator("#panel input[type=number]").first
    field.wait_for()
    for number in range(2 * ROUNDS):
        before = page.locator("#answer").text_content()
        field.fill(str((-1) ** number * 2.0))
        edits.append(_until_changed(page, "#answer", before, lambda: field.press("Enter")))
    return {"value": values[2:], "edit": edits[2:]}


def _until_changed(page: Any, selector: str, before: str, act: Any) -> float:
    began = time.perf_counter()
    act()
    while page.locator(selector).first.text_content() == before and time.perf_counter() - began < 5:
        pass
    return time.perf_counter() - began


def studied() -> Study:
    """The MNIST CNN on numbers that only have its shape."""
    set_random_seed(1)
    rng = np.random.default_rng(0)
    x, y = rng.random((4096, 28, 28, 1), np.float32), rng.integers(0, 10, 4096)
    learning = Learning({"x": x, "y": y, "batch_size": 128}, (x[:256], y[:256]))
    return Study(RECIPES["mnist"].network(), Samples(x[:64], y[:64], tuple("0123456789")), learning)


_COUNTED = """() => {
  window.moments = new Set();
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    window.moments.add(Math.round(performance.now() / 16));  // all that is drawn in one frame of the screen is one
    return put.apply(this, given);
  };
}"""


def watched(browser: Any, served: Served) -> dict[str, list[float]]:
    """Seconds of a step without a page and with one, in turns; and redraws a second."""
    training, found = served.study.training, {"unwatched": [], "watched": [], "frames": []}
    training.start()
    time.sleep(2)
    for _ in range(ROUNDS):
        found["unwatched"].append(_step_time(training, 2.0))
        page = browser.new_page()
        page.goto(f"{served.address}#panel=train&layer=conv1")
        page.wait_for_selector("html[data-ready]")
        page.evaluate(_COUNTED)
        began = time.perf_counter()
        found["watched"].append(_step_time(training, 2.0))
        found["frames"].append(page.evaluate("window.moments.size") / (time.perf_counter() - began))
        page.close()
    training.pause()
    return found


def _step_time(training: Any, seconds: float) -> float:
    first, began = training.step, time.perf_counter()
    time.sleep(seconds)
    return (time.perf_counter() - began) / max(training.step - first, 1)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        browser.new_page().close()
        found = {"first picture": [first_picture(browser) for _ in range(ROUNDS)]}
        with serve(studied()) as served:
            page = browser.new_page()
            page.goto(served.address)
            page.wait_for_selector("html[data-ready]")
            found |= touching(page)
            page.close()
            found |= watched(browser, served)
        browser.close()
    for name, each in found.items():
        unit = "a second" if name == "frames" else "ms"
        factor = 1 if name == "frames" else 1000
        low, middle, high = (factor * number for number in (min(each), statistics.median(each), max(each)))
        print(f"{name:<14}{middle:9.1f} {unit:<9}({low:.1f} to {high:.1f})")
    ratios = [b / a for a, b in zip(found["unwatched"], found["watched"], strict=True)]
    print(f"a step while watched takes {statistics.median(ratios):.3f} times as long")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
