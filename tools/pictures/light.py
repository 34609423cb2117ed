"""Numbers as pictures see them: colours, noise, and the film that turns light into a picture.

Points, directions and colours are float32 arrays of shape (3, n): a row for each axis or channel of light.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]
LATTICE = np.random.default_rng(1113).random((64, 64, 64), dtype=np.float32)


def column(*values: float) -> Array:
    return np.array(values, np.float32)[:, None]


def tint(code: str) -> Array:
    """A web colour as linear light, shape (3, 1)."""
    return column(*((int(code[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)))


def smooth(low: float, high: float, x: Array) -> Array:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Any, b: Any, t: Any) -> Any:
    return a + (b - a) * t


def dot(a: Array, b: Array) -> Array:
    return np.einsum("in,in->n", a, np.broadcast_to(b, a.shape))


def unit(v: Array) -> Array:
    return v / np.maximum(np.sqrt((v * v).sum(0)), 1e-9)


def fbm(x: Any, y: Any, z: Any = 0.0, octaves: int = 5) -> Array:
    """Fractal value noise in 0..1 at points of any one shape."""
    x, y, z = np.broadcast_arrays(*(np.asarray(v, np.float32) for v in (x, y, z)))
    total, weight = np.zeros(x.shape, np.float32), 0.0
    for octave in range(octaves):
        cells, blends = [], []
        for v in (x, y, z):
            v = v * np.float32(2.03**octave) + np.float32(17.3 * octave)
            floor = np.floor(v)
            t = v - floor
            cells.append(floor.astype(np.int64))
            blends.append(t * t * (3 - 2 * t))
        (i, j, k), (u, v, w) = cells, blends
        corner = [
            [[LATTICE[(i + a) & 63, (j + b) & 63, (k + c) & 63] for c in (0, 1)] for b in (0, 1)]
            for a in (0, 1)
        ]
        near, far = ([mix(side[b][0], side[b][1], w) for b in (0, 1)] for side in corner)
        total += mix(mix(near[0], near[1], v), mix(far[0], far[1], v), u) * 0.5**octave
        weight += 0.5**octave
    return total / np.float32(weight)


def develop(light: Array, height: int, width: int, grain: float, seed: int) -> Image.Image:
    """Linear light (3, height * width), twice too large, to a picture: vignette, film curve, grain."""
    frame = light.reshape(3, height // 2, 2, width // 2, 2).mean((2, 4))
    y, x = np.mgrid[-1 : 1 : height // 2 * 1j, -1 : 1 : width // 2 * 1j].astype(np.float32)
    frame = frame * (1 - 0.2 * (x * x + y * y) ** 1.5 / 2)
    frame = np.clip(frame * (2.51 * frame + 0.03) / (frame * (2.43 * frame + 0.59) + 0.14), 0, 1) ** (1 / 2.2)
    noise = np.random.default_rng(seed).normal(0, grain, frame.shape[1:]) * (1.15 - frame.mean(0))
    return Image.fromarray(
        np.round(np.clip(frame + noise, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0), "RGB"
    )
