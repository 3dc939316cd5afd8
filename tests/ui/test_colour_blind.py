"""The colour-blind theme tells apart what matters for every kind of colour vision.

Colours as dichromats see them by Machado, Oliveira and Fernandes (2009), severity 1.0, in linear
sRGB; distances are CIE 1976 ΔE in L*a*b*, of which about 2.3 can just be noticed.
"""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from tuirisk.ui.themes.themes import ThemeFile, load_themes

VISION = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)
APART = {
    ("risk-ok", "risk-caution", "risk-warning", "risk-critical"): 15,
    ("accent", "spark", "risk-warning"): 15,
    ("bar", "risk-warning", "risk-critical"): 15,
    ("up", "down"): 50,
    ("bid", "ask"): 50,
    ("bid-ground", "ask-ground"): 30,
}
"""Roles of which each must differ from each, and by how much; the second row are the regimes."""

Triple = tuple[float, float, float]


def times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def lab(colour: str, vision: str) -> Triple:
    """L*, a* and b* of #rrggbb as it is seen."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    r, g, b = (min(1.0, max(0.0, part)) for part in times(VISION[vision], (r, g, b)))
    parts = (v / w for v, w in zip(times(XYZ, (r, g, b)), WHITE, strict=True))
    x, y, z = (math.cbrt(p) if p > 0.008856 else 7.787 * p + 16 / 116 for p in parts)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def confused(file: ThemeFile, vision: str) -> dict[tuple[str, str], float]:
    """Pairs of roles that are too much alike."""
    colours = file.colors | file.variables
    found = {}
    for roles, least in APART.items():
        for one, other in combinations(roles, 2):
            distance = math.dist(lab(colours[one], vision), lab(colours[other], vision))
            if distance < least:
                found[one, other] = round(distance, 1)
    return found


def theme(name: str) -> ThemeFile:
    return next(file for file in load_themes().files if file.name == name)


@pytest.mark.parametrize("vision", VISION)
def test_okabe_ito_differs_for_every_colour_vision(vision: str) -> None:
    assert not confused(theme("okabe-ito"), vision)


def test_red_and_green_are_not() -> None:
    assert ("risk-ok", "risk-critical") in confused(theme("nord"), "deuteranopia")


@pytest.mark.parametrize("name", ["nord", "aurora", "light", "contrast"])
def test_severities_differ_in_colour_in_every_coloured_theme(name: str) -> None:
    assert not {
        pair for pair in confused(theme(name), "normal") if all("risk" in role for role in pair)
    }


def test_without_hue_a_graver_severity_stands_out_more() -> None:
    colours = theme("mono").variables
    lightness = [
        lab(colours[f"risk-{severity}"], "normal")[0]
        for severity in ("ok", "caution", "warning", "critical")
    ]
    assert all(b - a >= 5 for a, b in pairwise(lightness))
