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
    "svg.fonttype": "path",  # formulas need fonts that a browser does not have
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


def show_eigenvalue(value: complex) -> str:
    """Write an eigenvalue for a legend.

    Examples
    --------
    >>> show_eigenvalue(1 + 2j), show_eigenvalue(3), show_eigenvalue(1 - 0.5j)
    ('1 + 2i', '3', '1 − 0.5i')
    """
    value = complex(value)
    if value.imag == 0:
        return f"{value.real:g}"
    return f"{value.real:g} {'+' if value.imag > 0 else '−'} {abs(value.imag):g}i"


# --- §3 ------------------------------------------------------------------------------------------
def momentum_curves(momenta, curves, slopes, eigenvalues) -> None:
    r"""Draw :math:`\rho(\beta)`, the tangent at 0 and the minimum, one curve per eigenvalue.

    Parameters
    ----------
    momenta : numpy.ndarray, shape (n,)
        :math:`\beta`, increasing through 0.
    curves : sequence of numpy.ndarray, shape (n,)
        :math:`\rho` at those momenta.
    slopes : sequence of float
        :math:`\rho'(0)`.
    eigenvalues : sequence of complex
        For the legend.

    Examples
    --------
    >>> momentum_curves(np.array([-0.1, 0.0, 0.1]), [np.array([0.4, 0.5, 0.6])], [1.0], [1 + 1j])
    """
    _, ax = plt.subplots()
    colors = plt.get_cmap("viridis")(np.linspace(0.05, 0.8, len(curves)))
    near = np.linspace(-0.25, 0.25, 2)
    for rho, slope, eigenvalue, color in zip(curves, slopes, eigenvalues, colors):
        at_zero = np.interp(0.0, momenta, rho)
        ax.plot(momenta, rho, color=color, label=rf"$\lambda$ = {show_eigenvalue(eigenvalue)}")
        ax.plot(near, at_zero + slope * near, color=color, linestyle="--", linewidth=1)
        lowest = np.argmin(rho)
        ax.plot(momenta[lowest], rho[lowest], "o", color=color)
    ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    ax.set(xlabel=r"momentum $\beta$", ylabel=r"$\rho_{\lambda,\eta}(\beta)$", ylim=(0, 1.35))
    ax.legend(loc="upper left", ncols=2)


def momentum_map(eta, beta, radius, plain, interval, best, optimum) -> None:
    r"""Draw the radius over :math:`(\eta,\beta)`, its boundary of stability and where momentum helps.

    Parameters
    ----------
    eta, beta : numpy.ndarray, shapes (n,) and (k,)
        The axes.
    radius : numpy.ndarray, shape (k, n)
        Spectral radius (not squared).
    plain : numpy.ndarray, shape (n,)
        Spectral radius without momentum.
    interval : pair of float
        The ends of :math:`I(\lambda)`.
    best : float
        The best step without momentum.
    optimum : pair of float
        The joint optimum :math:`(\eta^*,\beta^*)`.

    Examples
    --------
    >>> grid = np.linspace(0.1, 1, 3), np.linspace(-0.5, 0.5, 2)
    >>> momentum_map(*grid, np.array([[0.5, 0.7, 1.2]] * 2), np.array([0.6, 0.6, 0.6]), (0.2, 0.8), 0.4, (0.5, -0.3))
    """
    figure, ax = plt.subplots(figsize=(7, 4.4))
    shades = ax.pcolormesh(
        eta,
        beta,
        np.minimum(radius, 1.25),
        cmap="Greys_r",
        shading="nearest",
        vmin=0.2,
        vmax=1.25,
        rasterized=True,
    )
    figure.colorbar(shades, label="spectral radius", extend="max")
    ax.contour(eta, beta, radius, levels=[1], colors=LIMIT, linewidths=1.8)
    with_momentum = np.where(beta[:, None] == 0, np.nan, radius - plain)
    ax.contour(eta, beta, with_momentum, levels=[0], colors="black", linewidths=1.3)
    ax.contourf(
        eta,
        beta,
        np.where(beta[:, None] < 0, radius - plain, 1),
        levels=[-9, 0],
        colors=[NEGATIVE],
        alpha=0.3,
    )
    ax.axhline(0, color="0.35", linewidth=0.8)
    ax.plot(interval, [0, 0], "|", color="black", markersize=14)
    ax.plot(best, 0, "o", color=HIGHLIGHT, label="best step, no momentum")
    ax.plot(*optimum, "*", color=HIGHLIGHT, markersize=14, label="joint optimum")
    ax.set(xlabel=r"step size $\eta$", ylabel=r"momentum $\beta$")
    ax.legend(loc="upper right", frameon=True)


def falling_momentum(beta, mu_plus, mu_minus, shown) -> None:
    r"""Draw the eigenvalues of the operator and their circle for several momenta, and the paths between.

    Parameters
    ----------
    beta : numpy.ndarray, shape (n,)
        Momenta, starting at 0.
    mu_plus, mu_minus : numpy.ndarray, shape (n, m)
        The eigenvalues (7) at those momenta.
    shown : sequence of float
        The momenta that get a panel; the nearest computed one is drawn.

    Examples
    --------
    >>> falling_momentum(np.array([0.0, -0.1]), np.full((2, 1), 0.5 + 0.5j), np.zeros((2, 1)), (0, -0.1))
    """
    figure, axes = plt.subplots(2, (len(shown) + 1) // 2, figsize=(7, 7), sharex=True, sharey=True)
    for ax, momentum in zip(axes.flat, shown):
        k = int(np.argmin(np.abs(beta - momentum)))
        complex_plane(ax)
        radius = max(np.abs(mu_plus[k]).max(), np.abs(mu_minus[k]).max())
        circle(ax, radius, color=LIMIT, linestyle="--", linewidth=1.4)
        for values, color in (mu_plus, NEGATIVE), (mu_minus, POSITIVE):
            ax.plot(
                values[: k + 1].real,
                values[: k + 1].imag,
                ".",
                color=color,
                markersize=1.5,
                alpha=0.5,
            )
            ax.plot(values[k].real, values[k].imag, "o", color=color, markersize=6)
        ax.set_title(rf"$\beta$ = {beta[k]:.2f}, radius {radius:.3f}".replace("-", "−"))
    axes.flat[0].plot([], [], "o", color=NEGATIVE, label=r"$\mu_+$")
    axes.flat[0].plot([], [], "o", color=POSITIVE, label=r"$\mu_-$")
    axes.flat[0].legend(loc="lower left")


# --- §4 ------------------------------------------------------------------------------------------
def stability_map(across, up, radius, xlabel: str, ylabel: str) -> None:
    """Draw a spectral radius over two parameters, with the boundary of convergence in red.

    Parameters
    ----------
    across, up : numpy.ndarray, shapes (n,) and (k,)
        The axes.
    radius : numpy.ndarray, shape (k, n)
        Spectral radius (not squared).
    xlabel, ylabel : str

    Examples
    --------
    >>> stability_map(np.arange(3.0), np.arange(2.0), np.array([[0.5, 1.5, 2]] * 2), "s", "momentum")
    """
    figure, ax = plt.subplots(figsize=(7, 4.2))
    shades = ax.pcolormesh(
        across,
        up,
        np.clip(radius, 0.8, 1.4),
        cmap="Greys_r",
        shading="nearest",
        vmin=0.8,
        vmax=1.4,
        rasterized=True,
    )
    figure.colorbar(shades, label="spectral radius", extend="both")
    ax.contour(across, up, radius, levels=[1], colors=LIMIT, linewidths=1.8)
    ax.axhline(0, color="0.35", linewidth=0.8)
    ax.set(xlabel=xlabel, ylabel=ylabel)
