"""Loss and metrics over epochs: the curves are the numbers."""

import numpy as np

from pellucid.inspection.records import TrainingCurves
from pellucid.views import curves_figure

CURVES = {
    "loss": [2.0, 1.0, 0.5],
    "accuracy": [0.3, 0.6, 0.9],
    "val_loss": [2.1, 1.2, 0.8],
    "val_accuracy": [0.2, 0.5, 0.8],
}


def test_each_quantity_has_a_panel_with_training_and_validation():
    figure = curves_figure(TrainingCurves(CURVES, epochs=(4, 5, 6)))
    loss, accuracy = figure.axes
    assert loss.get_title(loc="left") == "Loss after each epoch"
    assert accuracy.get_title(loc="left") == "Accuracy after each epoch"
    drawn = {(axes, line.get_label()): line.get_data() for axes in (loss, accuracy) for line in axes.lines}
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        assert np.array_equal(drawn[axes, "training"], [(4, 5, 6), CURVES[name]])
        assert np.array_equal(drawn[axes, "validation"], [(4, 5, 6), CURVES[f"val_{name}"]])


def test_last_values_stand_at_the_ends_without_overlap(read_back):
    figure = curves_figure(TrainingCurves({"loss": [2.0, 0.5], "val_loss": [2.0, 0.5]}))
    assert {"training 0.5", "validation 0.5"} <= set(read_back(figure).texts)
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text().endswith("0.5")]
    assert not boxes[0].overlaps(boxes[1])
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


def test_values_that_are_not_finite_leave_a_gap_and_are_counted(read_back):
    picture = read_back(curves_figure(TrainingCurves({"loss": [1.0, float("nan"), float("inf")]})))
    assert "2 values not finite, not drawn" in picture.words() and "training 1" in picture.texts


def test_a_single_epoch_and_a_hundred_are_drawn(read_back):
    for count in (1, 100):
        figure = curves_figure(TrainingCurves({"loss": list(np.linspace(1, 0, count))}))
        assert read_back(figure).pixels.std() > 0
        ticks = [tick for tick in figure.axes[0].get_xticks() if 1 <= tick <= count]
        assert ticks and all(tick == round(tick) for tick in ticks)
