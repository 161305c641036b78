"""negmom.optim against eq. (5) by hand, against torch, and against the undamped update written out."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch._subclasses import FakeTensorMode

from negmom.optim import SGD, Adam

MATRIX = np.array([[1.0, 2.0], [-2.0, 0.5]])  # a rotation with decay: complex eigenvalues
PATHS = [{"foreach": False}, {"foreach": True}, {"fused": True}]


def iterate(make, steps=20, dtype=torch.float64):
    """Trajectory (steps + 1, 2) of v(w) = MATRIX w under the optimizer that ``make`` builds."""
    w = torch.nn.Parameter(torch.tensor([1.0, -1.0], dtype=dtype))
    matrix = torch.tensor(MATRIX, dtype=dtype)
    optimizer, path = make([w]), [w.detach().clone()]
    for _ in range(steps):
        w.grad = matrix @ w.detach()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path).numpy()


def heavy_ball(eta, beta, steps=20):
    """Eq. (5), from x_{-1} = x_0."""
    x = [np.array([1.0, -1.0])] * 2
    for _ in range(steps):
        x.append(x[-1] - eta * MATRIX @ x[-1] + beta * (x[-1] - x[-2]))
    return np.array(x[1:])


def undamped_adam(eta, beta1, beta2, eps=1e-8, steps=20):
    """The authors' code: m <- beta1 m + g, bias corrections kept."""
    w, m, s, path = np.array([1.0, -1.0]), 0.0, 0.0, [np.array([1.0, -1.0])]
    for t in range(1, steps + 1):
        g = MATRIX @ w
        m = beta1 * m + g
        s = beta2 * s + (1 - beta2) * g**2
        w = w - eta * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize("options", PATHS)
@pytest.mark.parametrize("beta", [-0.9, -0.5, -0.1, 0.0, 0.5])
def test_sgd_is_the_heavy_ball_of_equation_5(beta, options):
    path = iterate(lambda w: SGD(w, lr=0.1, momentum=beta, **options))
    np.testing.assert_allclose(path, heavy_ball(0.1, beta), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("options", PATHS)
@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
def test_nonnegative_momentum_is_torch_to_the_bit(beta, options):
    for dtype in (torch.float32, torch.float64):
        ours = iterate(lambda w: SGD(w, lr=0.1, momentum=beta, **options), dtype=dtype)
        torchs = iterate(lambda w: torch.optim.SGD(w, lr=0.1, momentum=beta, **options), dtype=dtype)
        np.testing.assert_array_equal(ours, torchs)
        ours = iterate(lambda w: Adam(w, lr=0.1, betas=(beta, 0.9), **options), dtype=dtype)
        torchs = iterate(lambda w: torch.optim.Adam(w, lr=0.1, betas=(beta, 0.9), **options), dtype=dtype)
        np.testing.assert_array_equal(ours, torchs)


@pytest.mark.parametrize("options", PATHS)
@pytest.mark.parametrize("beta", [-0.9, -0.5, 0.0, 0.5])
def test_undamped_adam_is_the_authors_update(beta, options):
    path = iterate(lambda w: Adam(w, lr=0.1, betas=(beta, 0.9), undamped=True, **options))
    np.testing.assert_allclose(path, undamped_adam(0.1, beta, 0.9), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("beta", [-0.5, 0.5])
def test_undamped_adam_decays_as_it_says(beta):
    """Decoupled decay is at the step size given: the weights shrink by 1 - eta times it."""
    w = torch.nn.Parameter(torch.tensor([1.0, -1.0], dtype=torch.float64))
    options = {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True, "undamped": True}
    optimizer = Adam([w], betas=(beta, 0.9), **options)
    w.grad = torch.zeros_like(w)
    optimizer.step()
    np.testing.assert_allclose(w.detach().numpy(), [0.98, -0.98], rtol=1e-14)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_group_that_is_none_is_refused(optimizer):
    w = torch.nn.Parameter(torch.ones(1))
    with pytest.raises(TypeError, match="param_group must be a dict; got list"):
        optimizer([w]).add_param_group([torch.nn.Parameter(torch.ones(1))])


@pytest.mark.parametrize("options", PATHS)
@pytest.mark.parametrize("beta", [-0.9, -0.5, 0.5])
def test_damped_adam_is_the_undamped_one_at_a_smaller_step(beta, options):
    path = iterate(lambda w: Adam(w, lr=0.1, betas=(beta, 0.9), **options))
    np.testing.assert_allclose(path, undamped_adam(0.1 * (1 - beta), beta, 0.9), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    "make",
    [
        lambda w: SGD(w, lr=0.1, momentum=-0.5),
        lambda w: Adam(w, lr=0.1, betas=(-0.5, 0.9)),
        lambda w: Adam(w, lr=0.1, betas=(-0.5, 0.9), undamped=True),
    ],
)
def test_state_dict_round_trip_continues_to_the_bit(make):
    def advance(w, optimizer, steps):
        for _ in range(steps):
            w.grad = torch.tensor(MATRIX) @ w.detach()
            optimizer.step()

    w = torch.nn.Parameter(torch.tensor([1.0, -1.0], dtype=torch.float64))
    optimizer = make([w])
    advance(w, optimizer, 5)

    twin = torch.nn.Parameter(w.detach().clone())
    restored = make([twin])
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    advance(w, optimizer, 5)
    advance(twin, restored, 5)
    assert torch.equal(w, twin)
    assert restored.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_groups_keep_their_own_momentum():
    a, b, c = (torch.nn.Parameter(torch.ones(1)) for _ in range(3))
    optimizer = SGD([{"params": [a]}, {"params": [b], "momentum": 0.3}], lr=0.1, momentum=-0.4)
    optimizer.add_param_group({"params": [c], "momentum": -0.2})
    assert [group["momentum"] for group in optimizer.param_groups] == [-0.4, 0.3, -0.2]

    optimizer = Adam([{"params": [a]}, {"params": [b], "betas": (0.3, 0.9)}], lr=0.1, betas=(-0.4, 0.9))
    optimizer.add_param_group({"params": [c], "betas": (-0.2, 0.9)})
    assert [group["betas"][0] for group in optimizer.param_groups] == [-0.4, 0.3, -0.2]

    undamped = Adam([{"params": [a], "lr": 0.6}, {"params": [b]}], lr=0.3, betas=(-0.5, 0.9), undamped=True)
    assert [group["lr"] for group in undamped.param_groups] == pytest.approx([0.4, 0.2])


@pytest.mark.parametrize("beta", [-1, 1, 1.5, float("nan")])
def test_momentum_outside_the_interval_is_refused(beta):
    w, other = torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match=r"momentum must lie in \(-1, 1\); got"):
        SGD([w], lr=0.1, momentum=beta)
    with pytest.raises(ValueError, match=r"betas\[0\] must lie in \(-1, 1\); got"):
        Adam([w], lr=0.1, betas=(beta, 0.9))
    with pytest.raises(ValueError, match=r"momentum must lie in \(-1, 1\); got"):
        SGD([w], lr=0.1).add_param_group({"params": [other], "momentum": beta})
    with pytest.raises(ValueError, match=r"betas\[0\] must lie in \(-1, 1\); got"):
        Adam([w], lr=0.1).add_param_group({"params": [other], "betas": (beta, 0.9)})


def test_torch_still_checks_the_rest():
    w = torch.nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="learning rate"):
        SGD([w], lr=-0.1)
    with pytest.raises(ValueError, match="beta parameter at index 1"):
        Adam([w], lr=0.1, betas=(-0.5, 1.0))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))])
def test_a_copy_takes_new_groups(copied):
    w, other = torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(2))
    sgd = copied(SGD([w], lr=0.1, momentum=-0.5))
    sgd.add_param_group({"params": [other]})
    assert [group["momentum"] for group in sgd.param_groups] == [-0.5, -0.5]
    adam = copied(Adam([w], lr=1.5, betas=(-0.5, 0.9), undamped=True))
    adam.add_param_group({"params": [other]})
    assert [(group["betas"], group["lr"]) for group in adam.param_groups] == [((-0.5, 0.9), 1.0)] * 2


def test_what_torchs_kernel_refuses_on_a_gpu_is_refused_at_once():
    with FakeTensorMode():  # a GPU's tensors, without a GPU
        w, other = (torch.nn.Parameter(torch.empty(2, device="cuda")) for _ in range(2))
        with pytest.raises(ValueError, match="fused must be False for momentum -0.5 on a GPU"):
            SGD([w], lr=0.1, momentum=-0.5, fused=True)
        optimizer = SGD([w], lr=0.1, momentum=0.5, fused=True)
        with pytest.raises(ValueError, match="fused must be False"):
            optimizer.add_param_group({"params": [other], "momentum": -0.5})
    assert len(optimizer.param_groups) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("beta, options", [(-0.5, {"foreach": False}), (-0.5, {"foreach": True}), (0.5, {"fused": True})])
def test_sgd_on_a_gpu(beta, options):
    w = torch.nn.Parameter(torch.tensor([1.0, -1.0], dtype=torch.float64, device="cuda"))
    optimizer, matrix = SGD([w], lr=0.1, momentum=beta, **options), torch.tensor(MATRIX, device="cuda")
    for _ in range(20):
        w.grad = matrix @ w.detach()
        optimizer.step()
    np.testing.assert_allclose(w.detach().cpu().numpy(), heavy_ball(0.1, beta)[-1], rtol=1e-12)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("options", [{"fused": True}, {"capturable": True}, {"fused": True, "capturable": True}])
def test_adam_on_a_gpu(options):
    def make(w):
        return Adam(w, lr=0.1, betas=(-0.5, 0.9), undamped=True, **options)

    w = torch.nn.Parameter(torch.tensor([1.0, -1.0], dtype=torch.float64, device="cuda"))
    optimizer, matrix = make([w]), torch.tensor(MATRIX, device="cuda")
    for _ in range(20):
        w.grad = matrix @ w.detach()
        optimizer.step()
    expected = undamped_adam(0.1, -0.5, 0.9)[-1]
    # The GPU kernels keep the bias corrections in float32.
    np.testing.assert_allclose(w.detach().cpu().numpy(), expected, rtol=1e-5)
