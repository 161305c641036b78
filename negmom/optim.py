r"""torch optimizers that accept negative momentum.

torch refuses :math:`\beta < 0` in its constructors: the update code behind them, plain,
``foreach`` and ``fused``, is right for every :math:`-1 < \beta < 1`, but for the fused kernel of SGD on a
GPU, which refuses it as well. The classes here are torch's own with the constructors' refusal lifted.
They take the same arguments, options by name, keep the same state and load each other's ``state_dict``.

>>> import torch
>>> w = torch.nn.Parameter(torch.tensor([1.0]))
>>> optimizer = Adam([w], lr=1e-4, betas=(-0.5, 0.9))
>>> optimizer.param_groups[0]["betas"]
(-0.5, 0.9)
"""

import torch


def _check_momentum(name, value):
    """Raise ``ValueError`` unless -1 < value < 1 (NaN fails too)."""
    if not -1 < value < 1:
        raise ValueError(f"{name} must lie in (-1, 1); got {value}")


def _check_group(group):
    """Raise torch's own error for a group that is none, before it is read."""
    if not isinstance(group, dict):
        raise TypeError(f"param_group must be a dict; got {type(group).__name__}")


class SGD(torch.optim.SGD):
    r"""Gradient descent with heavy-ball momentum of either sign, eq. (5) of the paper.

    .. math:: w_{t+1} = w_t - \eta\, v(w_t) + \beta\,(w_t - w_{t-1}), \qquad w_{-1} = w_0

    torch keeps it as :math:`m \leftarrow \beta m + v(w)`, :math:`w \leftarrow w - \eta m`, the same
    sequence as long as :math:`\eta` does not change on the way.

    Parameters
    ----------
    params : iterable
        Parameters, or dictionaries of parameter groups, each with its own ``momentum`` if wanted.
    lr : float
        Step size :math:`\eta \ge 0`.
    momentum : float
        Momentum :math:`\beta` in (-1, 1).
    **options
        Every other option of :class:`torch.optim.SGD`; ``foreach`` and ``fused`` among them.

    Raises
    ------
    ValueError
        If a momentum, the argument's or a group's own, is outside (-1, 1), or negative with ``fused`` for
        parameters on a GPU.

    References
    ----------
    Polyak (1964); eq. (5) of Gidel et al., "Negative Momentum for Improved Game Dynamics".

    Examples
    --------
    Two steps on :math:`w^2 / 2` from 1 with :math:`\eta = 1/2`, :math:`\beta = -1/2`: 1, then 1/2, then
    1/2 - 1/4 - (1/2)(1/2 - 1) = 1/2.

    >>> w = torch.nn.Parameter(torch.tensor(1.0))
    >>> optimizer = SGD([w], lr=0.5, momentum=-0.5)
    >>> for _ in range(2):
    ...     w.grad = w.detach().clone()
    ...     optimizer.step()
    >>> w.item()
    0.5
    """

    def __init__(self, params, lr=1e-3, momentum=0.0, **options):
        _check_momentum("momentum", momentum)
        self._momentum = momentum
        super().__init__(params, lr, abs(momentum), **options)

    def add_param_group(self, param_group):
        """Add a group; one without its own ``momentum`` gets the constructor's, sign included."""
        _check_group(param_group)
        # torch's constructor calls this for every group once `defaults` holds |momentum|.
        self.defaults["momentum"] = self._momentum
        _check_momentum("momentum", param_group.get("momentum", self._momentum))
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if group["fused"] and group["momentum"] < 0 and any(p.is_cuda for p in group["params"]):
            self.param_groups.pop()
            raise ValueError(
                f"fused must be False for momentum {group['momentum']} on a GPU, where torch's kernel refuses "
                "negative ones; got True"
            )

    def __getstate__(self):  # a copy can add groups too; torch keeps only its own attributes
        return super().__getstate__() | {"_momentum": self._momentum}


class Adam(torch.optim.Adam):
    r"""Adam whose first-moment coefficient :math:`\beta_1` may be negative.

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad
        s_t = \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2 \\
        w_{t+1} &= w_t - \eta\, \frac{m_t / (1 - \beta_1^t)}{\sqrt{s_t / (1 - \beta_2^t)} + \epsilon}

    With ``undamped=True`` the gradient enters with weight one, :math:`m_t = \beta_1 m_{t-1} + g_t`, and
    the bias correction :math:`1 - \beta_1^t` stays: the form of the authors' code. Since that moment
    is :math:`1 / (1 - \beta_1)` times the damped one, it is torch's Adam at the step size
    :math:`\eta / (1 - \beta_1)`, and that step size is what ``param_groups`` then shows. A decoupled weight decay is
    shown times :math:`1 - \beta_1`, so that their product is what it was.

    Parameters
    ----------
    params : iterable
        Parameters, or dictionaries of parameter groups, each with its own ``betas`` if wanted.
    lr : float
        Step size :math:`\eta \ge 0`.
    betas : (float, float)
        :math:`\beta_1` in (-1, 1), :math:`\beta_2` in [0, 1).
    undamped : bool
        Use the undamped first moment.
    **options
        Every other option of :class:`torch.optim.Adam`; ``foreach``, ``fused`` and ``capturable``
        among them.

    Raises
    ------
    ValueError
        If a :math:`\beta_1`, the argument's or a group's own, is outside (-1, 1).

    References
    ----------
    Kingma and Ba (2015); the undamped form: the code published by Gidel et al.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor(1.0))
    >>> Adam([w], lr=1.5, betas=(-0.5, 0.9), undamped=True).param_groups[0]["lr"]
    1.0
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), *, undamped=False, **options):
        _check_momentum("betas[0]", betas[0])
        self._betas, self._undamped = tuple(betas), undamped
        super().__init__(params, lr, (abs(betas[0]), betas[1]), **options)

    def add_param_group(self, param_group):
        """Add a group; one without its own ``betas`` gets the constructor's, sign included."""
        _check_group(param_group)
        self.defaults["betas"] = self._betas
        beta1, _ = param_group.get("betas", self._betas)
        _check_momentum("betas[0]", beta1)
        if self._undamped:
            own = self.defaults | param_group
            param_group = {**param_group, "lr": own["lr"] / (1 - beta1)}
            if own.get("decoupled_weight_decay"):
                param_group["weight_decay"] = own["weight_decay"] * (1 - beta1)
        super().add_param_group(param_group)

    def __getstate__(self):
        return super().__getstate__() | {"_betas": self._betas, "_undamped": self._undamped}
