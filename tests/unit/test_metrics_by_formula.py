"""Metrics against formulas written down anew with NumPy, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as reference

import pellucid
from pellucid import layers, metrics
from pellucid.errors import ArgumentError, NotYetError, ShapeError

RNG = np.random.default_rng(21)
COUNT = 200
LABELS, P = RNG.integers(0, 5, COUNT), RNG.dirichlet(np.ones(5), COUNT).astype(np.float32)
WEIGHTS = RNG.uniform(size=COUNT)
BITS = RNG.integers(0, 2, COUNT)
BETWEEN = ((RNG.integers(0, 199, COUNT) + 0.5) / 199).astype(np.float32)  # never at one of 200 thresholds


@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_area_under_the_curve(weight):
    """Exact where no two predictions of one bucket differ."""
    auc = metrics.AUC()(BITS, BETWEEN, weight)
    assert float(auc) == pytest.approx(reference.roc_auc_score(BITS, BETWEEN, sample_weight=weight), rel=1e-6)


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_f_scores(average, weight):
    score = metrics.FBetaScore(average, beta=0.5)(np.eye(5)[LABELS], P, weight)
    expected = reference.fbeta_score(LABELS, P.argmax(1), beta=0.5, average=average, sample_weight=weight)
    np.testing.assert_allclose(score, expected, rtol=1e-5)


@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_confusion_matrix_and_overlaps(weight):
    matrix = metrics.ConfusionMatrix(5)(LABELS, P, weight)
    np.testing.assert_allclose(
        matrix, reference.confusion_matrix(LABELS, P.argmax(1), sample_weight=weight), rtol=1e-6, atol=1e-12
    )
    overlaps = reference.jaccard_score(LABELS, P.argmax(1), average=None, sample_weight=weight)
    for classes in ([0], [1, 3], range(5)):
        iou = metrics.IoU(5, list(classes), sparse_y_pred=False)(LABELS, P, weight)
        assert float(iou) == pytest.approx(np.mean(overlaps[list(classes)]), rel=1e-5)


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_classes_along_any_axis_and_numbers_that_are_no_class(axis):
    """Only what lies between 0 and the number of classes is counted, and not what is ignored."""
    places = RNG.dirichlet(np.ones(4), (6, 2, 3))
    y = RNG.integers(-1, 6, (6, 2, 3))
    metric = metrics.ConfusionMatrix(4, ignore_class=2, axis=axis)
    expected = np.zeros((4, 4))
    is_counted = (y >= 0) & (y < 4) & (y != 2)
    np.add.at(expected, (y[is_counted], places.argmax(-1)[is_counted]), 1)
    np.testing.assert_array_equal(metric(y, np.moveaxis(places, -1, axis)), expected)
    np.testing.assert_array_equal(metric.total_cm, expected)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_top_k(k):
    expected = reference.top_k_accuracy_score(LABELS, P, k=k)
    assert float(metrics.SparseTopKCategoricalAccuracy(k)(LABELS, P)) == pytest.approx(expected)
    assert float(metrics.TopKCategoricalAccuracy(k)(np.eye(5)[LABELS], P)) == pytest.approx(expected)


def test_top_k_of_ties_nan_and_numbers_that_are_no_class():
    """Equally probable classes do not count against a target; NaN is not probable; what is no class is no hit."""
    p = np.array([[0.4, 0.4, 0.2], [np.nan, 0.5, 0.1], [-np.inf, -1.0, -2.0], [0.2, 0.3, 0.5]])
    y = np.array([1, 0, 0, 7])
    assert metrics.sparse_top_k_categorical_accuracy(y, p, k=1).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert metrics.sparse_top_k_categorical_accuracy(y, p, k=3).tolist() == [1.0, 1.0, 1.0, 0.0]


def test_correlations():
    y, p = RNG.normal(size=(2, 30, 6))
    centred = [x - x.mean(-1, keepdims=True) for x in (y, p)]
    covariance = (centred[0] * centred[1]).mean(-1)
    pearson = covariance / (y.std(-1) * p.std(-1))
    np.testing.assert_allclose(metrics.pearson_correlation(y, p), pearson, rtol=1e-4)
    concordance = 2 * covariance / (y.var(-1) + p.var(-1) + (y.mean(-1) - p.mean(-1)) ** 2)
    np.testing.assert_allclose(metrics.concordance_correlation(y, p), concordance, rtol=1e-4)
    assert float(metrics.ConcordanceCorrelation()(y, p)) == pytest.approx(concordance.mean(), rel=1e-4)
    whole = np.corrcoef(y.ravel(), p.ravel())[0, 1]
    assert float(metrics.pearson_correlation(y, p, axis=(0, 1))) == pytest.approx(whole, rel=1e-4)


@pytest.mark.parametrize("size", [1, 31, 64, 131, 512, 600])
@pytest.mark.parametrize("thresholds", [3, 34, 200])
def test_buckets_count_as_comparisons_do(size, thresholds):
    """However many predictions there are: they are counted in parts of equal size, where there are such."""
    p, y = RNG.uniform(size=size).astype(np.float32), RNG.integers(0, 2, size)
    metric = metrics.PrecisionAtRecall(0.5, num_thresholds=thresholds)
    metric.update_state(y, p)
    above = p[:, None] > np.linspace(0, 1, thresholds)
    np.testing.assert_array_equal(metric.true_positives, (above & (y[:, None] == 1)).sum(0))
    np.testing.assert_array_equal(metric.true_negatives, (~above & (y[:, None] == 0)).sum(0))


def test_counts_of_a_metric_go_on_beyond_float32():
    """What a library's metric keeps is float64 between batches, and can be set."""
    metric = metrics.TruePositives()
    metric.accumulator = [2.0**24]
    metric.update_state([1, 1, 1], [0.9, 0.9, 0.9])
    assert float(metric.result()) == 2**24 + 3
    metric.variables[0].assign([5])
    assert float(metric.result()) == 5
    with pytest.raises(ShapeError, match=r"accumulator has shape \(1,\), got \(2,\)"):
        metric.accumulator = [1, 2]
    with pytest.raises(ArgumentError, match="computed of what a metric keeps"):
        (metric.accumulator + 1).assign([3])


def test_what_is_not_known_before_the_first_batch():
    """The number of classes, where nobody said it; afterwards it stays."""
    score, auc = metrics.F1Score(), metrics.AUC(multi_label=True)
    for metric, name in ((score, "true_positives"), (auc, "false_negatives")):
        assert float(metric.result()) == 0.0 and not metric.variables
        with pytest.raises(NotYetError, match=f"has no {name} before"):
            getattr(metric, name)
        metric.update_state(np.eye(5)[LABELS], P)
        assert len(metric.variables) == 4
        metric.reset_state()
        assert np.asarray(getattr(metric, name)).shape[-1] == 5 and not np.any(metric.result())
        with pytest.raises(ShapeError, match=r"has counted batches whose .* has shape"):
            metric.update_state(np.eye(3), np.eye(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.AUC(num_thresholds=1), "AUC: Argument `num_thresholds` must be an integer > 1"),
        (
            lambda: metrics.AUC(curve="ROCK"),
            "AUC: Invalid AUC curve value: \"ROCK\": unknown curve 'ROCK'; did you mean 'ROC'",
        ),
        (lambda: metrics.AUC(num_labels=3), "AUC: num_labels is needed only where multi_label=True"),
        (lambda: metrics.AUC(thresholds=[2.0]), "AUC: thresholds must be a finite number >= 0 and <= 1, got 2.0"),
        (lambda: metrics.AUC(label_weights=[1.0])(BITS, BETWEEN), "label_weights has 1 numbers"),
        (lambda: metrics.AUC(multi_label=True)(BITS, BETWEEN), r"multi_label=True needs predictions \(batch, labels\)"),
        (
            lambda: metrics.F1Score(average="mean"),
            "F1Score: Invalid `average` argument value. Expected one of: .*: unknown average 'mean'",
        ),
        (
            lambda: metrics.F1Score(threshold=0.0),
            "F1Score: .* It should verify 0 < threshold <= 1",
        ),
        (lambda: metrics.F1Score()(BITS, BETWEEN), r"takes predictions \(batch, classes\), got shape \(200,\)"),
        (
            lambda: metrics.FBetaScore(beta=0.0),
            "FBetaScore: .* It should be > 0. Received: beta=0.0",
        ),
        (lambda: metrics.IoU(2, [2]), "IoU: target_class_ids must be a whole number from 0 to 1, got 2"),
        (lambda: metrics.IoU(2, []), "IoU: target_class_ids must name a class at least"),
        (
            lambda: metrics.MeanIoU(3, sparse_y_pred=False)(LABELS, P),
            "has num_classes=3, got shape .* with 5 along axis",
        ),
        (
            lambda: metrics.ConfusionMatrix(10**6),
            "ConfusionMatrix: Invalid value for argument `num_classes`. It should be a positive integer up to 10000",
        ),
        (
            lambda: metrics.SensitivityAtSpecificity(1.5),
            r"SensitivityAtSpecificity: `specificity` must be in the range \[0, 1\], got 1\.5",
        ),
        (lambda: metrics.TopKCategoricalAccuracy(0), "TopKCategoricalAccuracy: Invalid value for argument `k`"),
        (
            lambda: metrics.MeanMetricWrapper("mse"),
            "MeanMetricWrapper: fn must be a function of targets and predictions",
        ),
        (lambda: metrics.Mean(dtype="int16"), "Mean: numbers are float32, got dtype='int16'"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_logits_are_not_squashed_twice():
    """A sigmoid at the end of the model, and `from_logits=True`: Keras tells a wrong number."""
    model = pellucid.Sequential([pellucid.Input((3,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[metrics.AUC(from_logits=True, name="auc")])
    with pytest.raises(ArgumentError, match="metric 'auc': from_logits=True, but the last layer applies sigmoid"):
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
