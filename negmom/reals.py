r"""Statements about real numbers, decided: SymPy in, z3's nonlinear real arithmetic underneath.

The first-order theory of the reals is decidable (Tarski), so a polynomial inequality needs no
sampling: either it holds for all reals or there is a counterexample.
"""

import operator
from dataclasses import dataclass

import sympy as sp
import z3
from sympy.logic.boolalg import Boolean

TIMEOUT = 60_000  # milliseconds for one decision

# What joins statements or numbers in SymPy, and the same in z3.
_JOINTS = {
    sp.And: z3.And,
    sp.Or: z3.Or,
    sp.Not: z3.Not,
    sp.Implies: z3.Implies,
    sp.Equivalent: operator.eq,
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
        Statements of the same kind. The sign that a symbol itself assumes counts too.

    Returns
    -------
    Decision
        Truthy if z3 proved that no counterexample exists.

    Raises
    ------
    ValueError
        If a statement is not one of real arithmetic.
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
    for given in (statement, *assumptions):
        if not isinstance(sp.sympify(given), Boolean):
            raise ValueError(f"statement must be one of real arithmetic; got {given}")
    negation = z3.Not(translate(sp.sympify(statement)))
    solver = z3.SolverFor("QF_NRA")
    solver.set(timeout=TIMEOUT)
    solver.add(negation, *map(translate, assumptions))
    solver.add(*translate.side_conditions())
    outcome = solver.check()
    if outcome == z3.unknown:
        raise RuntimeError(f"z3 did not decide {statement}: {solver.reason_unknown()}")
    if outcome == z3.unsat:
        return Decision(True)
    model = solver.model()
    point = {s: str(model.eval(v, model_completion=True)) for s, v in translate.variables.items()}
    return Decision(False, point)


class _Translator:
    """From SymPy to z3, collecting the symbols and the denominators met on the way."""

    def __init__(self) -> None:
        self.variables: dict[sp.Symbol, object] = {}
        self.denominators: list = []

    def __call__(self, node: sp.Basic):
        if node in (sp.true, sp.false):
            return z3.BoolVal(bool(node))
        if type(node) in _JOINTS:
            return _JOINTS[type(node)](*map(self, node.args))
        if isinstance(node, sp.Expr):
            return self.real(node)
        raise ValueError(f"statement must be one of real arithmetic; got {node}")

    def real(self, node: sp.Expr):
        if node.is_Rational:
            return z3.RealVal(str(node))
        if node.is_Symbol:
            if node.is_integer:
                raise ValueError(f"statement must be one of real arithmetic; got the integer {node}")
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
        raise ValueError(f"statement must be one of real arithmetic; got {node}")

    def side_conditions(self) -> list:
        return self.denominators + [
            test(variable, 0)
            for symbol, variable in self.variables.items()
            for assumption, test in _SIGNS.items()
            if getattr(symbol, assumption)
        ]
