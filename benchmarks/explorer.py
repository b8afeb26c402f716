"""How fast the explorer is: its first picture, a touched value, an edit, training while somebody watches.

    python benchmarks/explorer.py               needs Chromium; on a machine that does nothing else
    python benchmarks/explorer.py --json FILE
    python benchmarks/explorer.py --only watched --rounds 15        training alone, with and without a page, in turns

- first picture: from the start of the command `pellucid explore digits` to the page with all maps drawn, in a browser
  that is running already.
- value: from a key press to the sum of the next value, drawn. Edit: from Enter in the field of a weight to the answer.
- watched: the time of a training step of the MNIST CNN while a page shows it, over that without: each stretch with a
  page is held against the mean of those without just before and behind it.
- frames: in how many frames of the screen a second something in sight is drawn during that training. More than there
  are steps there cannot be.
- browser: of a core, what all processes of the browser use meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
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
_SETTLES_S = 1.5  # until a page, or its end, is no news any more


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
    field = page.locator("#panel input[inputmode=decimal]").first
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
    const { bottom, top, right, left } = this.canvas.getBoundingClientRect();
    const isInSight = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    if (isInSight) window.moments.add(document.timeline.currentTime); // the same all through a frame of the screen
    return put.apply(this, given);
  };
}"""


def watched(browser: Any, served: Served, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Seconds of a step without a page and with one, in turns; frames a second; what the browser takes of a core."""
    training, found = served.study.training, {"unwatched": [], "watched": [], "frames": [], "browser": []}
    training.start()
    time.sleep(_SETTLES_S)
    for _ in range(rounds):
        found["unwatched"].append(_step_time(training, seconds))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{served.address}#panel=train&layer=conv1")
        page.wait_for_selector("html[data-ready]")
        page.evaluate(_COUNTED)
        time.sleep(_SETTLES_S)
        page.evaluate("window.moments.clear()")
        began, before = time.perf_counter(), _seconds_of_children()
        found["watched"].append(_step_time(training, seconds))
        passed = time.perf_counter() - began
        found["browser"].append((_seconds_of_children() - before) / passed)
        found["frames"].append(page.evaluate("window.moments.size") / passed)
        page.close()
        time.sleep(_SETTLES_S)
    found["unwatched"].append(_step_time(training, seconds))
    training.pause()
    return found


def _seconds_of_children() -> float:
    """What all processes below this one have computed; 0 where there is no /proc."""
    parents, seconds = dict[int, int](), dict[int, float]()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(path.parent.name)] = int(fields[1])
        seconds[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_below(process: int) -> bool:
        while process in parents:
            process = parents[process]
            if process == os.getpid():
                return True
        return False

    return sum(taken for process, taken in seconds.items() if is_below(process))


def _step_time(training: Any, seconds: float) -> float:
    first, began = training.step, time.perf_counter()
    time.sleep(seconds)
    return (time.perf_counter() - began) / max(training.step - first, 1)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=["picture", "touch", "watched"], help="one of the measurements alone")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="stretches of training with a page")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each stretch")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        browser.new_page().close()
        found: dict[str, list[float]] = {}
        if given.only in (None, "picture"):
            found["first picture"] = [first_picture(browser) for _ in range(ROUNDS)]
        with serve(studied()) as served:
            if given.only in (None, "touch"):
                page = browser.new_page()
                page.goto(served.address)
                page.wait_for_selector("html[data-ready]")
                found |= touching(page)
                page.close()
            if given.only in (None, "watched"):
                found |= watched(browser, served, given.rounds, given.seconds)
        browser.close()
    for name, each in found.items():
        unit, factor = {"frames": ("a second", 1), "browser": ("of a core", 1)}.get(name, ("ms", 1000))
        low, middle, high = (factor * number for number in (min(each), statistics.median(each), max(each)))
        print(f"{name:<14}{middle:9.2f} {unit:<10}({low:.2f} to {high:.2f})")
    if "watched" in found:
        without, seen = found["unwatched"], found["watched"]
        ratios = sorted(2 * b / (a + c) for a, b, c in zip(without, seen, without[1:], strict=False))
        middle = statistics.median(ratios)
        print(f"a step while watched takes {middle:.3f} times as long ({ratios[0]:.3f} to {ratios[-1]:.3f})")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
