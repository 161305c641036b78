"""The decision procedure: true, false with a real counterexample, or an error; never a guess."""

import pytest
import sympy as sp

from negmom import reals
from negmom.reals import decide

p, q = sp.symbols("p q", real=True)
positive = sp.Symbol("positive", positive=True)


@pytest.mark.parametrize(
    "statement, assumptions",
    [
        (p**2 + q**2 >= 2 * p * q, ()),
        (sp.Implies(p > 1, p**3 > p), ()),
        (positive + 1 / positive >= 2, ()),
        (sp.Abs(p) >= p, ()),
        (sp.Equivalent(p / q > 0, p * q > 0), ()),
        (sp.Eq(p, 0), (sp.Eq(p**2, 0),)),
        (p < 2, (sp.Eq(p**2, 2),)),
        (sp.true, ()),
        (sp.Equivalent(p > 0, 2 * p > 0, p**3 > 0), ()),
        # At p = q two are false and one is true, of which a chain of equalities, (false = false) = true, is true.
        (sp.Not(sp.Equivalent(p < q - 1, q < p, p < q + 1)), (p >= q, p < q + 1)),
    ],
)
def test_true_statements(statement, assumptions):
    assert decide(statement, *assumptions)


@pytest.mark.parametrize(
    "statement, assumptions",
    [
        (p**2 > 0, ()),
        (sp.Implies(p > 0, p**2 > p), ()),
        (positive > 1, ()),
        (sp.Not(sp.Eq(p, q)), ()),
        (sp.Or(p > 0, q > 0), (p + q < 0,)),
        (sp.false, ()),
        (sp.Equivalent(p > 1, q > 0, p > 0), (q > 0,)),
    ],
)
def test_false_statements(statement, assumptions):
    assert not decide(statement, *assumptions)


def test_a_counterexample_is_one():
    decision = decide(sp.Implies(p > 0, p**2 > p), p > sp.Rational(1, 2))
    value = sp.Rational(decision.counterexample[p])
    assert value > sp.Rational(1, 2) and value**2 <= value


def test_assumptions_of_a_symbol_count():
    for assumption, statement in {
        "positive": lambda v: v > 0,
        "negative": lambda v: v < 0,
        "nonnegative": lambda v: v >= 0,
        "nonpositive": lambda v: v <= 0,
        "nonzero": lambda v: sp.Ne(v, 0),
    }.items():
        # Of v alone SymPy knows the answer itself.
        assert decide(statement((p - 1) * sp.Symbol("v", real=True, **{assumption: True})), p > 1)
        assert not decide(statement((p - 1) * sp.Symbol("v", real=True)), p > 1)


x, n, v, i = sp.Symbol("x"), sp.Symbol("n", integer=True), sp.Symbol("v", infinite=True), sp.Symbol("i", imaginary=True)
a, b = sp.symbols("a b", commutative=False)


@pytest.mark.parametrize(
    "statement",
    [
        sp.sin(p) < 2,
        sp.sqrt(x) > 0,
        0.5 * p > 1,
        sp.Function("f")(p) > 0,
        # Numbers are no statements, and statements no numbers.
        p + q,
        1,
        None,
        [p > 0],
        "p > 0",
        x,
        sp.Not(x),
        sp.And(x, p > 0),
        sp.Equivalent(x, sp.Symbol("y")),
        sp.Eq(p > 0, q, evaluate=False),
        sp.Eq(sp.Tuple(p, q), sp.Tuple(q, p)),
        sp.Contains(p, sp.Interval(0, q)),
        sp.Xor(p > 0, q > 0),
        # Symbols that are no real numbers, or not all of them.
        n > 0,
        sp.Eq(sp.Symbol("n", rational=True) ** 2, 2),
        sp.Eq(sp.Symbol("n", noninteger=True), p),
        sp.Ne(i**2, -1),
        sp.Ne(v + x, v),
        sp.Eq(a * b, b * a),
    ],
)
def test_what_is_not_real_arithmetic_is_refused(statement):
    with pytest.raises(ValueError, match="statement must be one of real arithmetic"):
        decide(statement)
    with pytest.raises(ValueError, match="statement must be one of real arithmetic"):
        decide(p > 0, statement)


@pytest.mark.parametrize(
    "statement, assumptions",
    [
        (p > 5, (p < 0, p > 0)),
        (p > 5, (positive + p**2 < 0,)),
        (p > 5, (False,)),
        (1 / ((p + 1) ** 2 - p**2 - 2 * p - 1) > 5, ()),
    ],
)
def test_what_nothing_meets_proves_nothing(statement, assumptions):
    with pytest.raises(ValueError, match="assumptions must hold somewhere, with no denominator zero; got"):
        decide(statement, *assumptions)
    assert not decide(sp.false)


def test_symbols_of_one_name_stay_two():
    positive = sp.Symbol("p", positive=True)
    assert not decide(p > 0, positive < 1)
    assert decide(positive > 0, p < 1)


def test_undecided_is_an_error(monkeypatch):
    monkeypatch.setattr(reals, "TIMEOUT", 1)
    symbols = sp.symbols("a0:6", real=True)
    hard = sum(v**4 for v in symbols) ** 3 >= 7 * sp.prod(symbols) ** 2 + p**7 * q**5 - 3
    with pytest.raises(RuntimeError, match="z3 did not decide"):
        decide(hard, *(sp.Ne(u, v) for u in symbols for v in symbols if u is not v))
