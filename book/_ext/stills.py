"""The interactive figures as still pictures, for print and where scripts are off.

Each draws the state from which its live figure starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from negmom import bilinear, figures, formulas, games, methods, spectra
from negmom.figures import HIGHLIGHT, LIMIT, NEGATIVE, POSITIVE


@dataclass(frozen=True)
class Still:
    """A picture with two panels: what draws it, and the state of the figure that it shows."""

    panels: Callable
    state: dict


def draw(name: str, path: Path) -> None:
    """Write the still picture of a figure as SVG."""
    with mpl.rc_context(figures.STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.9))
        STILLS[name].panels(*axes, **STILLS[name].state)
        figure.savefig(path, format="svg", metadata={"Date": None})
        plt.close(figure)


def bilinear_game(left, right, eta, beta, updates, start):
    phase(left, eta, beta, updates, start)
    operator = methods.operator(games.bilinear([[1.0]]).jacobian(None), eta, beta, updates, (1, 1))
    mu = np.linalg.eigvals(operator)
    figures.complex_plane(right)
    figures.circle(right, np.abs(mu).max(), color=LIMIT, linestyle="--")
    right.plot(mu.real, mu.imag, "o", color=figures.momentum_color(beta))
    right.set_title(rf"four eigenvalues, radius {np.abs(mu).max():.3f}")


def phase(ax, eta, beta, updates, start):
    path = methods.trajectory(games.bilinear([[1.0]]), start, eta, beta, updates, 200)
    figures.bilinear_plane(ax, start, 2)
    ax.plot(*path.T, ".-", color=figures.momentum_color(beta), markersize=3, linewidth=1)
    ax.set_title(rf"{updates}, $\beta$ = {beta:g}, $\eta\sigma$ = {eta:g}".replace("-", "−"))


def best_step(left, right, eta, **state):
    spectrum = np.array([complex(*pair) for pair in next(iter(state["spectra"].values()))])
    best, radius = spectra.best_step_size(spectrum)
    limiting = spectra.limiting_eigenvalues(spectrum)
    both = np.concatenate([spectrum, spectrum.conj()])
    figures.step_trajectories(
        left, both, best, radius, np.concatenate([limiting, limiting + len(spectrum)])
    )
    steps = np.linspace(0, 1.5, 300)
    x, y = spectrum.real[:, None], spectrum.imag[:, None]
    contraction = formulas.evaluate(formulas.contraction)
    parts = contraction(steps, x, y)
    for k, part in enumerate(parts):
        right.plot(steps, part, color=LIMIT if k in limiting else "0.75", linewidth=1)
    right.plot(steps, parts.max(axis=0), color="black", linewidth=2)
    first = formulas.evaluate(formulas.half_plane_step)(x, y).min()
    ends = formulas.evaluate(formulas.sine_squared)(x, y).max(), contraction(first, x, y).max()
    right.fill_between([first, 2 * first], *ends, color=HIGHLIGHT, alpha=0.3, label="bounds (4)")
    right.axvline(eta, color="0.6", linewidth=0.8)
    right.plot(best, radius**2, "o", color=LIMIT, label=r"$\eta_{\mathrm{best}}$")
    right.set(xlim=(0, 1.5), ylim=(0, 1.5), xlabel=r"step size $\eta$", title=r"$\rho_{\max}^2$")
    right.legend(loc="upper left")


def small_momentum(left, right, eta, **state):
    lam = complex(*state["lambda"])
    low, high = spectra.improving_step_sizes(lam)
    best = spectra.optimal_momentum(lam)
    beta = np.linspace(-1, 0.6, 400)
    rho = spectra.rho(eta, beta, lam)
    left.plot(beta, np.where(beta <= 0, rho, np.nan), color=NEGATIVE)
    left.plot(beta, np.where(beta >= 0, rho, np.nan), color=POSITIVE)
    near = np.array([-0.35, 0.35])
    tangent = spectra.rho(eta, 0, lam) + spectra.rho_derivative(eta, lam) * near
    left.plot(near, tangent, "--", color="black", linewidth=1)
    left.plot(best[1], best[2] ** 2, "*", color=HIGHLIGHT, markersize=12)
    left.set(xlabel=r"momentum $\beta$", ylim=(0, 1.5))
    name = figures.show_eigenvalue(lam)
    left.set_title(rf"$\rho(\beta)$ for $\lambda$ = {name}, $\eta$ = {eta:g}")
    steps = np.linspace(0.01, 2.5, 400)
    slope = spectra.rho_derivative(steps, lam)
    right.plot(steps, slope, color="black")
    right.axhline(0, color="0.6", linewidth=0.8)
    right.plot([low, high], [0, 0], color=NEGATIVE, linewidth=5, label=r"$I(\lambda)$")
    right.plot(eta, spectra.rho_derivative(eta, lam), "o", color="black", label="this step")
    right.set(xlabel=r"step size $\eta$", title=r"$\rho'(0)$", xlim=(0, 2.5))
    right.legend(loc="lower left")


def stability_map(left, right, eta, beta, start):
    momenta, steps = np.linspace(-1, 0.5, 120), np.linspace(0.02, 2.4, 120)
    radius = bilinear.spectral_radius(steps[:, None] ** 2, momenta, momenta, "alternating")
    # the colors of the live map: a jump at 1, in the middle
    shades = [(0, "#08306b"), (0.5, "#c6ddf0"), (0.5, "#f3efe9"), (1, "#6b6560")]
    cmap = LinearSegmentedColormap.from_list("stability", shades)
    shown = left.pcolormesh(
        momenta, steps, radius, cmap=cmap, vmin=0.45, vmax=1.55, shading="nearest", rasterized=True
    )
    left.figure.colorbar(shown, ax=left, label="spectral radius", extend="max")
    inside = np.linspace(-1, 0, 100)
    edge = np.sqrt(formulas.evaluate(formulas.equal_alternating_edge)(inside))
    left.plot([*inside, 0], [*edge, 0], color=LIMIT)
    left.plot(beta, eta, "o", color="black", markeredgecolor="white")
    left.set(xlabel=r"momentum $\beta$", ylabel=r"$\eta\sigma$", ylim=(0, 2.4))
    phase(right, eta, beta, "alternating", start)


STILLS = {
    "bilinear-game": Still(
        bilinear_game, dict(eta=0.6, beta=-0.3, updates="alternating", start=[1.2, 0.9])
    ),
    "best-step": Still(
        best_step,
        dict(
            eta=0.35,
            spectra={
                # those of the chapter's Fig. 2, and what refutes its caption
                "Fig. 2, left": [[1, 1], [1.5, 0.5], [0.8, 0]],
                "Fig. 2, right": [[2, 1.5], [1.2, 0.2], [0.6, 0.3]],
                "{6, 1 ± 2i}": [[6, 0], [1, 2]],
            },
        ),
    ),
    "small-momentum": Still(small_momentum, {"eta": 0.4, "lambda": [1, 1]}),
    "stability-map": Still(stability_map, dict(eta=0.8, beta=-0.2, start=[1.2, 0.9])),
}
