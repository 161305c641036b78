r"""Drawing, apart from computing: each function takes computed arrays and Matplotlib axes.

Chapters call :func:`use_style` once. Colors have one meaning through the book: blue for negative
momentum, gray for none, orange for positive; red for the circle that limits the rate.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

# A palette that stays distinct for color-blind readers and in gray print.
NEGATIVE, ZERO, POSITIVE = "#0072b2", "#6e6e6e", "#d55e00"
LIMIT, HIGHLIGHT = "#c1272d", "#009e73"

STYLE = {
    "figure.figsize": (7.0, 4.0),
    "figure.constrained_layout.use": True,
    # The page may be dark; the figure brings its own ground.
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.axisbelow": True,
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "mathtext.fontset": "cm",
    "svg.hashsalt": "negmom",  # equal figures give equal files
    "svg.fonttype": "none",
}


def use_style() -> None:
    """Set the book's style and, inside a notebook, SVG output.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["svg.hashsalt"]
    'negmom'
    """
    from IPython import get_ipython
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    plt.rcParams.update(STYLE)
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def momentum_color(beta: float) -> str:
    """Return the color of a momentum by its sign.

    Examples
    --------
    >>> momentum_color(-0.3) == NEGATIVE
    True
    """
    return NEGATIVE if beta < 0 else POSITIVE if beta > 0 else ZERO


def complex_plane(ax: Axes, radius: float = 1.0) -> None:
    """Prepare `ax` for the complex plane: equal scales, axes through 0, a black circle.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    radius : float
        Radius of the circle; the unit circle by default, inside of which a method converges.

    Examples
    --------
    >>> complex_plane(plt.figure().gca())
    """
    ax.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    ax.axvline(0, color="0.85", linewidth=0.8, zorder=0)
    circle(ax, radius, color="black", linewidth=1.2)
    ax.set_aspect("equal")
    ax.set_xlabel(r"$\mathrm{Re}$")
    ax.set_ylabel(r"$\mathrm{Im}$")


def circle(ax: Axes, radius: float, center: complex = 0, **style) -> None:
    """Draw a circle of the complex plane.

    Examples
    --------
    >>> circle(plt.figure().gca(), 0.5, color=LIMIT, linestyle="--")
    """
    points = center + radius * np.exp(1j * np.linspace(0, 2 * np.pi, 400))
    ax.plot(points.real, points.imag, **style)
