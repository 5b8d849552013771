"""Draws the images, trains the classifier and writes model.onnx and images/ beside this file. See README.md."""
import io
import json
import os
import shutil
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
EPOCHS, BATCH, RATE = 30, 64, 0.006
INPUT = 64
PREPROCESS = {
    "resize": {"width": INPUT, "height": INPUT, "filter": "bilinear"},
    "color": "RGB",
    "layout": "NCHW",
    "scale": 1 / 255,
    "mean": [0.42, 0.40, 0.38],
    "std": [0.22, 0.21, 0.21],
}


def jpeg(label, index):
    """The file of one image. Training and held-out images differ in their index alone."""
    file = io.BytesIO()
    draw(CLASSES[label], np.random.default_rng((SEED, label, index))).save(file, "JPEG", quality=86)
    return file.getvalue()


def pixels(file):
    """What preprocess.json says, up to the resize: uint8 RGB, channels first."""
    image = Image.open(io.BytesIO(file)).convert("RGB")
    resized = image.resize((PREPROCESS["resize"]["width"], PREPROCESS["resize"]["height"]), Image.BILINEAR)
    return np.asarray(resized).transpose(2, 0, 1)


def training_pixels(label_and_index):
    return pixels(jpeg(*label_and_index))


def normalized(batch):
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


def train(net, images, labels, report=print):
    decayed = [p for p in net.parameters() if p.dim() > 1 and p.shape[1] > 1]
    free = [p for p in net.parameters() if not (p.dim() > 1 and p.shape[1] > 1)]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": free, "weight_decay": 0.0}], lr=RATE)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(EPOCHS):
        net.train()
        order, total = torch.randperm(len(images)), 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            batch = normalized(images[chosen])
            if torch.rand(()) < 0.5:
                batch = batch.flip(3)
            batch = torch.rot90(batch, int(torch.randint(4, ())), (2, 3))
            loss = loss_of(net(batch), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        report(f"epoch {epoch + 1}/{EPOCHS}: loss {total / (len(order) // BATCH):.3f}")
