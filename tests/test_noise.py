"""Stationary variance: closed form, Lyapunov equation, autocovariances by definition, best pairs, bad input."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negmom import formulas, games, methods, noise, spectra, tuning

momenta = st.floats(-0.9, 0.9)
parts = st.floats(0.05, 5)


def rotation(x, y):
    """A real game with the eigenvalues x ± iy; it is normal."""
    return np.array([[x, -y], [y, x]])


@settings(deadline=None)
@given(momenta, parts, st.floats(-5, 5), st.floats(0.02, 0.9))
def test_gain_is_the_sum_over_the_response_to_one_shock(beta, x, y, share):
    """E|z|²/E|ξ|² = η² Σ_t |c_t|² with the impulse response c_t of the iteration."""
    lam = x + 1j * y
    eta = share * formulas.evaluate(formulas.stability_bound)(beta, x, y)
    mu_plus, mu_minus = spectra.momentum_eigenvalues(eta, beta, lam)
    gain = float(noise.gain(eta, beta, lam))
    # Both sums are geometric: Σ|c_t|² from the operator's powers, through the Stein equation.
    operator = np.array([[1 - eta * lam + beta, -beta], [1, 0]])
    source = np.array([[eta**2, 0], [0, 0]])
    big = np.eye(4) - np.kron(operator, operator.conj())
    response = np.linalg.solve(big, source.ravel())[0]
    assert abs(mu_plus) < 1
    assert gain == pytest.approx(response.real, rel=1e-6)


@settings(deadline=None)
@given(momenta, parts, st.floats(-5, 5), st.floats(0.02, 0.9))
def test_lyapunov_equation_gives_the_closed_form(beta, x, y, share):
    eta = share * float(formulas.evaluate(formulas.stability_bound)(beta, x, y))
    found = noise.stationary_covariance(rotation(x, y), eta, beta, np.eye(2))
    expected = float(noise.gain(eta, beta, x + 1j * y)) * np.eye(2)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * expected[0, 0])


def test_covariance_repeats_itself():
    """One step of the noisy iteration leaves the covariance of the pair unchanged."""
    rng = np.random.default_rng(0)
    J = rng.normal(size=(4, 4)) / 2 + 2 * np.eye(4)
    root = rng.normal(size=(4, 4))
    eta, beta = 0.2, -0.3
    found = noise.stationary_covariance(J, eta, beta, root @ root.T)
    F = methods.operator(J, eta, beta)
    total, source = np.zeros((8, 8)), np.zeros((8, 8))
    source[:4, :4] = eta**2 * root @ root.T
    for _ in range(2000):
        total = F @ total @ F.T + source
    np.testing.assert_allclose(found, total[:4, :4], rtol=1e-10)


def test_noise_may_leave_directions_alone():
    direction = np.random.default_rng(1).normal(size=(5, 1))
    for covariance in (direction @ direction.T, np.zeros((5, 5))):
        found = noise.stationary_covariance(np.eye(5), 0.5, 0.0, covariance)
        np.testing.assert_allclose(found, covariance / 3, atol=1e-12)


def test_gain_is_infinite_where_the_iteration_is_not_stable():
    bound = float(formulas.evaluate(formulas.stability_bound)(-0.3, 1.0, 2.0))
    assert np.isfinite(noise.gain(0.999 * bound, -0.3, 1 + 2j))
    assert np.isinf(noise.gain(1.001 * bound, -0.3, 1 + 2j))
    assert np.isinf(noise.gain(0.1, [1.0, -1.0, 1.5], 1.0)).all()


def response_covariance(jacobian, etas, betas, root, owner, rounds=3000):
    """Σ_t c_t c_tᵀ, where c_t is what noise in round 0 alone leaves after t more rounds, player by player."""
    m = len(jacobian)
    now = before = np.zeros((m, root.shape[1]))
    total = np.zeros((m, m))
    for t in range(rounds):
        seen = now.copy()
        for i in range(max(owner) + 1):
            mine = owner == i
            gradient = (jacobian @ seen + (root if t == 0 else 0))[mine]
            seen[mine] = now[mine] + betas[i] * (now - before)[mine] - etas[i] * gradient
        now, before = seen, now
        total += now @ now.T
    return total


def test_alternating_players_pass_their_noise_on():
    """By the definition of the update, for steps and momenta of their own and correlated noise."""
    rng = np.random.default_rng(2)
    J = rng.normal(size=(5, 5)) / 2 + 1.5 * np.eye(5)
    root = rng.normal(size=(5, 3))
    etas, betas, sizes = [0.2, 0.3, 0.1], [-0.3, 0.1, 0.2], (2, 1, 2)
    found = noise.stationary_covariance(J, etas, betas, root @ root.T, "alternating", sizes)
    expected = response_covariance(J, etas, betas, root, np.repeat([0, 1, 2], sizes))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    H = np.diag(np.repeat(etas, sizes))
    L = np.kron(np.tri(3, k=-1), np.ones((2, 2)))[np.ix_([0, 1, 2, 4, 5], [0, 1, 2, 4, 5])] * J
    kick = np.linalg.solve(np.eye(5) + H @ L, H)
    F, source = methods.operator(J, etas, betas, "alternating", sizes), np.zeros((10, 10))
    source[:5, :5] = kick @ root @ root.T @ kick.T
    step = np.zeros((10, 10))
    for _ in range(3000):
        step = F @ step @ F.T + source
    np.testing.assert_allclose(found, step[:5, :5], rtol=1e-9, atol=1e-12)
    # The noise as if nobody passed it on would give another covariance.
    source[:5, :5] = H @ root @ root.T @ H
    for _ in range(3000):
        step = F @ step @ F.T + source
    assert np.abs(step[:5, :5] / found - 1).max() > 0.1


@settings(deadline=None)
@given(
    st.floats(-0.95, -0.02),
    st.floats(0.02, 0.95),
    st.floats(0.2, 5),
    st.floats(0.1, 4),
    st.floats(0, 2),
    st.floats(0, 2),
)
def test_alternating_gains_are_those_of_the_lyapunov_equation(beta, share, ratio, sigma, tau, other):
    s = share * 4 * (1 + beta) ** 2
    own, cross = noise.alternating_gains(s, beta)
    etas = np.sqrt(s) / sigma * np.array([np.sqrt(ratio), 1 / np.sqrt(ratio)])
    found = noise.stationary_covariance(
        games.bilinear([[sigma]]).jacobian(np.zeros(2)), etas, beta, np.diag([tau**2, other**2]), "alternating", (1, 1)
    )
    expected = [ratio * own * tau**2 + cross * other**2, own * other**2 / ratio + cross * tau**2]
    np.testing.assert_allclose(np.diag(found) * sigma**2, expected, rtol=1e-6, atol=1e-12)
    assert own > cross > 0 and own + cross > 1


def test_alternating_gains_are_infinite_where_the_updates_do_not_converge():
    for part in noise.alternating_gains([1.001, 1.0, 0.5, 0.5], [-0.5, -0.5, 0.0, 0.1]):
        assert np.isinf(part).all()
    with pytest.raises(ValueError, match="s must be > 0; got 0.0"):
        noise.alternating_gains(0.0, -0.5)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.floats(-0.95, 0.95), st.floats(0.02, 0.9), st.floats(0.02, 0.9))
def test_covariance_increases_with_the_step(seed, beta, share, other):
    """As a matrix, for a Jacobian that is not normal and noise that need not reach every direction."""
    rng = np.random.default_rng(seed)
    J = rng.normal(size=(4, 4))
    J += (0.2 - np.linalg.eigvals(J).real.min()) * np.eye(4)
    root = rng.normal(size=(4, rng.integers(1, 5)))
    lam = np.linalg.eigvals(J)
    top = formulas.evaluate(formulas.stability_bound)(beta, lam.real, lam.imag).min()
    smaller, larger = (
        noise.stationary_covariance(J, part * top, beta, root @ root.T) for part in sorted((share, other))
    )
    assert np.linalg.eigvalsh(larger - smaller).min() >= -1e-8 * np.trace(larger)


def searched(J, covariance, error):
    """The smallest radius on a fine grid of momenta and steps, by the Lyapunov equation."""
    lam, best = np.linalg.eigvals(J), np.inf
    for beta in np.linspace(-0.98, 0.98, 99):
        top = formulas.evaluate(formulas.stability_bound)(beta, lam.real, lam.imag).min()
        etas = top * np.linspace(0, 1, 202)[1:-1]
        radii = np.sqrt(spectra.rho(etas[:, None], beta, lam).max(axis=1))
        for n in np.argsort(radii):
            if radii[n] >= best:
                break
            if np.trace(noise.stationary_covariance(J, etas[n], beta, covariance)) <= error:
                best = radii[n]
    return best


@pytest.mark.parametrize("error", [0.5, 3.0])
def test_no_pair_of_a_grid_is_better_at_the_error(error):
    rng = np.random.default_rng(3)
    J = rng.normal(size=(4, 4))
    J += (0.4 - np.linalg.eigvals(J).real.min()) * np.eye(4)
    root = rng.normal(size=(4, 4)) / 2
    eta, beta, radius = noise.best_at_error(J, root @ root.T, error)
    assert np.trace(noise.stationary_covariance(J, eta, beta, root @ root.T)) == pytest.approx(error, rel=1e-8)
    assert radius == pytest.approx(np.sqrt(spectra.rho(eta, beta, np.linalg.eigvals(J)).max()))
    gap = searched(J, root @ root.T, error) - radius
    assert 0 <= gap < 0.05 * (1 - radius)


def test_an_error_that_does_not_bind_leaves_the_best_pair():
    J = np.diag([1.0, 2.0, 9.0]) + np.diag([3.0, 0.5], 1)
    free = tuning.best_step_and_momentum(np.linalg.eigvals(J))
    spent = np.trace(noise.stationary_covariance(J, *free[:2], np.eye(3)))
    assert noise.best_at_error(J, np.eye(3), 1.001 * spent) == free
    assert noise.best_at_error(J, np.eye(3), 0.9 * spent)[2] > free[2]
    assert noise.best_at_error(J, np.zeros((3, 3)), 1e-9) == free


def test_nearly_dependent_eigenvectors_change_nothing():
    covariance = np.diag([1.0, 2.0])
    one = noise.best_at_error([[1.0, 1.0], [0.0, 1.0]], covariance, 0.3)
    other = noise.best_at_error([[1.0, 1.0], [0.0, 1.001]], covariance, 0.3)
    np.testing.assert_allclose(one, other, rtol=5e-3)


def exact_variance(J, eta, beta):
    """The total variance for unit noise, by the Lyapunov equation of the pair with 60 digits."""
    m = len(J)
    with mp.workdps(60):
        F = mp.zeros(2 * m)
        for i in range(m):
            F[i, i], F[i, m + i], F[m + i, i] = 1 + mp.mpf(beta), -mp.mpf(beta), 1
            for j in range(m):
                F[i, j] -= mp.mpf(eta) * mp.mpf(float(J[i, j]))
        # The covariance is Σ_t F^t Q (F^t)ᵀ; each round doubles the number of terms.
        total = mp.diag([mp.mpf(eta) ** 2] * m + [0] * m)
        while mp.mnorm(F, 1) > mp.mpf(10) ** -40:
            total, F = total + F * total * F.T, F * F
        return float(sum(total[i, i] for i in range(m)))


def reduced_variance(J, eta, beta):
    """The same from the equation of the size of J."""
    m = len(J)
    L, M = np.kron(J, np.eye(m)) + np.kron(np.eye(m), J), np.kron(J, J)
    h, q = eta / (1 - beta), (1 - beta) / (1 + beta)
    equation = L - h * (q / 4 * L @ L + (M - L @ L / 4) / q)
    return np.trace(np.linalg.solve(equation, h * np.eye(m).ravel()).reshape(m, m))


@pytest.mark.parametrize("m", [2, 4])
@pytest.mark.parametrize("error", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_a_jordan_block_spends_the_error_and_no_pair_of_a_grid_is_better(m, error):
    J = np.eye(m) + np.eye(m, k=1)
    eta, beta, radius = noise.best_at_error(J, np.eye(m), error)
    assert exact_variance(J, eta, beta) == pytest.approx(error, rel=1e-9)
    assert radius == pytest.approx(np.sqrt(spectra.rho(eta, beta, 1.0)), abs=1e-9)
    ends = np.log(4 / (1 - radius))
    tried = 0
    for other in -np.tanh(np.linspace(-ends, ends, 101) / 2):
        etas = 2 * (1 + other) * np.geomspace(1e-3 * (1 - other) ** 2 * error, 0.99, 400)
        faster = etas[np.sqrt(spectra.rho(etas, other, 1.0)) < radius - 1e-12]
        tried += len(faster)
        # The variance increases with the step.
        assert not faster.size or reduced_variance(J, faster[0], other) > error
    assert tried > 100


@pytest.mark.parametrize("error", [1e-6, 1e-8, 1e-10])
def test_tiny_errors_are_spent_with_the_stated_momentum(error):
    eta, beta, radius = noise.best_at_error(rotation(1, 2), np.eye(2), error)
    assert 2 * noise.gain(eta, beta, 1 + 2j) == pytest.approx(error, rel=1e-12)
    assert beta == pytest.approx(noise.small_error_momentum(rotation(1, 2), np.eye(2)), abs=1e-4)
    assert 1 - radius == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("error", [1e-4, 1e-8, 1e-12])
def test_real_eigenvalues_halve_the_steps_at_tiny_errors(error):
    """Plain steps lose 2 error of the radius."""
    eta, beta, radius = noise.best_at_error([[1.0]], [[1.0]], error)
    assert noise.gain(eta, beta, 1.0) == pytest.approx(error, rel=1e-12)
    assert 1 - radius == pytest.approx(4 * error, rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_small_errors_have_the_stated_momentum(seed):
    rng = np.random.default_rng(seed)
    J = np.zeros((6, 6))
    for n, (x, y) in enumerate(zip(rng.uniform(0.5, 2, 3), rng.uniform(1, 4, 3))):
        J[2 * n : 2 * n + 2, 2 * n : 2 * n + 2] = rotation(x, y)
    J += 0.3 * np.triu(rng.normal(size=(6, 6)), 2)
    root = rng.normal(size=(6, 6))
    limit = noise.small_error_momentum(J, root @ root.T)
    far, near = (noise.best_at_error(J, root @ root.T, error)[1] for error in (1.0, 0.01))
    eta, beta, _ = noise.best_at_error(J, root @ root.T, 1e-4)
    assert np.trace(noise.stationary_covariance(J, eta, beta, root @ root.T)) == pytest.approx(1e-4, rel=1e-8)
    assert abs(near - limit) < 5e-3 and abs(near - limit) < abs(far - limit)


def test_small_errors_of_one_eigenvalue_and_of_a_slow_real_one():
    q = np.sqrt(2 * 9 - 1)
    assert noise.small_error_momentum(rotation(1, 3), np.eye(2)) == pytest.approx((1 - q) / (1 + q))
    assert np.isnan(noise.small_error_momentum(np.eye(2), np.eye(2)))
    J = np.diag([0.5, 0, 0]) + np.pad(rotation(1, 3), ((1, 0), (1, 0)))
    q = np.sqrt(2 * 9 / 3 - (1 + 0.5 + 0.5) / 3)  # the mean of tan² and of x0/x
    assert noise.small_error_momentum(J, np.eye(3)) == pytest.approx((1 - q) / (1 + q))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.eye(2), np.eye(2), 0.0), "error must be > 0; got 0.0"),
        ((np.eye(2), np.eye(2), [1.0, 2.0]), r"error must be one number; got shape \(2,\)"),
        ((np.eye(2), np.eye(3), 1.0), r"noise must have shape \(2, 2\); got shape \(3, 3\)"),
        ((np.eye(2)[:1], np.eye(2), 1.0), r"jacobian must be a square matrix; got shape \(1, 2\)"),
        (([[0.0, -1.0], [1.0, 0.0]], np.eye(2), 1.0), "jacobian must have eigenvalues with a positive real part; got"),
        (([[np.nan]], [[1.0]], 1.0), "jacobian must be real and finite; got nan"),
        (([[1.0]], [[-1.0]], 1.0), "noise must be positive semidefinite; got an eigenvalue -1$"),
        ((rotation(1, 2), np.eye(2), 1e-17), "error is too small for double precision; got 1e-17"),
    ],
)
def test_bad_input_of_the_search_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        noise.best_at_error(*arguments)


def test_no_noise_has_no_small_error():
    with pytest.raises(ValueError, match="noise must not be zero"):
        noise.small_error_momentum(np.eye(2), np.zeros((2, 2)))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([[1.0]], 3.0, 0.0, [[1.0]]), "eta, beta must make the iteration stable"),
        (([[1.0]], 0.5, 0.0, np.eye(2)), r"noise must have shape \(1, 1\); got shape \(2, 2\)"),
        ((np.eye(2), 0.5, 0.0, [[1.0, 1.0], [0.5, 1.0]]), "noise must be symmetric; got .* differ by 0.5 "),
        (([[1.0]], 0.5, 0.0, [[-3.0]]), "noise must be positive semidefinite; got an eigenvalue -3$"),
        ((np.eye(2), 0.5, 0.0, [[1.0, 2.0], [2.0, 1.0]]), "semidefinite; got an eigenvalue -1$"),
        ((np.eye(2), 0.5, 0.0, [[1e-9, 5e-9], [0.0, 1e-9]]), "noise must be symmetric; got .* differ by 5e-09 "),
        ((np.zeros((0, 0)), 0.5, 0.0, np.zeros((0, 0))), r"jacobian must .* one row; got shape \(0, 0\)"),
        (([[1.0, 1.0], [0.0, 1.0]], 3.9933, 0.99665, np.eye(2)), "eta, beta must leave .*; got 3.9933, 0.99665"),
        (([[0.001, 0.3], [0.0, 20.0]], 5e-12, -1 + 1e-7, np.eye(2)), "eta, beta must leave .*; got 5e-12, -0.9999999"),
        (([[1j]], 0.5, 0.0, [[1.0]]), "jacobian must be real"),
        (([[1.0]], -0.5, 0.0, [[1.0]]), "eta must be > 0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        noise.stationary_covariance(*arguments)


@pytest.mark.parametrize("m", [1, 4, 5, 12])
def test_momenta_near_minus_one_keep_their_digits(m):
    """SciPy's equation alone is off by up to 7 % here, from a matrix of ten rows on."""
    for beta, step in ((-0.9999, 1e-4), (-0.9999, 1e-2), (-0.999, 1e-3), (-0.99, 1e-4)):
        eta = step * (1 + beta)
        found = noise.stationary_covariance(np.eye(m), eta, beta, np.eye(m))
        assert np.allclose(found, noise.gain(eta, beta, 1.0) * np.eye(m), rtol=0, atol=1e-7 * found.max())


def test_a_negative_variance_is_named(monkeypatch):
    """Which operators lose the covariance so, and not with a warning, differs from one LAPACK to another."""
    signs = iter([-1, 0, 0, 0])  # a wrong solution, and no corrections of it
    monkeypatch.setattr(noise, "solve_discrete_lyapunov", lambda operator, source: next(signs) * source)
    with pytest.raises(ValueError, match="got 0.5, 0.0 with a variance -0.25$"):
        noise.stationary_covariance([[1.0]], 0.5, 0.0, [[1.0]])


def test_an_error_that_binds_by_rounding_alone():
    jacobian, covariance, error = [[0.593283601653477]], [[1.154857785621459]], 0.4994177401529962
    eta, beta, radius = noise.best_at_error(jacobian, covariance, error)
    assert noise.stationary_covariance(jacobian, eta, beta, covariance)[0, 0] <= error * (1 + 1e-9)
    assert 0 < radius < 1


def test_an_error_that_is_lost_says_so_and_warns_of_nothing():
    with pytest.raises(ValueError, match="error is too small for double precision; got 0.2"):
        noise.best_at_error([[3e-16, -4.0], [4.0, 3e-16]], np.eye(2), 0.2)


@pytest.mark.parametrize("error", [1e-2, 1e-5])
def test_the_pair_at_an_error_of_a_defective_jacobian(error):
    eta, beta, radius = noise.best_at_error([[3, -1], [1, 1]], np.eye(2), error)
    near = noise.best_at_error([[3, -1], [1, 1.0001]], np.eye(2), error)
    assert radius < 1 and 1 - radius == pytest.approx(1 - near[2], rel=0.1)
