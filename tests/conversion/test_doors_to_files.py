"""One door for all files: what is in a file decides how it is read, its suffix how it is written; nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from pellucid import Input, Sequential, conversion, formats, layers, load_model
from pellucid.cli import main
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.safetensors import write_safetensors

WEIGHTS = [".safetensors", ".npz", "/", ".weights.h5"]


def chain(units: int = 2) -> Sequential:
    parts = [layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten(), layers.Dense(units, name="out")]
    return Sequential([Input((6, 5, 2)), *parts], name="net")


@pytest.fixture
def trained() -> Sequential:
    model = chain()
    model.compile("adam", "mse")
    model.fit(np.ones((4, 6, 5, 2)), np.zeros((4, 2)), epochs=1, verbose=0)
    return model


@pytest.mark.parametrize("end", WEIGHTS)
def test_weights_both_ways(end: str, tmp_path: Path) -> None:
    """Bit for bit, whatever the file is called afterwards."""
    first, second = chain(), chain()
    first.save_weights(f"{tmp_path}/w{end}")
    (tmp_path / f"w{end.rstrip('/')}").rename(tmp_path / "renamed")
    second.load_weights(tmp_path / "renamed")
    for mine, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("end", WEIGHTS)
def test_weights_that_do_not_fit(end: str, tmp_path: Path) -> None:
    """Nothing is changed; what fits is taken where the rest may be left."""
    first, second = chain(), chain(units=3)
    first.save_weights(f"{tmp_path}/w{end}")
    before = second.get_weights()
    with pytest.raises(FileError, match="out"):
        second.load_weights(f"{tmp_path}/w{end}")
    for mine, theirs in zip(before, second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    with pytest.warns(UserWarning, match="out"):
        second.load_weights(f"{tmp_path}/w{end}", skip_mismatch=True)
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])


def test_our_safetensors_are_models(tmp_path: Path) -> None:
    """They have the structure with them; a report counts what was taken."""
    model = chain()
    model.save_weights(tmp_path / "net.safetensors")
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 2))
    np.testing.assert_array_equal(load_model(tmp_path / "net.safetensors").predict(x), model.predict(x))
    loaded, report = conversion.load(tmp_path / "net.safetensors")
    assert loaded.layers[0].name == "conv" and report.count("matched") == 4
    assert json.loads(report.to_json())["rows"][0]["target"] == "conv/kernel"


def test_keras_files_by_content(tmp_path: Path) -> None:
    model = chain()
    model.save(tmp_path / "net.keras")
    (tmp_path / "net.keras").rename(tmp_path / "net.bin")
    assert load_model(tmp_path / "net.bin").layers[0].name == "conv"


REFUSED: dict[str, tuple[bytes, str]] = {
    "pytorch_model.bin": (b"PK\x03\x04" + bytes(26) + b"archive/data.pkl", r"PyTorch.*save_file\(model.state_dict\(\)"),
    "old.pt": (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", r"PyTorch.*safetensors.torch"),
    "a.pkl": (b"\x80\x04\x95.", "pickle; such files can run code"),
    "a.tflite": (b"\x1c\x00\x00\x00TFL3" + bytes(40), r"TFLite.*model\.save\('model\.keras'\)"),
    "model.ckpt.index": (b"\0\0\0" + bytes.fromhex("57fb808b247547db"), r"TensorFlow checkpoint.*model\.save"),
    "frozen.pb": (b"\n\x1c\n\x05input\x12\x0bPlaceholder" + bytes(40), r"SavedModel or graph.*tf2onnx"),
    "model.yaml": (b"backend: tensorflow\nclass_name: Model\n", r"YAML.*to_json"),
    "m.safetensors.index.json": (b'{"weight_map": {"a": "x"}}', r"several files; join them: .*save_file"),
    "text.txt": (b"hello world\n", "looks like text"),
    "empty.onnx.txt": (b"", "an empty file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to type in the system that wrote it, whatever the file is called (`.pb` may be anything)."""
    content, words = REFUSED[name]
    for path in (tmp_path / name, *([tmp_path / "renamed.keras"] if not name.endswith(".pb") else [])):
        path.write_bytes(content)
        with pytest.raises(FileError, match=words):
            load_model(path)
        assert main.run(["convert", str(path), str(tmp_path / "out.keras")]) == 1
        assert "\n" not in capsys.readouterr().err.strip()


def test_a_folder_of_tensorflow(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"")
    with pytest.raises(FileError, match=r"SavedModel.*tf2onnx"):
        load_model(tmp_path / "saved")


def test_real_files_of_torch(tmp_path: Path) -> None:
    """As torch.save writes them today, and as it did."""
    for new in (True, False):
        torch.save({"w": torch.ones(2)}, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
        with pytest.raises(FileError, match="is a PyTorch file"):
            load_model(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("net.pt", r"models are written to files that end in '\.keras'.*a PyTorch file \(\.pt, \.pth\) is not"),
        ("net", "models are written to files that end in"),
        ("net.safetensors", r"a safetensors file takes weights alone: model\.save_weights\(path\)"),
        ("no/such/folder/net.keras", "create it first"),
        ("folder.keras", "it is a folder"),
        ("a\0b.keras", "NUL"),
        ("", "it is empty"),
        (None, "is text or a pathlib.Path"),
    ],
)
def test_a_trained_model_is_kept(
    path: str | None, words: str, trained: Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever `save` is asked for: the error says where the model is, and the model there is the one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises((ArgumentError, FileError), match=f"{words}.*not lost: it is kept in ") as caught:
        trained.save(path)
    kept = Path(str(caught.value).rpartition(" ")[2])
    for mine, theirs in zip(trained.get_weights(), load_model(kept).get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_kept_model_replaces_nothing(trained: Sequential, tmp_path: Path) -> None:
    """Also where an older file may not be replaced; an untrained model leaves nothing behind."""
    (tmp_path / "net.keras").write_bytes(b"precious")
    for _ in range(2):
        with pytest.raises(FileError, match=r"exists; pass overwrite=True.*kept in "):
            trained.save(tmp_path / "net.keras", overwrite=False)
    assert (tmp_path / "net.keras").read_bytes() == b"precious"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["net-1.keras", "net-2.keras", "net.keras"]
    with pytest.raises(ArgumentError, match="files that end in"):
        chain().save(tmp_path / "other.pt")
    assert not list(tmp_path.glob("other*"))


def test_a_class_that_cannot_be_written(tmp_path: Path) -> None:
    """Then its weights are kept."""

    class Own(layers.Layer):
        def build(self, input_shape):
            self.gain = self.add_weight(shape=(2,), initializer="ones", name="gain")

        def call(self, inputs):
            return inputs * self.gain

        def get_config(self):
            return {"name": self.name, "gain": object()}

    model = Sequential([Input((2,)), Own(name="own")])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.zeros((4, 2)), verbose=0)
    with pytest.raises(ArgumentError, match=r"kept in .*net\.npz"):
        model.save(tmp_path / "net.keras")
    np.testing.assert_array_equal(np.load(tmp_path / "net.npz")["own/gain"], model.layers[0].gain.numpy())


def test_exports_that_cannot_be(trained: Sequential, tmp_path: Path) -> None:
    for path, kind, words in [
        ("net.py", "onxx", "unknown format 'onxx'"),
        ("net.py", "onnx", r"should end in '\.onnx'"),
        ("net.txt", None, r"'\.onnx' \(onnx\) or '\.py' \(torch\)"),
    ]:
        with pytest.raises(ArgumentError, match=f"{words}.*kept in"):
            trained.export(tmp_path / path, kind)


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """convert, export and inspect, as text and as JSON."""
    model = chain()
    model.save(tmp_path / "net.keras")
    assert main.run(["inspect", str(tmp_path / "net.keras")]) == 0
    out = capsys.readouterr().out
    assert "net.keras: a .keras file" in out and " Conv2D      filters 3, kernel_size [3, 3], strides [1, 1]" in out
    assert "4 arrays, 131 numbers" in out and "layers/dense/vars/0   (36, 2)       float32" in out
    assert main.run(["export", str(tmp_path / "net.keras"), "--to", "torch", "--report"]) == 0
    assert "out/kernel   out.weight   reshaped  (36, 2) to (2, 36)" in capsys.readouterr().out
    source, target = str(tmp_path / "net.safetensors"), str(tmp_path / "back.npz")
    assert main.run(["convert", source, target, "--onto", str(tmp_path / "net.keras"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert (rows[0]["source"], rows[0]["target"]) == ("conv.weight", "conv/kernel")
    np.testing.assert_array_equal(np.load(target)["out/kernel"], model.layers[-1].kernel.numpy())
    assert main.run(["convert", source, target, "--onto", str(tmp_path / "net.keras"), "--name", "conv"]) == 1
    assert "--name is a module of the file, '=' and a layer" in capsys.readouterr().err
    assert main.run(["convert", str(tmp_path / "net.keras"), str(tmp_path / "x.xyz")]) == 1
    assert "'.safetensors'" in capsys.readouterr().err


def test_looking_into_files(tmp_path: Path) -> None:
    """The same record for all formats; nothing is built."""
    model = chain()
    model.save_weights(tmp_path / "w.npz")
    model.save_weights(f"{tmp_path}/folder/")
    model.save_weights(tmp_path / "w.safetensors")
    np.save(tmp_path / "one.npy", np.ones((2, 3)))
    (tmp_path / "net.json").write_text(model.to_json())
    shapes = [weight.shape for weight in model.weights]
    for name in ("w.npz", "w.safetensors"):
        assert [array.shape for array in formats.open(tmp_path / name).arrays] == shapes
    assert sorted(array.shape for array in formats.open(tmp_path / "folder").arrays) == sorted(shapes)
    assert formats.open(tmp_path / "one.npy").arrays[0].shape == (2, 3)
    kinds = [layer.kind for layer in formats.open(tmp_path / "net.json").layers]
    assert kinds == ["InputLayer", "Conv2D", "Flatten", "Dense"]
    with pytest.raises(FileError, match="no kind that is known"):
        (tmp_path / "x").write_bytes(b"\xff\xfe\xfd")
        formats.open(tmp_path / "x")


@pytest.mark.parametrize("name", ["net.keras", "net.onnx", "net.safetensors"])
def test_names_of_classes_travel(name: str, tmp_path: Path) -> None:
    """With the size of images and their scaling; what loses them says so."""
    model = chain()
    model.trained_on = TrainedOn(Reading(6, 5), 1 / 255, ("cats", "dögs"))
    (model.save if name != "net.safetensors" else model.save_weights)(tmp_path / name)
    assert load_model(tmp_path / name).trained_on == model.trained_on
    with pytest.warns(UserWarning, match="names of classes and how images are read"):
        model.export(tmp_path / "code.py")


def test_weights_of_a_trained_model_are_kept(trained: Sequential, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"weights are written to files.*kept in .*weights\.keras"):
        trained.save_weights(tmp_path / "weights.txt")
    assert load_model(tmp_path / "weights.keras").layers[0].name == "conv"


def test_arrays_without_names(tmp_path: Path) -> None:
    """As numpy.savez(path, *model.get_weights()) writes them: by order, if they are as many and fit."""
    first, second = chain(), chain()
    np.savez(tmp_path / "w.npz", *first.get_weights())
    second.load_weights(tmp_path / "w.npz")
    for mine, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.savez(tmp_path / "few.npz", *first.get_weights()[:3])
    with pytest.raises(FileError, match=r"its 3 arrays have no names"):
        second.load_weights(tmp_path / "few.npz")
    with pytest.raises(FileError, match=r"does not fit"):
        chain(units=3).load_weights(tmp_path / "w.npz")


def test_a_structure_that_asks_for_more_than_its_file_holds(tmp_path: Path) -> None:
    """Is refused before memory is taken for it: here for four terabytes."""
    text = Sequential([Input((4,)), layers.Dense(3)]).to_json().replace('"units": 3', '"units": 250000000000')
    write_safetensors(tmp_path / "m.safetensors", {"a": np.ones(2, np.float32)}, {"pellucid_model": text})
    with pytest.raises(FileError, match=r"units|more weights than it holds"):
        load_model(tmp_path / "m.safetensors")
    text = text.replace("250000000000", "2000000")
    write_safetensors(tmp_path / "m.safetensors", {"a": np.ones(2, np.float32)}, {"pellucid_model": text})
    with pytest.raises(FileError, match="more weights than it holds"):
        load_model(tmp_path / "m.safetensors")


def test_how_a_model_was_compiled_is_kept(trained: Sequential, tmp_path: Path) -> None:
    trained.save_weights(tmp_path / "net.safetensors")
    assert load_model(tmp_path / "net.safetensors").stepper is not None
    assert load_model(tmp_path / "net.safetensors", compile=False).stepper is None


def test_checkpoints_by_the_beginning_of_their_names(tmp_path: Path) -> None:
    """As TensorFlow calls them: there is no file of that name."""
    (tmp_path / "ckpt-1.index").write_bytes(b"")
    with pytest.raises(FileError, match=r"TensorFlow checkpoint; in TensorFlow's Keras type: model\.save"):
        load_model(tmp_path / "ckpt-1")


@pytest.mark.filterwarnings("ignore:.*layers keep the weights that they had")
@pytest.mark.parametrize("name", ["net.weights.h5", "net.keras"])
def test_what_is_skipped_is_not_said_to_match(name: str, tmp_path: Path) -> None:
    """A layer of another size, and one that the file has not."""
    source = Sequential([Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    (source.save if name == "net.keras" else source.save_weights)(tmp_path / name)
    chain = [layers.Dense(3, name="a"), layers.Dense(5, name="b"), layers.Dense(1, name="c")]
    report = conversion.load_weights(Sequential([Input((4,)), *chain]), tmp_path / name, skip_mismatch=True)
    assert [(row.target, row.what) for row in report.rows] == [
        ("a/kernel", "matched"), ("a/bias", "matched"), ("b/kernel", "left out"), ("b/bias", "left out"),
        ("c/kernel", "missing"), ("c/bias", "missing"),
    ]  # fmt: skip
    assert "the file holds [(3, 2), (2,)]" in report.rows[2].why and "has none for it" in report.rows[4].why


@pytest.mark.parametrize(
    ("end", "lost"),
    [
        (".keras", []),
        (".weights.h5", ["structure", "names of classes"]),
        (".safetensors", ["optimiser"]),
        (".npz", ["structure", "optimiser", "names of classes"]),
        ("/", ["structure", "optimiser", "names of classes"]),
    ],
)
def test_what_weights_alone_lose_of_a_model_is_told(
    end: str, lost: list[str], trained: Sequential, tmp_path: Path
) -> None:
    """Where a whole model is converted; nothing is lost of one that is there already."""
    trained.trained_on = TrainedOn(Reading(6, 5), 1 / 255, ("cats", "dogs"))
    trained.save(tmp_path / "whole.keras")
    report = conversion.convert(tmp_path / "whole.keras", f"{tmp_path}/out{end}")
    assert len(report.lost) == len(lost)
    assert all(word in sentence for word, sentence in zip(lost, report.lost, strict=True))
    if lost:
        assert conversion.convert(f"{tmp_path}/out{end}", tmp_path / "again.npz", onto=chain()).lost == ()
