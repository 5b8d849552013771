"""Makes the golden files of this folder with ONNX Runtime's own Python quantizer, so that the tests need no Python.

    python3 -m venv venv && venv/bin/pip install onnxruntime==1.30.0 onnx==1.23.1 numpy
    venv/bin/python test/parity/make_goldens.py

The graphs are small, self-made and random with a fixed seed; they have what the rules distinguish: fused and shared ranges, residual and
concatenated branches, depthwise and transposed convolutions, element-wise constants, graph inputs and outputs in the middle.
"""

import base64
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

HERE = Path(__file__).parent / "goldens"
random = np.random.default_rng(7)


def constant(name, *dims, spread=1.0):
    """Weights whose output channels (axis 0) differ in range."""
    values = random.normal(size=dims)
    if spread != 1.0:
        values *= np.geomspace(1, spread, dims[0]).reshape([-1] + [1] * (len(dims) - 1))
    return numpy_helper.from_array(values.astype(np.float32) * np.float32(0.3), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def scalar(name, value):
    return numpy_helper.from_array(np.array(value, dtype=np.float32), name)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, name=f"{op}_{outputs[0]}", **attributes)


def residual():
    constants = [
        constant("w1", 8, 3, 3, 3, spread=6), constant("b1", 8),
        constant("w2", 8, 1, 3, 3, spread=20), constant("b2", 8),
        constant("w3", 8, 8, 1, 1),
        constant("w4", 10, 8), constant("b4", 10),
        scalar("zero", 0), scalar("six", 6),
    ]  # fmt: skip
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2", "b2"], ["c2"], group=8, pads=[1, 1, 1, 1]),
        node("Clip", ["c2", "zero", "six"], ["r2"]),
        node("Conv", ["r2", "w3"], ["c3"]),
        node("Add", ["c3", "r1"], ["a"]),
        node("GlobalAveragePool", ["a"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w4", "b4"], ["y"], transB=1),
    ]
    return model("residual", nodes, constants, [1, 3, 12, 12], {"y": [1, 10]})


def branches():
    constants = [
        constant("w1", 6, 3, 3, 3), constant("b1", 6),
        constant("w2", 4, 6, 1, 1, spread=0.1), constant("b2", 4),
        constant("w3", 4, 6, 3, 3), constant("b3", 4),
        constant("w4", 8, 3, 2, 2), constant("b4", 3),
        constant("gain", 1, 8, 1, 1),
        constant("w5", 72, 7), constant("b5", 7),
        ints("shape", 1, 72), ints("axes_pads", 0, 0, 1, 1, 0, 0, 0, 0),
    ]  # fmt: skip
    nodes = [
        node("Pad", ["x", "axes_pads"], ["p"]),
        node("Conv", ["p", "w1", "b1"], ["c1"]),
        node("Relu", ["c1"], ["r1"]),
        node("MaxPool", ["r1"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", ["m", "w2", "b2"], ["c2"]),
        node("LeakyRelu", ["c2"], ["l2"], alpha=0.1),
        node("Conv", ["m", "w3", "b3"], ["c3"], pads=[1, 1, 1, 1]),
        node("Sigmoid", ["c3"], ["s3"]),
        node("Concat", ["l2", "s3"], ["cat"], axis=1),
        node("Mul", ["cat", "gain"], ["scaled"]),
        node("ConvTranspose", ["scaled", "w4", "b4"], ["t"], strides=[2, 2]),
        node("Relu", ["t"], ["image"]),
        node("Exp", ["scaled"], ["e"]),
        node("AveragePool", ["e"], ["ap"], kernel_shape=[2, 2], strides=[2, 2]),
        node("AveragePool", ["scaled"], ["aq"], kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1]),
        node("MaxPool", ["aq"], ["mq"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Transpose", ["mq"], ["tr"], perm=[0, 2, 3, 1]),
        node("Reshape", ["tr", "shape"], ["flat"]),
        node("MatMul", ["flat", "w5"], ["mm"]),
        node("Add", ["mm", "b5"], ["logits"]),
        node("Softmax", ["logits"], ["y"], axis=1),
    ]
    return model("branches", nodes, constants, [1, 3, 13, 13], {"y": [1, 7], "image": [1, 3, 12, 12], "ap": [1, 8, 3, 3]})


def model(name, nodes, constants, input_shape, outputs):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape) for output, shape in outputs.items()],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="make_goldens", ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    # Shapes are written into the file, so that a test of quantization does not depend on shape inference.
    return onnx.shape_inference.infer_shapes(made, strict_mode=True), input_shape


class Reader(CalibrationDataReader):
    def __init__(self, samples):
        self.left = [{"x": sample} for sample in samples]

    def get_next(self):
        return self.left.pop(0) if self.left else None


def describe(path):
    graph = onnx.load(path).graph
    return {
        "nodes": [[n.op_type, n.name, list(n.input), list(n.output)] for n in graph.node],
        "constants": {
            c.name: {"type": TensorProto.DataType.Name(c.data_type).lower(), "dims": list(c.dims), "values": numbers(c)}
            for c in graph.initializer
            if c.name.endswith(("_quantized", "_scale", "_zero_point"))
        },
    }


def numbers(tensor):
    values = numpy_helper.to_array(tensor)
    return [float(f"{v:.9g}") for v in values.ravel()] if values.dtype == np.float32 else values.ravel().tolist()


def main():
    HERE.mkdir(exist_ok=True)
    for build in (residual, branches):
        made, shape = build()
        name = made.graph.name
        onnx.save(made, HERE / f"{name}.onnx")
        samples = [random.normal(size=shape).astype(np.float32) for _ in range(3)]
        golden = {"inputs": [base64.b64encode(sample.tobytes()).decode() for sample in samples], "shape": shape, "schemes": {}}
        for activation in (QuantType.QUInt8, QuantType.QInt8):
            for per_channel in (True, False):
                with tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "q.onnx")
                    quantize_static(
                        HERE / f"{name}.onnx", path, Reader(samples), quant_format=QuantFormat.QDQ, per_channel=per_channel,
                        activation_type=activation, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax,
                    )  # fmt: skip
                    key = f"{'uint8' if activation == QuantType.QUInt8 else 'int8'} {'per-channel' if per_channel else 'per-tensor'}"
                    golden["schemes"][key] = describe(path)
        (HERE / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")))


main()
