"""photo.png: a lake at dusk, painted from the back to the front with layers of noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .light import Array, develop, fbm, mix, smooth, tint

if TYPE_CHECKING:
    from PIL import Image


def dusk(scale: float) -> Image.Image:
    width, height = (2 * int(v * scale) for v in (1040, 650))
    shore = int(height * 0.64)
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) / height, np.arange(shore, dtype=np.float32) / height
    )
    upper = paint_sky(x, y)
    top, water_line = 0.375, shore / height
    for depth, roughness in enumerate((0.17, 0.19, 0.17, 0.14, 0.09)):
        upper = paint_hills(upper, x, y, depth, top, roughness, water_line)
        top += 0.052
    rows = np.arange(shore, height)
    near = ((rows - shore + 1) / (height - shore)).astype(np.float32)[:, None]
    column_x = np.arange(width, dtype=np.float32)[None] / height
    ripple = fbm(column_x * 5 / (near + 0.12), 3.2 / (near + 0.05), 2, 4) - 0.5
    fine = fbm(column_x * 26 / (near + 0.1), 22 / (near + 0.05), 5, 3) - 0.5
    source_y = np.clip(
        shore - 1 - (rows - shore)[:, None] * 0.98 - np.abs(ripple + fine) * (0.02 + 0.22 * near) * height,
        0,
        shore - 1,
    )
    source_x = np.clip(np.arange(width)[None] + (ripple * 0.5 + fine) * 0.03 * near * height, 0, width - 1)
    lake = upper[:, source_y.astype(np.int64), source_x.astype(np.int64)]
    sheen = np.exp(-(((column_x - SUN_X) / (0.018 + 0.075 * near)) ** 2)) * smooth(
        0.02, 0.30, fine + 0.4 * ripple
    )
    lake = (
        lake * mix(tint("#e6e2e2"), tint("#8797b0"), near.reshape(1, -1))[:, :, None]
        + sheen * (1 - 0.6 * near) * tint("#ffb765")[:, :, None] * 1.3
    )
    mist = np.exp(-near * 26) * (0.35 + 0.5 * fbm(column_x * 3, 0 * near, 9, 3))
    lake = mix(lake, tint("#dca088")[:, :, None], mist * 0.55)
    scene = np.concatenate([upper, lake], axis=1)
    scene = paint_boat(scene, width, height)
    return develop(scene.reshape(3, -1), height, width, 0.011, 3)


SUN_X, SUN_Y = 0.99, 0.352


def paint_sky(x: Array, y: Array) -> Array:
    stops = (0.0, 0.14, 0.26, 0.36, 0.44, 0.64)
    colours = [tint(c)[:, 0] for c in ("#24365f", "#4f5180", "#a3697a", "#ea925f", "#ffc67a", "#ffd59a")]
    sky = np.stack([np.interp(y, stops, [c[i] for c in colours]) for i in range(3)]).astype(np.float32)
    away = np.sqrt((x - SUN_X) ** 2 + (y - SUN_Y) ** 2)
    sky = sky + tint("#ff9a4d")[:, :, None] * (0.85 * np.exp(-away * 7) + 0.5 * np.exp(-away * 24))
    drift = fbm(x * 1.7 + 3 * y, y * 11 + 0.5 * x, 1, 6) + 0.25 * (fbm(x * 7, y * 40, 4, 4) - 0.5)
    cloud = smooth(0.50, 0.76, drift) * smooth(0.46, 0.30, y) * 0.85
    lit = mix(
        tint("#6a5676")[:, :, None], tint("#ffab7a")[:, :, None], smooth(0.05, 0.36, y) * np.exp(-away * 0.9)
    )
    sky = mix(sky, lit, cloud)
    return mix(sky, tint("#fff0c8")[:, :, None] * 2.6, smooth(0.0385, 0.0365, away) * (1 - 0.4 * cloud))


def paint_hills(
    under: Array, x: Array, y: Array, depth: int, top: float, roughness: float, water_line: float
) -> Array:
    """Lay one range of hills over the picture: the nearer, the darker and the more wooded."""
    row = x[0]
    ridge = (
        top
        + 0.10
        - roughness * 1.5 * (fbm(row * (1.2 + 0.75 * depth) + 11.7 * depth, 3.1 * depth, 0, 7) - 0.18)
    )
    ridge += 0.05 * depth / 4 * np.cos((row - 0.75) * 3.2)
    slope = ridge[None] + 0 * y
    if depth >= 2:
        trees = np.zeros_like(row)
        pitch = (0, 0, 0.0042, 0.0068, 0.0115)[depth]
        for shift in range(3):
            cell = row / pitch + shift * 0.37
            tall = fbm(np.floor(cell) * 7.31, shift * 9.7, depth, 1)
            lean = np.abs(cell - np.floor(cell) - 0.5) * 2
            branches = 0.13 * np.abs(((1 - lean) * 6) % 1 - 0.5)
            trees = np.maximum(trees, np.clip(tall * (1.05 - lean - branches), 0, 1))
        ridge -= trees * pitch * 2.9 * (0.55 + fbm(row * 5, depth, 0, 2))
    ridge = np.minimum(ridge, water_line - 0.002)
    shade = tint(("#bd7f80", "#8b6279", "#5c4c6c", "#363853", "#171f34")[depth])[:, :, None]
    haze = tint(("#f7b283", "#e8a07d", "#cc8a7c", "#a0747a", "#5a4c62")[depth])[:, :, None]
    fall = np.clip((y - slope) / (water_line - slope + 0.01), 0, 1)
    away = np.exp(-np.abs(x - SUN_X) * 2.2)
    patch = 0.75 + 0.5 * fbm(x * 6, y * 16, depth, 4)
    colour = mix(shade, haze, np.clip(fall**1.4 * patch * (0.75 + 0.5 * away), 0, 1)) * (1 + 0.35 * away)
    return mix(under, colour, np.clip((y - ridge) * len(y) / 0.64 + 0.5, 0, 1))


def paint_boat(scene: Array, width: int, height: int) -> Array:
    """A rowing boat with one person in it, dark against the water, and its broken reflection."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    u, v = (x - 0.52) / 0.055, (y - 0.745) / 0.055
    boat = np.zeros_like(u)
    for sign, fade in ((1, 1.0), (-1, 0.55)):
        w = v * sign if sign > 0 else -v * 0.9 + 0.16
        bend = u + (0.12 * np.sin(v * 22) * np.clip(v, 0, 1) if sign < 0 else 0)
        hull = (w > -0.16 - 0.16 * bend**2) & (w < 0.16 - 0.30 * np.abs(bend) ** 3) & (np.abs(bend) < 1)
        body = ((bend + 0.08) / 0.13) ** 2 + ((w + 0.30) / 0.28) ** 2 < 1
        head = (bend + 0.04) ** 2 + (w + 0.70) ** 2 < 0.012
        oar = (np.abs(w + 0.30 - 0.42 * (bend - 0.1)) < 0.018) & (bend > 0) & (bend < 1.25)
        boat = np.maximum(boat, (hull | body | head | oar) * np.float32(fade))
    return mix(scene, tint("#171a30")[:, :, None], boat * 0.95)
