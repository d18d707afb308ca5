import pytest
import torch

from napari_s6.learn.network.network import AtrousDepthwise, S6Network


@pytest.mark.parametrize("head", ["bilinear", "pixel_shuffle"])
def test_both_outputs_have_the_size_of_the_input(head):
    network = S6Network(5, decoder_channels=8, reconstruction_head=head)
    outputs = network(torch.randn(3, 1, 48, 80), segmented=2)
    shapes = {name: tuple(values.shape) for name, values in outputs.items()}
    assert shapes == {"logits": (2, 5, 48, 80), "reconstruction": (3, 1, 48, 80)}


@pytest.mark.parametrize("skip", [True, False])
def test_the_reconstruction_branches_off_where_it_is_told_to(skip):
    """In evaluation, the parts by themselves give what the whole network gives."""
    network = S6Network(3, decoder_channels=8, reconstruction_skip=skip).eval()
    images = torch.randn(3, 1, 32, 48)
    outputs = network(images, segmented=1, apart=1)
    features = network.encoder(images)
    torch.testing.assert_close(outputs["logits"], network.segment(features)[:1])
    torch.testing.assert_close(outputs["reconstruction"], network.reconstruct(features))
    names = set(network.state_dict())
    assert any(name.startswith("reconstruction_decoder.block1") for name in names) == skip


def test_parts_kept_apart_have_statistics_of_their_own():
    torch.manual_seed(0)
    network = S6Network(3, decoder_channels=8, decoder_dropout=0.0).train()
    images = torch.randn(4, 1, 32, 32)
    images[2:] *= 100
    alone = network(images[:2], segmented=2)["logits"]
    apart = network(images, segmented=2, apart=2)["logits"]
    together = network(images, segmented=2)["logits"]
    torch.testing.assert_close(apart, alone)
    assert not torch.allclose(together, alone)


def test_both_models_start_from_the_same_weights():
    states = []
    for head in (None, "pixel_shuffle"):
        torch.manual_seed(3)
        states.append(S6Network(4, reconstruction_head=head).state_dict())
    unconstrained, constrained = states
    assert set(unconstrained) < set(constrained)
    for name, value in unconstrained.items():
        assert torch.equal(value, constrained[name]), name


def test_the_decoders_share_no_weights_and_no_statistics():
    network = S6Network(4)
    mine = {id(p) for p in network.segmentation_decoder.parameters()}
    mine |= {id(b) for b in network.segmentation_decoder.buffers()}
    theirs = {id(p) for p in network.reconstruction_decoder.parameters()}
    theirs |= {id(b) for b in network.reconstruction_decoder.buffers()}
    assert not mine & theirs


def test_unlabelled_samples_leave_the_segmentation_decoder_alone():
    """Only the labelled samples reach the statistics of the segmentation's batch norms."""
    torch.manual_seed(0)
    network = S6Network(4, decoder_channels=8, decoder_dropout=0.0).train()
    network.encoder.eval()  # its own statistics would mix the samples
    images = torch.randn(4, 1, 32, 32)
    before = {n: b.clone() for n, b in network.segmentation_decoder.named_buffers()}
    network(images, segmented=2)
    with_others = {n: b.clone() for n, b in network.segmentation_decoder.named_buffers()}
    network.segmentation_decoder.load_state_dict(before, strict=False)
    network(images[:2], segmented=2)
    for name, buffer in network.segmentation_decoder.named_buffers():
        torch.testing.assert_close(buffer, with_others[name])


def test_an_unconstrained_model_refuses_to_reconstruct():
    network = S6Network(4, reconstruction_head=None)
    with pytest.raises(ValueError, match="unconstrained"):
        network.reconstruct(network.encoder(torch.randn(1, 1, 32, 32)))


def test_the_narrow_decoder_has_about_160_thousand_parameters():
    network = S6Network(6, decoder_channels=48)
    count = sum(p.numel() for p in network.segmentation_decoder.parameters())
    assert 0.14e6 < count < 0.18e6


def test_dilated_depthwise_convolutions_learn_what_they_should_in_bfloat16():
    torch.manual_seed(0)
    network = S6Network(3, decoder_channels=16).to(memory_format=torch.channels_last)
    found = [m for m in network.modules() if isinstance(m, AtrousDepthwise)]
    assert len(found) == 6  # three rates in each of two decoders
    convolution = found[0]
    inputs = torch.randn(2, convolution.in_channels, 16, 44).to(memory_format=torch.channels_last)
    wanted = torch.randn(2, convolution.in_channels, 16, 44)
    gradients = []
    for enabled in (False, True):
        convolution.weight.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            given = convolution(inputs.bfloat16() if enabled else inputs)
        (given.float() * wanted).sum().backward()
        gradients.append(convolution.weight.grad.clone())
    exact, rounded = gradients
    assert (exact - rounded).abs().max() < 0.02 * exact.abs().max()
