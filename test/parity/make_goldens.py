"""Makes the golden files of this folder with ONNX Runtime's own Python quantizer, so that the tests need no Python.

    python3 -m venv venv && venv/bin/pip install onnxruntime==1.30.0 onnx==1.23.1 numpy
    venv/bin/python test/parity/make_goldens.py [FOLDER_OF_MODELS]

Every model is prepared by Calibrant first (prepare.ts), so that both tools start from the same graph. For the small graphs of graphs.py everything is
kept; for real models the scales and zero points, a hash of the nodes and of each integer tensor, and samples of biases and outputs. A golden is
{inputs, samples, checked, schemes, lines}: `lines` are the distinct nodes, constants and outputs as text, to which the schemes refer by number.
"""

import base64
import hashlib
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

import graphs

HERE = Path(__file__).parent
GOLDENS = HERE / "goldens"
MODELS = {
    "lenet": "mnist/lenet-mnist-opset11-fp32.onnx",
    "resnet8": "cifar10/resnet8-cifar10-fp32.onnx",
    "resnet20": "cifar10/resnet20-cifar10-bn-opset9-fp32.onnx",
    "dscnn": "kws/dscnn-kws-fp32.onnx",
    "squeezenet": "imagenet/squeezenet1.1-opset7-fp32.onnx",
    "mobilenetv2": "imagenet/mobilenetv2-7-fp32.onnx",
}
TYPES = {"uint8": QuantType.QUInt8, "int8": QuantType.QInt8, "uint16": QuantType.QUInt16, "int16": QuantType.QInt16, "int4": QuantType.QInt4, "uint4": QuantType.QUInt4}
SCHEMES = [
    {"format": form, "granularity": granularity, "activations": activations}
    for form in ("qdq", "qoperator")
    for granularity in ("per-tensor", "per-channel")
    for activations in ("uint8", "int8", "uint16")
]
# Options that only the small graphs are asked for.
MORE_SCHEMES = {
    "residual": [
        {"symmetricActivations": True, "activations": "int8"},
        {"weightCodes": "reduced", "granularity": "per-channel"},
        {"format": "qoperator", "weightCodes": "reduced"},
        {"weights": "uint8"},
        {"weights": "int4"},
        {"weights": "int16", "activations": "int16", "granularity": "per-channel"},
        {"weights": "uint8", "granularity": "per-channel", "format": "qoperator"},
        {"range": "entropy"},
        {"range": "moving-average"},
        {"exclude": ["Conv_c2", "Add_a"]},
        {"exclude": ["Conv_c2", "Add_a"], "format": "qoperator"},
    ],
    "branches": [{"weightCodes": "reduced"}, {"format": "qoperator", "symmetricActivations": True}, {"weights": "uint8", "granularity": "per-channel"}],
    "extremes": [{"exclude": ["Conv_z"]}],
    "attention": [{"weights": "uint8", "granularity": "per-channel"}, {"format": "qoperator", "weights": "uint8", "granularity": "per-channel"}],
}
# The second is for 16 bits; the Python tool would convert to it itself, and leave nodes of its own behind.
OPSETS = (13, 21)
CALIBRATORS = {
    "minmax": (CalibrationMethod.MinMax, {}),
    "moving-average": (CalibrationMethod.MinMax, {"CalibMovingAverage": True}),
    "entropy": (CalibrationMethod.Entropy, {}),
}
DEFAULTS = {"range": "minmax", "exclude": [], "format": "qdq", "granularity": "per-tensor", "activations": "uint8", "weights": "int8", "symmetricActivations": False, "weightCodes": "restricted"}


def noise(seed, dims):
    """The same as noise.ts: mulberry32."""
    with np.errstate(over="ignore"):
        count = np.uint32(np.prod(dims))
        state = np.uint32(seed) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        t = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
        t ^= t >> np.uint32(14)
    return (t / 2**31 - 1).astype(np.float32).reshape(dims)


def feeds(inputs, sample):
    return {name: noise(1000 * sample + i + 1, dims) for i, (name, dims) in enumerate(inputs.items())}


class Reader(CalibrationDataReader):
    def __init__(self, inputs, samples):
        self.left = [feeds(inputs, sample) for sample in range(samples)]

    def get_next(self):
        return self.left.pop(0) if self.left else None


def text(values):
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def numbers(tensor):
    """Codes of 4 bits one a byte; everything else as it is."""
    values = numpy_helper.to_array(tensor)
    return values.astype(np.int8) if tensor.data_type in (onnx.TensorProto.INT4, onnx.TensorProto.UINT4) else values


def sampled(values, limit):
    return values.ravel()[:: max(1, -(-values.size // limit))]


def constant_line(tensor, whole):
    values, name = numbers(tensor), onnx.TensorProto.DataType.Name(tensor.data_type).lower()
    head = f"{tensor.name}|{'float32' if name == 'float' else name}|{','.join(map(str, tensor.dims))}|"
    of_bias = name == "int32" or tensor.name.endswith("_quantized_scale")
    if whole or values.size <= 8:
        return head + "values|" + text(values)
    if of_bias:
        return head + "sampled|" + text(sampled(values, 8))
    return head + ("values|" + text(values) if name == "float" else "sha256|" + hashlib.sha256(values.tobytes()).hexdigest())


def node_line(node):
    op = f"{node.domain}::{node.op_type}" if node.domain else node.op_type
    return "|".join([op, node.name, ",".join(node.input), ",".join(node.output)])


class Golden:
    def __init__(self, name, models, samples, whole):
        graph = onnx.load(models[OPSETS[0]]).graph
        self.models, self.name, self.whole = models, name, whole
        self.inputs = {i.name: [d.dim_value or 1 for d in i.type.tensor_type.shape.dim] for i in graph.input}
        self.known = {c.name for model in models.values() for c in onnx.load(model).graph.initializer}
        self.samples, self.checked, self.lines, self.schemes = samples, [0, samples], {}, []

    def line(self, line):
        return self.lines.setdefault(line, len(self.lines))

    def add(self, changes):
        recipe = {**DEFAULTS, **changes}
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "q.onnx")
            try:
                self.quantize(recipe, path)
            except Exception as error:  # noqa: BLE001
                print(f"  {changes}: refused, {error}")
                self.schemes.append({"recipe": recipe, "refused": str(error).split("{")[0]})
                return
            graph = onnx.load(path).graph
            nodes = sorted(node_line(node) for node in graph.node)
            scheme = {
                "recipe": recipe,
                "nodes": [self.line(n) for n in nodes] if self.whole else hashlib.sha256("\n".join(nodes).encode()).hexdigest(),
                "constants": [self.line(constant_line(c, self.whole)) for c in graph.initializer if c.name not in self.known],
            }
            try:
                scheme["outputs"] = self.run(path)
            except Exception as error:  # noqa: BLE001
                print(f"  {changes}: does not run, {str(error).splitlines()[0]}")
                scheme["broken"] = str(error).splitlines()[0]
            self.schemes.append(scheme)

    def quantize(self, recipe, path):
        method, options = CALIBRATORS[recipe["range"]]
        wide = "16" in recipe["activations"] + recipe["weights"]
        quantize_static(
            self.models[OPSETS[1 if wide else 0]], path, Reader(self.inputs, self.samples), calibrate_method=method, nodes_to_exclude=recipe["exclude"],
            quant_format=QuantFormat.QDQ if recipe["format"] == "qdq" else QuantFormat.QOperator,
            activation_type=TYPES[recipe["activations"]], weight_type=TYPES[recipe["weights"]],
            per_channel=recipe["granularity"] == "per-channel", reduce_range=recipe["weightCodes"] == "reduced",
            extra_options={"ActivationSymmetric": recipe["symmetricActivations"], **options},
        )  # fmt: skip

    def run(self, path):
        """Without the optimizer and without the 16-bit sums that saturate on processors before VNNI: the same everywhere."""
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(path, options)
        limit = 2000 if self.whole else 64
        return [
            {o.name: self.line(text(sampled(values, limit).astype(np.float32))) for o, values in zip(session.get_outputs(), session.run(None, feeds(self.inputs, sample)))}
            for sample in self.checked
        ]

    def save(self):
        # One line of text per entry, so that a change of one number changes one line.
        body = {"inputs": self.inputs, "samples": self.samples, "checked": self.checked}
        rows = [f'"{key}":{json.dumps(value)}' for key, value in body.items()]
        rows.append('"schemes":[\n' + ",\n".join(json.dumps(s, separators=(",", ":")) for s in self.schemes) + "\n]")
        rows.append('"lines":[\n' + ",\n".join(json.dumps(line) for line in self.lines) + "\n]")
        target = GOLDENS / f"{self.name}.json"
        target.write_text("{" + ",\n".join(rows) + "}\n")
        print(f"{self.name}: {len(self.schemes)} schemes, {target.stat().st_size / 1e3:.0f} kB")


def prepare(work):
    node = HERE.parents[1] / "node_modules/.bin/node"
    subprocess.run([node, HERE / "prepare.ts", *[word for files in work for word in files]], check=True)


def main():
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(4)
    GOLDENS.mkdir(exist_ok=True)
    only = sys.argv[2].split(",") if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        work = []
        for build in graphs.GRAPHS:
            graph = build()
            graph.save(GOLDENS / f"{graph.name}.onnx")
            work.append((graph.name, GOLDENS / f"{graph.name}.onnx", 3, True))
        if len(sys.argv) > 1:
            work += [(name, Path(sys.argv[1]) / path, 2, False) for name, path in MODELS.items()]
        work = [(*job, {opset: Path(folder) / f"{job[0]}-{opset}.onnx" for opset in OPSETS}) for job in work if not only or job[0] in only]
        prepare([(source, str(opset), prepared) for _, source, _, _, models in work for opset, prepared in models.items()])
        for name, _, samples, whole, models in work:
            golden = Golden(name, models, samples, whole)
            for scheme in SCHEMES + MORE_SCHEMES.get(name, []):
                golden.add(scheme)
            golden.save()


main()
