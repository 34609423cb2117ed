"""friend.jpg: a robin on a reel of thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .light import Array, column, dot, fbm, mix, smooth, tint, unit
from .still_life import Paint, Scene, Solid, Table, Turned, lights, wood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image


def blend(a: Array, b: Array, width: float) -> Array:
    """The nearer of two distances, with the crease between them filled."""
    h = np.clip(0.5 + 0.5 * (b - a) / width, 0, 1)
    return mix(b, a, h) - width * h * (1 - h)


@dataclass
class Egg:
    """An ellipsoid at `at` with half-axes `axes`, turned `yaw` degrees about y, then pitched nose up."""

    at: tuple[float, float, float]
    axes: tuple[float, float, float]
    pitch: float = 0
    yaw: float = 0

    def distance(self, p: Array) -> Array:
        q = yawed(p - column(*self.at), self.yaw, self.pitch) / column(*self.axes)
        k = np.sqrt((q * q).sum(0))
        g = np.sqrt(((q / column(*self.axes)) ** 2).sum(0))
        return k * (k - 1) / np.maximum(g, 1e-6)


def yawed(p: Array, yaw: float, pitch: float) -> Array:
    a, b = np.radians((yaw, pitch)).astype(np.float32)
    x, z = p[0] * np.cos(a) + p[2] * np.sin(a), p[2] * np.cos(a) - p[0] * np.sin(a)
    return np.stack((x * np.cos(b) + p[1] * np.sin(b), p[1] * np.cos(b) - x * np.sin(b), z))


class Plumage:
    """The bird's feathered body, looking along +x in its own frame."""

    gloss = 0.0
    body = Egg((0, 0.62, 0), (0.60, 0.50, 0.47), 32)
    breast = Egg((0.20, 0.70, 0), (0.40, 0.44, 0.42), 30)
    head = Egg((0.40, 1.22, 0), (0.335, 0.315, 0.31), 8)
    tail = Egg((-0.80, 0.20, 0), (0.46, 0.05, 0.14), 33)
    wings = (
        Egg((-0.25, 0.60, -0.42), (0.62, 0.225, 0.085), 35, -5),
        Egg((-0.25, 0.60, 0.42), (0.62, 0.225, 0.085), 35, 5),
    )

    def __init__(self, at: tuple[float, float, float], yaw: float) -> None:
        self.at, self.yaw = column(*at), yaw

    def local(self, p: Array) -> Array:
        return yawed(p - self.at, self.yaw, 0)

    def distance(self, p: Array) -> Array:
        q = self.local(p)
        d = blend(blend(self.body.distance(q), self.breast.distance(q), 0.15), self.head.distance(q), 0.20)
        d = blend(d, self.tail.distance(q), 0.10)
        near = np.flatnonzero(d < 0.35)
        r = q[:, near]
        e = np.minimum(self.wings[0].distance(r), self.wings[1].distance(r))
        e = blend(d[near], e, 0.03)
        down = fbm(r[0] * 16 + r[1] * 10, r[1] * 16 - r[0] * 10, r[2] * 26, 2) - 0.5
        d[near] = e - 0.010 * down
        return d * 0.85

    def colour(self, p: Array) -> Array:
        q = self.local(p)
        x, y, z = q
        barbs = fbm(x * 34 + y * 20, y * 34 - x * 20, z * 55, 3) - 0.5
        ragged = 0.14 * (fbm(x * 7, y * 7, z * 7, 4) - 0.5) + 0.05 * barbs
        back, belly = tint("#6b5a40"), tint("#f6efe2")
        albedo = mix(belly, back, smooth(-0.06, 0.10, ragged + 0.52 * (y - 0.55) - 0.75 * (x - 0.02)))
        albedo = mix(
            albedo,
            tint("#7e888e"),
            0.7 * smooth(0.10, 0.02, np.abs(np.hypot((x - 0.60) / 1.05, y - 0.93) - 0.50) + ragged * 0.6),
        )
        orange = mix(tint("#b83c16"), tint("#e06a24"), smooth(0.4, 1.2, y + ragged * 2))
        albedo = mix(albedo, orange, smooth(0.49, 0.45, np.hypot((x - 0.62) / 1.05, y - 0.93) + ragged * 0.7))
        wing = np.min([w.distance(q) for w in self.wings], axis=0)
        along = yawed(q - column(-0.25, 0.60, 0), 0, 35)
        vane = 0.5 + 0.5 * np.sin(along[1] * 62 + along[0] * 16)
        feathers = mix(tint("#4c3e2b"), tint("#7d6a4b"), np.clip(vane + barbs, 0, 1))
        albedo = mix(albedo, feathers, smooth(0.035, 0.005, wing) * smooth(0.3, 0.36, np.abs(z) + 0 * wing))
        return albedo * (1 + 0.55 * barbs)


class Parts:
    """Beak, eyes or legs: smooth shapes of one colour in the bird's frame."""

    def __init__(self, bird: Plumage, eggs: Sequence[Egg], colour: str, gloss: float) -> None:
        self.bird, self.eggs, self.tone, self.gloss = bird, eggs, tint(colour), gloss

    def distance(self, p: Array) -> Array:
        q = self.bird.local(p)
        return np.min([egg.distance(q) for egg in self.eggs], axis=0) * 0.9

    def colour(self, p: Array) -> Array:
        return np.broadcast_to(self.tone, p.shape)


def reel(pale: str, deep: str, thread: str, width: float, low: float, high: float) -> Paint:
    """A wooden reel; between the heights `low` and `high`, inside `width`, it is wound with thread."""
    timber = wood(pale, deep)

    def paint(q: Array, r: Array) -> Array:
        turns = 0.5 + 0.5 * np.sin(q[1] * 210 + 1.6 * np.sin(np.arctan2(q[2], q[0]) + q[1] * 9))
        strand = tint(thread) * (0.45 + 0.65 * turns) * (0.8 + 0.4 * fbm(q[0] * 9, q[1] * 60, q[2] * 9, 3))
        wound = (
            smooth(low, low + 0.01, q[1]) * smooth(high, high - 0.01, q[1]) * smooth(width, width - 0.02, r)
        )
        return mix(timber(q, r), strand, wound)

    return paint


def friend(scale: float) -> Image.Image:
    spool = [
        (0, 0),
        (0.70, 0),
        (0.70, 0),
        (0.72, 0.05),
        (0.72, 0.13),
        (0.68, 0.18),
        (0.60, 0.22),
        (0.60, 0.22),
        (0.64, 0.32),
        (0.655, 0.55),
        (0.64, 0.80),
        (0.60, 0.90),
        (0.60, 0.90),
        (0.68, 0.94),
        (0.72, 0.99),
        (0.72, 1.07),
        (0.70, 1.12),
        (0.70, 1.12),
        (0, 1.12),
    ]
    bird = Plumage((0.02, 1.20, 0), 204)
    eyes = [Egg((0.585, 1.285, side * 0.225), (0.068, 0.068, 0.055)) for side in (-1, 1)]
    beak = [
        Egg((0.76, 1.215, 0), (0.155, 0.040, 0.050), -7),
        Egg((0.735, 1.185, 0), (0.13, 0.030, 0.042), -1),
    ]
    legs = [Egg((0.10, 0.06, side * 0.17), (0.030, 0.20, 0.030), -8) for side in (-1, 1)]
    toes = [
        Egg((0.17 + 0.02 * abs(k), -0.055, side * 0.17 + 0.075 * k), (0.125, 0.026, 0.026), 0, 26 * k)
        for side in (-1, 1)
        for k in (-1, 0, 1)
    ]
    solids: list[Solid] = [
        Table(("#9a8266", "#5d4a38"), 0.03),
        Turned(spool, (0, 0), reel("#e2b985", "#b9824f", "#1b8f9c", 0.69, 0.20, 0.92), gloss=0.03),
        bird,
        Parts(bird, eyes, "#0a0807", 0.07),
        Parts(bird, beak, "#2b231d", 0.04),
        Parts(bird, legs + toes, "#6e4632", 0.02),
        Turned(
            [
                (0, 0),
                (0.5, 0),
                (0.5, 0),
                (0.52, 0.05),
                (0.5, 0.12),
                (0.44, 0.16),
                (0.44, 0.16),
                (0.465, 0.35),
                (0.44, 0.58),
                (0.44, 0.58),
                (0.5, 0.62),
                (0.52, 0.68),
                (0.5, 0.74),
                (0.5, 0.74),
                (0, 0.74),
            ],
            (-1.22, 0.85),
            reel("#d9ae7a", "#a87343", "#d9912c", 0.50, 0.15, 0.59),
            gloss=0.03,
        ),
    ]

    def surroundings(d: Array) -> Array:
        sky = mix(tint("#4b5a3c"), tint("#dfeaf0"), smooth(-0.2, 0.8, d[1]))
        return sky * 0.8 + tint("#fff6e4") * 9 * smooth(0.955, 0.97, dot(d, unit(column(-0.45, 0.75, -0.62))))

    def backdrop(x: Array, y: Array) -> Array:
        leaves = fbm(x * 0.9, y * 0.9, 3, 3)
        wood_edge = mix(tint("#22382a"), tint("#93a763"), smooth(0.25, 0.8, leaves + 0.28 * x + 0.15 * y))
        return lights(x, y, wood_edge, ("#d5dc8c", "#f3e2a0", "#a9c98a"), 26, 4, 0.24, 0.16)

    scene = Scene(
        solids,
        (0.35, 2.15, -6.2),
        (0.02, 1.33, 0),
        0.262,
        (-0.50, 0.80, -0.55),
        tint("#fff0d6") * 2.3,
        tint("#b9cbe0") * 0.75,
        tint("#7d7a5a") * 0.6,
        surroundings,
        backdrop,
    )
    return scene.render(2 * int(900 * scale), 2 * int(1000 * scale), 6)
