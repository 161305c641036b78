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
        assert decide(statement(sp.Symbol("v", real=True, **{assumption: True})))
        assert not decide(statement(sp.Symbol("v", real=True)))


def test_what_is_not_real_arithmetic_is_refused():
    integer = sp.Symbol("n", integer=True)
    for statement in (sp.sin(p) < 2, sp.sqrt(p) > 0, p + q, sp.Function("f")(p) > 0, integer > 0):
        with pytest.raises(ValueError, match="statement must be one of real arithmetic"):
            decide(statement)
        with pytest.raises(ValueError, match="statement must be one of real arithmetic"):
            decide(p > 0, statement)


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
