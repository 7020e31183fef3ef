import torch
from torch import nn

from cauce.experiment.averaging import MovingAverage


def test_it_ends_where_a_steady_network_stands() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    average = MovingAverage(network, 0.98)
    nn.init.constant_(network[0].weight, 5.0)
    network[1].running_mean.fill_(2.0)
    network[1].num_batches_tracked.fill_(7)
    for step in range(1, 500):
        average.update(network, step)
    assert torch.allclose(average.network[0].weight, network[0].weight, atol=1e-2)
    assert torch.allclose(average.network[1].running_mean, network[1].running_mean, atol=1e-2)
    assert average.network[1].num_batches_tracked == 7


def test_it_leaves_the_trained_network_alone() -> None:
    network = nn.Linear(2, 2)
    before = network.weight.detach().clone()
    average = MovingAverage(network, 0.98)
    average.update(network, 1)
    average.network.weight.data.zero_()
    assert torch.equal(network.weight, before)
    assert network.weight.requires_grad
