"""Writes the small ONNX files that the reader's tests use, with the onnx package (1.23) as the independent writer, and what they contain.

    pip install onnx==1.23.1 numpy && python test/core/onnx/make-files.py
"""

import json
import os
import struct

import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
OPSET = [helper.make_opsetid("", 17)]


def save(name, graph, **kwargs):
    model = helper.make_model(graph, opset_imports=kwargs.pop("opsets", OPSET), ir_version=8, producer_name="maker", **kwargs)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(model.SerializeToString())
    return model


def typed(name, data_type, dims, field, values):
    """A constant in the list that belongs to its type instead of in raw_data."""
    tensor = TensorProto(name=name, data_type=data_type, dims=dims)
    getattr(tensor, field).extend(values)
    return tensor


half = [int(bits) for bits in np.array([1.5, -2.0, 65504.0, 6e-8], np.float16).view(np.uint16)]
constants = [
    typed("f32", TensorProto.FLOAT, [3], "float_data", [0.1, -2.5, 3e38]),
    typed("f64", TensorProto.DOUBLE, [2], "double_data", [0.1, -1e-300]),
    typed("f16", TensorProto.FLOAT16, [4], "int32_data", half),
    typed("bf16", TensorProto.BFLOAT16, [2], "int32_data", [0x3FC0, 0xC000]),
    typed("i8", TensorProto.INT8, [3], "int32_data", [-128, -1, 127]),
    typed("u8", TensorProto.UINT8, [2], "int32_data", [0, 255]),
    typed("i16", TensorProto.INT16, [2], "int32_data", [-32768, 32767]),
    typed("u16", TensorProto.UINT16, [2], "int32_data", [0, 65535]),
    typed("i32", TensorProto.INT32, [2], "int32_data", [-(2**31), 2**31 - 1]),
    typed("u32", TensorProto.UINT32, [2], "uint64_data", [0, 2**32 - 1]),
    typed("i64", TensorProto.INT64, [3], "int64_data", [-(2**53), 5, 2**53]),
    typed("u64", TensorProto.UINT64, [2], "uint64_data", [0, 2**53]),
    typed("bool", TensorProto.BOOL, [3], "int32_data", [1, 0, 1]),
    typed("i4", TensorProto.INT4, [3], "int32_data", [0xE1 - 256, 0x03]),
    typed("u4", TensorProto.UINT4, [3], "int32_data", [0xE1, 0x03]),
    typed("text", TensorProto.STRING, [2], "string_data", ["katze".encode(), "Vögel".encode()]),
    typed("scalar", TensorProto.FLOAT, [], "float_data", [7.0]),
    typed("empty", TensorProto.FLOAT, [0, 4], "float_data", []),
    helper.make_tensor("raw", TensorProto.FLOAT, [2], struct.pack("<2f", 1.0, 2.0), raw=True),
]
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
save("typed-fields.onnx", helper.make_graph([helper.make_node("Add", ["x", "f32"], ["y"])], "typed", [x], [y], constants))
expected = {
    "floats": {
        "f32": np.array([0.1, -2.5, 3e38], np.float32).tolist(),
        "f64": np.array([0.1, -1e-300]).astype(np.float32).tolist(),
        "f16": np.array([1.5, -2.0, 65504.0, 6e-8], np.float16).astype(np.float32).tolist(),
        "bf16": [1.5, -2.0],
        "scalar": [7.0],
        "empty": [],
        "raw": [1.0, 2.0],
    },
    "ints": {
        "i8": [-128, -1, 127], "u8": [0, 255], "i16": [-32768, 32767], "u16": [0, 65535], "i32": [-(2**31), 2**31 - 1],
        "u32": [0, 2**32 - 1], "i64": [-(2**53), 5, 2**53], "u64": [0, 2**53], "bool": [1, 0, 1], "i4": [1, -2, 3], "u4": [1, 14, 3],
    },
}  # fmt: skip
with open(os.path.join(HERE, "typed-fields.json"), "w") as file:
    json.dump(expected, file, indent=1)

# Nodes out of order and without names, every kind of attribute, a body that reads from the graph around it.
inner = helper.make_graph([helper.make_node("Add", ["c", "w"], ["t"])], "then", [], [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)])
other = helper.make_graph([helper.make_node("Neg", ["c"], ["e"])], "else", [], [helper.make_tensor_value_info("e", TensorProto.FLOAT, None)])
nodes = [
    helper.make_node("If", ["flag"], ["y"], then_branch=inner, else_branch=other),
    helper.make_node("Mul", ["x", "w"], ["c"]),
    helper.make_node(
        "Custom", ["x", "", "w"], ["z"], domain="my.domain", name="custom", f=0.5, i=-3, s="text", raw=b"\xff\xfe", fs=[1.0, 2.5], ints=[1, 2**63 - 1],
        strings=["a", "ü"], t=helper.make_tensor("inner", TensorProto.INT64, [1], [4]), types=[helper.make_tensor_type_proto(1, [2])],
    ),
]  # fmt: skip
flag = helper.make_tensor_value_info("flag", TensorProto.BOOL, [])
w = helper.make_tensor_value_info("w", TensorProto.FLOAT, [3])
z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 3])
weights = [helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])]
graph = helper.make_graph(nodes, "bodies", [x, flag, w], [y, z], weights, value_info=[helper.make_tensor_value_info("c", TensorProto.FLOAT, ["N", 3])])
model = helper.make_model(graph, opset_imports=OPSET + [helper.make_opsetid("my.domain", 2)], ir_version=8, producer_name="maker", producer_version="1.2")
helper.set_model_props(model, {"author": "someone", "note": "äöü"})
with open(os.path.join(HERE, "bodies.onnx"), "wb") as file:
    file.write(model.SerializeToString())

function = helper.make_function("local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], OPSET)
graph = helper.make_graph([helper.make_node("Twice", ["x"], ["y"], domain="local")], "function", [x], [y])
save("function.onnx", graph, opsets=OPSET + [helper.make_opsetid("local", 1)], functions=[function])
