"""Small random graphs that together contain every operator of ONNX Runtime's quantizer that a user's model can have, and what its rules distinguish."""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Collects nodes and constants; the seed is the graph's name, so that another graph more changes none of the others."""

    def __init__(self, name, inputs, outputs, opset=13):
        self.name, self.inputs, self.outputs, self.opset = name, inputs, outputs, opset
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.constants = [], []

    def node(self, op, inputs, outputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"{op}_{outputs[0]}", **attributes))

    def weight(self, name, *dims, spread=1.0, scale=0.3):
        """Weights whose output channels (axis 0) differ in range."""
        values = self.random.normal(size=dims)
        if spread != 1.0:
            values *= np.geomspace(1, spread, dims[0]).reshape([-1] + [1] * (len(dims) - 1))
        self.floats(name, values * scale)

    def floats(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=np.float32), name))

    def ints(self, name, *values):
        self.constants.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))

    def save(self, path):
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [info(name, TensorProto.FLOAT, shape) for name, shape in self.inputs.items()],
            [info(name, TensorProto.INT64 if name.startswith("index") else TensorProto.FLOAT, shape) for name, shape in self.outputs.items()],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="graphs.py", ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def residual():
    """Fused ranges, a residual connection, a depthwise convolution, a Gemm at the end."""
    g = Graph("residual", {"x": [1, 3, 12, 12]}, {"y": [1, 10]})
    g.weight("w1", 8, 3, 3, 3, spread=6), g.weight("b1", 8)
    g.weight("w2", 8, 1, 3, 3, spread=20), g.weight("b2", 8)
    g.weight("w3", 8, 8, 1, 1)
    g.weight("w4", 10, 8), g.weight("b4", 10)
    g.floats("zero", 0), g.floats("six", 6)
    g.node("Conv", ["x", "w1", "b1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1])
    g.node("Relu", ["c1"], ["r1"])
    g.node("Conv", ["r1", "w2", "b2"], ["c2"], group=8, pads=[1, 1, 1, 1])
    g.node("Clip", ["c2", "zero", "six"], ["r2"])
    g.node("Conv", ["r2", "w3"], ["c3"])
    g.node("Add", ["c3", "r1"], ["a"])
    g.node("GlobalAveragePool", ["a"], ["g"])
    g.node("Flatten", ["g"], ["f"])
    g.node("Gemm", ["f", "w4", "b4"], ["y"], transB=1)
    return g


def branches():
    """Concatenated branches, element-wise constants, a float island in the middle, graph outputs in the middle."""
    g = Graph("branches", {"x": [1, 3, 13, 13]}, {"y": [1, 7], "image": [1, 3, 12, 12], "ap": [1, 8, 3, 3]})
    g.weight("w1", 6, 3, 3, 3), g.weight("b1", 6)
    g.weight("w2", 4, 6, 1, 1, spread=0.1), g.weight("b2", 4)
    g.weight("w3", 4, 6, 3, 3), g.weight("b3", 4)
    g.weight("w4", 8, 3, 2, 2), g.weight("b4", 3)
    g.weight("gain", 1, 8, 1, 1)
    g.weight("w5", 72, 7), g.weight("b5", 7)
    g.ints("shape", 1, 72), g.ints("pads", 0, 0, 1, 1, 0, 0, 0, 0)
    g.node("Pad", ["x", "pads"], ["p"])
    g.node("Conv", ["p", "w1", "b1"], ["c1"])
    g.node("Relu", ["c1"], ["r1"])
    g.node("MaxPool", ["r1"], ["m"], kernel_shape=[2, 2], strides=[2, 2])
    g.node("Conv", ["m", "w2", "b2"], ["c2"])
    g.node("LeakyRelu", ["c2"], ["l2"], alpha=0.1)
    g.node("Conv", ["m", "w3", "b3"], ["c3"], pads=[1, 1, 1, 1])
    g.node("Sigmoid", ["c3"], ["s3"])
    g.node("Concat", ["l2", "s3"], ["cat"], axis=1)
    g.node("Mul", ["cat", "gain"], ["scaled"])
    g.node("ConvTranspose", ["scaled", "w4", "b4"], ["t"], strides=[2, 2])
    g.node("Relu", ["t"], ["image"])
    g.node("Exp", ["scaled"], ["e"])
    g.node("AveragePool", ["e"], ["ap"], kernel_shape=[2, 2], strides=[2, 2])
    g.node("AveragePool", ["scaled"], ["aq"], kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1])
    g.node("MaxPool", ["aq"], ["mq"], kernel_shape=[2, 2], strides=[2, 2])
    g.node("Transpose", ["mq"], ["tr"], perm=[0, 2, 3, 1])
    g.node("Reshape", ["tr", "shape"], ["flat"])
    g.node("MatMul", ["flat", "w5"], ["mm"])
    g.node("Add", ["mm", "b5"], ["logits"])
    g.node("Softmax", ["logits"], ["y"], axis=1)
    return g


def gemms():
    """Both transpositions, alpha, a shared bias, no bias."""
    g = Graph("gemms", {"x": [4, 6]}, {"u": [4, 3], "v": [5, 5]})
    g.weight("w1", 6, 5), g.weight("shared", 5)
    g.weight("w2", 5, 5, spread=10), g.weight("w4", 5, 3), g.weight("w5", 4, 5)
    g.node("Gemm", ["x", "w1", "shared"], ["a"])
    g.node("Relu", ["a"], ["ra"])
    g.node("Gemm", ["ra", "w2", "shared"], ["b"], transB=1, alpha=0.5)
    g.node("Gemm", ["b", "w4"], ["u"])
    g.node("Gemm", ["b", "w5", "shared"], ["v"], transA=1)
    return g


def addends():
    """A Gemm whose bias is no constant."""
    g = Graph("addends", {"x": [4, 6], "z": [4, 5]}, {"y": [4, 5]})
    g.weight("w1", 6, 5), g.weight("b1", 5), g.weight("w2", 5, 5)
    g.node("Gemm", ["x", "w1", "b1"], ["a"])
    g.node("Gemm", ["a", "w2", "z"], ["y"])
    return g


def shapes():
    """What only moves values: behind something quantized, and in front of everything where there is nothing to follow yet."""
    g = Graph("shapes", {"x": [1, 4, 8, 8]}, {"y": [1, 4, 10, 10], "top": [1, 2, 4, 4], "index": [1, 2, 4, 4], "early": [1, 4, 8, 8], "sum": [1, 4, 4, 4]})
    g.weight("w1", 4, 4, 3, 3), g.weight("b1", 4)
    g.ints("one", 1), g.ints("starts", 0), g.ints("ends", 4), g.ints("axes", 2), g.ints("axis3", 3), g.ints("axis0", 0), g.ints("k", 2)
    g.ints("swap", 3, 1, 0, 2)
    g.constants.append(numpy_helper.from_array(g.random.integers(0, 4, size=(1, 4, 4, 4)), "elements"))
    g.floats("double", [1, 1, 2, 2]), g.ints("border", 0, 0, 1, 1, 0, 0, 1, 1), g.floats("half", 0.5), g.ints("depth", 3)
    g.constants.append(numpy_helper.from_array(g.random.integers(0, 2, size=(1, 4, 8, 8)).astype(bool), "mask"))
    # Before any operator that quantizes its input on its own account: stays float.
    g.node("Transpose", ["x"], ["tx"], perm=[0, 1, 3, 2])
    g.node("Flatten", ["tx"], ["fx"])
    g.ints("back", 1, 4, 8, 8)
    g.node("Reshape", ["fx", "back"], ["early"])
    g.node("Conv", ["x", "w1", "b1"], ["c"], pads=[1, 1, 1, 1])
    g.node("Slice", ["c", "starts", "ends", "axes"], ["s2"])
    g.node("Slice", ["s2", "starts", "ends", "axis3"], ["s"])
    g.node("Split", ["s"], ["p", "q"], axis=1)
    g.node("Squeeze", ["p", "axis0"], ["sq"])
    g.node("Unsqueeze", ["sq", "axis0"], ["un"])
    g.node("Concat", ["un", "q"], ["cat"], axis=1)
    g.node("Gather", ["cat", "swap"], ["ga"], axis=1)
    g.node("GatherElements", ["ga", "elements"], ["ge"], axis=2)
    g.node("TopK", ["ge", "k"], ["top", "index"], axis=1)
    g.node("CumSum", ["ge", "depth"], ["sum"])
    g.node("Resize", ["ga", "", "double"], ["near"], mode="nearest")
    g.node("Resize", ["ge", "", "double"], ["linear"], mode="linear")
    g.node("Where", ["mask", "near", "linear"], ["w"])
    g.node("Pad", ["w", "border"], ["edge"], mode="edge")
    g.node("Slice", ["edge", "one", "depth9", "axes"], ["cut"])
    g.ints("depth9", 9)
    g.node("Slice", ["cut", "one", "depth9", "axis3"], ["cut3"])
    g.node("Pad", ["cut3", "border", "half"], ["y"], mode="constant")
    return g


def moves():
    """What QOperator passes on as codes: padding with zero, with a value and by the edge, turning, enlarging, looking up in a table."""
    g = Graph("moves", {"x": [1, 4, 6, 6]}, {"y": [1, 15, 15, 4], "rows": [1, 1, 8, 8, 3], "m": [1, 4, 3, 3]})
    g.weight("w1", 4, 4, 3, 3), g.weight("b1", 4), g.weight("table", 4, 3)
    g.ints("one", 0, 0, 1, 1, 0, 0, 1, 1), g.floats("half", 0.5), g.floats("double", [1, 1, 1.5, 1.5])
    g.node("Conv", ["x", "w1", "b1"], ["c"], pads=[1, 1, 1, 1])
    g.node("MaxPool", ["c"], ["m"], kernel_shape=[2, 2], strides=[2, 2])
    g.node("Pad", ["c", "one"], ["zero"])
    g.node("ArgMax", ["zero"], ["best"], axis=1)
    g.node("Gather", ["table", "best"], ["rows"])
    g.node("Pad", ["zero", "one", "half"], ["value"])
    g.node("Pad", ["c", "one"], ["mirror"], mode="reflect")
    g.node("Conv", ["mirror", "w1"], ["c2"], pads=[2, 2, 2, 2])
    g.node("Mul", ["c2", "value"], ["mul"])
    g.node("Resize", ["mul", "", "double"], ["big"], mode="linear", coordinate_transformation_mode="asymmetric")
    g.node("Transpose", ["big"], ["y"], perm=[0, 2, 3, 1])
    return g


def selects():
    """A Where between two quantized tensors."""
    g = Graph("selects", {"x": [1, 4, 6, 6]}, {"y": [1, 4, 6, 6]})
    g.weight("w1", 4, 4, 3, 3), g.weight("w2", 4, 4, 1, 1)
    g.constants.append(numpy_helper.from_array(g.random.integers(0, 2, size=(1, 4, 6, 6)).astype(bool), "mask"))
    g.node("Conv", ["x", "w1"], ["a"], pads=[1, 1, 1, 1])
    g.node("Conv", ["x", "w2"], ["b"])
    g.node("Where", ["mask", "a", "b"], ["w"])
    g.node("Sigmoid", ["w"], ["y"])
    return g


def norms():
    """Normalizations that cannot be folded; wrapped in Q/DQ and computed in float."""
    g = Graph("norms", {"x": [1, 4, 6, 6]}, {"y": [1, 36, 4], "z": [1, 4, 6, 6]}, opset=17)
    g.weight("w1", 4, 4, 3, 3), g.weight("b1", 4)
    g.weight("si", 4), g.weight("bi", 4)
    for name in ("scale", "shift", "mean"):
        g.weight(name, 4)
    g.floats("var", np.abs(g.random.normal(size=4)) + 0.5)
    g.weight("gamma", 4), g.weight("beta", 4), g.weight("plain", 4)
    g.ints("rows", 1, 4, 36)
    g.node("Conv", ["x", "w1", "b1"], ["c"], pads=[1, 1, 1, 1])
    g.node("InstanceNormalization", ["c", "si", "bi"], ["n"], epsilon=1e-3)
    g.node("LeakyRelu", ["n"], ["l"], alpha=0.2)
    g.node("BatchNormalization", ["l", "scale", "shift", "mean", "var"], ["bn"])
    g.node("Add", ["bn", "x"], ["z"])
    g.node("Reshape", ["z", "rows"], ["r"])
    g.node("Transpose", ["r"], ["t"], perm=[0, 2, 1])
    g.node("LayerNormalization", ["t", "gamma", "beta"], ["ln"], axis=-1)
    g.node("LayerNormalization", ["ln", "plain"], ["y"], axis=-1)
    return g


def attention():
    """Products of two activations and of rank-3 tensors with a matrix, a Softmax between them, a Gelu whose Erf stays float."""
    g = Graph("attention", {"x": [1, 5, 8]}, {"y": [1, 5, 8]})
    for name in ("wq", "wk", "wv", "wo"):
        g.weight(name, 8, 8)
    g.weight("bo", 8), g.floats("scale", 0.35), g.floats("root", 1.4142135), g.floats("one", 1), g.floats("half", 0.5)
    for name in "qkv":
        g.node("MatMul", ["x", f"w{name}"], [name])
    g.node("Transpose", ["k"], ["kt"], perm=[0, 2, 1])
    g.node("MatMul", ["q", "kt"], ["qk"])
    g.node("Mul", ["qk", "scale"], ["logits"])
    g.node("Softmax", ["logits"], ["p"], axis=-1)
    g.node("MatMul", ["p", "v"], ["pv"])
    g.node("MatMul", ["pv", "wo"], ["mo"])
    g.node("Add", ["mo", "bo"], ["o"])
    g.node("Add", ["o", "x"], ["h"])
    g.node("Div", ["h", "root"], ["d"])
    g.node("Erf", ["d"], ["e"])
    g.node("Add", ["e", "one"], ["e1"])
    g.node("Mul", ["h", "e1"], ["he"])
    g.node("Mul", ["he", "half"], ["y"])
    return g


def detector():
    """Heads of different ranges concatenated, a decode with constants behind them, the class by ArgMax."""
    g = Graph("detector", {"x": [1, 3, 16, 16]}, {"boxes": [1, 80, 4], "index": [1, 80, 1]})
    g.weight("w1", 8, 3, 3, 3), g.weight("b1", 8)
    g.weight("w2", 8, 8, 3, 3, spread=0.2), g.weight("b2", 8)
    g.weight("wa", 7, 8, 1, 1), g.weight("ba", 7)
    g.weight("wb", 7, 8, 1, 1, scale=2), g.weight("bb", 7)
    g.ints("rows", 1, 7, -1), g.ints("sizes", 4, 3)
    g.weight("grid", 1, 80, 2, scale=8), g.floats("stride", np.full((1, 80, 2), 8.0)), g.ints("halves", 2, 2)
    g.node("Conv", ["x", "w1", "b1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1])
    g.node("Relu", ["c1"], ["r1"])
    g.node("Conv", ["r1", "w2", "b2"], ["c2"], strides=[2, 2], pads=[1, 1, 1, 1])
    g.node("Relu", ["c2"], ["r2"])
    g.node("Conv", ["r1", "wa", "ba"], ["ha"])
    g.node("Conv", ["r2", "wb", "bb"], ["hb"])
    g.node("Reshape", ["ha", "rows"], ["fa"])
    g.node("Reshape", ["hb", "rows"], ["fb"])
    g.node("Concat", ["fa", "fb"], ["cat"], axis=2)
    g.node("Transpose", ["cat"], ["t"], perm=[0, 2, 1])
    g.node("Split", ["t", "sizes"], ["box", "score"], axis=2)
    g.node("Split", ["box", "halves"], ["xy", "wh"], axis=2)
    g.node("Add", ["xy", "grid"], ["xg"])
    g.node("Mul", ["xg", "stride"], ["centre"])
    g.node("Exp", ["wh"], ["ew"])
    g.node("Mul", ["ew", "stride"], ["size"])
    g.node("Concat", ["centre", "size"], ["boxes"], axis=2)
    g.node("Sigmoid", ["score"], ["s"])
    g.node("ArgMax", ["s"], ["index"], axis=2)
    return g


def silu():
    """Activation functions that the Python tool leaves float, and the islands around them."""
    g = Graph("silu", {"x": [1, 3, 10, 10]}, {"y": [1, 5]}, opset=14)
    g.weight("w1", 6, 3, 3, 3), g.weight("b1", 6)
    g.weight("w2", 6, 1, 3, 3), g.weight("b2", 6)
    g.weight("w3", 4, 6, 1, 1), g.weight("b3", 4), g.weight("w4", 6, 4, 1, 1), g.weight("b4", 6)
    g.weight("w5", 6, 5), g.weight("slope", 6, 1, 1), g.ints("flat", 1, 6)
    g.node("Conv", ["x", "w1", "b1"], ["c1"])
    g.node("Sigmoid", ["c1"], ["s1"])
    g.node("Mul", ["c1", "s1"], ["m1"])
    g.node("Conv", ["m1", "w2", "b2"], ["c2"], group=6)
    g.node("HardSwish", ["c2"], ["h2"])
    g.node("GlobalAveragePool", ["h2"], ["g2"])
    g.node("Conv", ["g2", "w3", "b3"], ["c3"])
    g.node("Relu", ["c3"], ["r3"])
    g.node("Conv", ["r3", "w4", "b4"], ["c4"])
    g.node("HardSigmoid", ["c4"], ["h4"])
    g.node("Mul", ["h2", "h4"], ["se"])
    g.node("PRelu", ["se", "slope"], ["pr"])
    g.node("ReduceMean", ["pr"], ["mean"], axes=[2, 3], keepdims=0)
    g.node("Tanh", ["mean"], ["t"])
    g.node("Reshape", ["t", "flat"], ["f"])
    g.node("MatMul", ["f", "w5"], ["y"])
    return g


def transposed():
    """ConvTranspose with and without bias, behind and before activations; an image as output."""
    g = Graph("transposed", {"x": [1, 6, 5, 5]}, {"y": [1, 3, 20, 20]})
    g.weight("w1", 6, 8, 3, 3), g.weight("b1", 8)
    g.weight("w2", 8, 4, 2, 2, spread=5)
    g.weight("w3", 3, 4, 3, 3), g.weight("b3", 3)
    g.floats("zero", 0), g.floats("one", 1)
    g.node("ConvTranspose", ["x", "w1", "b1"], ["t1"], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    g.node("Relu", ["t1"], ["r1"])
    g.node("ConvTranspose", ["r1", "w2"], ["t2"], strides=[2, 2])
    g.node("LeakyRelu", ["t2"], ["l2"], alpha=0.01)
    g.node("Conv", ["l2", "w3", "b3"], ["c3"], pads=[1, 1, 1, 1])
    g.node("Clip", ["c3", "zero", "one"], ["y"])
    return g


def quirks():
    """The places where the Python tool is wrong or odd: Gemm's beta, a Clip that starts above zero, weights of rank 3, a tensor that is always zero."""
    g = Graph("quirks", {"x": [2, 4, 6]}, {"y": [2, 4, 3], "low": [8, 5], "dead": [2, 4, 5], "kept": [2, 4, 5]})
    g.weight("w1", 6, 5), g.weight("cube", 2, 5, 3), g.weight("wg", 5, 5), g.weight("bg", 5, scale=2)
    g.floats("bound", 1), g.floats("six", 6), g.floats("minus", -100), g.ints("rows", 8, 5)
    g.node("MatMul", ["x", "w1"], ["m"])
    g.node("MatMul", ["m", "cube"], ["y"])
    g.node("Reshape", ["m", "rows"], ["r"])
    g.node("Gemm", ["r", "wg", "bg"], ["ge"], beta=0.25)
    g.node("Clip", ["ge", "bound", "six"], ["low"])
    g.node("Add", ["m", "minus"], ["far"])
    g.node("Relu", ["far"], ["dead"])
    g.node("Sigmoid", ["m"], ["s"])
    g.node("Mul", ["m", "s"], ["s2"])
    # Its input has two consumers: stays.
    g.node("Relu", ["s2"], ["r2"])
    g.node("Add", ["r2", "s2"], ["kept"])
    return g


def extremes():
    """A bias that needs more than 32 bits in the unit of tiny weights, a channel of zeros, weights that two nodes share."""
    g = Graph("extremes", {"x": [1, 2, 5, 5]}, {"y": [1, 3, 5, 5], "z": [1, 2, 5, 5]})
    g.floats("tiny", [[[[1e-7]], [[-1e-7]]], [[[5e-8]], [[2e-8]]]]), g.floats("great", [5, -4.5])
    g.floats("w", np.concatenate([g.random.normal(size=(2, 2, 3, 3)), np.zeros((1, 2, 3, 3))])), g.weight("b", 3)
    g.weight("both", 2, 2, 1, 1)
    g.node("Conv", ["x", "tiny", "great"], ["t"])
    g.node("Conv", ["t", "both"], ["u"])
    g.node("Relu", ["u"], ["r"])
    g.node("Conv", ["r", "both"], ["z"])
    g.node("Conv", ["r", "w", "b"], ["y"], pads=[1, 1, 1, 1])
    return g


GRAPHS = (residual, branches, gemms, addends, shapes, moves, selects, norms, attention, detector, silu, transposed, quirks, extremes)
