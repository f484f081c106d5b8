"""CIFAR-10 from lossless mosaics: 50 pictures wide, 32x32 RGB each, row-major, in the official order.

The last 5,000 pictures of the official training set are held out for tuning; the first 1,000 of the official test set are
read once, for the card.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
MEAN = [0.4914, 0.4822, 0.4465]
STD = [0.2470, 0.2435, 0.2616]
HELD_OUT = 5000


def read_mosaic(path: Path) -> np.ndarray:
    """A mosaic file -> uint8 [count, 32, 32, 3]."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    rows, columns = pixels.shape[0] // 32, pixels.shape[1] // 32
    return pixels.reshape(rows, 32, columns, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)


def load_cifar10(folder: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """The splits train (45,000), held_out (5,000) and test (1,000): uint8 [n, 3, 32, 32] and int64 labels [n]."""
    train = np.concatenate([read_mosaic(folder / f"train_{i:02d}.webp") for i in range(20)])
    train_labels = np.fromfile(folder / "train_labels.u8", dtype=np.uint8)
    test = read_mosaic(folder / "test_00.webp")
    test_labels = np.fromfile(folder / "test_labels.u8", dtype=np.uint8)
    if len(train) != 50000 or len(train_labels) != 50000 or len(test) != len(test_labels):
        raise ValueError(f"{folder}: {len(train)} training pictures, {len(train_labels)} labels, {len(test)} test pictures")

    def split(pixels: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels.astype(np.int64))

    cut = 50000 - HELD_OUT
    return {
        "train": split(train[:cut], train_labels[:cut]),
        "held_out": split(train[cut:], train_labels[cut:]),
        "test": split(test, test_labels),
    }


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 [n, 3, 32, 32] -> float32, (x / 255 - mean) / std per channel."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return (pixels.float() / 255 - mean) / std


def crop_and_flip(x: torch.Tensor, pad: int, generator: torch.Generator) -> torch.Tensor:
    """A random 32x32 crop of each picture padded by reflection, and a mirror image for every second one on average."""
    n = x.shape[0]
    padded = torch.nn.functional.pad(x, (pad, pad, pad, pad), mode="reflect")
    top = torch.randint(0, 2 * pad + 1, (n,), generator=generator)
    left = torch.randint(0, 2 * pad + 1, (n,), generator=generator)
    mirror = torch.rand(n, generator=generator) < 0.5
    rows = top[:, None] + torch.arange(32)
    columns = left[:, None] + torch.arange(32)
    columns = torch.where(mirror[:, None], columns.flip(1), columns)
    index = torch.arange(n)[:, None, None]
    return padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
