"""
Random scenes (crowds, all sizes, equal scores, empty images, more than 100 detections of a class) and what pycocotools makes of them, for
detection.test.ts. Run: python test/core/metrics/coco-golden.py > test/core/metrics/coco-golden.json (numpy, pycocotools 2.0.11).
"""

import contextlib
import io
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

CLASSES = 5


def scene(rng, image):
    truth, found = [], []
    if image % 9 == 8:
        return truth, found
    for _ in range(rng.integers(0, 9)):
        size = float(rng.choice([20, 60, 200]))
        w, h = (round(float(v), 1) for v in size * rng.uniform(0.5, 1.5, 2))
        x, y = (round(float(v), 1) for v in rng.uniform(0, 400, 2))
        one = {"class": int(rng.integers(0, CLASSES - 1)), "x": x, "y": y, "width": w, "height": h, "crowd": bool(rng.random() < 0.15)}
        if rng.random() < 0.5:
            one["area"] = round(w * h * float(rng.uniform(0.4, 0.9)), 1)
        truth.append(one)
        for _ in range(rng.integers(0, 4)):
            shift = size * rng.normal(0, 0.08, 4)
            dx, dy, dw, dh = (round(float(v), 1) for v in shift)
            found.append({"class": one["class"] if rng.random() < 0.85 else int(rng.integers(0, CLASSES)), "x": round(x + dx, 1), "y": round(y + dy, 1),
                          "width": round(max(1, w + dw), 1), "height": round(max(1, h + dh), 1), "score": round(float(rng.random()), 2)})
    for _ in range(130 if image == 3 else rng.integers(0, 4)):
        x, y = (round(float(v), 1) for v in rng.uniform(0, 400, 2))
        w, h = (round(float(v), 1) for v in rng.uniform(5, 150, 2))
        found.append({"class": 1 if image == 3 else int(rng.integers(0, CLASSES)), "x": x, "y": y, "width": w, "height": h, "score": round(float(rng.random()), 2)})
    return truth, found


def evaluate(scenes):
    coco, annotations, results = COCO(), [], []
    for image, (truth, found) in enumerate(scenes):
        for one in truth:
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": one["class"], "bbox": [one["x"], one["y"], one["width"], one["height"]],
                                "area": one.get("area", one["width"] * one["height"]), "iscrowd": int(one["crowd"])})
        for one in found:
            results.append({"image_id": image, "category_id": one["class"], "bbox": [one["x"], one["y"], one["width"], one["height"]], "score": one["score"]})
    coco.dataset = {"info": {}, "images": [{"id": i} for i in range(len(scenes))], "annotations": annotations, "categories": [{"id": c} for c in range(CLASSES)]}
    coco.createIndex()
    run = COCOeval(coco, coco.loadRes(results), "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
    precision, recall = run.eval["precision"], run.eval["recall"]
    mean = lambda values: None if (values > -1).sum() == 0 else 100 * float(values[values > -1].mean())
    stats = [100 * float(v) for v in run.stats]
    return {
        "ap": stats[0], "ap50": stats[1], "ap75": stats[2], "bySize": {"small": stats[3], "medium": stats[4], "large": stats[5]}, "recall": stats[8],
        "perClass": [{"class": c, "ap": mean(precision[:, :, c, 0, 2]), "ap50": mean(precision[0, :, c, 0, 2]), "recall": mean(recall[:, c, 0, 2])}
                     for c in range(CLASSES) if mean(precision[:, :, c, 0, 2]) is not None],
    }


rng = np.random.default_rng(7)
scenes = [scene(rng, image) for image in range(40)]
with contextlib.redirect_stdout(io.StringIO()):
    expected = evaluate(scenes)
json.dump({"scenes": [{"truth": t, "detections": f} for t, f in scenes], "expected": expected}, sys.stdout, separators=(",", ":"))
