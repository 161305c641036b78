r"""The spectrum of a real game, measured: eigenvalues of :math:`\nabla v` at a point of training.

For any pair of torch modules and losses, and without forming the matrix: a product
:math:`\nabla v\,u` is one pass of automatic differentiation, and Arnoldi's method finds
eigenvalues from products alone. What limits a gradient method lies at the edge of the spectrum, where
Arnoldi sees well; what it did not see is part of the report.

Whatever comes in a pair comes in the order of the state :math:`\omega = (\varphi, \theta)`: the
discriminator first.

>>> from torch.nn.functional import softplus
>>> _ = torch.manual_seed(0)
>>> generator, discriminator = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
>>> def losses(generator, discriminator, batch):
...     fake, real = discriminator(generator(batch["z"])), discriminator(batch["x"])
...     return softplus(-real).mean() + softplus(fake).mean(), -softplus(fake).mean()
>>> batch = {"x": torch.ones(8, 1), "z": torch.linspace(-1, 1, 8)[:, None]}
>>> report = analyze(generator, discriminator, losses, batch)
>>> len(report.values), report.converges
(4, False)
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs
from torch import nn
from torch.func import functional_call, grad, vjp
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from negmom import checks, methods, spectra, tuning

# What `analyze` asks Arnoldi for: largest modulus and imaginary part, both ends of the real part.
QUESTIONS = ("LM", "LI", "SR", "LR")

# Up to this many parameters, or 2k + 4, the matrix itself is formed, and its whole spectrum is seen.
DENSE = 64

Losses = Callable[[nn.Module, nn.Module, object], Sequence[torch.Tensor]]


class LocalGame:
    r"""A game of two torch modules at one point: :math:`v` and products with its Jacobian.

    .. math:: v(\varphi,\theta) = \bigl(\nabla_\varphi\mathcal L^{(\varphi)},
              \nabla_\theta\mathcal L^{(\theta)}\bigr), \qquad
              u \mapsto \nabla v(\omega)\,u, \quad u \mapsto \nabla v(\omega)^\top u

    The modules are not changed: their parameters and buffers are copied, a layer that updates a buffer (batch
    normalization) updates the copy, and what a forward pass writes into other attributes is put back.

    Parameters
    ----------
    generator, discriminator : torch.nn.Module
        At the point of interest. Parameters with ``requires_grad=False`` are constants of the game.
    losses : callable
        ``losses(generator, discriminator, batch)`` returns the discriminator's and the generator's
        loss, two scalar tensors; each player minimizes its own, over its own parameters only.
    batch : tensor, or tuple, list or dict of them
        Handed to `losses`: data and noise. Floating-point tensors get `dtype`.
    dtype : torch.dtype
        ``torch.float64`` or ``torch.float32``.

    Attributes
    ----------
    sizes : tuple of int
        Number of parameters of the discriminator and of the generator.
    v : numpy.ndarray, shape (m,)
        The gradient vector field at this point.

    Raises
    ------
    ValueError
        If a player is no module, has nothing to train, trains a complex parameter or shares one with the other
        player, if `losses` does not return two real, finite scalars, or not the same ones twice, cannot be
        differentiated by :mod:`torch.func`, or hides one player from the derivatives of the other's gradient.

    Notes
    -----
    A product is one backward pass through the graph of :math:`u\mapsto\nabla v^\top u`, which is
    linear in u; so every layer that can be differentiated three times will do. Where a layer has a kink
    (ReLU), the Jacobian is that of the piece the point lies in.

    What is detached, computed under ``no_grad`` or kept in a buffer, such as the vectors of spectral normalization,
    is a constant. Fake samples must not be detached in the discriminator's loss: each player's gradient is in its
    own parameters anyway, and :math:`\nabla v` needs how it depends on the other's. An error says so where the whole
    player is hidden, and :meth:`mismatch` tells where one term hides it. A gradient penalty takes
    :func:`torch.func.grad`, which can be nested, instead of ``autograd.grad``, and batch normalization in it must
    not update its statistics.
    """

    def __init__(self, generator, discriminator, losses: Losses, batch, *, dtype=torch.float64):
        checks.choice("dtype", dtype, (torch.float64, torch.float32))
        trained = _trained({"discriminator": discriminator, "generator": generator})
        self._pair = _Pair(generator, discriminator, losses)
        self._batch, self._dtype = _cast(batch, dtype), dtype
        everything = dict(self._pair.named_parameters()) | dict(self._pair.named_buffers())
        self._places = _places(self._pair, everything)
        owned = {key for own in trained for key in own}
        self._constants = {
            key: _cast(value.detach(), dtype) for key, value in everything.items() if key not in owned
        }
        self._shapes = [{key: p.shape for key, p in own.items()} for own in trained]
        parts = [
            torch.cat([p.detach().to(dtype).reshape(-1) for p in own.values()]) for own in trained
        ]
        self.sizes, self._omega = tuple(len(part) for part in parts), torch.cat(parts)
        with _explained(dtype):
            with torch.enable_grad():
                self._check_losses(parts)
                self._differentiate()
            self._check_blocks()

    @property
    def dimension(self) -> int:
        """The length m of the state."""
        return sum(self.sizes)

    def product(self, u: np.ndarray) -> np.ndarray:
        r"""Return :math:`\nabla v\,u` for u of shape (m,)."""
        return self._apply(self._push, u)

    def transposed_product(self, u: np.ndarray) -> np.ndarray:
        r"""Return :math:`\nabla v^\top u` for u of shape (m,)."""
        return self._apply(self._pull, u)

    def jacobian(self, steps: np.ndarray | None = None) -> LinearOperator:
        r"""Return :math:`\nabla v`, or :math:`\operatorname{diag}(\text{steps})\nabla v`, as an operator.

        Parameters
        ----------
        steps : numpy.ndarray, shape (m,), optional
            One step size per parameter; see :func:`step_sizes`.
        """
        steps = np.ones(self.dimension) if steps is None else steps
        return LinearOperator(
            (self.dimension, self.dimension),
            matvec=lambda u: steps * self.product(u.ravel()),
            rmatvec=lambda u: self.transposed_product(steps * u.ravel()),
            dtype=float,
        )

    def mismatch(self) -> float:
        r"""Return how far :math:`\nabla v\,u` is from a difference of v, for a random u and relative to it.

        Rounding, unless the derivatives of the gradients are not what they seem: where something is detached
        or held fixed on their way, where torch has a layer's wrong, or at a kink, where v jumps. nan in single
        precision, in which a difference tells little.
        """
        if self._dtype != torch.float64:
            return math.nan
        direction = np.random.default_rng(0).standard_normal(self.dimension)
        product = self.product(direction)
        # A step as short as rounding allows: on its way no unit should cross a kink.
        error = np.linalg.norm(self._difference(direction, 1e-9) - product)
        return float(error / np.linalg.norm(product)) if error else 0.0

    def _apply(self, linear, u):
        tensor = torch.as_tensor(np.ascontiguousarray(u), dtype=self._dtype, device=self._omega.device)
        return linear(tensor)[0].detach().cpu().numpy().astype(float, copy=False)

    def _losses(self, parts):
        """The two losses as a function of the players' flat parameters."""
        # Clones, so that a layer may update its buffers in place.
        state = {key: value.clone() for key, value in self._constants.items()}
        for part, shapes in zip(parts, self._shapes):
            pieces = part.split([shape.numel() for shape in shapes.values()])
            state |= {key: x.view(shape) for (key, shape), x in zip(shapes.items(), pieces)}
        state = {place: state[key] for place, key in self._places.items()}
        with _attributes_kept(self._pair), sdpa_kernel(SDPBackend.MATH), _Elementary():
            return functional_call(self._pair, state, (self._batch,), tie_weights=False)

    def _field(self, omega):
        parts = omega.split(self.sizes)

        def own_gradient(k):
            def loss(own):
                return self._losses([own if j == k else part for j, part in enumerate(parts)])[k]

            return grad(loss)(parts[k])

        return torch.cat([own_gradient(k) for k in range(len(parts))])

    def _differentiate(self):
        """Take v and the two products with its Jacobian, and refuse losses that differ the second time."""
        v, pull = vjp(self._field, self._omega)
        _, push = vjp(lambda u: pull(u)[0], torch.zeros_like(self._omega))
        again = self._field(self._omega)
        # Not to the last bit, since sums on a GPU may differ in it.
        if torch.linalg.norm(v - again) > torch.finfo(self._dtype).eps ** 0.5 * torch.linalg.norm(v):
            raise ValueError(
                "losses must give the same values at the same point; got others the second time "
                "(put noise into batch, and dropout into evaluation mode)"
            )
        self.v, self._push, self._pull = v.detach().cpu().numpy(), push, pull

    def _check_losses(self, parts):
        values = self._losses(parts)
        scalars = isinstance(values, (tuple, list)) and len(values) == 2
        if not scalars or not all(torch.is_tensor(x) and x.ndim == 0 for x in values):
            raise ValueError(
                f"losses must return two scalar tensors, the discriminator's and the generator's; got {values!r}"
            )
        for value in values:
            if value.is_complex() or not torch.isfinite(value):
                raise ValueError(f"losses must be real and finite; got {value.item()}")

    def _difference(self, direction, step):
        """(v(ω + hu) − v(ω − hu)) / 2h, where ‖hu‖ is `step` in units of ‖ω‖, or of 1 if that is larger."""
        h = step * max(1.0, float(torch.linalg.norm(self._omega))) / np.linalg.norm(direction)
        shift = torch.as_tensor(h * direction, dtype=self._dtype, device=self._omega.device)
        moved = self._field(self._omega + shift) - self._field(self._omega - shift)
        return moved.cpu().numpy() / (2 * h)

    def _check_blocks(self):
        """Refuse losses in which one player's gradient moves with the other player and its derivative does not."""
        first, direction = self.sizes[0], np.random.default_rng(0).standard_normal(self.dimension)
        rows = {"discriminator": slice(0, first), "generator": slice(first, None)}
        for name, other in (list(rows), list(rows)[::-1]):
            part = np.zeros(self.dimension)
            part[rows[other]] = direction[rows[other]]
            # A gradient of zero may be that of dead units, which a step brings to life.
            if self.product(part)[rows[name]].any() or not self.v[rows[name]].any():
                continue
            seen = np.linalg.norm(self._difference(part, 1e-3)[rows[name]]) * np.linalg.norm(self._omega.cpu())
            if seen > 1e-3 * np.linalg.norm(part) * np.linalg.norm(self.v[rows[name]]):
                raise ValueError(
                    f"losses must not detach the {other} in the {name}'s loss (.detach() or no_grad): the "
                    f"{name}'s gradient moves with the {other}; got a derivative of zero"
                )


class _Pair(nn.Module):
    """Both players under one roof, so that their parameters can be replaced during a call of the losses."""

    def __init__(self, generator, discriminator, losses):
        super().__init__()
        self.generator, self.discriminator, self.losses = generator, discriminator, losses

    def forward(self, batch):
        return self.losses(self.generator, self.discriminator, batch)


class _Elementary(TorchFunctionMode):
    """Two layers in elementary operations: of its own kernels for them torch gets higher derivatives wrong."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return _ELEMENTARY.get(func, func)(*args, **(kwargs or {}))


def _weight_norm(v, g, dim=0):
    return v * (g / torch.norm_except_dim(v, 2, dim))


def _layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    axes = tuple(range(-len(normalized_shape), 0))
    centered = x - x.mean(axes, keepdim=True)
    scaled = centered * torch.rsqrt(centered.square().mean(axes, keepdim=True) + eps)
    scaled = scaled if weight is None else scaled * weight
    return scaled if bias is None else scaled + bias


_ELEMENTARY = {torch._weight_norm: _weight_norm, nn.functional.layer_norm: _layer_norm}


@contextlib.contextmanager
def _attributes_kept(module):
    """Put back what a forward pass writes into attributes: it may hold tensors that end with the derivative."""
    saved = [(part, dict(part.__dict__)) for part in module.modules()]
    try:
        yield
    finally:
        for part, attributes in saved:
            part.__dict__.clear()
            part.__dict__.update(attributes)


@contextlib.contextmanager
def _explained(dtype):
    """Say what losses must be where torch cannot differentiate them."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"losses must run in {dtype}, with tensors made in them of that kind too, and be differentiable by "
            f"torch.func three times (a gradient penalty by torch.func.grad); got {type(error).__name__}: {reason}"
        ) from error


def _trainable(module):
    return [(name, p) for name, p in module.named_parameters() if p.requires_grad]


def _trained(players):
    """The parameters that each player trains, by their names in :class:`_Pair`, once it is sure that they may be."""
    for name, player in players.items():
        if not isinstance(player, nn.Module):
            raise ValueError(f"{name} must be a torch.nn.Module; got {type(player).__name__}")
    trained = []
    for name, player in players.items():
        own = _trainable(player)
        if not own:
            raise ValueError(f"{name} must have a parameter to train; got none")
        for key, p in own:
            if p.is_complex():
                raise ValueError(f"{name} must have real parameters; got {p.dtype} for {key!r}")
        trained.append({f"{name}.{key}": p for key, p in own})
    first, second = ({id(p) for p in own.values()} for own in trained)
    if first & second:
        raise ValueError("generator and discriminator must not share parameters; got a shared one")
    return trained


def _places(pair, tensors):
    """Each place of a tensor in the modules, and its name: a module or a tensor may stand in several places."""
    names = {id(value): name for name, value in tensors.items()}
    return {
        f"{path}.{key}": names[id(value)]
        for path, module in pair.named_modules()
        for key, value in (*module._parameters.items(), *module._buffers.items())
        if value is not None
    }


def _cast(value, dtype):
    """Copy every tensor in nested tuples, lists and dicts, floating-point ones with the dtype."""
    if torch.is_tensor(value):
        return value.to(dtype if value.is_floating_point() else value.dtype, copy=True)
    if isinstance(value, dict):
        return {key: _cast(entry, dtype) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        # A named tuple is made of its entries one by one, any other of all at once.
        make = getattr(value, "_make", type(value))
        return make([_cast(entry, dtype) for entry in value])
    return value


def step_sizes(players: Sequence[nn.Module], optimizers: Sequence) -> np.ndarray:
    r"""Return the step size of each parameter in (5), as the optimizers take it now.

    .. math:: \omega_{t+1} = \omega_t - \operatorname{diag}(\text{steps})\,v(\omega_t)
              + \beta(\omega_t-\omega_{t-1})

    A damped mean of gradients makes :math:`\eta(1-\beta)` of a step size :math:`\eta`, and Adam divides by the
    root of its second moments, which are taken as frozen:

    .. math:: \text{steps} = \eta \ (\text{SGD}), \qquad
              \text{steps} = \frac{\eta(1-\beta_1)}{\sqrt{s_t/(1-\beta_2^t)}+\epsilon} \ (\text{Adam})

    Parameters
    ----------
    players : pair of torch.nn.Module
        Discriminator and generator.
    optimizers : pair of float or array_like or torch.optim.SGD or torch.optim.Adam
        One per player, in the same order. Numbers > 0 are step sizes: one, or one per parameter.

    Returns
    -------
    numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If there are not two of each, a step size is not > 0, or an optimizer is of another kind, does not
        hold the player's parameters, has not taken a step (Adam), or uses weight decay, Nesterov's
        momentum, ``amsgrad`` or ``maximize``.

    Examples
    --------
    >>> players = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1, bias=False)
    >>> step_sizes(players, (0.5, 0.25))
    array([0.5 , 0.5 , 0.25])
    """
    for name, pair in {"players": players, "steps": optimizers}.items():
        if not hasattr(pair, "__len__") or len(pair) != 2:
            raise ValueError(f"{name} must be two, the discriminator's and the generator's; got {pair!r}")
    parts = []
    for name, player, optimizer in zip(("discriminator", "generator"), players, optimizers):
        own = _trainable(player)
        if isinstance(optimizer, torch.optim.Optimizer):
            for key, p in own:
                parts.append(np.ones(p.numel()) * _own_step(name, key, p, optimizer))
            continue
        size, steps = sum(p.numel() for _, p in own), checks.positive("steps", optimizer)
        if steps.shape not in ((), (size,)):
            raise ValueError(f"steps must be a number or {size} for the {name}; got shape {steps.shape}")
        parts.append(np.broadcast_to(steps, size))
    return np.concatenate(parts)


def _own_step(name, key, parameter, optimizer):
    """The step size an optimizer has for each entry of one parameter."""
    groups = [g for g in optimizer.param_groups if any(p is parameter for p in g["params"])]
    if not groups:
        raise ValueError(f"the optimizer of the {name} must hold its parameters; got none for {key!r}")
    group = groups[0]
    for option in ("weight_decay", "nesterov", "amsgrad", "maximize"):
        if group.get(option):
            raise ValueError(f"{option} must be off; got {group[option]} for the {name}")
    if isinstance(optimizer, torch.optim.SGD):
        # Without momentum torch does not look at the dampening.
        step = float(group["lr"]) * (1 - group["dampening"] if group["momentum"] else 1)
        return checks.positive("steps", step)
    if not isinstance(optimizer, torch.optim.Adam):
        kind = type(optimizer).__name__
        raise ValueError(f"steps must be numbers, SGD or Adam; got {kind} for the {name}")
    state = optimizer.state.get(parameter)
    if not state:
        raise ValueError(f"the optimizer of the {name} must have taken a step; got none for {key!r}")
    beta1, beta2 = group["betas"]
    second = state["exp_avg_sq"].detach().double().cpu().numpy().ravel()
    root = np.sqrt(second / (1 - beta2 ** float(state["step"]))) + group["eps"]
    return checks.positive("steps", float(group["lr"]) * (1 - beta1) / root)


@dataclass(frozen=True)
class Eigenvalues:
    """Some eigenvalues of a matrix, and how well they are known.

    Attributes
    ----------
    values : numpy.ndarray of complex, shape (n,)
        By falling modulus.
    residuals : numpy.ndarray, shape (n,)
        ‖Ax − λx‖ for the unit eigenvector x: λ is exact for a matrix that differs from A by as much.
    complete : bool
        Whether all that was asked for has been found to the tolerance.
    """

    values: np.ndarray
    residuals: np.ndarray
    complete: bool


def arnoldi(
    operator: LinearOperator,
    k: int = 6,
    which: str = "LM",
    *,
    shift: float = 0.0,
    tolerance: float = 1e-8,
    restarts: int = 30,
) -> Eigenvalues:
    r"""Return k extreme eigenvalues of a real operator, from products alone.

    ARPACK's implicitly restarted Arnoldi method on :math:`A - cI`. Its start vector is drawn from a fixed
    seed, so results repeat. From one start vector it finds an eigenvalue once, whatever its multiplicity.

    Parameters
    ----------
    operator : scipy.sparse.linalg.LinearOperator, shape (m, m)
        Real; up to m = max(64, 2k + 4) its matrix is formed, and all m eigenvalues come from LAPACK.
    k : int
        At least 1.
    which : {"LM", "LI", "SR", "LR"}
        Largest modulus of λ − c, largest \|Im λ\|, smallest or largest Re λ.
    shift : float
        The c above. With ``"LM"``, the eigenvalues farthest from c. With the other questions a c of the size
        of the largest modulus keeps eigenvalues near 0, which SciPy drops when they equal c.
    tolerance : float
        ARPACK's, relative to \|λ − c\|; 0 asks for what rounding allows.
    restarts : int
        At least 1; after so many it returns what it has.

    Returns
    -------
    Eigenvalues

    Raises
    ------
    ValueError
        If an option is not allowed, or a product is not finite.

    Examples
    --------
    >>> diagonal = LinearOperator((200, 200), matvec=lambda u: np.arange(200) * u.ravel(), dtype=float)
    >>> arnoldi(diagonal, k=2, which="SR", shift=200).values.real.round(6) + 0.0
    array([1., 0.])
    """
    checks.choice("which", which, QUESTIONS)
    for name, count in {"k": k, "restarts": restarts}.items():
        checks.integer(name, count, 1)
    shift = checks.number("shift", shift)
    tolerance = checks.number("tolerance", tolerance, checks.nonnegative)
    m = operator.shape[0]
    dense = m <= max(DENSE, 2 * k + 4)
    start = np.eye(m) if dense else np.random.default_rng(0).standard_normal(m)
    image = operator @ start
    if not np.all(np.isfinite(image)):
        raise ValueError("operator must give finite products; got one that is not")
    if dense:
        values, vectors = np.linalg.eig(image)
        complete = True
    else:
        shifted = LinearOperator(
            (m, m), matvec=lambda u: operator.matvec(u) - shift * u.ravel(), dtype=float
        )
        if not (image - shift * start).any():  # almost surely cI, of which ARPACK refuses the zero matrix A - cI
            return Eigenvalues(np.full(k, shift, dtype=complex), np.zeros(k), True)
        space = min(m - 1, max(4 * k, 20))
        try:
            values, vectors = eigs(
                shifted, k, which=which, v0=start, ncv=space, maxiter=restarts, tol=tolerance
            )
            complete = True
        except ArpackNoConvergence as partial:
            values, vectors, complete = partial.eigenvalues, partial.eigenvectors, False
        values = values + shift
    order = np.argsort(-np.abs(values), kind="stable")
    values, vectors = values[order].astype(complex), vectors[:, order]
    return Eigenvalues(values, _residuals(operator, values, vectors), complete)


def _residuals(operator, values, vectors):
    """‖Ax − λx‖; conjugates have the same."""
    norms = np.zeros(len(values))
    for k, (value, x) in enumerate(zip(values, vectors.T)):
        if value.imag < 0 and k and values[k - 1] == value.conjugate():
            norms[k] = norms[k - 1]
            continue
        image = operator.matvec(x.real)
        if np.any(x.imag):
            image = image + 1j * operator.matvec(x.imag)
        norms[k] = np.linalg.norm(image - value * x)
    return norms


def update(
    game: LocalGame,
    eta: float,
    beta: float | Sequence[float] = 0.0,
    updates: str = "simultaneous",
    steps: np.ndarray | None = None,
) -> LinearOperator:
    r"""Return the Jacobian of one iteration of the gradient method with momentum, (6), at the point.

    .. math:: \omega_{t+1} = \omega_t - \eta\operatorname{diag}(\text{steps})\,v(\omega_t)
              + \beta(\omega_t-\omega_{t-1})

    acting on :math:`(\omega_t,\omega_{t-1})`. With alternating updates the generator sees the discriminator's
    new parameters.

    Parameters
    ----------
    game : LocalGame
    eta : float
        > 0; multiplies `steps`.
    beta : float or pair of float
        One momentum for both players, or the discriminator's and the generator's.
    updates : {"simultaneous", "alternating"}
    steps : numpy.ndarray, shape (m,), optional
        All ones by default.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator, shape (2m, 2m)

    Raises
    ------
    ValueError
        If `eta` is not > 0, `beta` not a real number or two, or `updates` unknown.
    """
    checks.choice("updates", updates, methods.UPDATES)
    momentum = methods.per_player("beta", checks.real("beta", beta), game)
    eta, m, first = checks.number("eta", eta, checks.positive), game.dimension, game.sizes[0]
    scale = eta * (np.ones(m) if steps is None else steps)

    def iterate(state):
        now, before = np.split(state.ravel(), 2)
        after = now - scale * game.product(now) + momentum * (now - before)
        if updates == "alternating":
            seen = np.concatenate([after[:first], now[first:]])
            # The generator's own term is the same; only what it sees of the discriminator is newer.
            after[first:] -= scale[first:] * game.product(seen - now)[first:]
        return np.concatenate([after, now])

    return LinearOperator((2 * m, 2 * m), matvec=iterate, dtype=float)


def radius(
    game: LocalGame,
    eta: float,
    beta: float | Sequence[float] = 0.0,
    updates: str = "simultaneous",
    steps: np.ndarray | None = None,
    k: int = 4,
    **search,
) -> float:
    r"""Return the spectral radius of :func:`update`, **not** squared, by Arnoldi.

    Above 1, the method moves away from the point along some direction; directions that do not move at
    all hold it at 1.

    Parameters
    ----------
    game, eta, beta, updates, steps
        As in :func:`update`.
    k : int
        Eigenvalues Arnoldi looks for; more make it surer of the largest.
    **search
        Other options of :func:`arnoldi`.

    Returns
    -------
    float
        nan if Arnoldi found none.
    """
    found = arnoldi(update(game, eta, beta, updates, steps), k, **search)
    return float(np.abs(found.values).max()) if len(found.values) else math.nan


@dataclass(frozen=True)
class Unseen:
    r"""A region that holds every eigenvalue that was not found, if Arnoldi missed none it was asked for.

    .. math:: |\lambda|\le\text{modulus},\quad |\Im\lambda|\le\text{imaginary},\quad
              \text{low}\le\Re\lambda\le\text{high}

    Infinite where a question stayed unanswered. ``count`` is the number of eigenvalues not found, with
    multiplicity: further copies of a found one, which may lie outside, count too.
    """

    count: int
    modulus: float = math.inf
    imaginary: float = math.inf
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Report:
    r"""What :func:`analyze` found; printing it tells the main points.

    An eigenvalue is *neutral* if its modulus is at most ``neutral`` times the largest one: it moves too little
    to matter on the time scale of the fastest direction. The others *attract* if Re λ > 0, by more than Arnoldi's
    tolerance; else they *repel*: no step size and no momentum in (−1, 1) contracts their direction with
    simultaneous updates.

    Attributes
    ----------
    values, residuals : numpy.ndarray, shape (n,)
        The eigenvalues seen, by falling modulus, and ‖Jx − λx‖ divided by the largest modulus.
    unseen : Unseen
        Where the others are.
    attracting, repelling : numpy.ndarray of bool, shape (n,)
        Masks of `values`; the rest is neutral.
    eta_limit : float
        :math:`\min 2\Re(1/\lambda)`: a larger step expands an attracting direction.
    eta_plain, rate_plain : float
        Theorem 2: the best step size without momentum and its spectral radius.
    eta, beta, rate : float
        The best pair for both players and its spectral radius. These six are over the attracting
        eigenvalues seen, and nan where there are none.
    closed : bool
        Whether everything was seen and attracts, or Arnoldi, asked for the eigenvalue farthest from 1/`eta_plain`,
        finds none that `rate_plain` does not cover: then `eta_plain` is that of the whole spectrum.
    mismatch : float
        See :meth:`LocalGame.mismatch`. Printed if above a thousandth.
    game, steps
        The local game, for :func:`radius`, and the step sizes that multiply its Jacobian or None.
    """

    values: np.ndarray
    residuals: np.ndarray
    unseen: Unseen
    attracting: np.ndarray
    repelling: np.ndarray
    eta_limit: float
    eta_plain: float
    rate_plain: float
    eta: float
    beta: float
    rate: float
    closed: bool
    neutral: float
    mismatch: float
    game: LocalGame = field(repr=False)
    steps: np.ndarray | None = field(repr=False)

    @property
    def converges(self) -> bool:
        """Whether all that was seen attracts, so that a small enough step contracts it.

        A neutral eigenvalue does not attract; that nothing repels is ``not report.repelling.any()``.
        """
        return bool(self.attracting.all())

    @property
    def limiting(self) -> np.ndarray:
        """Indices in `values` of the eigenvalues that fix `eta_plain`, Theorem 2."""
        index = np.flatnonzero(self.attracting)
        return index[spectra.limiting_eigenvalues(self.values[index], 1e-6)] if len(index) else index

    def __str__(self) -> str:
        whole = len(self.values) + self.unseen.count
        repel, attract = int(self.repelling.sum()), int(self.attracting.sum())
        idle = len(self.values) - repel - attract
        lines = [
            f"{len(self.values)} of {whole} eigenvalues seen: {attract} attract, {repel} do not, {idle} neutral",
            f"largest modulus {abs(self.values[0]):.3g}, largest |Im| {np.abs(self.values.imag).max():.3g}, "
            f"smallest Re {self.values.real.min():.3g}; residuals up to {self.residuals.max():.1e}",
        ]
        if self.unseen.count:
            u = self.unseen
            bounds = {f"|λ| ≤ {u.modulus:.3g}": u.modulus, f"|Im λ| ≤ {u.imaginary:.3g}": u.imaginary}
            bounds |= {f"Re λ ≥ {u.low:.3g}": u.low, f"Re λ ≤ {u.high:.3g}": u.high}
            known = [text for text, bound in bounds.items() if math.isfinite(bound)]
            lines.append(f"not seen: {u.count}" + (" with " + ", ".join(known) if known else ""))
        if self.mismatch > 1e-3:
            lines.append(
                f"the Jacobian is off by {self.mismatch:.0%} along a random direction: something in the losses is "
                "detached or held fixed, or the point lies on a kink"
            )
        if repel:
            lines.append(
                "no step size and momentum of both players contract here with simultaneous updates: eigenvalues with "
                "Re λ ≤ 0 were seen; what follows is for the attracting directions alone"
            )
        if attract:
            multiplies = "" if self.steps is None else "; eta multiplies the steps passed"
            lines += [
                "for simultaneous updates, one eta and one beta for both players" + multiplies,
                f"a step above {self.eta_limit:.3g} expands an attracting direction",
                f"without momentum: eta = {self.eta_plain:.3g}, rate {self.rate_plain:.4f}"
                + (" (nothing outside)" if self.closed else ""),
                f"with momentum: eta = {self.eta:.3g}, beta = {self.beta:.3g}, rate {self.rate:.4f}",
            ]
            if not self.closed:
                lines.append(f"these are for the {attract} directions seen; others may be slower, or repel")
        else:
            lines.append("nothing that was seen attracts: there is no step size to recommend")
        return "\n".join(lines)

    def draw(self):
        """Draw the spectrum beside where the recommended methods put its attracting part.

        Returns
        -------
        matplotlib.figure.Figure
        """
        import matplotlib.pyplot as plt

        from negmom import figures

        u = self.unseen
        region = (u.modulus, u.imaginary, u.low, u.high) if u.count else (0.0,) * 4
        attracting = self.values[self.attracting]
        figure, axes = plt.subplots(1, 1 + bool(len(attracting)), figsize=(7, 3.4), squeeze=False)
        left, *right = axes[0]
        figures.measured_plane(
            left, self.values, self.attracting, self.repelling, self.limiting, region
        )
        for ax in right:
            plain = 1 - self.eta_plain * attracting
            moved = np.concatenate(spectra.momentum_eigenvalues(self.eta, self.beta, attracting))
            figures.moved_plane(ax, plain, moved, self.beta, self.rate)
        for ax in axes[0]:
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize="small")
        return figure


def analyze(
    generator: nn.Module,
    discriminator: nn.Module,
    losses: Losses,
    batch,
    *,
    steps: Sequence | None = None,
    k: int = 8,
    neutral: float = 1e-3,
    tolerance: float | None = None,
    dtype: torch.dtype = torch.float64,
) -> Report:
    r"""Measure the spectrum of a game at the point where its players are, and what to do about it.

    Arnoldi is asked for the k eigenvalues of largest modulus and of largest imaginary part, and for k at
    both ends of the real part. Where everything seen attracts, it is then asked for the eigenvalue farthest from
    :math:`1/\eta_{\text{best}}`, until none lies outside the circle of Theorem 2.

    Parameters
    ----------
    generator, discriminator, losses, batch, dtype
        See :class:`LocalGame`. A larger batch is closer to the game of the expected losses.
    steps : pair of float, array_like or optimizer, optional
        The discriminator's and the generator's; see :func:`step_sizes`. The spectrum is then that of
        :math:`\operatorname{diag}(\text{steps})\nabla v`, the game that the optimizers play, and step
        sizes are factors on the present ones.
    k : int
        Eigenvalues per question, at least 1.
    neutral : float
        In [0, 1); see :class:`Report`. An inverse time: a direction with :math:`|\lambda|` below this fraction
        of the largest moves by less than its own length in 1/`neutral` of the largest stable steps.
    tolerance : float, optional
        Of Arnoldi, relative to the largest modulus; 1e-8 in double and 1e-4 in single precision.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        As :class:`LocalGame`, :func:`step_sizes` and :func:`arnoldi`, or if `neutral` or `tolerance` is out
        of range, the Jacobian is not finite or has no eigenvalue but 0, or Arnoldi finds none in its
        restarts; a larger k or `tolerance` may then help.

    References
    ----------
    Theorems 2 and 4. For the spectra of trained GANs see Berard et al. (2020).
    """
    if not 0 <= checks.number("neutral", neutral) < 1:
        raise ValueError(f"neutral must lie in [0, 1); got {neutral}")
    if tolerance is None:
        tolerance = 1e-8 if dtype == torch.float64 else 1e-4
    tolerance = checks.number("tolerance", tolerance, checks.positive)
    game = LocalGame(generator, discriminator, losses, batch, dtype=dtype)
    if steps is not None:
        steps = step_sizes((discriminator, generator), steps)
    jacobian = game.jacobian(steps)

    found, unseen = _search(jacobian, k, tolerance)
    scale, whole = abs(found.values[0]), unseen.count == 0
    attracts, moves = tolerance * scale, max(neutral, tolerance) * scale
    if not whole and found.values.real.min() > attracts and np.abs(found.values).min() > moves:
        found, whole = _close(jacobian, found, tolerance)
        unseen = replace(unseen, count=jacobian.shape[0] - len(found.values))
    positive, moving = found.values.real > attracts, np.abs(found.values) > moves
    attracting, repelling = positive & moving, ~positive & moving
    eta_limit, eta_plain, rate_plain, eta, beta, rate = _advice(found.values[attracting])
    return Report(
        values=found.values,
        residuals=found.residuals / scale,
        unseen=unseen,
        attracting=attracting,
        repelling=repelling,
        eta_limit=eta_limit,
        eta_plain=eta_plain,
        rate_plain=rate_plain,
        eta=eta,
        beta=beta,
        rate=rate,
        closed=whole and bool(attracting.all()),
        neutral=neutral,
        mismatch=game.mismatch(),
        game=game,
        steps=steps,
    )


def _search(jacobian, k, tolerance) -> tuple[Eigenvalues, Unseen]:
    """The union of the answers to QUESTIONS, and the region that they leave."""
    answers = {"LM": arnoldi(jacobian, k, "LM", tolerance=tolerance)}
    values = answers["LM"].values
    if not len(values):
        raise ValueError(f"k, tolerance must let Arnoldi find an eigenvalue; got {k}, {tolerance} and none")
    scale = float(np.abs(values).max())
    if scale == 0:
        raise ValueError("the Jacobian must have an eigenvalue other than 0; got none")
    if len(values) == jacobian.shape[0]:
        return answers["LM"], Unseen(0)
    for which in QUESTIONS[1:]:
        # The shift leaves the Krylov space alone; it makes the tolerance relative to the largest modulus.
        answers[which] = arnoldi(jacobian, k, which, shift=scale, tolerance=tolerance)
    found = _union(answers.values(), tolerance * scale)
    # A question that was not answered in full bounds nothing.
    full = {which: answer.values if answer.complete else np.empty(0) for which, answer in answers.items()}
    unseen = Unseen(
        count=jacobian.shape[0] - len(found.values),
        modulus=float(np.abs(full["LM"]).min(initial=np.inf)),
        # Real answers to this question say that no further imaginary part was noticed, not that there is none.
        imaginary=float(np.abs(full["LI"].imag[full["LI"].imag != 0]).min(initial=np.inf)),
        low=float(full["SR"].real.max(initial=-np.inf)),
        high=float(full["LR"].real.min(initial=np.inf)),
    )
    return found, unseen


def _union(answers, gap) -> Eigenvalues:
    """All answers, each eigenvalue once, conjugates in pairs, by falling modulus."""
    values = np.concatenate([answer.values for answer in answers])
    residuals = np.concatenate([answer.residuals for answer in answers])
    # Eigenvalues come from separate runs: two that agree up to some thousand tolerances are one; at a coarse
    # tolerance up to ten, so that close ones are told apart.
    same = np.clip(1e-3 * np.abs(values).max(), 10 * gap, 1e3 * gap)
    upper = [complex(value.real, abs(value.imag)) for value in values]
    pairs = [
        (value, residuals[j])
        for j in _distinct(upper, residuals, same)
        for value in _with_conjugate(upper[j], gap)
    ]
    pairs.sort(key=lambda pair: (-abs(pair[0]), -pair[0].real, -pair[0].imag))
    values, residuals = map(np.array, zip(*pairs))
    return Eigenvalues(values, residuals, all(answer.complete for answer in answers))


def _distinct(values, residuals, same) -> list[int]:
    """Indices of values of which no two are one, that is within `same`; the better known one is kept."""
    kept: list[int] = []
    for j in np.argsort(residuals, kind="stable"):
        if all(abs(values[j] - values[i]) > same for i in kept):
            kept.append(int(j))
    return kept


def _with_conjugate(value: complex, gap: float) -> tuple[complex, ...]:
    """An eigenvalue of the upper half-plane and its conjugate, or its real part where it is as good as real."""
    return (value, value.conjugate()) if value.imag > gap else (complex(value.real),)


def _close(jacobian, found: Eigenvalues, tolerance) -> tuple[Eigenvalues, bool]:
    r"""Exchange with Arnoldi: add the eigenvalue farthest from 1/η until none is outside the circle.

    :math:`|1-\eta\lambda| = \eta\,|\lambda - 1/\eta|`, so the eigenvalue that limits the step η is the farthest
    from 1/η, which is an extreme point of the spectrum.
    """
    for _ in range(20):
        if not np.all(found.values.real > 0):
            return found, False
        eta, rate = spectra.best_step_size(found.values)
        farthest = arnoldi(jacobian, 4, "LM", shift=1 / eta, tolerance=tolerance)
        outside = np.abs(1 - eta * farthest.values) > rate + 1e-6
        if not outside.any():
            return found, farthest.complete
        new = Eigenvalues(farthest.values[outside], farthest.residuals[outside], farthest.complete)
        both = _union([found, new], tolerance * np.abs(found.values).max())
        if len(both.values) == len(found.values):
            return found, False
        found = both
    return found, False


def _advice(attracting: np.ndarray) -> tuple[float, ...]:
    """The six numbers of a report for a spectrum in the right half-plane."""
    if not len(attracting):
        return (math.nan,) * 6
    limit = float(np.min(2 * (1 / attracting).real))
    return limit, *spectra.best_step_size(attracting), *tuning.best_step_and_momentum(attracting)
