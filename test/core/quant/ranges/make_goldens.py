"""Goldens of the range estimators, from ONNX Runtime's own collector and from numerical integration.

    python make_goldens.py > goldens.json      (onnxruntime 1.30, numpy 2)
"""

import contextlib
import io
import json

import numpy as np
from onnxruntime.quantization.calibrate import HistogramCollector

COUNT = 7777
i = np.arange(COUNT)
BELL = np.log((i + 0.5) / (COUNT - i - 0.5)) / 1.702
SHAPES = {
    "bell": BELL,
    "heavy": BELL**3,
    "relu": np.maximum(BELL, 0),
    "positive": 3 + np.exp(BELL),
    "negative": -1 - np.exp(BELL),
    "constant": np.full(COUNT, 2.5),
}


def ort_percentile(values, percentile):
    """The collector of PercentileCalibrater with its defaults."""
    collector = HistogramCollector("percentile", True, 2048, 128, percentile, "same")
    with contextlib.redirect_stdout(io.StringIO()):
        collector.collect({"x": [values.astype(np.float32)]})
        low, high = collector.compute_collection_result()["x"][:2]
    return [float(low), float(high)]


def best_clip(density, reach, codes):
    """The least mean squared error of a uniform quantizer whose greatest code is `codes`, by brute force on a fine grid."""
    x = (np.arange(400_000) + 0.5) / 400_000 * reach
    p = density(x)

    # Symmetric densities and quantizers: one side is enough.
    def error(clip):
        step = clip / codes
        return np.sum(p * (x - np.minimum(np.round(x / step), codes) * step) ** 2)

    clips = np.linspace(0.05 * reach, reach, 300)
    for _ in range(3):
        best = clips[np.argmin([error(c) for c in clips])]
        spread = clips[1] - clips[0]
        clips = np.linspace(best - spread, min(best + spread, reach), 41)
    return float(best)


def main():
    gauss = lambda x: np.exp(-x * x / 2)
    laplace = lambda x: np.exp(-x)
    print(
        json.dumps(
            {
                "ortPercentile": {
                    name: {str(p): ort_percentile(values, p) for p in (90, 99, 99.9, 99.999, 100)} for name, values in SHAPES.items()
                },
                # Ends in units of the deviation (Laplace: of its scale), for the greatest code of int4, uint4, int8 and uint8.
                "clip": {
                    name: {str(codes): best_clip(density, reach, codes) for codes in (7, 15, 127, 255)}
                    for name, density, reach in (("gauss", gauss, 6), ("laplace", laplace, 16))
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
