"""The training samples that made a prediction, as text."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.influential_images import InfluentialImages
from pellucid.views.given import limit_of, record_of, room_of
from pellucid.views.influential_words import ESTIMATE, describe_influential, label_of
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["influential_images_text"]


@explained
def influential_images_text(found: InfluentialImages, *, width: int = 80, limit: int | None = 8) -> str:
    """Writes which training samples lowered the loss of a prediction most, and which raised it.

    Args:
        found: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).
        limit: how many of each are written at most; None for all.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> scores, images = np.array([0.1, -0.2]), np.zeros((2, 2))
        >>> found = InfluentialImages("m", np.zeros(2), 0.5, scores, (0,), (0.1,), images, (0, 1), ("3", "8"))
        >>> print(influential_images_text(found).split("most")[1])
        <BLANKLINE>
            0, class 3: 0.1
        <BLANKLINE>
        These raised it
    """
    record, most = record_of(found, InfluentialImages), limit_of(limit, "sample")
    width = max(room_of("width", width), NARROWEST)
    lines: list[Line] = paragraph(describe_influential(record), width, bold=True) + paragraph(ESTIMATE, width)
    many = len(record.scores) if most is None else most
    for title, numbers in (
        ("These lowered its loss most", record.helpful(many)),
        ("These raised it most", record.harmful(many)),
    ):
        lines += [[], *paragraph(title if numbers else f"{title}: none", width)]
        lines += [plain(f"    {label_of(record, number)}") for number in numbers]
    return render(lines, color=False)
