"""A window as a small picture of lines."""

from __future__ import annotations

import base64

import numpy as np
from jaxtyping import Float

__all__ = ["drawn"]

WIDTH, HEIGHT, EDGE = 320, 120, 4
MOST_POINTS, MOST_LINES = 160, 8
COLOURS = ("#2a6f97", "#c8553d", "#588157", "#8d5a97", "#b08900", "#3d5a80", "#9c6644", "#6c757d")


def drawn(window: Float[np.ndarray, "rows columns"]) -> str:
    """An SVG picture as a data: URI, a line a column, of the first eight, each over its own range.

    A line of more than 160 rows is drawn through the mean of each of 160 stretches.
    """
    lines = "".join(
        f"<polyline fill='none' stroke='{colour}' stroke-width='1.5' points='{_points(column)}'/>"
        for colour, column in zip(COLOURS, window.T[:MOST_LINES], strict=False)
    )
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' viewBox='0 0 {WIDTH} {HEIGHT}'>"
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#ffffff'/>{lines}</svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"


def _points(column: Float[np.ndarray, " rows"]) -> str:
    means = np.array([some.mean() for some in np.array_split(column, min(len(column), MOST_POINTS))])
    low, high = float(means.min()), float(means.max())
    x = EDGE + (WIDTH - 2 * EDGE) * np.linspace(0, 1, len(means))
    y = HEIGHT / 2 * np.ones(len(means)) if high == low else EDGE + (HEIGHT - 2 * EDGE) * (high - means) / (high - low)
    return " ".join(f"{across:.0f},{down:.0f}" for across, down in zip(x, y, strict=True))
