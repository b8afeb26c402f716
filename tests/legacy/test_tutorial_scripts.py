"""Scripts after the recipes of three generations, run as they stand: each reaches what its own generation reached.

The two convnets of the examples are bounded by what Keras 3.15.1 itself reaches on these data with the old rates
and epsilons set by hand (12 epochs: 0.903 and 0.917 for that of Keras 1, 0.961 for that of Keras 2; with today's rate
0.1); the others by what says that the recipe works. Nothing at chance passes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pellucid import set_random_seed
from pellucid.cli.main import run

SCRIPTS = Path(__file__).with_name("scripts")

FIGURES: dict[str, dict[str, tuple[float, float]]] = {
    "keras1_mnist_cnn": {"accuracy": (0.87, 0.97)},
    "keras1_little_data": {"accuracy": (0.9, 1.0)},
    "keras1_filters": {"share that rose": (0.7, 1.0)},
    "keras1_branches": {"accuracy": (0.86, 1.0)},
    "keras1_autoencoder": {"mean square": (0.0, 0.06)},
    "keras2_mnist_cnn": {"accuracy": (0.92, 1.0)},
    "keras2_augmented": {"accuracy": (0.9, 1.0)},
    "keras2_grad_cam": {"accuracy": (0.95, 1.0), "distance": (0.0, 2.9)},
    "keras2_vae": {"share of the first loss": (0.5, 0.9)},
    "keras2_style": {"share of the first loss": (0.0, 0.6)},
    "keras2_siamese": {"accuracy": (0.85, 1.0)},
    "keras2_transfer": {"trainable": (2, 2)},
    "keras3_tf_data": {"accuracy": (0.9, 1.0)},
    "keras3_custom_loop": {"train accuracy": (0.9, 1.0), "accuracy": (0.88, 1.0)},
    "keras3_gan": {"mean": (1.5, 5.0)},
    "keras3_grad_cam": {"class": (1, 1), "distance": (0.0, 2.9)},
    "keras3_files": {"accuracy": (0.95, 1.0)},
    "keras1_lenet": {"accuracy": (0.93, 1.0)},
    "keras1_bottleneck": {"accuracy": (0.85, 1.0)},
    "keras1_schedule": {"accuracy": (0.9, 1.0)},
    "keras1_dream": {"share of the first loss": (0.0, 0.1)},
    "keras1_inception": {"accuracy": (0.93, 1.0)},
    "keras2_resnet": {"accuracy": (0.93, 1.0)},
    "keras2_unet": {"dice": (0.9, 1.0)},
    "keras2_dcgan": {"left minus right before": (-0.3, 0.3), "left minus right": (1.0, 2.0)},
    "keras2_sequence": {"digit accuracy": (0.88, 1.0), "odd accuracy": (0.75, 1.0)},
    "keras2_saliency": {"accuracy": (0.97, 1.0), "inside over outside": (1.5, 100.0)},
    "keras2_predict_photo": {"score": (1.0, 1.2)},
    "keras2_dataframe": {"accuracy": (0.95, 1.0)},
    "tf2_image_classification": {"accuracy": (0.9, 1.0)},
    "tf2_transfer_learning": {"share of layers that moved": (0.9, 1.0)},
    "tf2_quickstart_expert": {"accuracy": (0.9, 1.0)},
    "tf2_adversarial": {"accuracy": (0.9, 1.0), "misled accuracy": (0.0, 0.3)},
    "tf2_cvae": {"gain of the elbo": (8.0, 40.0), "elbo": (-30.0, -18.0)},
    "tf2_save_and_load": {"untrained accuracy": (0.0, 0.3), "accuracy": (0.88, 1.0)},
    "tf2_dcgan": {"top minus bottom": (0.15, 2.0)},
    "keras3_mnist_convnet": {"accuracy": (0.9, 0.96)},
    "keras3_cutmix": {"accuracy": (0.75, 1.0)},
    "keras3_distillation": {"accuracy": (0.8, 1.0)},
    "keras3_convmixer": {"accuracy": (0.88, 1.0)},
    "keras3_filters": {"share that rose": (0.6, 1.0)},
    "keras3_folders": {"accuracy": (0.9, 1.0)},
    "keras3_segmentation": {"accuracy": (0.93, 1.0)},
    "keras3_autoencoder": {"share of the noise": (0.6, 0.8)},
    "keras2_grid_search": {"accuracy": (0.85, 1.0), "adam is best": (1, 1)},
    "keras2_lr_finder": {"rates per step": (21.682, 21.684), "highest rate": (0.05, 0.05), "accuracy": (0.87, 1.0)},
    "keras2_metrics_callback": {"f1": (0.9, 1.0), "scales that moved": (1, 1)},
    "keras3_timeseries": {"mean square": (0.007, 0.02), "predictions": (153, 153)},
    "keras3_vae": {"loss": (0.415, 0.445)},
    "tf2_checkpoints": {"accuracy": (0.83, 1.0), "loaded": (0, 0), "whole": (0, 0), "restored": (0, 0)},
    "tf2_load_images": {"accuracy": (0.9, 1.0)},
    "keras2_antirectifier": {"accuracy": (0.85, 1.0)},
    "keras2_net2net": {"wider differs by": (0, 1e-5), "deeper differs by": (0, 0), "accuracy": (0.85, 1.0)},
    "keras2_style_images": {"share of the first loss": (0.0, 0.1)},
    "keras3_mixer": {"accuracy": (0.88, 1.0), "top 5": (0.98, 1.0)},
    "keras3_vit": {"accuracy": (0.85, 1.0)},
    "keras2_cam": {"correlation with CAM": (0.9999, 1.0001), "accuracy": (0.7, 1.0)},
    "tf2_video": {"accuracy": (0.9, 1.0)},
    "keras3_pixelcnn": {"loss": (0.28, 0.36), "moved before it": (0.0, 0.0), "moved behind it": (0.05, 1.0)},
    "tf2_super_resolution": {"PSNR told": (24.5, 33.0), "gain over bilinear": (0.3, 8.0)},
    "tf2_vq_vae": {"share of the first loss": (0.1, 0.35), "codes in use": (10, 32)},
    "keras2_windows": {"off by": (0.0, 0.1), "accuracy": (0.8, 1.0)},
    "keras2_wgan_updates": {"share of the penalty": (0.0, 0.1), "left minus right": (0.5, 1.5)},
    "keras2_mini_xception": {"penalties": (1, 1), "accuracy": (0.85, 1.0)},
    "tf2_backbone_unet": {"share of the squares": (0.7, 1.0)},
    "tf2_records": {"records": (1437, 1437), "off by": (0.0, 1 / 255), "accuracy": (0.87, 1.0)},
    "keras3_text_from_scratch": {
        "accuracy": (0.9, 1.0),
        "end to end accuracy": (0.9, 1.0),
        "praise minus blame": (0.8, 1.0),
    },
    "tf2_text_classification": {"accuracy": (0.9, 1.0), "exported accuracy": (0.9, 1.0), "told": (201, 201)},
    "keras2_imdb_cnn": {"accuracy": (0.85, 1.0), "accuracy of bags of words": (0.85, 1.0)},
    "tf2_simple_audio": {"accuracy": (0.85, 1.0), "on the diagonal": (0.85, 1.0), "this is": (2, 2)},
    "keras3_speaker_recognition": {"accuracy": (0.85, 1.0), "with noise": (0.85, 1.0)},
    "tf2_wgan_gp": {"share of the penalty": (0.0, 0.3)},
}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_script_reaches_its_figure(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_random_seed(0)  # scripts of that time seed NumPy alone
    code = run(["run", str(SCRIPTS / f"{name}.py"), str(tmp_path)])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    for what, (low, high) in FIGURES[name].items():
        found = re.search(rf"^{what}: (\S+)$", printed.out, re.MULTILINE)
        assert found, printed.out
        assert low <= float(found[1]) <= high


def test_a_training_step_by_hand_is_refused_with_the_loop(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["run", str(SCRIPTS / "keras3_train_step.py")])
    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert "keras3_train_step.py:7: Distiller.train_step is a training step written by hand" in printed.err
    assert "tape.gradient(loss, model.trainable_variables)" in printed.err
