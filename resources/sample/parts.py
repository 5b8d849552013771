"""The ten machine parts, each a height field seen from above.

A part is drawn in its own coordinates: u to the right, v downwards, the part inside the unit circle. Every function
takes the grids u, v and a random generator and returns a Part; scene.py lights it and puts it on a bench.
"""
from dataclasses import dataclass

import numpy as np

STEEL, ZINC, BRASS, COPPER = (0.74, 0.75, 0.77), (0.66, 0.70, 0.76), (0.86, 0.68, 0.34), (0.85, 0.50, 0.34)
BLACK, YELLOW_ZINC, DARK_STEEL = (0.20, 0.20, 0.22), (0.82, 0.74, 0.46), (0.45, 0.46, 0.48)
METALS = (STEEL, STEEL, ZINC, BRASS, DARK_STEEL)
PAINTS = ((0.75, 0.16, 0.12), (0.14, 0.32, 0.62), (0.90, 0.88, 0.84), (0.18, 0.19, 0.20), (0.93, 0.62, 0.12), (0.20, 0.46, 0.30))


@dataclass
class Part:
    distance: np.ndarray  # signed distance to the outline, negative inside
    height: np.ndarray    # above the bench, same unit as u and v
    color: np.ndarray     # [H, W, 3], 0..1
    metal: np.ndarray     # 1 reflects its surroundings, 0 is matt


def pick(rng, options):
    return options[rng.integers(len(options))]


def disc(u, v, radius, cu=0.0, cv=0.0):
    return np.hypot(u - cu, v - cv) - radius


def box(u, v, half_u, half_v, corner=0.0, cu=0.0, cv=0.0):
    a, b = np.abs(u - cu) - half_u + corner, np.abs(v - cv) - half_v + corner
    return np.hypot(np.maximum(a, 0), np.maximum(b, 0)) + np.minimum(np.maximum(a, b), 0) - corner


def polygon(u, v, sides, apothem):
    angle = np.arctan2(v, u)
    sector = 2 * np.pi / sides
    return np.hypot(u, v) * np.cos((angle + sector / 2) % sector - sector / 2) - apothem


def rounded(distance, width):
    """Height of an edge rounded over `width`, 0 at the outline and `width` inside."""
    t = np.clip(-distance / width, 0, 1)
    return width * np.sqrt(1 - (1 - t) ** 2)


def tube(across, radius):
    """Height of a cylinder of that radius lying on the bench, at `across` from its axis."""
    return np.sqrt(np.maximum(radius ** 2 - across ** 2, 0))


def paint(shape, color):
    return np.broadcast_to(np.asarray(color, np.float32), (*shape, 3)).copy()


def solid(distance, height, color, metal=1.0):
    return Part(distance, height, paint(distance.shape, color), np.full(distance.shape, metal, np.float32))


def metal_or_plastic(rng, chance_of_plastic):
    return (pick(rng, PAINTS), 0.1) if rng.random() < chance_of_plastic else (pick(rng, METALS), 1.0)


def washer(u, v, rng):
    bore = rng.uniform(0.36, 0.60)
    ring = np.maximum(disc(u, v, 0.9), -disc(u, v, bore))
    if rng.random() < 0.25:  # a spring washer: split, one end lifted
        ring = np.maximum(ring, -box(u, v, 0.5, 0.035, cu=0.6))
        return solid(ring, rounded(ring, 0.10) + 0.05 * np.arctan2(v, u) / np.pi, pick(rng, METALS))
    step = 0.02 * np.sin(np.hypot(u, v) * rng.uniform(60, 90))  # turning marks
    return solid(ring, rounded(ring, 0.06) + 0.05 * step, *metal_or_plastic(rng, 0.15))


def nut(u, v, rng):
    radius = np.hypot(u, v)
    bore = rng.uniform(0.38, 0.50)
    outline = np.maximum(polygon(u, v, 6, 0.80), -disc(u, v, bore))
    chamfer = np.minimum(0.22, (0.98 - radius) * 0.9)
    height = np.minimum(np.minimum(rounded(polygon(u, v, 6, 0.80), 0.05) * 5, chamfer), (radius - bore) * 1.4 + 0.03)
    part = solid(outline, height, pick(rng, (*METALS, BLACK, YELLOW_ZINC)))
    if rng.random() < 0.3:  # self-locking: a nylon ring around the thread
        nylon = (radius < bore + 0.13) & (radius > bore)
        part.color[nylon] = pick(rng, ((0.16, 0.36, 0.70), (0.92, 0.92, 0.90)))
        part.metal[nylon] = 0.1
    return part


def gear(u, v, rng):
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    teeth, depth = rng.integers(10, 21), rng.uniform(0.13, 0.2)
    wave = np.clip(1.7 * np.cos(teeth * angle) + 0.1, -1, 1) * 0.5 + 0.5
    outline = (radius - (0.92 - depth + depth * wave)) * 0.75
    outline = np.maximum(outline, -disc(u, v, rng.uniform(0.13, 0.2)))
    hub, rim = rng.uniform(0.3, 0.36), 0.92 - depth - 0.14
    height = rounded(outline, 0.05) + 0.06 * ((radius > rim) | (radius < hub))
    style = rng.random()
    if style < 0.55:  # lightening holes, round or between spokes
        count = rng.integers(4, 7)
        turn = (angle + np.pi / count) % (2 * np.pi / count) - np.pi / count
        middle, half = (hub + rim) / 2, (rim - hub) / 2
        if style < 0.3:
            holes = disc(radius * np.cos(turn), radius * np.sin(turn), half * 0.8, cu=middle)
        else:
            holes = np.maximum(np.abs(radius - middle) - half * 0.85, 0.06 - radius * (np.pi / count - np.abs(turn)))
        outline = np.maximum(outline, -holes)
        height = np.minimum(height, rounded(outline, 0.05) + 0.06 * ((radius > rim) | (radius < hub)))
    return solid(outline, height, *metal_or_plastic(rng, 0.35))


def bearing(u, v, rng):
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    bore, inner, outer = rng.uniform(0.30, 0.38), rng.uniform(0.48, 0.53), rng.uniform(0.68, 0.73)
    outline = np.maximum(radius - 0.92, bore - radius)
    rings = np.where(radius < (inner + outer) / 2, np.maximum(radius - inner, bore - radius), np.maximum(radius - 0.92, outer - radius))
    part = solid(outline, rounded(rings, 0.05) * 2.2, pick(rng, (STEEL, STEEL, ZINC)))
    race = rings > 0
    if rng.random() < 0.25:  # sealed
        part.color[race] = pick(rng, ((0.13, 0.13, 0.14), (0.13, 0.13, 0.14), (0.60, 0.20, 0.14), (0.16, 0.26, 0.45)))
        part.metal[race] = 0.15
        part.height[race] = 0.06 + 0.02 * np.cos((radius[race] - inner) / (outer - inner) * 2 * np.pi)
        return part
    count = rng.integers(8, 13)
    turn = (angle + np.pi / count) % (2 * np.pi / count) - np.pi / count
    middle, ball = (inner + outer) / 2, (outer - inner) / 2 * 1.02
    ball_height = tube(np.hypot(radius * np.cos(turn) - middle, radius * np.sin(turn)), ball)
    part.color[race] = 0.10
    part.color[race & (ball_height > 0)] = (0.85, 0.86, 0.88)
    part.metal[race & (ball_height == 0)] = 0.2
    part.height = np.where(race, ball_height, part.height)
    return part


def thread(u, v, pitch, slant):
    return np.abs(((v + slant * u) / pitch) % 1 - 0.5) * 2


def bolt(u, v, rng):
    half_head, head = rng.uniform(0.36, 0.44), rng.uniform(0.26, 0.34)
    shank, length = half_head * rng.uniform(0.48, 0.56), rng.uniform(1.25, 1.55)
    top = -(head + length) / 2
    neck, end = top + head, top + head + length
    ridge = thread(u, v, rng.uniform(0.085, 0.12), 0.12) * (v > neck + length * pick(rng, (0.0, 0.3, 0.5)))
    body = np.maximum(np.abs(u) - shank + 0.022 * (1 - ridge) * (v > neck), np.maximum(neck - v, v - end + 0.4 * np.maximum(np.abs(u) - shank + 0.08, 0)))
    cap = box(u, v, half_head, head / 2, 0.035, cv=top + head / 2)
    facets = np.where(np.abs(u) < half_head * 0.5, half_head * 0.86, (half_head - np.abs(u)) * 1.2 + 0.11)
    height = np.where(cap < 0, facets, tube(u, shank) * (0.9 + 0.1 * ridge))
    outline = np.minimum(cap, body)
    if rng.random() < 0.35:  # flange under the head
        flange = box(u, v, half_head * 1.22, 0.045, 0.03, cv=neck)
        height = np.where(flange < 0, tube(u, half_head * 1.22), height)
        outline = np.minimum(outline, flange)
    return solid(outline, np.minimum(height, rounded(outline, 0.04) * 12), pick(rng, (STEEL, ZINC, ZINC, BLACK, YELLOW_ZINC, DARK_STEEL)))


def screw(u, v, rng):
    half_head, length = rng.uniform(0.34, 0.42), rng.uniform(1.35, 1.6)
    countersunk = rng.random() < 0.6
    head = half_head * (0.75 if countersunk else 0.6)
    top = -(head + length) / 2
    neck, end = top + head, top + head + length
    core = half_head * rng.uniform(0.34, 0.42)
    taper = np.clip((end - v) / (length * rng.uniform(0.35, 0.7)), 0, 1) ** 0.8
    pitch = rng.uniform(0.15, 0.2)
    ridge = thread(u, v, pitch, 0.3) * (v > neck + 0.18)
    radius = core * taper * (1 + 0.75 * np.maximum(ridge - 0.35, 0))
    body = np.maximum(np.abs(u) - radius, np.maximum(neck - 0.05 - v, v - end))
    width = half_head - (v - top) * 0.8 * (half_head - core) / head if countersunk else half_head * np.sqrt(np.clip((v - top) / head, 0, 1))
    cap = np.maximum(np.abs(u) - width, np.maximum(top - v, v - neck))
    notch = box(u, v, 0.05, 0.09, cv=top)
    outline = np.maximum(np.minimum(cap, body), -notch)
    height = np.where(cap < 0, tube(u, np.maximum(width, 0.01)), tube(u, np.maximum(radius, 0.01)) + 0.06 * ridge * taper)
    return solid(outline, height, pick(rng, (STEEL, ZINC, BRASS, YELLOW_ZINC, BLACK)))


def spring(u, v, rng):
    coils, half, wire = rng.integers(5, 9), rng.uniform(0.34, 0.46), rng.uniform(0.05, 0.075)
    pitch = 1.75 / coils
    outline, height = np.full(u.shape, 9.0, np.float32), np.zeros_like(u)

    def strand(u0, v0, u1, v1, lift):
        nonlocal outline, height
        du, dv = u1 - u0, v1 - v0
        t = np.clip(((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv), 0, 1)
        distance = np.hypot(u - u0 - t * du, v - v0 - t * dv)
        outline = np.minimum(outline, distance - wire)
        arch = lift * (1 - (2 * t - 1) ** 2)
        height = np.maximum(height, np.where(distance < wire, tube(distance, wire) + 0.12 + arch, 0))

    for i in range(coils):
        v0 = -0.875 + i * pitch
        strand(half, v0 + pitch * 0.5, -half, v0 + pitch, -0.10)
    for i in range(coils):
        v0 = -0.875 + i * pitch
        strand(-half, v0, half, v0 + pitch * 0.5, 0.14)
    return solid(outline, height, pick(rng, (STEEL, STEEL, DARK_STEEL, ZINC, BRASS)))


def pipe(u, v, rng):
    style, radius = rng.random(), rng.uniform(0.2, 0.27)
    collar, reach = radius * rng.uniform(1.25, 1.45), 0.85
    arms = []
    if style < 0.6:  # elbow
        bend = rng.uniform(0.5, 0.75)
        cu = cv = bend - 0.35
        across = np.where((u < cu) & (v < cv), np.abs(np.hypot(u - cu, v - cv) - bend), np.minimum(
            np.where(u >= cu, np.abs(v + 0.35), 9), np.where(v >= cv, np.abs(u + 0.35), 9)))
        outline = np.maximum(across - radius, np.maximum(u, v) - reach)
        height = tube(across, radius)
        arms = [(u, v + 0.35), (v, u + 0.35)]
    else:  # tee, or a straight piece
        outline = np.maximum(np.abs(v) - radius, np.abs(u) - reach)
        height = tube(v, radius)
        arms = [(u, v), (-u, v)]
        if style < 0.85:
            branch = np.maximum(np.abs(u) - radius, np.maximum(-v, v - reach))
            height = np.maximum(height, np.where(v > 0, tube(u, radius), 0) * (v < reach))
            outline = np.minimum(outline, branch)
            arms.append((v, u))
    for along, across in arms:
        ring = np.maximum(np.abs(across) - collar, np.abs(along - reach + 0.08) - 0.09)
        height = np.where(ring < 0, tube(across, collar), height)
        outline = np.minimum(outline, ring)
    color, metal = pick(rng, ((COPPER, 1.0), (COPPER, 1.0), (BRASS, 1.0), (STEEL, 1.0), ((0.86, 0.86, 0.84), 0.1), ((0.42, 0.44, 0.47), 0.1)))
    return solid(outline, height, color, metal)


def bracket(u, v, rng):
    arm, reach_u, reach_v = rng.uniform(0.2, 0.26), rng.uniform(0.55, 0.8), 0.85
    corner_u, corner_v = -reach_u + arm, reach_v - arm
    outline = np.minimum(box(u, v, arm, reach_v, 0.08, cu=corner_u), box(u, v, reach_u, arm, 0.08, cv=corner_v))
    if rng.random() < 0.4:  # gusset
        outline = np.minimum(outline, np.maximum((u - corner_u) - (v - corner_v) - 0.55, np.maximum(corner_u - u, v - corner_v)))
    hole = rng.uniform(0.07, 0.11)
    for t in pick(rng, ((0.1, 0.75), (0.0, 0.45, 0.9), (0.75,))):
        outline = np.maximum(outline, -disc(u, v, hole, corner_u, -reach_v + arm + (1 - t) * (2 * reach_v - 2 * arm) * 0.9))
        outline = np.maximum(outline, -disc(u, v, hole, corner_u + t * (2 * reach_u - 2 * arm), corner_v))
    return solid(outline, rounded(outline, 0.06), *metal_or_plastic(rng, 0.4))


def chip(u, v, rng):
    quad = rng.random() < 0.5
    half_u, half_v = (0.62, 0.62) if quad else (rng.uniform(0.34, 0.44), 0.85)
    body = box(u, v, half_u, half_v, 0.03)
    pitch = rng.uniform(0.13, 0.2)

    def pins(along, across, half_along, half_across):
        comb = np.abs((along / pitch) % 1 - 0.5) * pitch - pitch * 0.22
        return np.maximum(comb, np.maximum(np.abs(along) - half_along + 0.06, np.abs(across) - half_across - 0.22))

    legs = pins(v, u, half_v, half_u)
    if quad:
        legs = np.minimum(legs, pins(u, v, half_u, half_v))
    outline = np.minimum(body, legs)
    part = solid(outline, np.where(body < 0, 0.12 + rounded(body, 0.05), 0.06), STEEL)
    case = body < 0
    part.color[case] = pick(rng, ((0.11, 0.11, 0.12), (0.16, 0.16, 0.17), (0.20, 0.18, 0.17)))
    part.metal[case] = 0.05
    mark = disc(u, v, 0.06, -half_u + 0.15, -half_v + 0.15) < 0
    part.height[mark] -= 0.03
    for row in range(rng.integers(1, 4)):  # the printed type number
        line = (np.abs(v - row * 0.15 + 0.05) < 0.04) & (np.abs(u) < half_u * 0.62) & (np.sin(u * 47 + row * 2 + 9 * np.sin(u * 13)) > -0.3)
        part.color[line] = 0.62
    return part


PARTS = {f.__name__: f for f in (bearing, bolt, bracket, chip, gear, nut, pipe, screw, spring, washer)}
