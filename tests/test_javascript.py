"""The JavaScript that is written. What it computes is tested in a browser, tests/browser/test_interactive.py."""

import pytest
import sympy as sp

from negmom import formulas, javascript
from negmom.formulas import beta, eta, lam, s


def test_every_figure_function_is_exported_once():
    module = javascript.module()
    for name in javascript.FUNCTIONS:
        assert module.count(f"export function {name}(") == 1


@pytest.mark.parametrize("name", javascript.FUNCTIONS)
def test_the_source_has_nothing_that_javascript_lacks(name):
    source = javascript.function(name, *javascript.FUNCTIONS[name])
    for word in ("Not supported", "True", "False", " I", "**", "lambda", "zoo"):
        assert word not in source


@pytest.mark.parametrize(
    "relation, printed",
    [
        (beta < 1, "beta - 1 < -1e-12"),
        (beta <= 1, "beta - 1 <= 1e-12"),
        (beta > 1, "beta - 1 > 1e-12"),
        (beta >= 1, "beta - 1 >= -1e-12"),
        (sp.Eq(beta, 1), "Math.abs(beta - 1) <= 1e-12"),
        (sp.true, "true"),
    ],
)
def test_comparisons_have_a_tolerance(relation, printed):
    assert f"return {printed};" in javascript.function("f", (beta,), relation)


def test_a_result_that_depends_on_more_than_the_arguments_is_refused():
    with pytest.raises(ValueError, match=r"result must depend on the arguments of f alone; got \['eta'\]"):
        javascript.function("f", (beta,), beta * eta)


def test_a_complex_result_is_refused():
    with pytest.raises(ValueError, match=r"result must be real for f; got I\*beta"):
        javascript.function("f", (beta,), sp.I * beta)


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_the_update_has_the_characteristic_polynomial_of_the_bilinear_game(updates):
    state = sp.Matrix([formulas.phi, formulas.theta, formulas.phi_before, formulas.theta_before])
    update = getattr(formulas, f"update_{updates}")
    operator = sp.Matrix([*update, *state[:2]]).jacobian(state)
    equal = {formulas.beta1: beta, formulas.beta2: beta, s: eta**2}
    expected = getattr(formulas, f"bilinear_{updates}").subs(equal)
    assert sp.expand(operator.charpoly(formulas.mu).as_expr() - expected) == 0


def test_the_slope_vanishes_at_the_helping_height():
    for step, real in [(sp.Rational(1, 3), 2), (1, sp.Rational(1, 2)), (sp.Rational(9, 10), 2)]:
        height = formulas.helping_height.subs({eta: step, formulas.x: real})
        slope = formulas.rho_slope.subs({eta: step, formulas.x: real, formulas.y: height})
        assert sp.simplify(slope) == 0


def test_the_eigenvalues_are_those_of_equation_7():
    re1, im1, re2, im2 = javascript.FUNCTIONS["eigenvalues"][1]
    point = {eta: sp.Rational(1, 2), beta: -sp.Rational(1, 3), formulas.x: 1, formulas.y: 2}
    found = {complex(re1.subs(point), im1.subs(point)), complex(re2.subs(point), im2.subs(point))}
    complex_point = {eta: point[eta], beta: point[beta], lam: 1 + 2 * sp.I}
    for expected in formulas.mu_plus, formulas.mu_minus:
        value = complex(expected.subs(complex_point))
        assert min(abs(value - other) for other in found) < 1e-14
