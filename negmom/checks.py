"""Checks of arguments: each error names the argument, its value and what is allowed."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike


def real(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a float64 array, or raise if it is not real and finite.

    Examples
    --------
    >>> real("beta", -0.5)
    array(-0.5)
    >>> real("beta", float("nan"))
    Traceback (most recent call last):
    ValueError: beta must be real and finite; got nan
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be real and finite; got {value!r}") from None
    return _all(name, array, np.isfinite(array), "must be real and finite")


def positive(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a float64 array, or raise if an entry is not > 0.

    Examples
    --------
    >>> positive("eta", 0)
    Traceback (most recent call last):
    ValueError: eta must be > 0; got 0.0
    """
    array = real(name, value)
    return _all(name, array, array > 0, "must be > 0")


def nonnegative(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a float64 array, or raise if an entry is not >= 0.

    Examples
    --------
    >>> nonnegative("s", -1.0)
    Traceback (most recent call last):
    ValueError: s must be >= 0; got -1.0
    """
    array = real(name, value)
    return _all(name, array, array >= 0, "must be >= 0")


def at_least_one(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a float64 array, or raise if an entry is not >= 1.

    Examples
    --------
    >>> at_least_one("condition", 0.5)
    Traceback (most recent call last):
    ValueError: condition must be >= 1; got 0.5
    """
    array = real(name, value)
    return _all(name, array, array >= 1, "must be >= 1")


def finite_complex(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a complex128 array, or raise if an entry is not finite.

    Examples
    --------
    >>> finite_complex("lam", [1, 2j]).dtype
    dtype('complex128')
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            raise TypeError
        array = array.astype(complex, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a finite complex number; got {value!r}") from None
    return _all(name, array, np.isfinite(array), "must be a finite complex number")


def right_half_plane(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a complex128 array, or raise if an entry has no positive real part.

    Examples
    --------
    >>> right_half_plane("lam", 1j)
    Traceback (most recent call last):
    ValueError: lam must have a positive real part; got 1j
    """
    array = finite_complex(name, value)
    return _all(name, array, array.real > 0, "must have a positive real part")


def spectrum(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as a complex128 array with one axis, or raise if it is no spectrum.

    Examples
    --------
    >>> spectrum("spectrum", [])
    Traceback (most recent call last):
    ValueError: spectrum must have one axis and at least one entry; got shape (0,)
    """
    array = right_half_plane(name, value)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must have one axis and at least one entry; got shape {array.shape}")
    return array


def square(name: str, value: ArrayLike, check=finite_complex) -> np.ndarray:
    """Return `value` as an array that passes `check`, or raise if it is no square matrix.

    Examples
    --------
    >>> square("jacobian", [[1.0, 2.0]])
    Traceback (most recent call last):
    ValueError: jacobian must be a square matrix; got shape (1, 2)
    """
    array = check(name, value)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"{name} must be a square matrix; got shape {array.shape}")
    return array


def choice(name: str, value: object, allowed: Iterable) -> object:
    """Return `value`, or raise if it is not one of `allowed`.

    Examples
    --------
    >>> choice("updates", "both", ("simultaneous", "alternating"))
    Traceback (most recent call last):
    ValueError: updates must be 'simultaneous' or 'alternating'; got 'both'
    """
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name} must be {' or '.join(map(repr, allowed))}; got {value!r}")
    return value


def broadcast(**arrays: np.ndarray) -> list[np.ndarray]:
    """Broadcast the named arrays against each other, or raise and name their shapes.

    Examples
    --------
    >>> broadcast(eta=np.ones(2), beta=np.ones(3))
    Traceback (most recent call last):
    ValueError: eta, beta must have shapes that broadcast; got (2,), (3,)
    """
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        names = ", ".join(arrays)
        shapes = ", ".join(str(array.shape) for array in arrays.values())
        raise ValueError(f"{names} must have shapes that broadcast; got {shapes}") from None


def _all(name: str, array: np.ndarray, allowed: np.ndarray, rule: str) -> np.ndarray:
    if not np.all(allowed):
        culprit = array[~allowed].flat[0] if array.ndim else array[()]
        raise ValueError(f"{name} {rule}; got {culprit}")
    return array


def number(name: str, value, check=real) -> float:
    """Return one number that passes `check`.

    Raises
    ------
    ValueError
        If it does not, or there are several.

    Examples
    --------
    >>> number("beta", [0.1, 0.2])
    Traceback (most recent call last):
    ValueError: beta must be one number; got shape (2,)
    """
    value = check(name, value)
    if value.ndim:
        raise ValueError(f"{name} must be one number; got shape {value.shape}")
    return float(value)


def is_integer(value: object, least: int) -> bool:
    """Return whether `value` is an integer, of Python, NumPy or SymPy, and at least `least`.

    Examples
    --------
    >>> is_integer(np.int64(1), 1), is_integer(1.0, 1)
    (True, False)
    """
    return isinstance(value, Integral) and bool(value >= least)


def integer(name: str, value: object, least: int) -> int:
    """Return `value` as an int, or raise if it is no integer or less than `least`.

    Examples
    --------
    >>> integer("iterations", 2.0, 0)
    Traceback (most recent call last):
    ValueError: iterations must be an integer >= 0; got 2.0
    """
    if not is_integer(value, least):
        raise ValueError(f"{name} must be an integer >= {least}; got {value!r}")
    return int(value)
