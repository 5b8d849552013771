"""Reads the committed files and prints the sample's figures from ONNX Runtime's own quantizer. See README.md.

Nothing of make_sample.py is used: images are decoded and preprocessed anew from images/preprocess.json.
"""
import json
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

HERE = Path(__file__).parent
CALIBRATION = 100


class Reader(CalibrationDataReader):
    def __init__(self, images):
        self.batches = iter([{"image": image[None]} for image in images])

    def get_next(self):
        return next(self.batches, None)


def tensor(file, rules):
    image = Image.open(file).convert("RGB").resize((rules["resize"]["width"], rules["resize"]["height"]), Image.BILINEAR)
    values = np.asarray(image, np.float32) * rules["scale"]
    return ((values - np.float32(rules["mean"])) / np.float32(rules["std"])).transpose(2, 0, 1)


def answers(model, images):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"image": images[i:i + 50]})[0].argmax(1) for i in range(0, len(images), 50)])


def report(name, found, labels):
    print(f"{name:<28}{np.sum(found == labels):4} of {len(labels)}  {100 * np.mean(found == labels):6.2f} %")


def channel_ratio(model):
    """The largest ratio between the weight ranges of two channels of one convolution, and that convolution."""
    weights = {w.name: onnx.numpy_helper.to_array(w) for w in model.graph.initializer}
    ratios = {}
    for node in model.graph.node:
        if node.op_type == "Conv":
            ranges = np.abs(weights[node.input[1]]).reshape(len(weights[node.input[1]]), -1).max(1)
            ratios[node.name] = ranges.max() / ranges.min()
    return max((ratio, name) for name, ratio in ratios.items())


def main():
    folder = HERE / "images"
    rules = json.loads((folder / "preprocess.json").read_text())
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = [(file, label) for label, name in enumerate(classes) for file in sorted((folder / name).iterdir())]
    files = [files[i] for i in np.random.default_rng(0).permutation(len(files))]
    images, labels = np.stack([tensor(file, rules) for file, _ in files]), np.array([label for _, label in files])
    rest, truth = images[CALIBRATION:], labels[CALIBRATION:]

    path = HERE / "model.onnx"
    model = onnx.load(path)
    print(dict(Counter(node.op_type for node in model.graph.node)))
    print(sum(np.prod(w.dims) for w in model.graph.initializer), "values in initializers,", path.stat().st_size, "bytes")
    report("float, all images", answers(path, images), labels)
    report("float", answers(path, rest), truth)
    with tempfile.TemporaryDirectory() as work:
        folded, quantized = f"{work}/folded.onnx", f"{work}/quantized.onnx"
        quant_pre_process(str(path), folded)
        for name, per_channel in (("int8 weights, per channel", True), ("int8 weights, per tensor", False)):
            quantize_static(
                folded, quantized, Reader(images[:CALIBRATION]), quant_format=QuantFormat.QDQ, per_channel=per_channel,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)
            report(name, answers(quantized, rest), truth)
        print("largest ratio of channel ranges, after folding: %.0f in %s" % channel_ratio(onnx.load(folded)))


if __name__ == "__main__":
    main()
