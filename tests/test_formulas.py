"""The formulas against each other and against the definitions that they stand for."""

import numpy as np
import pytest
import sympy as sp

from negmom import formulas
from negmom.formulas import beta, eta, lam, mu, x, y

EXPRESSIONS = {
    name: value
    for name, value in vars(formulas).items()
    if isinstance(value, sp.Expr) and not value.is_Symbol
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_formula_evaluates_and_broadcasts(name):
    expression = EXPRESSIONS[name]
    names = formulas.arguments(expression)
    assert set(names) == expression.free_symbols
    rng = np.random.default_rng(0)
    # The center of an ellipse is farther from 0 than its ends are from the center.
    factors = {lam: 1 + 2j, formulas.C: 10}
    columns = [rng.uniform(0.1, 0.9, 3) * factors.get(name, 1) for name in names]
    values = formulas.evaluate(expression)(*columns)
    assert np.shape(values) == (3,)
    for i in range(3):
        exact = expression.subs({n: sp.sympify(c[i]) for n, c in zip(names, columns)}).evalf(30)
        assert complex(exact) == pytest.approx(complex(values[i]), rel=1e-10)


def test_contraction_is_the_squared_modulus():
    value = sp.expand_complex((1 - eta * lam).subs(lam, x + sp.I * y))
    assert sp.expand(value * sp.conjugate(value) - formulas.contraction) == 0


def test_half_plane_step_and_sine():
    assert sp.solve(sp.diff(formulas.contraction, eta), eta) == [formulas.half_plane_step]
    lowest = formulas.contraction.subs(eta, formulas.half_plane_step)
    assert sp.simplify(lowest - formulas.sine_squared) == 0


def test_eigenvalues_are_the_roots():
    for root in formulas.mu_plus, formulas.mu_minus:
        assert sp.simplify(formulas.characteristic.subs(mu, root)) == 0


def test_interval_ends_are_the_zeros_of_the_slope():
    for end in formulas.interval_low, formulas.interval_high:
        for sign in (1, -1):
            slope = formulas.rho_slope.subs(eta, end).subs(
                {x: sp.Rational(3, 5), y: sign * sp.Rational(4, 5)}
            )
            assert sp.simplify(slope) == 0


def test_stability_bound_is_where_a_root_meets_the_unit_circle():
    point = {x: 1, y: 2, beta: -sp.Rational(1, 3)}
    step = formulas.stability_bound.subs(point)
    polynomial = formulas.characteristic.subs({eta: step, lam: 1 + 2 * sp.I, beta: point[beta]})
    moduli = sorted(abs(complex(root)) for root in sp.Poly(polynomial, mu).nroots(n=30))
    assert moduli[1] == pytest.approx(1, abs=1e-12) and moduli[0] < 1
