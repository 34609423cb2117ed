"""Readings over time as one SVG picture, a strip for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from soak.gauges import thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from soak.gauges import Sample

WIDTH_PX, STRIP_PX, GAP_PX, LABEL_PX = 760, 74, 34, 56
MOST_POINTS = 340
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1b1f24}.axis{text-anchor:end;fill-opacity:.7}"
    "line{stroke:#9aa3ad;stroke-opacity:.4}polyline{fill:none;stroke:#2f7de1;stroke-width:1.4}"
    ".most{stroke:#e0813a;stroke-width:1}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e9ed}}"
)


class Strip(NamedTuple):
    """One reading over time, on a scale from zero."""

    title: str
    value: Callable[[Sample], float]
    most: Callable[[Sample], float] | None = None
    """A second line."""


STRIPS = (
    Strip("Resident memory, MiB", lambda sample: sample.memory_mib),
    Strip("Open descriptors", lambda sample: sample.descriptors),
    Strip("Threads", lambda sample: sample.threads),
    Strip("Requests/s", lambda sample: sample.per_s),
    Strip("CPU, % of a core", lambda sample: sample.cpu_percent),
    Strip(
        "An independent client's wait, ms: median, and the longest",
        lambda sample: sample.probe_ms,
        lambda sample: sample.longest_ms,
    ),
)


def chart(samples: Sequence[Sample]) -> str:
    """All strips, one below the other."""
    points = thinned(samples, MOST_POINTS)
    parts, top = [], 0
    for strip in STRIPS:
        top += GAP_PX
        parts.append(_strip(strip, points, top))
        top += STRIP_PX
    end_s = points[-1].at_s if points else 0.0
    label = f"{end_s / 60:.0f} min" if end_s >= 120 else f"{end_s:.0f} s"
    parts.append(f'<text x="{WIDTH_PX}" y="{top + 18}" class="axis">{label}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {top + 24}" width="{WIDTH_PX}" '
        f'height="{top + 24}" role="img" aria-label="The server\'s memory, descriptors, threads, load and '
        f'waiting times over {label}"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _strip(strip: Strip, points: Sequence[Sample], top: int) -> str:
    lines = [strip.value] if strip.most is None else [strip.most, strip.value]
    highest = max((line(point) for line in lines for point in points), default=0.0)
    parts = [
        f'<text x="{LABEL_PX}" y="{top - 8}">{strip.title}</text>',
        f'<text x="{LABEL_PX - 8}" y="{top + 10}" class="axis">{highest:,.4g}</text>',
        f'<text x="{LABEL_PX - 8}" y="{top + STRIP_PX}" class="axis">0</text>',
        f'<line x1="{LABEL_PX}" x2="{WIDTH_PX}" y1="{top + STRIP_PX}" y2="{top + STRIP_PX}"/>',
    ]
    end_s = max((point.at_s for point in points), default=1.0)
    for line in lines:
        places = " ".join(
            f"{LABEL_PX + point.at_s / end_s * (WIDTH_PX - LABEL_PX):.1f},"
            f"{top + STRIP_PX - line(point) / (highest or 1.0) * STRIP_PX:.1f}"
            for point in points
        )
        kind = ' class="most"' if line is strip.most else ""
        parts.append(f'<polyline{kind} points="{places}"/>')
    return "".join(parts)
