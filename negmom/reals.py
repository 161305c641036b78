r"""Statements about real numbers, decided: SymPy in, z3's nonlinear real arithmetic underneath.

The first-order theory of the reals is decidable (Tarski), so a polynomial inequality needs no
sampling: either it holds for all reals or there is a counterexample.
"""

import operator
from dataclasses import dataclass

import sympy as sp
import z3
from sympy.logic.boolalg import BooleanAtom

TIMEOUT = 60_000  # milliseconds for one decision

# What joins statements in SymPy, and what compares numbers, and the same in z3.
_CONNECTIVES = {
    sp.And: z3.And,
    sp.Or: z3.Or,
    sp.Not: z3.Not,
    sp.Implies: z3.Implies,
    sp.Equivalent: lambda first, *others: z3.And([first == other for other in others]),
}
_RELATIONS = {
    sp.Eq: operator.eq,
    sp.Ne: operator.ne,
    sp.Gt: operator.gt,
    sp.Ge: operator.ge,
    sp.Lt: operator.lt,
    sp.Le: operator.le,
}
# What a symbol may assume of its sign, and the comparison with 0 that says so.
_SIGNS = {
    "is_positive": operator.gt,
    "is_negative": operator.lt,
    "is_nonnegative": operator.ge,
    "is_nonpositive": operator.le,
    "is_nonzero": operator.ne,
}
# What it may assume neither way: z3's reals would not know of it, whereas SymPy may have used it already.
_DOMAINS = {"integer", "rational", "algebraic", "polar"}


@dataclass(frozen=True)
class Decision:
    """The outcome of :func:`decide`: true or false, and in the latter case where it fails."""

    holds: bool
    counterexample: dict | None = None

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return "true for all reals" if self.holds else f"false at {self.counterexample}"


def decide(statement: sp.Basic, *assumptions: sp.Basic) -> Decision:
    r"""Decide whether `statement` holds for all real values of its symbols that meet `assumptions`.

    Parameters
    ----------
    statement : sympy.Basic
        Equations and inequalities between rational functions, joined by And, Or, Not, Implies,
        Equivalent. Write a square root as a symbol with an assumption. A quotient is read as one
        whose denominator is not zero.
    *assumptions : sympy.Basic
        Statements of the same kind, which hold somewhere. The sign that a symbol itself assumes counts too.

    Returns
    -------
    Decision
        Truthy if z3 proved that no counterexample exists.

    Raises
    ------
    ValueError
        If a statement is not one of real arithmetic, a symbol assumes more than a sign (integer, say), or
        nothing meets the assumptions. That they contradict each other is shown by deciding that one of
        them fails.
    RuntimeError
        If z3 gives up. An undecided statement is never taken for a true one.

    Examples
    --------
    >>> p, q = sp.symbols("p q", real=True)
    >>> bool(decide(p**2 + q**2 >= 2 * p * q))
    True
    >>> decide(sp.Implies(p < q, p**2 < q**2), sp.Eq(q, 1), p > -2).holds
    False
    """
    translate = _Translator()
    claim, *given = map(translate, (statement, *assumptions))
    domain = [*given, *translate.side_conditions()]
    model = _model(statement, *domain, z3.Not(claim))
    if model is not None:
        variables = translate.variables.items()
        return Decision(False, {s: str(model.eval(v, model_completion=True)) for s, v in variables})
    if _model(statement, *domain) is None:  # then anything would hold
        raise ValueError(
            f"assumptions must hold somewhere, with no denominator zero; got {assumptions} for {statement}"
        )
    return Decision(True)


def _model(statement, *conditions) -> z3.ModelRef | None:
    """Return a point that meets the conditions on which `statement` hangs, or None if there is none."""
    solver = z3.SolverFor("QF_NRA")
    solver.set(timeout=TIMEOUT)
    solver.add(*conditions)
    outcome = solver.check()
    if outcome == z3.unknown:
        raise RuntimeError(f"z3 did not decide {statement}: {solver.reason_unknown()}")
    return solver.model() if outcome == z3.sat else None


class _Translator:
    """From SymPy to z3, collecting the symbols and the denominators met on the way."""

    def __init__(self) -> None:
        self.variables: dict[sp.Symbol, object] = {}
        self.denominators: list = []

    def __call__(self, node: sp.Basic | bool) -> z3.BoolRef:
        if isinstance(node, (bool, BooleanAtom)):
            return z3.BoolVal(bool(node))
        if type(node) in _CONNECTIVES:
            return _CONNECTIVES[type(node)](*map(self, node.args))
        if type(node) in _RELATIONS:
            return _RELATIONS[type(node)](*map(self.real, node.args))
        raise _refusal(node)

    def real(self, node: sp.Expr) -> z3.ArithRef:
        if node.is_Rational:
            return z3.RealVal(str(node))
        if node.is_Symbol:
            if node.is_real is False or _DOMAINS & node.assumptions0.keys():
                raise _refusal(f"{node}, which assumes more than its sign")
            if node not in self.variables:  # fresh, as two symbols may have one name
                self.variables[node] = z3.FreshReal(node.name)
            return self.variables[node]
        if node.is_Add:
            return z3.Sum(*map(self.real, node.args))
        if node.is_Mul:
            return z3.Product(*map(self.real, node.args))
        if node.is_Pow and node.exp.is_Integer:
            base = self.real(node.base)
            power = z3.Product(*[base] * abs(int(node.exp)))
            if node.exp > 0:
                return power
            self.denominators.append(base != 0)
            return 1 / power
        if isinstance(node, sp.Abs):
            value = self.real(node.args[0])
            return z3.If(value < 0, -value, value)
        raise _refusal(node)

    def side_conditions(self) -> list:
        return self.denominators + [
            test(variable, 0)
            for symbol, variable in self.variables.items()
            for assumption, test in _SIGNS.items()
            if getattr(symbol, assumption)
        ]


def _refusal(node) -> ValueError:
    return ValueError(f"statement must be one of real arithmetic; got {node}")
