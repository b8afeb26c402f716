"""Makes docs/images/explorer.png and explorer.gif from the running page, in Chromium: `make film`."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from pellucid import set_random_seed
from pellucid.cli.recipes import RECIPES
from pellucid.explorer import Learning, Samples, Study, serve

IMAGES = Path(__file__).with_name("images")
WIDTH, HEIGHT = 1240, 760
SHORT, LONG = 350, 1600  # of a frame [ms]
MOST_BYTES = 3_000_000


class Film:
    """Frames of a page, each for so long."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.lengths: list[int] = []

    def take(self, length: int = SHORT) -> None:
        """What is seen now."""
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.frames.append(shot.resize((WIDTH * 2 // 3, HEIGHT * 2 // 3), Image.Resampling.LANCZOS))
        self.lengths.append(length)

    def write(self, path: Path) -> None:
        """All of it as a GIF, each frame with its own colours."""
        frames = [frame.quantize(192, dither=Image.Dither.NONE) for frame in self.frames]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=self.lengths, loop=0, optimize=True)
        assert path.stat().st_size < MOST_BYTES


def study() -> Study:
    """The network for digits, not trained yet."""
    set_random_seed(1)
    recipe = RECIPES["digits"]
    (x, y), (x_test, y_test) = recipe.load(None)
    learning = Learning({"x": x, "y": y, "batch_size": 32}, (x_test, y_test))
    return Study(recipe.network(), Samples(x_test, y_test, recipe.class_names, "digits, held out"), learning)


def play(page: Any) -> Film:
    """A value is touched, the window slides, a filter is set by name, the network learns."""
    film = Film(page)
    panel = page.locator("#panel")

    def tab(name: str) -> None:
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(700)

    film.take(LONG)
    page.locator("[data-id=conv1]").click()
    page.wait_for_timeout(700)
    film.take(LONG)
    page.evaluate("location.hash = '#layer=conv1&value=2,2,4&panel=value'")
    page.wait_for_timeout(900)
    panel.focus()
    film.take(LONG)
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "PageDown", "PageDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
        film.take()
    page.screenshot(path=IMAGES / "explorer.png")
    tab("Filter")
    film.take(LONG)
    panel.get_by_label("Kernel with a name").select_option("sobel_x")
    panel.get_by_role("button", name="Set the kernel").click()
    page.wait_for_timeout(900)
    film.take(LONG)
    tab("Train")
    film.take(LONG)
    panel.get_by_role("button", name="Start").click()
    for _ in range(10):
        page.wait_for_timeout(120)
        film.take()
    panel.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(700)
    film.take(2 * LONG)
    return film


def main() -> None:
    """Serve, play, write."""
    chromium = shutil.which("chromium")
    with serve(study()) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{served.address}")
        page.wait_for_selector("html[data-ready]")
        film = play(page)
        browser.close()
    film.write(IMAGES / "explorer.gif")


if __name__ == "__main__":
    main()
