"""Top-1 of Calibrant's INT8 model beside that of ONNX Runtime's own tool, calibrated on the same tensors (dump-tensors.ts).

Not part of the test suite: needs Python with onnxruntime 1.30, onnx and numpy. Run:
    node test/parity/dump-tensors.ts MODEL DATA PREPROCESS OUT
    npm run -s calibrant -- quantize MODEL --data DATA --preprocess PREPROCESS --samples 100 --range minmax --out OUT/calibrant.onnx
    python test/parity/agreement.py MODEL OUT [per-tensor]
"""
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

CALIBRATE = 100
onnxruntime.set_default_logger_severity(3)

model, folder = sys.argv[1], Path(sys.argv[2])
per_channel = 'per-tensor' not in sys.argv
tensors, labels = np.load(folder / 'tensors.npy'), np.load(folder / 'labels.npy')
name = onnxruntime.InferenceSession(model).get_inputs()[0].name


class Reader(CalibrationDataReader):
    def __init__(self):
        self.left = iter(tensors[:CALIBRATE])

    def get_next(self):
        image = next(self.left, None)
        return None if image is None else {name: image[None]}


theirs = str(folder / 'onnxruntime.onnx')
quantize_static(model, theirs, Reader(), activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, per_channel=per_channel)


def top1(path):
    session = onnxruntime.InferenceSession(path)
    return np.array([session.run(None, {name: image[None]})[0].reshape(-1).argmax() for image in tensors[CALIBRATE:]])


truth = labels[CALIBRATE:]
float_, ours, tool = top1(model), top1(str(folder / 'calibrant.onnx')), top1(theirs)
for label, answers in (('float', float_), ('Calibrant INT8', ours), ('ONNX Runtime INT8', tool)):
    print(f'{label:18} top-1 {100 * np.mean(answers == truth):5.1f} % of {len(truth)}')
print(f'agreement of the two INT8 models {100 * np.mean(ours == tool):.1f} %')
