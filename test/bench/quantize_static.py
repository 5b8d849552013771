"""One calibration by ONNX Runtime's Python tool, for test/bench/quantize.ts: prints seconds, peak and idle megabytes as JSON.

Arguments: model.onnx images.npy method output.onnx
"""

import json
import resource
import sys
import time

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

model, images, method, output = sys.argv[1:]


class Images(CalibrationDataReader):
    def __init__(self):
        name = onnxruntime.InferenceSession(model).get_inputs()[0].name
        self.feeds = ({name: image[None]} for image in np.load(images, mmap_mode="r"))

    def get_next(self):
        return next(self.feeds, None)


def peak_mb():
    # ru_maxrss starts at the parent's on Linux, VmHWM at nothing.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e6
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


idle = peak_mb()
start = time.perf_counter()
quantize_static(
    model,
    output,
    Images(),
    quant_format=QuantFormat.QDQ,
    per_channel=True,
    activation_type=QuantType.QUInt8,
    weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod[method],
)
print(json.dumps({"seconds": time.perf_counter() - start, "idle": idle, "peak": peak_mb()}))
