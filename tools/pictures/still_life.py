"""Still lifes: rays marched through distance fields, lit by one window.

Most shapes are turned on a lathe: an outline of radius against height, spun about its axis. Lengths are in no
unit; x goes right, y up, z away from the viewer, and the table is y = 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .light import Array, column, develop, dot, fbm, mix, smooth, tint, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


class Solid(Protocol):
    gloss: float  # share of a straight-on reflection

    def distance(self, p: Array) -> Array:
        """Distance from each point to the surface, never more than the true one; negative inside."""

    def colour(self, p: Array) -> Array:
        """Albedo at surface points, (3, n)."""


# Albedo of points in the frame of their lathe (its axis is y), given with their radius.
Paint = Callable[[Array, Array], Array]
CELL = 0.006  # spacing of a lathe's table of distances
PAD = 0.12  # and how far that table reaches beyond the shape


class Turned:
    """A shape turned on a lathe, standing or leaning on the table y = 0.

    `outline` is (radius, height) from tip to top, smoothed; `lean` is degrees from upright towards `heading`.
    """

    def __init__(
        self,
        outline: Sequence[tuple[float, float]],
        at: tuple[float, float],
        paint: Paint,
        *,
        lean: float = 0,
        heading: float = 0,
        size: float = 1,
        gloss: float = 0.05,
    ) -> None:
        self.paint, self.size, self.gloss = paint, size, gloss
        turns = round_corners(np.array(outline, np.float32))
        self.low, self.table = lathe_field(turns)
        a, b = np.radians((lean, heading))
        axis = np.array((np.sin(a) * np.cos(b), np.cos(a), np.sin(a) * np.sin(b)))
        side = np.array((np.cos(a) * np.cos(b), -np.sin(a), np.cos(a) * np.sin(b)))
        self.frame = np.stack((side, axis, np.cross(side, axis))).astype(np.float32)
        lowest = (turns[:, 1] * np.cos(a) - turns[:, 0] * np.sin(a)).min()
        self.origin = column(at[0], -lowest * size, at[1])

    def local(self, p: Array) -> Array:
        return self.frame @ (p - self.origin) / self.size

    def distance(self, p: Array) -> Array:
        x, y, z = self.local(p)
        u, v = np.sqrt(x * x + z * z) / CELL, (y - self.low) / CELL
        rows, cols = self.table.shape
        a, b = np.clip(u, 0, rows - 1.001), np.clip(v, 0, cols - 1.001)
        outside = np.hypot(u - a, v - b) * CELL
        found = outside + PAD
        near = np.flatnonzero(outside < 0.01)
        a, b = a[near], b[near]
        i, j = a.astype(np.int64), b.astype(np.int64)
        s, t = a - i, b - j
        field = self.table
        found[near] = mix(
            mix(field[i, j], field[i, j + 1], t), mix(field[i + 1, j], field[i + 1, j + 1], t), s
        )
        return np.asarray(found * self.size, np.float32)

    def colour(self, p: Array) -> Array:
        q = self.local(p)
        return self.paint(q, np.hypot(q[0], q[2]))


def round_corners(points: Array) -> Array:
    """A Catmull-Rom curve through the points; a point given twice stays a sharp corner."""
    ends = np.concatenate((points[:1], points, points[-1:]))
    t = np.linspace(0, 1, 10, endpoint=False, dtype=np.float32)[:, None]
    curve = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
        if (b != c).any()
    ]
    smoothed = np.concatenate([*curve, points[-1:]])
    smoothed[:, 0] = np.maximum(smoothed[:, 0], 0)
    return smoothed


def lathe_field(outline: Array) -> tuple[float, Array]:
    """Signed distance to the outline on a grid of CELL, by radius and height; with it the lowest height."""
    reach, low, high = (
        float(outline[:, 0].max()),
        float(outline[:, 1].min()) - PAD,
        float(outline[:, 1].max()) + PAD,
    )
    r, h = np.mgrid[0 : reach + PAD : CELL, low:high:CELL].astype(np.float32)
    best, inside = np.full(r.shape, 9, np.float32), np.zeros(r.shape, bool)
    for (r0, h0), (r1, h1) in itertools.pairwise(outline):
        dr, dh = r1 - r0, h1 - h0
        t = np.clip(((r - r0) * dr + (h - h0) * dh) / (dr * dr + dh * dh + 1e-12), 0, 1)
        best = np.minimum(best, np.hypot(r - r0 - t * dr, h - h0 - t * dh))
        if dh:
            inside ^= ((h0 <= h) != (h1 <= h)) & (r < r0 + (h - h0) / dh * dr)
    return low, np.where(inside, -best, best)


@dataclass
class Table:
    """The floor of the scene, y = 0: planks with grain along x."""

    planks: tuple[str, str]
    gloss: float = 0.05

    def distance(self, p: Array) -> Array:
        return p[1]

    def colour(self, p: Array) -> Array:
        x, z = p[0], p[2]
        plank = np.floor(z / 0.9)
        shift = plank * 5.37
        figure = fbm(x * 0.55 + shift, z * 3.2, shift, 4)
        rings = 0.5 + 0.5 * np.sin(figure * 62)
        fibre = fbm(x * 3 + shift, z * 70, 3, 3)
        seam = smooth(0.012, 0.0, np.abs(z / 0.9 - np.round(z / 0.9)))
        shade = np.clip(0.28 * rings + 0.75 * fibre + 0.35 * (fbm(shift, plank, 0, 1) - 0.5), 0, 1)
        return mix(tint(self.planks[0]), tint(self.planks[1]), shade) * (1 - 0.75 * seam)


@dataclass
class Scene:
    solids: list[Solid]
    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    spread: float  # half the picture's height over the distance
    key: tuple[float, float, float]  # direction towards the light
    key_light: Array
    sky: Array
    bounce: Array
    surroundings: Callable[[Array], Array]  # what a ray sees that hits nothing, by direction
    backdrop: Callable[[Array, Array], Array]  # the same for the camera's own rays, by picture coordinates

    def distance(self, p: Array) -> Array:
        return np.min([s.distance(p) for s in self.solids], axis=0)

    def march(self, origin: Array, heading: Array, far: float = 22.0) -> tuple[Array, NDArray[np.bool_]]:
        """Length of each ray and whether it ends on a surface."""
        t = np.zeros(heading.shape[1], np.float32)
        alive = np.arange(len(t))
        for _ in range(140):
            step = self.distance(origin[:, alive] + heading[:, alive] * t[alive])
            t[alive] += step * 0.92
            alive = alive[(step > 0.0004 + 0.0002 * t[alive]) & (t[alive] < far)]
            if not len(alive):
                break
        return t, t < far

    def normal(self, p: Array) -> Array:
        total = np.zeros_like(p)
        for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
            total += column(*corner) * self.distance(p + column(*corner) * 0.006)
        return unit(total)

    def shadow(self, p: Array, toward: Array) -> Array:
        """Share of the key light that arrives: 1 in the open, 0 in full shade, soft as from a window."""
        open_, t = np.ones(p.shape[1], np.float32), np.full(p.shape[1], 0.02, np.float32)
        alive = np.arange(len(t))
        for _ in range(44):
            step = self.distance(p[:, alive] + toward * t[alive])
            open_[alive] = np.minimum(open_[alive], 0.5 + 0.5 * step / (0.13 * t[alive]))
            t[alive] += np.clip(step, 0.015, 0.25)
            alive = alive[(open_[alive] > 0) & (t[alive] < 6)]
            if not len(alive):
                break
        open_ = np.clip(open_, 0, 1)
        return open_ * open_ * (3 - 2 * open_)

    def shade(self, p: Array, heading: Array, depth: int = 0) -> Array:
        distances = np.stack([s.distance(p) for s in self.solids])
        which, n, key = distances.argmin(0), self.normal(p), unit(column(*self.key))
        albedo, gloss = np.zeros_like(p), np.zeros(p.shape[1], np.float32)
        for i, solid in enumerate(self.solids):
            mine = np.flatnonzero(which == i)
            if len(mine):
                albedo[:, mine], gloss[mine] = solid.colour(p[:, mine]), solid.gloss
        lift = p + n * 0.012
        nook = np.ones(p.shape[1], np.float32)
        for reach in (0.05, 0.14, 0.32):
            nook *= 1 - 0.5 * np.clip(1 - self.distance(p + n * reach) / reach, 0, 1)
        facing = dot(n, key)
        direct = np.clip(facing * 0.92 + 0.08, 0, 1) * (self.shadow(lift, key) if depth == 0 else nook)
        soft = mix(self.bounce, self.sky, 0.5 + 0.5 * n[1]) * nook
        light = albedo * (self.key_light * direct + soft)
        mirror = heading - 2 * dot(heading, n) * n
        fresnel = gloss + (1 - gloss) * 0.55 * np.clip(1 + dot(heading, n), 0, 1) ** 5 * (gloss > 0.01)
        seen = self.surroundings(mirror)
        if depth == 0:
            shiny = np.flatnonzero(gloss > 0.01)
            start = lift[:, shiny]
            length, hit = self.march(start, mirror[:, shiny], 7.0)
            ends = (start + mirror[:, shiny] * length)[:, hit]
            if ends.size:
                seen[:, shiny[hit]] = self.shade(ends, mirror[:, shiny][:, hit], 1)
        return light * (1 - fresnel) + seen * fresnel * (0.4 + 0.6 * nook)

    def render(self, width: int, height: int, seed: int) -> Image.Image:
        eye = column(*self.eye)
        ahead = unit(column(*self.target) - eye)
        right = unit(np.cross(column(0, 1, 0), ahead, axis=0))
        up = np.cross(ahead, right, axis=0)
        picture, rows = np.zeros((3, height * width), np.float32), max(1, 60000 // width)
        for top in range(0, height, rows):
            v, u = np.mgrid[top : min(top + rows, height), 0:width].reshape(2, -1).astype(np.float32)
            x, y = (u + 0.5 - width / 2) * 2 / height, 1 - (v + 0.5) * 2 / height
            heading = unit(ahead + self.spread * (right * x + up * y))
            length, hit = self.march(np.broadcast_to(eye, heading.shape), heading)
            far = self.backdrop(x, y)
            p = eye + heading * length
            lit = self.shade(p[:, hit], heading[:, hit])
            far[:, hit] = mix(lit, far[:, hit], smooth(8.5, 19, length[hit]))
            picture[:, top * width : top * width + far.shape[1]] = far
        return develop(picture, height, width, 0.009, seed)


def lights(
    x: Array, y: Array, ground: Array, colours: Sequence[str], count: int, seed: int, big: float, glow: float
) -> Array:
    """Out-of-focus discs of light over a backdrop."""
    dice = np.random.default_rng(seed)
    for _ in range(count):
        cx, cy, size = dice.uniform(-1.8, 1.8), dice.uniform(0.28, 1.05), big * dice.uniform(0.45, 1)
        away = np.hypot(x - cx, y - cy) / size
        disc = smooth(1.06, 0.94, away) * (0.7 + 0.3 * smooth(0.5, 1.0, away))
        ground = ground + tint(colours[int(dice.integers(len(colours)))]) * disc * glow * dice.uniform(0.3, 1)
    return ground


def wood(pale: str, deep: str, bands: Sequence[tuple[float, float, str]] = ()) -> Paint:
    """Turned wood with painted rings: (lowest height, highest height, colour)."""

    def paint(q: Array, r: Array) -> Array:
        growth = 0.5 + 0.5 * np.sin(
            38 * (np.hypot(q[0] - 0.25, q[2] + 0.1) + 0.22 * fbm(q[0] * 2, q[1] * 0.8, q[2] * 2, 3))
        )
        fibre = fbm(q[0] * 40, q[1] * 4, q[2] * 40, 3)
        albedo = mix(tint(pale), tint(deep), np.clip(0.45 * growth + 0.7 * fibre - 0.1, 0, 1))
        for low, high, code in bands:
            edge = smooth(low - 0.006, low + 0.006, q[1]) * smooth(high + 0.006, high - 0.006, q[1])
            albedo = mix(albedo, tint(code) * (0.9 + 0.2 * fibre), edge * 0.97)
        groove = np.min([np.abs(q[1] - h) for band in bands for h in band[:2]], axis=0) if bands else r
        return albedo * (0.55 + 0.45 * smooth(0.0, 0.009, groove))

    return paint
