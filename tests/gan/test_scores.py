"""Scores and the classifier behind them."""

import dataclasses

import pytest
import torch

from negmom.gan import classifier, data, scores


@pytest.fixture(scope="module")
def trained(npz, tmp_path_factory):
    torch.set_num_threads(1)
    images = data.load(str(npz))
    path = tmp_path_factory.mktemp("classifier") / "classifier.pt"
    network, accuracy = classifier.train(images, epochs=15)
    classifier.save(path, network, accuracy, images)
    return images, path, accuracy


@pytest.fixture(scope="module")
def scorer(trained):
    images, path, _ = trained
    return scores.classifier_scorer(*classifier.load(path, images), images, n=60)


def test_the_classifier_learns_and_is_the_same_each_time(trained):
    images, path, accuracy = trained
    assert accuracy > 0.9
    network, facts = classifier.load(path, images)
    again, accuracy_again = classifier.train(images, epochs=15)
    assert accuracy_again == accuracy == facts["accuracy"]
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters()))


def test_a_classifier_of_other_data_or_a_damaged_one_is_refused(trained, tmp_path):
    images, path, _ = trained
    other = data.Images("other", images.train + 1, images.test, None, None)
    with pytest.raises(ValueError, match="was trained on other data than other"):
        classifier.load(path, other)
    with pytest.raises(ValueError, match="is missing: train it with"):
        classifier.load(tmp_path / "none.pt", images)
    (tmp_path / "bad.pt").write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is no readable classifier"):
        classifier.load(tmp_path / "bad.pt", images)
    with pytest.raises(ValueError, match="other has no labels"):
        classifier.train(other)


def test_a_test_label_that_was_not_trained_on_is_refused(trained):
    images, _, _ = trained
    labels = images.test_labels.clone()
    labels[0] = 7
    with pytest.raises(ValueError, match=r"labels of the test images must be among those of training; got \[7\]"):
        classifier.train(dataclasses.replace(images, test_labels=labels))


def test_the_score_is_named_for_its_network(scorer):
    assert list(scorer.real) == [
        "classifier score",
        "classifier score sd",
        "FID on classifier features",
        "KID on classifier features",
        "KID on classifier features sd",
    ]
    assert not any("inception" in name for name in scorer.real)
    assert scorer.provenance["classifier"].startswith("test accuracy ")


def test_real_images_score_better_than_noise_and_than_one_image(trained, scorer):
    images, _, _ = trained
    noise = torch.randint(256, images.test.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    one = images.test[:1].expand(60, -1, -1, -1)
    for worse in (scorer(noise), scorer(one)):
        assert scorer.real["classifier score"] > worse["classifier score"]
        assert scorer.real["FID on classifier features"] < worse["FID on classifier features"]
        assert scorer.real["KID on classifier features"] < worse["KID on classifier features"]
    assert scorer(one)["classifier score"] == pytest.approx(1, abs=1e-4)


def test_a_score_is_the_formula():
    """On a stand-in network whose logits are known: each of k classes certain, equally often, scores k."""

    class Known(torch.nn.Module):
        num_features = 4

        def forward(self, images):
            return 50 * torch.nn.functional.one_hot(images[:, 0, 0, 0].long(), 4).float()

    pixels = (torch.arange(400) % 4).to(torch.uint8)[:, None, None, None].expand(-1, 1, 32, 32)
    images = data.Images("known", pixels, pixels, None, None)
    scorer = scores.Scorer(Known(), Known(), images, ("score", "FID", "KID"), {}, n=400)
    # Ten random parts of 40 samples are not exactly balanced, so their mean lies a little below 4.
    assert 3.7 < scorer.real["score"] <= 4
    assert scorer.real["FID"] == pytest.approx(0, abs=1e-3)


def test_the_network_sees_each_image_once(trained):
    images, path, _ = trained
    network, facts = classifier.load(path, images)
    seen = []
    network.hidden.register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    scorer = scores.classifier_scorer(network, facts, images, n=60)
    assert sum(seen) == 60 + 60  # training and test images
    features = scores._Features(network, network.features, 128)
    assert scores.Scorer(network, features, images, scorer.names, {}, n=60).real == scorer.real
    del seen[:]
    scorer(images.train[:40])
    assert seen == [40]


def test_scoring_is_repeatable_and_leaves_the_global_state_alone(trained, scorer):
    images, _, _ = trained
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = scorer(images.train[:60])
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(6)
    assert scorer(images.train[:60]) == first
    assert scorer(images.test[:60]) == scorer.real


def test_too_few_samples_are_refused(trained):
    images, path, _ = trained
    with pytest.raises(ValueError, match="score_samples must be at least 20; got 5"):
        scores.classifier_scorer(*classifier.load(path, images), images, n=5)


def test_inception_weights_that_need_a_pickle_are_refused(trained, tmp_path):
    images, _, _ = trained
    torch.save({"weights": print}, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match="weights.pth does not hold Inception weights: Weights only load failed$"):
        scores.inception_scorer(tmp_path / "weights.pth", images)
