"""Puts a part on a workbench, lights it and photographs it: one call, one image."""
import numpy as np
from PIL import Image, ImageFilter

from parts import PARTS, pick

SIZE = 128        # pixels of a finished image
RENDER = 2 * SIZE  # drawn twice as large, then averaged


def blur(plane, radius):
    image = Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def noise(rng, cells_u, cells_v, octaves=1):
    """Smooth noise around 0, about -1..1, with that many cells across the image."""
    total = np.zeros((RENDER, RENDER), np.float32)
    for octave in range(octaves):
        cells = rng.random((cells_v << octave, cells_u << octave), np.float32) * 2 - 1
        total += np.asarray(Image.fromarray(cells).resize((RENDER, RENDER), Image.BICUBIC)) * 0.6 ** octave
    return total


def tint(texture, color):
    return np.clip(texture[..., None] * np.asarray(color, np.float32), 0, 1)


def wood(rng, x, y):
    rings = np.sin((y * rng.uniform(3, 7) + noise(rng, 2, 3) * 0.8) * 6 + noise(rng, 3, 30) * 0.8)
    return tint(0.86 + 0.09 * rings + 0.08 * noise(rng, 4, 64), pick(rng, ((0.72, 0.52, 0.34), (0.55, 0.36, 0.22), (0.80, 0.66, 0.48))))


def cutting_mat(rng, x, y):
    period = rng.uniform(0.2, 0.4)
    lines = np.minimum(np.abs(x / period % 1 - 0.5), np.abs(y / period % 1 - 0.5)) * period < 0.008
    base = pick(rng, ((0.10, 0.36, 0.30), (0.12, 0.24, 0.42), (0.25, 0.26, 0.28)))
    return tint(0.95 + 0.05 * noise(rng, 64, 64) + 0.7 * lines, base)


def concrete(rng, x, y):
    speckles = noise(rng, 100, 100)
    return tint(0.9 + 0.10 * noise(rng, 4, 4, 4) - 0.25 * (speckles > 0.85), np.full(3, rng.uniform(0.45, 0.75)))


def paper(rng, x, y):
    slope = x * rng.uniform(-0.2, 0.2) + y * rng.uniform(-0.2, 0.2)
    return tint(0.92 + slope, rng.uniform(0.35, 0.95) * (1 - 0.25 * rng.random(3)))


def brushed_metal(rng, x, y):
    return tint(0.9 + 0.12 * noise(rng, 3, 120) + 0.15 * noise(rng, 3, 2), np.full(3, rng.uniform(0.4, 0.65)))


def perforated_plate(rng, x, y):
    period = rng.uniform(0.22, 0.34)
    shifted = x + period / 2 * (np.floor(y / period) % 2)
    holes = np.hypot(shifted % period - period / 2, y % period - period / 2) < period * 0.25
    return tint(np.where(holes, 0.3, 0.95 + 0.08 * noise(rng, 3, 90)), np.array((0.50, 0.52, 0.56)) * rng.uniform(0.8, 1.3))


def cloth(rng, x, y):
    weave = np.sin(x * 150) * np.sin(y * 150) * 0.10 + 0.10 * noise(rng, 3, 3, 2)
    return tint(0.9 + weave, pick(rng, ((0.25, 0.34, 0.52), (0.55, 0.53, 0.48), (0.60, 0.22, 0.18), (0.30, 0.32, 0.33))))


BENCHES = (wood, cutting_mat, concrete, paper, brushed_metal, perforated_plate, cloth)


def lit(part, pixel, light, rng):
    """The part's own colours under a lamp at `light`: matt surfaces by Lambert, metal by a room reflected in it."""
    slope_v, slope_u = np.gradient(part.height, pixel)
    normal = np.stack([-slope_u, -slope_v, np.ones_like(slope_u)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    halfway = light + np.array((0, 0, 1), np.float32)
    facing, gloss = (np.maximum(np.einsum("hwc,c->hw", normal, to), 0) for to in (light, halfway / np.linalg.norm(halfway)))
    across = normal[..., 0] * light[0] + normal[..., 1] * light[1]
    room = 0.55 + 0.5 * across + 0.28 * np.sin(across * 5 + rng.uniform(-0.6, 0.6)) + 0.10 * noise(rng, 3, 40) * rng.random()
    matt = 0.28 + 0.85 * facing
    metal = part.metal[..., None]
    color = part.color * (matt[..., None] * (1 - metal) + np.maximum(room, 0.06)[..., None] * metal)
    return color + (0.25 + 0.55 * metal) * (gloss ** 40)[..., None]


def cover(image, rng, x, y):
    """Things in front of the part: a rod, a strip of tape, or a shadow falling over the scene."""
    angle, offset = rng.uniform(0, np.pi), rng.choice((-1, 1)) * rng.uniform(0.35, 0.75)
    across = x * np.cos(angle) + y * np.sin(angle) - offset
    width = rng.uniform(0.05, 0.16)
    kind = rng.integers(3)
    if kind == 0:
        shade = np.sqrt(np.maximum(1 - (across / width) ** 2, 0))[..., None]
        return np.where(shade > 0, (0.2 + 0.8 * shade) * np.asarray(pick(rng, ((0.8, 0.6, 0.1), (0.2, 0.2, 0.22), (0.6, 0.1, 0.1)))), image)
    if kind == 1:
        strip = (np.abs(across) < width)[..., None]
        return np.where(strip, 0.2 * image + 0.8 * np.asarray(pick(rng, ((0.85, 0.80, 0.62), (0.15, 0.3, 0.6)))), image)
    edge = 1 / (1 + np.exp(np.clip(-across * 25, -30, 30)))
    return image * (1 - rng.uniform(0.35, 0.65) * edge[..., None])


def photograph(image, rng):
    """Exposure, colour cast, lens blur or motion, and the sensor's noise."""
    image = image * rng.uniform(0.65, 1.4) * (1 + rng.uniform(-0.08, 0.08, 3))
    planes = [Image.fromarray((np.clip(image[..., c], 0, 1) * 255).astype(np.uint8)) for c in range(3)]
    picture = Image.merge("RGB", planes)
    if rng.random() < 0.6:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 3.2)))
    picture = picture.resize((SIZE, SIZE), Image.BOX)
    pixels = np.asarray(picture, np.float32) / 255
    if rng.random() < 0.2:
        reach, axis = rng.integers(2, 6), rng.integers(2)
        pixels = np.mean([np.roll(pixels, k, axis) for k in range(reach)], axis=0)
    grain = rng.uniform(0.005, 0.03) if rng.random() < 0.7 else rng.uniform(0.03, 0.10)
    pixels = pixels + rng.normal(0, grain, pixels.shape) * np.sqrt(0.25 + pixels)
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def draw(name, rng):
    """One image of the part `name` as a PIL image of SIZE x SIZE; everything varied comes from `rng`."""
    axis = np.linspace(-1, 1, RENDER, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    turn, spin = rng.uniform(0, 2 * np.pi), rng.uniform(0, np.pi)
    size, tilt = rng.uniform(0.5, 0.92), rng.uniform(0.7, 1.0)

    image = pick(rng, BENCHES)(rng, *rotated(x, y, spin))
    px, py = x - rng.uniform(-1, 1) * 0.25, y - rng.uniform(-1, 1) * 0.25
    across, along = rotated(px, py, spin)
    u, v = rotated(across / (size * tilt), along / size, turn)
    part = PARTS[name](u, v, rng)

    inside = np.clip(0.5 - part.distance * size / (axis[1] - axis[0]), 0, 1)
    azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.1)
    light = np.array((np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)), np.float32)
    reach = rng.uniform(4, 14)
    shadow = np.roll(blur(inside, rng.uniform(2, 9)), (int(-light[1] * reach), int(-light[0] * reach)), (0, 1))
    image = image * (1 - rng.uniform(0.35, 0.75) * shadow[..., None])
    image = image * (1 - inside[..., None]) + lit(part, (axis[1] - axis[0]) / size, light, rng) * inside[..., None]
    image = image * (1 + 0.35 * (x * light[0] + y * light[1]))[..., None]
    if rng.random() < 0.35:
        image = cover(image, rng, x, y)
    return photograph(image, rng)


def rotated(x, y, angle):
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * x + s * y, c * y - s * x
