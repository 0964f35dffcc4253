import numpy as np
import pytest
import torch
from torch import nn

from model.quantisation import LEVELS, WIDE, Extent, Quantiser, measure, quantise_rows, quantise_table


def read(quantiser: Quantiser, x: np.ndarray) -> np.ndarray:
    """What the int8 columns of channels (rows, channels) stand for, the further columns added to their channels."""
    wide = np.hstack([x, x[:, quantiser.channels] - quantiser.offsets])
    codes = np.clip(np.round(wide / quantiser.scale) + quantiser.zero, 0, LEVELS)
    values = (codes - quantiser.zero) * quantiser.scale
    told = values[:, : x.shape[1]].copy()
    np.add.at(told, (slice(None), quantiser.channels), values[:, x.shape[1] :] - quantiser.constant)
    return told


def test_far_channels_are_read_as_finely_as_the_others() -> None:
    rng = np.random.default_rng(3)
    reach = np.concatenate([np.full(40, 2.0), [90.0, 31.0]])
    quantiser = Quantiser.of(Extent(-reach, reach))
    assert quantiser.scale == pytest.approx(4 / LEVELS, rel=1e-3)
    assert set(quantiser.channels) == {40, 41}
    x = rng.uniform(-reach, reach, (500, len(reach)))
    assert np.abs(read(quantiser, x) - x).max() <= 0.51 * quantiser.scale


def test_one_sided_inputs_use_all_levels_and_what_lies_beyond_saturates() -> None:
    quantiser = Quantiser.of(Extent(np.full(20, -0.2), np.full(20, 5.0)))
    assert quantiser.zero == pytest.approx(0.2 / 5.2 * LEVELS, abs=0.6)
    assert not len(quantiser.channels)
    beyond = read(quantiser, np.full((1, 20), 9.0))
    assert beyond == pytest.approx(5.0, abs=0.03)


def test_as_many_channels_as_may_reach_far_leave_the_next_ones_range() -> None:
    reach = np.concatenate([np.full(WIDE, 50.0), np.full(8, 1.0)])
    assert Quantiser.of(Extent(-reach, reach)).scale == pytest.approx(2 / LEVELS, rel=1e-3)


def test_weights_are_symmetric_by_output_and_tables_keep_their_ends() -> None:
    weight = np.array([[1.0, -2.0, 0.5], [0.0, 0.0, 0.0]], np.float32)
    codes, scale = quantise_rows(weight, np.eye(3))
    assert codes[0].tolist() == [64, -127, 32]
    assert codes * scale[:, None] == pytest.approx(weight, abs=0.01)
    table = np.array([[-1.0, 0.0], [3.0, 0.5]], np.float32)
    places, unit, zero = quantise_table(table)
    assert (places.min(), places.max()) == (0, LEVELS)
    assert np.abs((places.astype(int) - int(zero)) * unit - table).max() <= unit
    again = quantise_table(((places.astype(np.float32) - zero) * unit).astype(np.float32))[0]
    assert (again == places).all()


def test_a_fine_tuning_of_less_than_half_a_level_is_not_rounded_away() -> None:
    rng = np.random.default_rng(5)
    read = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 300)) + 0.1 * rng.normal(size=(400, 300))
    before = rng.integers(-127, 128, (20, 300)).astype(np.float32)
    before[:, 0] = 127
    update = 0.4 * rng.uniform(size=(20, 1)) * np.sign(read.mean(0)).astype(np.float32)
    update[:, 0] = 0
    codes, scale = quantise_rows(before + update, read.T @ read)
    assert (np.round(before + update) == before).all()
    missed = np.square(read @ (codes * scale[:, None] - before - update).T).mean()
    assert missed < 0.05 * np.square(read @ update.T).mean()


def test_what_was_rounded_before_stays() -> None:
    rng = np.random.default_rng(6)
    read = rng.normal(size=(50, 300)) + 1
    weight = rng.integers(-127, 128, (20, 300)).astype(np.float32) * np.float32(0.003)
    weight[:, 7] = 127 * np.float32(0.003)
    codes, scale = quantise_rows(weight, read.T @ read)
    assert codes * scale[:, None] == pytest.approx(weight, abs=1e-6)


def test_measuring_passes_over_padding_and_leaves_no_hook_behind() -> None:
    layer = nn.Linear(2, 2)
    ids = torch.tensor([[[1.0, -4.0], [99.0, -99.0]]])
    inputs = measure({"x": layer}, lambda x, _: layer(x), [(ids, torch.tensor([[1, 0]]))])
    assert inputs["x"].extent.low.tolist() == [0.0, -4.0]
    assert inputs["x"].extent.high.tolist() == [1.0, 0.0]
    assert inputs["x"].moment.tolist() == [[1.0, -4.0], [-4.0, 16.0]]
    assert not layer._forward_pre_hooks
