r"""Drawing, apart from computing: each function takes computed arrays and Matplotlib axes.

Chapters call :func:`use_style` once. Colors have one meaning through the book: blue for negative
momentum, gray for none, orange for positive; red for the circle that limits the rate.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

# A palette that stays distinct for color-blind readers and in gray print.
NEGATIVE, ZERO, POSITIVE = "#0072b2", "#6e6e6e", "#d55e00"
LIMIT, HIGHLIGHT = "#c1272d", "#009e73"

STYLE = {
    "figure.figsize": (7.0, 4.0),
    "figure.dpi": 192,  # of what is rasterized: twice the page's resolution
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
    plt.rcParams.update(STYLE)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})


def momentum_color(beta: float) -> str:
    """Return the color of a momentum by its sign.

    Examples
    --------
    >>> momentum_color(-0.3) == NEGATIVE
    True
    """
    return NEGATIVE if beta < 0 else POSITIVE if beta > 0 else ZERO


def shades(n: int) -> np.ndarray:
    """Return colors for `n` curves in order, from dark to light.

    Examples
    --------
    >>> shades(3).shape
    (3, 4)
    """
    return plt.get_cmap("viridis")(np.linspace(0.05, 0.8, n))


def complex_plane(ax: Axes) -> None:
    """Prepare `ax` for the complex plane: equal scales, axes through 0, the unit circle.

    Inside of the circle a method converges.

    Examples
    --------
    >>> complex_plane(plt.figure().gca())
    """
    ax.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    ax.axvline(0, color="0.85", linewidth=0.8, zorder=0)
    circle(ax, 1, color="black", linewidth=1.2)
    ax.set_aspect("equal")
    ax.set_xlabel(r"$\mathrm{Re}$")
    ax.set_ylabel(r"$\mathrm{Im}$")


def circle(ax: Axes, radius: float, **style) -> None:
    """Draw a circle of the complex plane around 0.

    Examples
    --------
    >>> circle(plt.figure().gca(), 0.5, color=LIMIT, linestyle="--")
    """
    points = radius * np.exp(1j * np.linspace(0, 2 * np.pi, 400))
    ax.plot(points.real, points.imag, **style)


def show_eigenvalue(value: complex) -> str:
    """Write an eigenvalue for a legend.

    Examples
    --------
    >>> show_eigenvalue(1 + 1j), show_eigenvalue(3), show_eigenvalue(1 - 0.5j)
    ('1 + i', '3', '1 − 0.5i')
    """
    value = complex(value)
    if value.imag == 0:
        return f"{value.real:g}"
    size = "" if abs(value.imag) == 1 else f"{abs(value.imag):g}"
    return f"{value.real:g} {'+' if value.imag > 0 else '−'} {size}i"


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
    colors = shades(len(curves))
    near = np.linspace(-0.25, 0.25, 2)
    for rho, slope, eigenvalue, color in zip(curves, slopes, eigenvalues, colors):
        at_zero = np.interp(0.0, momenta, rho)
        ax.plot(momenta, rho, color=color, label=rf"$\lambda$ = {show_eigenvalue(eigenvalue)}")
        ax.plot(near, at_zero + slope * near, color=color, linestyle="--", linewidth=1)
        lowest = np.argmin(rho)
        ax.plot(momenta[lowest], rho[lowest], "o", color=color)
    ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    ax.set(xlabel=r"momentum $\beta$", ylabel=r"$\rho_{\lambda,\eta}(\beta)$", ylim=(0, 1.6))
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
    mesh = ax.pcolormesh(
        eta,
        beta,
        radius,
        cmap="Greys_r",
        shading="nearest",
        vmin=0.2,
        vmax=1.25,
        rasterized=True,
    )
    figure.colorbar(mesh, label="spectral radius", extend="max")
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
    _, axes = plt.subplots(2, (len(shown) + 1) // 2, figsize=(7, 7), sharex=True, sharey=True)
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
                rasterized=True,
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
    mesh = ax.pcolormesh(
        across,
        up,
        radius,
        cmap="Greys_r",
        shading="nearest",
        vmin=0.8,
        vmax=1.4,
        rasterized=True,
    )
    figure.colorbar(mesh, label="spectral radius", extend="both")
    ax.contour(across, up, radius, levels=[1], colors=LIMIT, linewidths=1.8)
    ax.axhline(0, color="0.35", linewidth=0.8)
    ax.set(xlabel=xlabel, ylabel=ylabel)


# --- §2 ------------------------------------------------------------------------------------------
def measured_rates(steps, radii, measured, best, distances, shown) -> None:
    r"""Draw distances over time beside :math:`\rho^t`, and measured rates on :math:`\rho_{\max}(\eta)`.

    Parameters
    ----------
    steps, radii : numpy.ndarray, shape (n,)
        :math:`\eta` and :math:`\rho_{\max}(\eta)`.
    measured : pair of numpy.ndarray, shape (k,)
        Some step sizes and the rates measured at them.
    best : pair of float
        :math:`\eta_{\text{best}}` and its radius.
    distances : sequence of numpy.ndarray, shape (T + 1,)
        Distances to the equilibrium, one array per entry of `shown`.
    shown : sequence of (float, float)
        The step size and the radius that belong to each array.

    Examples
    --------
    >>> path = 0.5 ** np.arange(5)
    >>> measured_rates(np.ones(2), np.ones(2), (np.ones(1), np.ones(1)), (1, 0.5), [path], [(1, 0.5)])
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4))
    colors = shades(len(shown))
    for path, (step, radius), color in zip(distances, shown, colors):
        times = np.arange(len(path))
        above = path > 1e-13
        left.semilogy(times[above], path[above], color=color, label=rf"$\eta$ = {step:.2f}")
        left.semilogy(
            times[above], 2 * path[0] * radius ** times[above], ":", color=color, linewidth=1.2
        )
    left.set(xlabel="iteration $t$", ylabel="distance to the equilibrium")
    left.legend(loc="upper right")
    right.plot(steps, radii, color="black", label=r"$\rho_{\max}(\eta)$")
    right.plot(*measured, "o", color=ZERO, markersize=5, label="measured")
    right.plot(*best, "*", color=LIMIT, markersize=12, label=r"$\eta_{\mathrm{best}}$")
    right.set(xlabel=r"step size $\eta$", ylabel="rate", ylim=(None, 1.02))
    right.legend(loc="lower left")


def polynomial_factor(times, ratios, labels) -> None:
    r"""Draw distances divided by powers, each scaled to 1 at its first entry.

    Parameters
    ----------
    times : numpy.ndarray, shape (T,)
    ratios : sequence of numpy.ndarray, shape (T,)
    labels : sequence of str

    Examples
    --------
    >>> polynomial_factor(np.arange(3), [np.ones(3), np.array([1, 2, 3])], ["with", "without"])
    """
    _, ax = plt.subplots(figsize=(6, 3.2))
    for ratio, label, color in zip(ratios, labels, [LIMIT, "black", ZERO]):
        ax.semilogy(times, ratio / ratio[0], color=color, label=label)
    ax.set(xlabel="iteration $t$", ylabel="distance / power, relative to $t=1$", ylim=(1e-3, None))
    ax.legend()


def step_envelope(ax: Axes, eta, lines, best: float, radius: float, names) -> None:
    r"""Draw the lines :math:`\eta|\lambda|^2-2\Re\lambda`, their upper envelope and what it must not cross.

    The dashed curve is :math:`-(1-\rho^2)/\eta`, on which :math:`|1-\eta\lambda|=\rho`.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    eta : numpy.ndarray, shape (n,)
    lines : numpy.ndarray, shape (m, n)
    best, radius : float
        :math:`\eta_{\text{best}}` and its radius.
    names : sequence of str
        One per line.

    Examples
    --------
    >>> grid = np.linspace(0.1, 1, 5)
    >>> step_envelope(plt.figure().gca(), grid, np.array([2 * grid - 2]), 0.5, 0.7, ["1 + i"])
    """
    for line, name in zip(lines, names):
        ax.plot(eta, line, color=ZERO, linewidth=1)
        # written at the left end, where the lines are apart
        ax.annotate(
            name,
            (eta[0], line[0]),
            xytext=(3, 3),
            textcoords="offset points",
            fontsize=9,
            bbox=dict(facecolor="white", edgecolor="none", alpha=0.85, pad=0.5),
        )
    ax.plot(eta, lines.max(axis=0), color="black", linewidth=2.2, label="upper envelope")

    def bound(step):
        return -(1 - radius**2) / step

    ax.plot(eta, bound(eta), "--", color=LIMIT, label=rf"$|1-\eta\lambda|$ = {radius:.3f}")
    ax.plot(best, bound(best), "o", color=LIMIT)
    ax.axvline(best, color=LIMIT, linewidth=0.8, linestyle=":")
    ax.set(
        xlabel=r"step size $\eta$", ylim=(1.3 * lines[:, 0].min(), 0.35 * abs(lines[:, 0].min()))
    )
    ax.legend(loc="upper left", fontsize=9)


def step_trajectories(ax: Axes, spectrum, best: float, radius: float, limiting, names=None) -> None:
    r"""Draw how :math:`1-\eta\lambda` moves with growing :math:`\eta`, and the circle at :math:`\eta_{\text{best}}`.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    spectrum : numpy.ndarray of complex, shape (m,)
    best, radius : float
        :math:`\eta_{\text{best}}` and its radius.
    limiting : sequence of int
        Indices of the eigenvalues on the circle.
    names : sequence of str, optional
        One per eigenvalue; an empty one is not written.

    Examples
    --------
    >>> step_trajectories(plt.figure().gca(), np.array([1 + 1j, 1 - 1j]), 0.5, 0.5**0.5, [0, 1])
    """
    complex_plane(ax)
    circle(ax, radius, color=LIMIT, linestyle="--", linewidth=1.6)
    ticks = best * np.arange(0, 13) / 6
    for k, eigenvalue in enumerate(spectrum):
        on_circle = k in limiting
        path = 1 - ticks * eigenvalue
        style = dict(color=LIMIT if on_circle else ZERO, linewidth=1.6 if on_circle else 1.0)
        ax.plot(path.real, path.imag, ".-", markersize=3, clip_on=True, **style)
        point = 1 - best * eigenvalue
        ax.plot(point.real, point.imag, "o", color=style["color"], markersize=7 if on_circle else 5)
        if names is not None and names[k]:
            ax.annotate(
                names[k],
                (point.real, point.imag),
                xytext=(6, -13 if point.imag < 0 else 6),
                textcoords="offset points",
                fontsize=10,
            )
    ax.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))


def bound_slack(lower, middle, upper, step_ratio, vertex_ratio, at_most) -> None:
    r"""Draw the squared rate against its bounds in (4), and where the step falls between its bounds.

    Parameters
    ----------
    lower, middle, upper : numpy.ndarray, shape (n,)
        The three sides of (4), left.
    step_ratio : numpy.ndarray, shape (n,)
        :math:`\eta_{\text{best}}/\Re(1/\lambda_1)`, between 1 and 2.
    vertex_ratio : numpy.ndarray, shape (n,)
        :math:`\eta_{\text{best}}/\max_k\Re(1/\lambda_k)`, at most 1.
    at_most : callable
        How large the root of the upper bound can be, as a function of the rate, not squared.

    Examples
    --------
    >>> half = np.full(3, 0.5)
    >>> bound_slack(half, half, half, np.ones(3), np.ones(3), at_most=np.sqrt)
    """
    _, axes = plt.subplots(2, 2, figsize=(6.6, 5.8))
    for ax, bound, label in (
        (axes[0, 0], lower, r"lower bound $\max_k\sin^2\psi_k$"),
        (axes[0, 1], upper, r"upper bound $1-\mathrm{Re}(1/\lambda_1)\,\delta$"),
    ):
        ax.plot(bound, middle, ".", color="black", markersize=2, alpha=0.4, rasterized=True)
        ax.plot([0, 1], [0, 1], color=LIMIT, linewidth=1)
        ax.set(
            xlabel=label, ylabel=r"$\rho_{\max}(\eta_{\mathrm{best}})^2$", xlim=(0, 1), ylim=(0, 1)
        )
    rate = np.linspace(0, 1, 200)
    axes[0, 1].plot(at_most(rate) ** 2, rate**2, color=LIMIT, linewidth=1)
    for ax, ratio, ends, label in (
        (axes[1, 0], step_ratio, (1, 2), r"$\eta_{\mathrm{best}}\,/\,\mathrm{Re}(1/\lambda_1)$"),
        (
            axes[1, 1],
            vertex_ratio,
            (0, 1),
            r"$\eta_{\mathrm{best}}\,/\,\max_k\,\mathrm{Re}(1/\lambda_k)$",
        ),
    ):
        # Rounding puts some ratios that equal an end just outside of it.
        ax.hist(np.clip(ratio, *ends), bins=np.linspace(*ends, 41), color=ZERO)
        for end in ends if ends[0] else ends[1:]:
            ax.axvline(end, color=LIMIT, linewidth=1.2)
        ax.set(xlabel=label, ylabel="spectra", yscale="log")
        ax.yaxis.set_minor_formatter("")


# --- §1 ------------------------------------------------------------------------------------------
def bilinear_plane(ax: Axes, start, reach: float) -> None:
    r"""Prepare `ax` for the plane :math:`(\varphi, \theta)` of the bilinear game: field, start, equilibrium.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    start : array_like, shape (2,)
    reach : float
        The axes end at ± `reach`.

    Examples
    --------
    >>> bilinear_plane(plt.figure().gca(), (1.0, 0.5), 2.0)
    """
    ticks = np.linspace(-reach, reach, 11)
    phi, theta = np.meshgrid(ticks, ticks)
    # the field of a gradient step, −v = (θ, −φ)
    ax.quiver(phi, theta, theta, -phi, color="0.8", angles="xy", width=0.005)
    ax.plot(*start, "o", color="black", markersize=5, zorder=3)
    ax.plot(0, 0, "+", color="black", markersize=9)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel=r"$\varphi$", ylabel=r"$\theta$")


def bilinear_dynamics(momenta, paths, distances, reach: float) -> None:
    r"""Draw trajectories of the bilinear game over its vector field, distances over time beside them.

    Parameters
    ----------
    momenta : sequence of float
        :math:`\beta`, one per trajectory; its sign gives the color.
    paths : dict of str to sequence of numpy.ndarray, shape (T + 1, 2)
        For each method the trajectories :math:`(\varphi_t, \theta_t)`.
    distances : dict of str to sequence of numpy.ndarray, shape (T + 1,)
        Distances to the equilibrium.
    reach : float
        Half the width of the field that is drawn.

    Examples
    --------
    >>> path = np.ones((3, 2))
    >>> bilinear_dynamics([-0.5], {"simultaneous": [path]}, {"simultaneous": [path[:, 0]]}, 2)
    """
    _, axes = plt.subplots(
        len(paths), 2, figsize=(5.6, 2.8 * len(paths)), squeeze=False, width_ratios=[1, 1.05]
    )
    for row, method in zip(axes, paths):
        bilinear_plane(row[0], paths[method][0][0], reach)
        for beta, path, distance in zip(momenta, paths[method], distances[method]):
            style = dict(color=momentum_color(beta), linewidth=1.3)
            row[0].plot(*path.T, **style)
            row[0].plot(*path.T, ".", color=style["color"], markersize=3, rasterized=True)
            label = rf"$\beta$ = {beta:g}".replace("-", "−")
            row[1].semilogy(distance, label=label, **style)
        row[0].set_title(method)
        row[1].set(xlabel="iteration $t$", ylabel="distance", title=method)
        row[1].set_ylim(1e-2, 1e3)
    axes[0, 1].legend(loc="best")


def falling_operators(beta, eigenvalues, shown) -> None:
    r"""Draw the eigenvalues of operators for several momenta, one row each, with the paths behind them.

    Parameters
    ----------
    beta : numpy.ndarray, shape (n,)
        Momenta, falling.
    eigenvalues : dict of str to numpy.ndarray of complex, shape (n, k)
        For each method the eigenvalues at those momenta.
    shown : sequence of float
        The momenta that get a panel; the nearest computed one is drawn.

    Examples
    --------
    >>> falling_operators(np.array([0.1, -0.1]), {"simultaneous": np.ones((2, 4)) + 0j}, (0.1, -0.1))
    """
    _, axes = plt.subplots(
        len(eigenvalues),
        len(shown),
        figsize=(8, 2.3 * len(eigenvalues)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, (method, mu) in zip(axes, eigenvalues.items()):
        for ax, momentum in zip(row, shown):
            k = int(np.argmin(np.abs(beta - momentum)))
            complex_plane(ax)
            radius = np.abs(mu[k]).max()
            circle(ax, radius, color=LIMIT, linestyle="--", linewidth=1.4)
            behind = mu[: k + 1].ravel()
            ax.plot(behind.real, behind.imag, ".", color="0.6", markersize=1.5, rasterized=True)
            ax.plot(mu[k].real, mu[k].imag, "o", color=momentum_color(momentum), markersize=5)
            ax.set(xlabel="", ylabel="", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
            ax.set_title(rf"$\beta$ = {momentum:g}, radius {radius:.3f}".replace("-", "−"), fontsize=9)
        row[0].set_ylabel(method)


def bilinear_regions(
    momenta, steps, radius, edge, pair_radius, pair_converges, step: float
) -> None:
    r"""Draw where alternating updates converge: equal momenta over the step, and pairs at one step.

    Parameters
    ----------
    momenta : numpy.ndarray, shape (n,)
    steps : numpy.ndarray, shape (k,)
        Values of s.
    radius : numpy.ndarray, shape (k, n)
        Spectral radius with equal momenta.
    edge : numpy.ndarray, shape (n,)
        The largest stable s for equal momenta; nan where there is none.
    pair_radius, pair_converges : numpy.ndarray, shape (n, n)
        Spectral radius and verdict for each pair of momenta.
    step : float
        The s of the pairs.

    Examples
    --------
    >>> grid = np.array([-0.5, 0.5])
    >>> half = np.array([[0.5, 1.5], [1.5, 1.5]])
    >>> bilinear_regions(grid, grid, half, grid, half, half < 1, 1.0)
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.6, 3.9))
    style = dict(cmap="Greys_r", shading="nearest", vmin=0.4, vmax=1.6, rasterized=True)
    left.pcolormesh(momenta, steps, radius, **style)
    left.plot(momenta, edge, color=LIMIT, linewidth=1.8)
    left.plot([0, 0], [0, 4], color=LIMIT, linewidth=1.8)
    left.set(xlabel=r"$\beta_1=\beta_2$", ylabel="$s$", ylim=(0, steps.max()))
    left.set_title("equal momenta")
    mesh = right.pcolormesh(momenta, momenta, pair_radius, **style)
    right.contour(momenta, momenta, pair_converges, levels=[0.5], colors=LIMIT, linewidths=1.8)
    for line in right.axhline, right.axvline:
        line(0, color="0.35", linewidth=0.8)
    right.set(xlabel=r"$\beta_1$", ylabel=r"$\beta_2$", title=f"$s$ = {step:g}", aspect="equal")
    figure.colorbar(
        mesh,
        ax=(left, right),
        label="spectral radius",
        extend="both",
        location="bottom",
        aspect=40,
    )


# --- beyond: the optimal momentum ----------------------------------------------------------------
def momentum_worth(angles, plain, best, worth, low, high) -> None:
    r"""Draw the two rates over the argument of the eigenvalue, and the plain steps that one step is worth.

    Parameters
    ----------
    angles : numpy.ndarray, shape (n,)
        :math:`\psi` in radians.
    plain, best : numpy.ndarray, shape (n,)
        Radius without momentum and at the joint optimum.
    worth, low, high : numpy.ndarray, shape (n,)
        The ratio of their logarithms, and its bounds.

    Examples
    --------
    >>> half = np.array([0.5, 0.6])
    >>> momentum_worth(half, half, half, 1 + half, half, 2 + half)
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3))
    degrees = np.degrees(angles)
    left.plot(degrees, plain, color=ZERO, label=r"no momentum, $|\sin\psi|$")
    left.plot(degrees, best, color=NEGATIVE, label=r"joint optimum, $|\tan(\psi/2)|$")
    left.set(xlabel=r"$\psi$ in degrees", ylabel="radius", xlim=(0, 90), ylim=(0, 1))
    right.fill_between(degrees, low, high, color="0.88", label="between the bounds")
    right.plot(degrees, worth, color=NEGATIVE, label="ratio of logarithms")
    right.set(xlabel=r"$\psi$ in degrees", ylabel="plain steps per step", yscale="log")
    right.set(xlim=(0, 90), ylim=(0.8, 200))
    for ax in (left, right):
        ax.set_xticks(range(0, 91, 15))
        ax.legend(loc="upper left", fontsize=9)


def served_ellipses(panels) -> None:
    r"""Draw, in the plane of eigenvalues, the sets on which pairs :math:`(\eta,\beta)` keep a radius.

    Parameters
    ----------
    panels : sequence of (str, float, sequence of (float, float, float), numpy.ndarray)
        Title; momentum; for each radius the center and the two semi-axes of an ellipse; eigenvalues.

    Examples
    --------
    >>> served_ellipses([("disk", 0.0, [(1.0, 0.5, 0.5)], np.array([1.5]))])
    """
    _, axes = plt.subplots(1, len(panels), figsize=(7, 3.0), sharex=True, sharey=True, squeeze=False)
    turn = np.linspace(0, 2 * np.pi, 200)
    for ax, (title, beta, ellipses, eigenvalues) in zip(axes.flat, panels):
        for k, (center, along, across) in enumerate(ellipses):
            ax.plot(
                center + along * np.cos(turn),
                across * np.sin(turn),
                color=momentum_color(beta),
                linewidth=2.4 if k == 0 else 1,
            )
        ax.plot(eigenvalues.real, eigenvalues.imag, ".", color="black", markersize=5)
        ax.plot(0, 0, "+", color="black", markersize=9)
        ax.set_aspect("equal")
        ax.set_title(title)
        ax.set_xlabel(r"$\mathrm{Re}\,\lambda$")
    axes.flat[0].set_ylabel(r"$\mathrm{Im}\,\lambda$")


def stability_bounds(beta, bounds, labels, widest) -> None:
    r"""Draw the stable pairs :math:`(\eta|\lambda|,\beta)` for several arguments of the eigenvalue.

    Parameters
    ----------
    beta : numpy.ndarray, shape (n,)
    bounds : sequence of numpy.ndarray, shape (n,)
        The bound of :math:`\eta|\lambda|`, one array per argument.
    labels : sequence of str
    widest : numpy.ndarray, shape (2, k)
        The largest stable steps over all arguments, and their momenta.

    Examples
    --------
    >>> stability_bounds(np.array([-0.5, 0.5]), [np.array([1.0, 2.0])], ["60°"], np.ones((2, 2)))
    """
    _, ax = plt.subplots(figsize=(6.4, 4.2))
    colors = shades(len(bounds))
    for bound, label, color in zip(bounds, labels, colors):
        ax.plot(bound, beta, color=color, label=label)
        ax.fill_betweenx(beta, 0, bound, color=color, alpha=0.07, linewidth=0)
    ax.plot(*widest, "--", color=LIMIT, linewidth=1.4, label="largest stable step")
    ax.axhline(0, color="0.35", linewidth=0.8)
    ax.set(xlabel=r"$\eta|\lambda|$", ylabel=r"momentum $\beta$", xlim=(0, 4.1), ylim=(-1, 1))
    ax.legend(loc="lower right", title=r"$\psi$")


# --- beyond: the bilinear game -------------------------------------------------------------------
def range_optimum(condition, gap, beta, step, limits) -> None:
    r"""Draw the best rate, momentum and step of alternating updates over the condition number.

    Parameters
    ----------
    condition : numpy.ndarray, shape (n,)
        :math:`\kappa=\sigma_{\max}/\sigma_{\min}`.
    gap, beta, step : numpy.ndarray, shape (n,)
        :math:`1-r`, the best momentum and :math:`\eta\sigma_{\max}`.
    limits : triple of sympy.Rational or fractions.Fraction
        What :math:`(1-r)\kappa^2`, the momentum and the step tend to.

    Examples
    --------
    >>> from fractions import Fraction
    >>> ones = np.array([1.0, 2.0])
    >>> range_optimum(ones, ones, -ones, ones, (Fraction(8, 27), Fraction(-1, 5), Fraction(8, 5)))
    """
    constant, *ends = limits
    tail = rf"$\frac{{{constant.numerator}}}{{{constant.denominator}}}\kappa^{{-2}}$"
    _, (left, right) = plt.subplots(1, 2, figsize=(7, 3.2))
    left.loglog(condition, gap, color=NEGATIVE, label="best negative momentum")
    left.loglog(condition, float(constant) / condition**2, ":", color="black", label=tail)
    left.set(xlabel=r"$\kappa$", ylabel="$1-r$")
    left.legend()
    right.semilogx(condition, beta, color=NEGATIVE, label=r"momentum $\beta$")
    right.semilogx(condition, step, color="black", label=r"step $\eta\,\sigma_{\max}$")
    for value in ends:
        right.axhline(float(value), color="0.6", linewidth=0.8, linestyle=":")
    right.set(xlabel=r"$\kappa$", ylim=(-0.4, 2))
    right.legend(loc="center right")


def rates_by_condition(curves, bounds) -> None:
    r"""Draw :math:`1-r` of tuned methods over the condition number, per step and per evaluation.

    Parameters
    ----------
    curves : sequence of (str, numpy.ndarray, numpy.ndarray, int, str)
        Label, :math:`\kappa`, radius r, evaluations per step and color, one per method.
    bounds : sequence of (numpy.ndarray, numpy.ndarray)
        :math:`\kappa` and the smallest radius that a panel's methods could have; one per panel.

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> rates_by_condition([("EG", 2 * half, half, 2, ZERO)], [(2 * half, half)] * 2)
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 5.4), sharex=True, sharey=True)
    for ax, title, shared in zip(axes, ("per step", "per evaluation of $v$"), (False, True)):
        for label, condition, radius, evaluations, color in curves:
            rate = radius ** (1 / evaluations) if shared else radius
            style = "--" if evaluations > 1 else "-"
            ax.loglog(condition, 1 - rate, style, color=color, label=label)
        ax.set_xlabel(r"$\kappa=\sigma_{\max}/\sigma_{\min}$")
        ax.set_title(title)
    for ax, (condition, radius) in zip(axes, bounds):
        ax.loglog(condition, 1 - radius, ":", color="black", label="lower bound")
    axes[0].set_ylabel(r"$1-r$")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)


# --- beyond: a whole spectrum --------------------------------------------------------------------
def spectrum_ellipse(spectrum, disk, ellipse, limiting) -> None:
    r"""Draw a spectrum with its conjugates, the best disk and the best ellipse around it.

    Parameters
    ----------
    spectrum : numpy.ndarray of complex, shape (m,)
    disk : pair of float
        Center and radius.
    ellipse : triple of float
        Center and semi-axes, along and across the real axis.
    limiting : sequence of int
        Indices of the eigenvalues to mark.

    Examples
    --------
    >>> spectrum_ellipse(np.array([1 + 1j, 2]), (2.0, 1.5), (1.5, 0.8, 1.4), [0])
    """
    _, ax = plt.subplots(figsize=(5, 4.6))
    for level in ax.axhline, ax.axvline:
        level(0, color="0.85", linewidth=0.8, zorder=0)
    angle = np.linspace(0, 2 * np.pi, 400)
    for (center, along, across), color, label in (
        ((*disk, disk[1]), ZERO, "best disk: a step size"),
        (ellipse, momentum_color(ellipse[1] - ellipse[2]), "best ellipse: with momentum"),
    ):
        curve = center + along * np.cos(angle), across * np.sin(angle)
        ax.plot(*curve, color=color, label=label)
        ax.fill(*curve, color=color, alpha=0.08)
    both = np.concatenate([spectrum, spectrum.conj()])
    marked = np.isin(np.arange(len(both)) % len(spectrum), list(limiting))
    ax.plot(both.real, both.imag, "o", color="black", markersize=5)
    ax.plot(both.real[marked], both.imag[marked], "o", color=LIMIT, markersize=7)
    ax.set(xlabel=r"$\mathrm{Re}\,\lambda$", ylabel=r"$\mathrm{Im}\,\lambda$", aspect="equal")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.17))


def compression_curves(compressions, curves, optima, scales) -> None:
    r"""Draw the radius over the compression :math:`g`, one curve per spectrum, and the optima.

    Parameters
    ----------
    compressions : numpy.ndarray, shape (n,)
    curves : sequence of numpy.ndarray, shape (n,)
    optima : sequence of pair of float
        The best compression and its radius.
    scales : sequence of float
        What the imaginary parts were multiplied by; 1 is drawn in black.

    Examples
    --------
    >>> compression_curves(np.array([0.5, 1, 2]), [np.array([0.9, 0.8, 0.9])], [(1, 0.8)], [1.0])
    """
    _, ax = plt.subplots(figsize=(6.4, 3.8))
    colors = shades(len(curves))
    for curve, (best, radius), scale, color in zip(curves, optima, scales, colors):
        color = "black" if scale == 1 else color
        ax.semilogx(compressions, curve, color=color, label=rf"{scale:g} $\times$ Im")
        ax.plot(best, radius, "*", color=color, markersize=11)
    ax.axvline(1, color="0.6", linewidth=0.8, zorder=0)
    ax.set(xlabel="compression $g$", ylabel="radius $R$", ylim=(None, 1.0))
    ax.legend(loc="lower right")


def game_families(names, momenta, gains) -> None:
    r"""Draw two strip charts, one row per family: the best momentum, and the steps that it saves.

    Parameters
    ----------
    names : sequence of str
    momenta : sequence of numpy.ndarray
        :math:`\beta^*/R^{*2}`, one entry per game.
    gains : sequence of numpy.ndarray
        Plain steps per step with the best momentum.

    Examples
    --------
    >>> game_families(["one"], [np.array([-0.5, 0.2])], [np.array([2.0, 1.1])])
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7, 0.45 * len(names) + 1.2), sharey=True)
    for row, (values, gain) in enumerate(zip(momenta, gains)):
        # Spread the points of a row without chance.
        height = row + np.linspace(-0.3, 0.3, len(values))
        colors = [momentum_color(value) for value in values]
        left.scatter(values, height, s=7, c=colors)
        right.scatter(gain, height, s=7, c=colors)
    left.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    left.set(xlabel=r"$\beta^*/R^{*2}$", xlim=(-1.05, 1.05), yticks=range(len(names)))
    left.set_yticklabels(names)
    left.invert_yaxis()
    right.set(xlabel="plain steps replaced by one", xscale="log")
    right.axvline(1, color="0.6", linewidth=0.8, zorder=0)


# --- beyond: measured spectra --------------------------------------------------------------------
def measured_plane(ax: Axes, values, attracting, repelling, limiting, unseen, everything=None) -> None:
    r"""Draw measured eigenvalues by what they do, and the region of those that were not seen.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    values : numpy.ndarray of complex, shape (n,)
    attracting, repelling : numpy.ndarray of bool, shape (n,)
        The rest is neutral.
    limiting : sequence of int
        Indices of the eigenvalues that fix the step size.
    unseen : (float, float, float, float)
        Bounds of the region: modulus, imaginary part, smallest and largest real part.
    everything : numpy.ndarray of complex, optional
        The whole spectrum, where it is known.

    Examples
    --------
    >>> yes, no = np.array([True, False]), np.array([False, True])
    >>> measured_plane(plt.figure().gca(), np.array([1, -1]), yes, no, [0], (0.5, 0.1, -0.4, 0.5))
    """
    modulus, imaginary, low, high = unseen
    ax.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    ax.axvline(0, color="0.35", linewidth=0.8, zorder=0)
    if np.isfinite(modulus) and modulus > 0:
        across = np.linspace(max(low, -modulus), min(high, modulus), 200)
        up = np.minimum(np.sqrt(np.maximum(modulus**2 - across**2, 0)), imaginary)
        ax.fill_between(across, -up, up, color="0.9", linewidth=0, label="unseen lie here", zorder=0)
    if everything is not None:
        style = dict(color=ZERO, markersize=3, linestyle="none", rasterized=True)
        ax.plot(everything.real, everything.imag, ".", label="all, dense", **style)
    kinds = {
        "attract": (attracting, dict(color="black", marker="o")),
        "do not attract": (repelling, dict(color="black", marker="o", markerfacecolor="white")),
        "neutral": (~(attracting | repelling), dict(color=ZERO, marker="x")),
    }
    for label, (mask, style) in kinds.items():
        if np.any(mask):
            ax.plot(values[mask].real, values[mask].imag, linestyle="none", label=label, **style)
    if len(limiting):
        ends = values[list(limiting)]
        style = dict(color=LIMIT, linestyle="none", markersize=11, markerfacecolor="none")
        ax.plot(ends.real, ends.imag, "o", label="limiting", **style)
    ax.set(xlabel=r"$\mathrm{Re}\,\lambda$", ylabel=r"$\mathrm{Im}\,\lambda$")


def moved_plane(ax: Axes, plain, moved, beta: float, rate: float) -> None:
    r"""Draw where the best step size and the best pair put the attracting eigenvalues.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    plain, moved : numpy.ndarray of complex, shapes (n,) and (k,)
        Eigenvalues of one iteration without and with momentum.
    beta, rate : float
        The momentum, and the radius with it.

    Examples
    --------
    >>> moved_plane(plt.figure().gca(), np.array([0.5]), np.array([0.3, 0.1]), -0.2, 0.3)
    """
    complex_plane(ax)
    edge = 1.1 * max(np.abs([*plain, *moved]).max(), rate, 1e-3)  # a small circle would vanish in the unit disk
    ax.plot(plain.real, plain.imag, "o", color=ZERO, markersize=7, label="best step, no momentum")
    label = rf"best pair, $\beta$ = {beta:.2f}".replace("-", "−")
    ax.plot(moved.real, moved.imag, ".", color=momentum_color(beta), label=label)
    circle(ax, rate, color=LIMIT, linestyle="--", linewidth=1.2, zorder=3)
    ax.set(xlim=(-edge, edge), ylim=(-edge, edge), xlabel=r"$\mathrm{Re}\,\mu$", ylabel=r"$\mathrm{Im}\,\mu$")


# --- beyond: noise -------------------------------------------------------------------------------
def noise_frontier(targets, momenta, gains, angles, limits) -> None:
    r"""Draw the best momentum and what it saves over the error that is allowed, one curve per eigenvalue.

    Parameters
    ----------
    targets : numpy.ndarray, shape (n,)
        Stationary variance allowed.
    momenta, gains : numpy.ndarray, shape (k, n)
        The best momentum; plain steps per step with it.
    angles : sequence of float
        Arguments of the eigenvalues, in degrees.
    limits : sequence of float
        The best momentum as the error tends to 0; nan where it has no limit inside (−1, 1).

    Examples
    --------
    >>> noise_frontier(np.array([0.1, 1]), np.zeros((1, 2)), np.ones((1, 2)), [30], [0.1])
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5))
    colors = shades(len(angles))
    for beta, gain, angle, limit, color in zip(momenta, gains, angles, limits, colors):
        left.semilogx(targets, beta, color=color, label=rf"$\psi$ = {angle:g}°")
        left.axhline(limit, color=color, linestyle=":", linewidth=1)
        right.loglog(targets, gain, color=color)
    left.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    left.set(xlabel="stationary variance allowed", ylabel=r"best momentum $\beta$", ylim=(-1, 1))
    left.legend(loc="upper right", fontsize=9)
    right.set(xlabel="stationary variance allowed", ylabel="plain steps replaced by one")


def alternating_noise(curves, labels, quiet, limit) -> None:
    r"""Draw the stationary variance of a bilinear game over the momentum, one curve per effective step.

    Parameters
    ----------
    curves : sequence of (numpy.ndarray, numpy.ndarray)
        Momenta and variances in units of the floor, from the largest step to the smallest.
    labels : sequence of str
        Of the curves.
    quiet : numpy.ndarray, shape (k, 2)
        The quietest momentum of each curve, and its variance.
    limit : pair of numpy.ndarray
        Momenta and variances as the step tends to 0.

    Examples
    --------
    >>> curve = np.array([-0.5, -0.4]), np.array([3.0, 4.0])
    >>> alternating_noise([curve], ["k = 1"], np.array([[-0.5, 3.0]]), curve)
    """
    _, ax = plt.subplots(figsize=(6, 3.6))
    for (beta, variance), label, (lowest, value), color in zip(curves, labels, quiet, shades(len(curves))):
        ax.semilogy(beta, variance, color=color, label=label)
        ax.plot(lowest, value, "o", color=color, markersize=5)
    ax.semilogy(*limit, ":", color="0.3", linewidth=1.2, label="step to 0")
    ax.axhline(1, color=LIMIT, linewidth=1, zorder=0)
    ax.set(xlim=(-1, 0), ylim=(0.85, 20), xlabel=r"momentum $\beta$")
    ax.set_ylabel(r"variance of a player, in units of $\tau^2/\sigma^2$")
    ax.legend(fontsize=9)
