"""family.jpg: a family of spinning tops in the light of a window, the smallest asleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .light import Array, column, dot, mix, smooth, tint, unit
from .still_life import Scene, Solid, Table, Turned, lights, wood

if TYPE_CHECKING:
    from PIL import Image


def family(scale: float) -> Image.Image:
    tall = [
        (0, 0),
        (0.035, 0.03),
        (0.10, 0.16),
        (0.30, 0.34),
        (0.54, 0.50),
        (0.60, 0.58),
        (0.56, 0.66),
        (0.30, 0.74),
        (0.14, 0.80),
        (0.085, 0.92),
        (0.075, 1.15),
        (0.08, 1.34),
        (0.12, 1.40),
        (0.13, 1.46),
        (0.10, 1.52),
        (0, 1.54),
    ]
    round_ = [
        (0, 0),
        (0.035, 0.03),
        (0.09, 0.12),
        (0.30, 0.24),
        (0.50, 0.42),
        (0.56, 0.60),
        (0.50, 0.76),
        (0.30, 0.88),
        (0.12, 0.93),
        (0.07, 1.0),
        (0.065, 1.18),
        (0.10, 1.25),
        (0.11, 1.31),
        (0.07, 1.37),
        (0, 1.39),
    ]
    flat = [
        (0, 0),
        (0.03, 0.03),
        (0.07, 0.17),
        (0.26, 0.26),
        (0.60, 0.33),
        (0.66, 0.39),
        (0.62, 0.45),
        (0.30, 0.50),
        (0.09, 0.55),
        (0.06, 0.66),
        (0.06, 0.86),
        (0.09, 0.91),
        (0.07, 0.97),
        (0, 0.98),
    ]
    solids: list[Solid] = [
        Table(("#75543d", "#38241a"), 0.05),
        Turned(
            tall,
            (-0.95, 0.25),
            wood(
                "#d9a066",
                "#a8683a",
                [(0.46, 0.55, "#1c5d6b"), (0.58, 0.62, "#f0e2c4"), (1.36, 1.50, "#1c5d6b")],
            ),
            lean=5,
            heading=150,
            size=1.25,
        ),
        Turned(
            round_,
            (0.48, 0.42),
            wood(
                "#e6bd86",
                "#bb7f48",
                [
                    (0.36, 0.46, "#b23a2e"),
                    (0.50, 0.56, "#f2dfb8"),
                    (0.60, 0.72, "#b23a2e"),
                    (1.24, 1.33, "#b23a2e"),
                ],
            ),
            lean=6,
            heading=20,
            size=1.12,
        ),
        Turned(
            flat,
            (-0.08, -0.85),
            wood("#edcb98", "#c48c52", [(0.34, 0.44, "#e0a526"), (0.89, 0.95, "#e0a526")]),
            lean=8,
            heading=250,
            size=0.62,
        ),
        Turned(
            round_,
            (1.42, -0.50),
            wood(
                "#c98d58",
                "#8f5630",
                [(0.40, 0.52, "#3e7d4f"), (0.56, 0.60, "#f2e6c8"), (0.64, 0.74, "#3e7d4f")],
            ),
            lean=7,
            heading=320,
            size=0.55,
        ),
        Turned(
            tall,
            (-1.62, -0.72),
            wood(
                "#efd3a5",
                "#cf9a63",
                [(0.44, 0.50, "#d86a4a"), (0.54, 0.60, "#f7ecd2"), (0.63, 0.67, "#d86a4a")],
            ),
            lean=61,
            heading=-28,
            size=0.46,
        ),
    ]

    def surroundings(d: Array) -> Array:
        room = mix(tint("#4a2f20"), tint("#b98a5e"), smooth(-0.2, 0.9, d[1]))
        facing = unit(column(-0.72, 0.55, -0.42))
        across = unit(np.cross(facing, column(0, 1, 0), axis=0))
        depth = np.maximum(dot(d, facing), 1e-3)
        u, v = dot(d, across) / depth, dot(d, np.cross(across, facing, axis=0)) / depth
        pane = (
            smooth(0.46, 0.44, np.abs(u))
            * smooth(0.56, 0.54, np.abs(v))
            * smooth(0.02, 0.035, np.abs(u))
            * smooth(0.02, 0.035, np.abs(v))
        )
        return room * 0.6 + tint("#fff1d8") * pane * 7 * (dot(d, facing) > 0.05)

    def backdrop(x: Array, y: Array) -> Array:
        wall = mix(tint("#3d3534"), tint("#b58a62"), np.exp(-((x + 0.9) ** 2 + (y - 0.75) ** 2) * 0.55))
        return lights(x, y, wall, ("#ffb45e", "#ffd9a0", "#ff8f4a"), 20, 8, 0.17, 0.30)

    scene = Scene(
        solids,
        (0.15, 1.55, -5.6),
        (-0.05, 0.66, 0),
        0.262,
        (-0.62, 0.80, -0.52),
        tint("#ffe6c4") * 2.6,
        tint("#8f9bb0") * 0.55,
        tint("#c07a48") * 0.75,
        surroundings,
        backdrop,
    )
    return scene.render(2 * int(1280 * scale), 2 * int(800 * scale), 5)
