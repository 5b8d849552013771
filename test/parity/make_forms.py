"""Makes the golden files of forms/: what ONNX Runtime's Python tools write for the formats without calibration.

    python3 -m venv venv && venv/bin/pip install onnxruntime==1.30.0 onnx==1.23.1 onnx_ir numpy
    venv/bin/python test/parity/make_forms.py

dynamic.json: `quantize_dynamic` of dynamic.onnx, its nodes, integer constants and outputs. blocks.json: the constants that `MatMulNBitsQuantizer` (round to
nearest) makes of the weights of blocks.onnx. Every constant is [type, dims, base64 of its little-endian bytes].
"""

import base64
import json
import logging
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

FORMS = Path(__file__).parent / "forms"


def save(name, inputs, outputs, nodes, weights):
    info = lambda names: [helper.make_tensor_value_info(n, TensorProto.FLOAT, dims) for n, dims in names.items()]
    constants = [numpy_helper.from_array(np.asarray(values, dtype=np.float32), n) for n, values in weights.items()]
    graph = helper.make_graph(nodes, name, info(inputs), info(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="make_forms.py", ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FORMS / f"{name}.onnx")
    return FORMS / f"{name}.onnx"


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], name=f"{op}_{output}", **attributes)


def text(values):
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def constants(model, known):
    return {
        c.name: [str(numpy_helper.to_array(c).dtype), list(c.dims), text(numpy_helper.to_array(c))]
        for c in model.graph.initializer
        if c.name not in known
    }


def run(path, feeds):
    """Without the optimizer and without the 16-bit sums that saturate on processors before VNNI: the same everywhere."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(path, options)
    return {o.name: text(values) for o, values in zip(session.get_outputs(), session.run(None, feeds))}


def write(name, head, schemes):
    rows = [json.dumps(row, separators=(",", ":")) for row in schemes]
    target = FORMS / f"{name}.json"
    target.write_text('{"inputs":' + json.dumps(head) + ',\n"schemes":[\n' + ",\n".join(rows) + "\n]}\n")
    print(f"{name}: {len(schemes)} schemes, {target.stat().st_size / 1e3:.0f} kB")


def dynamic():
    random = np.random.default_rng(20)
    spread = lambda *dims: random.normal(size=dims) * np.geomspace(1, 9, dims[0]).reshape([-1] + [1] * (len(dims) - 1))
    inputs = {"image": [2, 4, 9, 9], "rows": [2, 5, 12]}
    nodes = [
        node("Conv", ["image", "w1", "b1"], "c1", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("Relu", ["c1"], "r1"),
        node("Conv", ["r1", "w2"], "conv", group=2),
        node("MatMul", ["rows", "m1"], "p1"),
        node("Tanh", ["p1"], "t1"),
        node("MatMul", ["t1", "m2"], "matmul"),
    ]
    weights = {
        "w1": spread(6, 4, 3, 3), "b1": random.normal(size=6), "w2": spread(4, 3, 2, 2),
        "m1": spread(7, 12).T, "m2": random.normal(size=(7, 3)) + 0.5,
    }  # fmt: skip
    path = save("dynamic", inputs, {"conv": [2, 4, 4, 4], "matmul": [2, 5, 3]}, nodes, weights)
    feeds = {name: (random.normal(size=dims) * 3 + 0.4).astype(np.float32) for name, dims in inputs.items()}
    schemes = []
    for kind, weight_type in (("int8", QuantType.QInt8), ("uint8", QuantType.QUInt8)):
        for granularity in ("per-tensor", "per-channel"):
            with tempfile.TemporaryDirectory() as folder:
                made = str(Path(folder) / "q.onnx")
                # Left alone, the tool gives uint8 channels of a MatMul a zero point each; Calibrant's channels are symmetric.
                options = {"WeightSymmetric": True} if (kind, granularity) == ("uint8", "per-channel") else {}
                quantize_dynamic(path, made, ["MatMul", "Conv"], granularity == "per-channel", weight_type=weight_type, extra_options=options)
                model = onnx.load(made)
                schemes.append(
                    {
                        "recipe": {"weights": kind, "granularity": granularity},
                        "operators": Counter(n.op_type for n in model.graph.node),
                        "constants": constants(model, weights),
                        "outputs": run(made, feeds),
                    }
                )
    write("dynamic", {name: [list(values.shape), text(values)] for name, values in feeds.items()}, schemes)


def blocks():
    random = np.random.default_rng(21)
    shapes = {"even": (96, 6), "odd": (45, 4), "short": (7, 3), "one": (1, 5), "three": (40, 2)}
    weights = {name: random.normal(size=dims) for name, dims in shapes.items()}
    weights["even"][:16, 0] = 0
    weights["even"][:, 1] = np.abs(weights["even"][:, 1])
    weights["even"][:, 2] = -np.abs(weights["even"][:, 2])
    weights["even"][:16, 3] = np.arange(16) - 7.5
    weights["even"][:16, 4] = 1e-39
    nodes = [node("MatMul", [f"x_{name}", name], f"y_{name}") for name in shapes]
    inputs = {f"x_{name}": [2, dims[0]] for name, dims in shapes.items()}
    path = save("blocks", inputs, {f"y_{name}": [2, dims[1]] for name, dims in shapes.items()}, nodes, weights)
    schemes = []
    for bits in (4, 8):
        for symmetric in (True, False):
            for block in (16, 32):
                config = DefaultWeightOnlyQuantConfig(block_size=block, is_symmetric=symmetric, bits=bits)
                quantizer = MatMulNBitsQuantizer(onnx.load(path), bits=bits, algo_config=config)
                quantizer.process()
                recipe = {"weights": f"{'int' if symmetric else 'uint'}{bits}", "blockSize": block}
                schemes.append({"recipe": recipe, "constants": constants(quantizer.model.model, weights)})
    write("blocks", {}, schemes)


logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(4)
FORMS.mkdir(exist_ok=True)
dynamic()
blocks()
