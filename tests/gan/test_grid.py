"""The grid: its commands, its executors, and every way of being interrupted."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from small_grid import LONG, command, same, wait_for

from negmom.gan import grid, records, tables
from negmom.gan.__main__ import main
from negmom.gan.cells import product
from negmom.gan.grid import Execution

SMALL = {"width": 4, "z": 4, "batch": 8}


def ring(out, *more):
    words = ["grid", "--dataset", "gaussians", "--beta", -0.5, 0.5, "--eta", 1e-3, "--seeds", 0, 1, "--width", 8]
    return [str(word) for word in (*words, "--iterations", 20, "--out", out, *more)]


def test_every_command_on_images(npz, tmp_path, capsys):
    classifier = str(tmp_path / "classifier.pt")
    words = ["classifier", "--dataset", npz, "--epochs", 4, "--out", classifier, "--device", "cpu"]
    assert main([str(word) for word in words]) == 0
    assert float(re.search(r"test accuracy ([\d.]+)", capsys.readouterr().out)[1]) > 0.9

    out = tmp_path / "out"
    scored = ("--score-samples", 40, "--classifier", classifier)
    assert main(command(npz, out, *scored)) == 0
    captured = capsys.readouterr()
    assert "4 cells in" in captured.out and "4/4 cells" in captured.err and "it/s" in captured.err

    found = records.read_all(out)
    assert [(r.cell.beta, r.cell.eta) for r in found] == [(-0.5, 1e-4), (-0.5, 1e-3), (0.5, 1e-4), (0.5, 1e-3)]
    record = found[0]
    assert record.curves["iteration"] == [1, 2, 3, 4, 5, 6]
    assert record.scores["classifier score"] >= 1 and record.real["classifier score"] > 1.5
    assert record.provenance["data"].startswith("sha256 ") and record.provenance["commit"]
    assert record.samples.shape == (3, 256, 256)

    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "classifier score; real data: " in shown and "inception" not in shown
    assert (out / "figure-adam-alternating.png").exists()
    assert main(["show", str(out), "--score", "FID on classifier features"]) == 0

    capsys.readouterr()
    again = ["rerun", str(out), "--cell", "beta=-0.5,eta=1e-4,seed=0", "--device", "cpu", "--threads", "1"]
    assert main([*again, "--classifier", classifier]) == 2
    assert "dataset must say where the images are now" in capsys.readouterr().err
    assert main([*again, "--classifier", classifier, "--dataset", str(npz)]) == 0
    assert "loss curves: identical" in capsys.readouterr().out


def test_finished_cells_of_the_ring_stay_where_the_grid_grows(tmp_path):
    assert main(ring(tmp_path)) == 0
    before = {path: path.read_bytes() for path in tmp_path.glob("*/record.json")}
    assert main(ring(tmp_path, "--beta", -0.7, 0.5, 0.7)) == 0
    assert len(list(tmp_path.glob("*/record.json"))) == len(before) + 4
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_cell_of_a_ring_that_grew_is_trained_again_in_its_own_batch(tmp_path, capsys):
    def grow(*betas):
        assert main(ring(tmp_path, "--beta", *betas, "--seeds", 0, "--iterations", 50)) == 0

    def rerun(beta):
        capsys.readouterr()
        assert main(["rerun", str(tmp_path), "--cell", f"beta={beta}", "--device", "cpu"]) == 0
        return capsys.readouterr().out

    grow(-0.5)
    grow(-0.5, 0, 0.5)
    for beta in (-0.5, 0, 0.5):  # alone at first, then with two others of which one was finished
        assert "loss curves: identical" in rerun(beta) and "batch" not in rerun(beta)
    place = next(tmp_path.glob("*beta=0.5*/record.json"))
    content = json.loads(place.read_text())
    del content["batch"]  # as in records of before, which do not say with which cells
    place.write_text(json.dumps(content))
    grow(-0.7, 0.5)
    assert "cells in a batch: 3 stored, 4 again; it rounds differently" in rerun(0.5)


def test_negative_zero_is_no_cell_of_its_own():
    assert product("gaussians", [-0.0], [1e-3], [0]) == product("gaussians", [0.0], [1e-3], [0])
    assert "beta=0.0" in product("gaussians", [-0.0], [1e-3], [0])[0].name


def test_the_ring_is_recorded_as_trained_on_the_cpu(tmp_path):
    grid.run(product("gaussians", [0.0], [1e-3], [0], iterations=2), tmp_path, Execution(device="cuda"))
    assert records.read_grid(tmp_path)["execution"]["device"] == "cpu"


def test_every_command_on_the_ring(tmp_path, capsys):
    assert main(ring(tmp_path, "--updates", "alternating", "simultaneous")) == 0
    assert len(records.read_all(tmp_path)) == 8
    capsys.readouterr()
    assert main(["show", str(tmp_path)]) == 0
    assert "gaussians, adam, simultaneous" in capsys.readouterr().out
    assert main(["rerun", str(tmp_path), "--cell", "beta=0.5,seed=1,updates=simultaneous"]) == 0
    assert "loss curves: identical" in capsys.readouterr().out


def test_a_finished_grid_is_left_alone_and_may_grow(npz, tmp_path):
    assert main(command(npz, tmp_path)) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/record.json")}
    assert main(command(npz, tmp_path, "--seeds", 0, 1)) == 0
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert len(records.read_all(tmp_path)) == 8


def test_divergence_is_recorded_and_the_grid_goes_on(npz, tmp_path, capsys):
    words = command(npz, tmp_path, "--optimizer", "sgd", iterations=30)
    words[words.index("0.001")] = "1e30"
    assert main(words) == 0
    assert "4 cells in" in capsys.readouterr().out
    found = records.read_all(tmp_path)
    assert [r.diverged is not None for r in found] == [False, True, False, True]
    assert main(["show", str(tmp_path)]) == 0
    assert "diverged at iteration" in capsys.readouterr().out


def test_kill_9_and_again_ends_as_if_never_killed(npz, tmp_path):
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    words = command(npz, cut, "--interval", 0, iterations=LONG)
    process = subprocess.Popen([sys.executable, "-m", "negmom.gan", *words], stderr=subprocess.DEVNULL)
    # In the second cell, so that one is finished and one is not.
    wait_for(lambda: len(list(cut.glob("*/checkpoint.pt"))) == 2, process)
    process.kill()
    process.wait()
    assert len(list(cut.glob("*/record.json"))) == 1

    assert main(command(npz, cut, iterations=LONG)) == 0
    assert main(command(npz, whole, iterations=LONG)) == 0
    resumed, uninterrupted = records.read_all(cut), records.read_all(whole)
    assert all(same(a, b) for a, b in zip(resumed, uninterrupted, strict=True))
    assert sorted(r.starts for r in resumed) == [1, 1, 1, 2]
    for path in cut.glob("*/checkpoint.pt"):
        a, b = (torch.load(f, weights_only=True)["state"]["game"] for f in (path, whole / path.relative_to(cut)))
        assert all(torch.equal(a["generator"][k], b["generator"][k]) for k in a["generator"])


def test_another_configuration_is_refused_saying_what_differs(npz, tmp_path, capsys):
    assert main(command(npz, tmp_path)) == 0
    capsys.readouterr()
    assert main(command(npz, tmp_path, "--width", 5, "--loss", "non-saturating")) == 2
    error = capsys.readouterr().err
    assert "loss is 'saturating' there and 'non-saturating' here; width is 4 there and 5 here" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "change, said",
    [
        (("--beta", "1.5"), "beta must lie in (-1, 1); got 1.5"),
        (("--eta", "0"), "eta must be > 0; got 0.0"),
        (("--eta", "nan"), "eta must be real and finite; got nan"),
        (("--updates", "both"), "updates must be one of alternating, simultaneous; got 'both'"),
        (("--dataset", "mnist"), "an .npz file or a folder, or gaussians in a grid; got 'mnist'"),
        (("--dataset", ""), "or gaussians in a grid; got ''"),
        (("--seeds", str(2**64)), "seed must be an integer >= 0 and less than 2**64; got 18446744073709551616"),
        (("--threads", "-3"), "threads must be at least 1; got -3"),
        (("--device", "foo"), "device must be one that torch knows, such as cpu or cuda; got 'foo'"),
        (("--device", "cuda:99"), "device must be one that is present; got 'cuda:99' with "),
        (("--interval", "nan"), "interval must be 0 or greater and finite; got nan"),
        (("--seeds", "0", "0"), "seed must be a list of one or more different values"),
        (("--workers", "-1"), "workers must be 0 or more; got -1"),
        (("--scheduler", "nowhere"), "scheduler must be the address of a Dask scheduler, host:port; got 'nowhere'"),
        (("--scheduler", "tcp://nowhere"), "scheduler must be the address of a Dask scheduler, host:port; got"),
        (("--out", "/dev/null/results"), "out must be a folder that can be written to"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(change, said, tmp_path, capsys):
    assert main([*ring(tmp_path), *change]) == 2
    error = capsys.readouterr().err
    assert said in error and error.strip().splitlines()[-1].startswith("python -m negmom.gan: error: ")


@pytest.mark.parametrize(
    "change, said",
    [
        (("--dataset", ""), "or gaussians in a grid; got ''"),
        (("--dataset", "gaussians"), "or gaussians in a grid; got 'gaussians'"),
        (("--seed", "-1"), "seed must be an integer >= 0 and less than 2**64; got -1"),
        (("--epochs", "0"), "epochs must be at least 1; got 0"),
    ],
)
def test_wrong_use_of_the_classifier(change, said, npz, tmp_path, capsys):
    words = ["classifier", "--dataset", npz, "--device", "cpu", "--out", tmp_path / "classifier.pt", *change]
    assert main([str(word) for word in words]) == 2
    assert said in capsys.readouterr().err


def test_a_cell_that_is_not_there_or_not_alone(tmp_path, capsys):
    assert main(ring(tmp_path)) == 0
    capsys.readouterr()
    for cell, said in (
        ("beta=0.1", "which fits none"), ("beta=0.5", "which fits opt"), ("b=1", "got 'b'"),
        ("seed=0,seed=1", "cell must name an axis once; got 'seed=0,seed=1'"),
        ("seed=0.0", "seed must be an integer; got '0.0'"), ("beta=x", "beta must be a number; got 'x'"),
    ):  # fmt: skip
        assert main(["rerun", str(tmp_path), "--cell", cell]) == 2
        assert said in capsys.readouterr().err
    assert main(["show", str(tmp_path / "nothing")]) == 2


def test_a_cell_that_fails_is_said_and_the_others_finish(npz, tmp_path, monkeypatch, capsys):
    train = grid.images.train

    def fail(cell, *arguments, **options):
        if cell.beta > 0 and cell.eta == 1e-4:
            raise RuntimeError("out of memory")
        return train(cell, *arguments, **options)

    monkeypatch.setattr(grid.images, "train", fail)
    assert main(command(npz, tmp_path)) == 1
    assert "beta=0.5,eta=0.0001,seed=0: RuntimeError: out of memory" in capsys.readouterr().err
    assert len(records.read_all(tmp_path)) == 3


@pytest.fixture(scope="module")
def serial(npz, tmp_path_factory):
    """Cells long enough to be interrupted, and their records from this process."""
    torch.set_num_threads(1)
    cells = product(str(npz), [-0.5, 0.5], [1e-4, 1e-3], [0], iterations=LONG, **SMALL)
    folder, execution = tmp_path_factory.mktemp("serial"), Execution(score_samples=0, threads=1, interval=0.0)
    assert grid.run(cells, folder, execution, progress=False) == {}
    return cells, execution, records.read_all(folder)


def kill_a_worker(folder):
    """From a thread: kill -9 the first process seen in the middle of a cell."""

    def under_way():
        folders = [path.parent for path in folder.glob("*/checkpoint.pt")]
        return [path for path in folders if not (path / "record.json").exists()]

    def work():
        wait_for(under_way)
        os.kill(int((under_way()[0] / "lock").read_text()), signal.SIGKILL)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_processes_of_which_one_is_killed(serial, tmp_path):
    cells, execution, expected = serial
    killer = kill_a_worker(tmp_path)
    assert grid.run(cells, tmp_path, execution, workers=2, progress=False) == {}
    killer.join()
    found = records.read_all(tmp_path)
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))
    # The pool is lost with one of its processes: what was under way, two cells at most, went on once.
    assert sorted(r.starts for r in found) in ([1, 1, 1, 2], [1, 1, 2, 2])


def lose_the_gpu():
    """In a worker: one task fails as a kernel does, and all of this process after it."""
    train, lost = grid.ensemble.train, []

    def fail(cells, **loop):
        if lost or cells[0].optimizer == "adam":
            lost.append(True)
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return train(cells, **loop)

    grid.ensemble.train = fail


def test_a_worker_that_lost_its_gpu_takes_no_other_cell(tmp_path, monkeypatch):
    @contextlib.contextmanager
    def pool(*_):
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, context, lose_the_gpu) as workers:
            yield workers

    monkeypatch.setattr(grid, "executor", pool)
    cells = product("gaussians", [0.5], [1e-3], [0], optimizers=["adam", "adam-undamped", "sgd"], iterations=2)
    failures = grid.run(cells, tmp_path, workers=1, progress=False)
    assert failures == {cells[0].name: "RuntimeError: CUDA error: an illegal memory access was encountered"}
    assert [record.cell for record in records.read_all(tmp_path)] == cells[1:]


def test_a_dask_cluster_of_which_one_worker_is_killed(serial, tmp_path):
    distributed = pytest.importorskip("distributed")
    cells, execution, expected = serial
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        killer = kill_a_worker(tmp_path)
        failures = grid.run(cells, tmp_path, execution, scheduler=cluster.scheduler_address, progress=False)
        killer.join()
    assert failures == {}
    found = records.read_all(tmp_path)
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))
    # Nothing lost, and nothing trained twice: only the killed worker's cell began again, where it was.
    assert sorted(r.starts for r in found) == [1, 1, 1, 2]


def test_the_grid_file_says_what_was_run(tmp_path):
    assert main(ring(tmp_path)) == 0
    fixed = json.loads((tmp_path / "grid.json").read_text())["fixed"]
    assert fixed["generator_beta"] == 0.5 and fixed["iterations"] == 20


def test_a_table_needs_one_optimizer_and_a_known_score(tmp_path):
    assert main(ring(tmp_path, "--updates", "alternating", "simultaneous")) == 0
    found = records.read_all(tmp_path)
    with pytest.raises(ValueError, match="one optimizer and one order of updates"):
        tables.table(found, "modes covered")
    with pytest.raises(ValueError, match="score must be one of modes covered, within 3 sigma; got 'FID'"):
        tables.table(found, "FID")
    betas, etas, seeds, values = tables.table(found[:4], "modes covered")
    assert values.shape == (2, 1, 2) and np.isfinite(values).all()


def test_any_quantity_over_the_axes_has_nan_where_no_record_is(tmp_path):
    assert main(ring(tmp_path)) == 0
    betas, etas, seeds, values = tables.over_axes(records.read_all(tmp_path)[1:], lambda r: r.cell.beta + r.cell.seed)
    assert (betas, etas, seeds) == ([-0.5, 0.5], [1e-3], [0, 1])
    np.testing.assert_array_equal(values[:, 0], [[np.nan, 0.5], [0.5, 1.5]])


@pytest.mark.parametrize("iterations", [[], [4, 5]])
def test_cells_of_no_grid_are_refused(tmp_path, iterations):
    cells = [product("gaussians", [0.5], [1e-3], [k], iterations=n)[0] for k, n in enumerate(iterations)]
    with pytest.raises(ValueError, match="cells must be one or more that differ in"):
        grid.run(cells, tmp_path)
    assert not list(tmp_path.iterdir())
