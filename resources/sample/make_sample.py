"""Draws the images, trains the classifier, and writes images/ and model.onnx beside this file. See README.md."""
import io
import json
import shutil
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from torch import nn

from parts import PARTS
from scene import draw

HERE = Path(__file__).parent
SEED = 2024
CLASSES = sorted(PARTS)  # the output index is the position of the folder's name in this order
TRAINING, HELD_OUT = 700, 40  # images of each class
EPOCHS, BATCH, RATE, WORKERS = 30, 64, 0.006, 2
INPUT = 64
PREPROCESS = {
    "resize": {"width": INPUT, "height": INPUT, "filter": "bilinear"},
    "color": "RGB",
    "layout": "NCHW",
    "scale": 1 / 255,
    "mean": [0.43, 0.41, 0.40],
    "std": [0.22, 0.19, 0.20],
}


def jpeg(label, index):
    """The file of one image. Training and held-out images differ in their index alone."""
    file = io.BytesIO()
    draw(CLASSES[label], np.random.default_rng((SEED, label, index))).save(file, "JPEG", quality=86)
    return file.getvalue()


def pixels(file):
    """A file decoded and resized as preprocess.json says: uint8 RGB, channels first."""
    image = Image.open(io.BytesIO(file)).convert("RGB")
    resized = image.resize((PREPROCESS["resize"]["width"], PREPROCESS["resize"]["height"]), Image.BILINEAR)
    return np.asarray(resized).transpose(2, 0, 1)


def drawn_pixels(label, index):
    return pixels(jpeg(label, index))


def normalized(batch):
    """The tensor that preprocess.json describes, from uint8 pixels."""
    mean, std = (torch.tensor(PREPROCESS[k]).view(1, 3, 1, 1) for k in ("mean", "std"))
    return (batch.float() * PREPROCESS["scale"] - mean) / std


def conv_bn(inputs, outputs, kernel=1, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        wide = inputs * expand
        self.body = nn.Sequential(
            *conv_bn(inputs, wide), nn.ReLU6(),
            *conv_bn(wide, wide, 3, stride, groups=wide), nn.ReLU6(),
            *conv_bn(wide, outputs))
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


def network():
    blocks = [(16, 16, 1, 3), (16, 24, 2, 4), (24, 24, 1, 4), (24, 40, 2, 4), (40, 40, 1, 4), (40, 56, 2, 4), (56, 56, 1, 4)]
    return nn.Sequential(
        *conv_bn(3, 16, 3, 2), nn.ReLU6(),
        *(InvertedResidual(*b) for b in blocks),
        *conv_bn(56, 160), nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(160, len(CLASSES)))


def spread_batch_norms(net):
    """Starts the channels of each depthwise stage at different operating points of ReLU6.

    Long training leaves MobileNets with channels that hardly ever fire; BatchNorm then divides by a tiny deviation, and
    folded into the depthwise weights it gives channel ranges hundreds of times apart, which is what defeats per-tensor
    weights. Thirty epochs from equal channels end with ratios of about 10, where every recipe works.
    """
    for block in net:
        if isinstance(block, InvertedResidual):
            for norm in (block.body[1], block.body[4]):
                nn.init.normal_(norm.bias, std=0.6)
                norm.weight.data.copy_(torch.exp(0.35 * torch.randn_like(norm.weight)))


def train(net, images, labels):
    # No weight decay on depthwise kernels, as usual for MobileNets.
    dense = [p for p in net.parameters() if p.dim() > 1 and p.shape[1] > 1]
    others = [p for p in net.parameters() if p.dim() == 1 or p.shape[1] == 1]
    optimizer = torch.optim.AdamW([{"params": dense, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}])
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(EPOCHS):
        net.train()
        order, total = torch.randperm(len(images)), 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            batch = normalized(images[chosen]).contiguous(memory_format=torch.channels_last)
            if torch.rand(()) < 0.5:
                batch = batch.flip(3)
            batch = torch.rot90(batch, int(torch.randint(4, ())), (2, 3))
            loss = loss_of(net(batch), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total / (len(order) // BATCH):.3f}", flush=True)


def write_images():
    folder = HERE / "images"
    shutil.rmtree(folder, ignore_errors=True)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for index in range(HELD_OUT):
            (folder / name / f"{index:04}.jpg").write_bytes(jpeg(label, index))
    (folder / "preprocess.json").write_text(json.dumps(PREPROCESS, indent=2) + "\n")


def training_set():
    labels = [label for _ in range(TRAINING) for label in range(len(CLASSES))]
    indices = [HELD_OUT + i // len(CLASSES) for i in range(len(labels))]
    with ProcessPoolExecutor(WORKERS) as pool:
        images = np.stack(list(pool.map(drawn_pixels, labels, indices, chunksize=50)))
    return torch.from_numpy(images), torch.tensor(labels)


def export(net, path):
    """Writes the ONNX file with its BatchNormalization nodes: the exporter folds them unless training is PRESERVE."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.onnx.export(
        net.eval(), torch.zeros(1, 3, INPUT, INPUT), path, opset_version=17, dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    onnx.checker.check_model(str(path), full_check=True)


def main():
    write_images()
    images, labels = training_set()
    torch.manual_seed(SEED)
    torch.set_num_threads(WORKERS)
    torch.use_deterministic_algorithms(True)
    net = network().to(memory_format=torch.channels_last)
    spread_batch_norms(net)
    train(net, images, labels)
    export(net.to(memory_format=torch.contiguous_format), HERE / "model.onnx")


if __name__ == "__main__":
    main()
