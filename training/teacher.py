"""A small convolutional network, trained first, whose soft answers the CRATE then learns from (distillation).

    python training/teacher.py --data FOLDER --out FOLDER [--epochs 14]
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from data import crop_and_flip, load_cifar10, normalise


class Block(nn.Module):
    def __init__(self, c_in: int, c_out: int):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        return x + F.gelu(self.norm2(self.conv2(x)))


class Teacher(nn.Module):
    """Convolution 2x2, then three blocks (convolve, halve, convolve with a residual), global maximum, linear: 10 logits."""

    def __init__(self, widths: tuple[int, int, int] = (48, 128, 192)):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 2, bias=True)
        self.blocks = nn.Sequential(Block(24, widths[0]), Block(widths[0], widths[1]), Block(widths[1], widths[2]))
        self.head = nn.Linear(widths[2], 10, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(F.gelu(self.stem(x)))
        return self.head(x.amax(dim=(2, 3))) / 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    splits = load_cifar10(args.data)
    train, labels = normalise(splits["train"][0]), splits["train"][1]
    held, held_labels = normalise(splits["held_out"][0]), splits["held_out"][1]
    model = Teacher().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.05)
    steps_per_epoch = len(train) // args.batch
    total = args.epochs * steps_per_epoch
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / (0.15 * total), 1.0) * (0.5 + 0.5 * math.cos(math.pi * max(0.0, s / total - 0.15) / 0.85))
    )
    start_epoch, seconds = 0, 0.0
    state_file = args.out / "teacher_state.pt"
    if state_file.exists():
        state = torch.load(state_file, weights_only=False)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        start_epoch, seconds = state["epoch"], state["seconds"]
    for epoch in range(start_epoch, args.epochs):
        model.train()
        begin, order = time.time(), torch.randperm(len(train), generator=generator)
        for i in range(steps_per_epoch):
            pick = order[i * args.batch : (i + 1) * args.batch]
            x = crop_and_flip(train[pick], 3, generator).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(x)
            loss = F.cross_entropy(logits.float(), labels[pick], label_smoothing=0.1)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
        seconds += time.time() - begin
        accuracy = evaluate(model, held, held_labels)
        print(json.dumps({"epoch": epoch + 1, "loss": round(loss.item(), 4), "held_out": accuracy, "seconds": round(seconds)}), flush=True)
        torch.save(
            {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
             "generator": generator.get_state(), "epoch": epoch + 1, "seconds": seconds, "held_out": accuracy},
            state_file,
        )
    torch.save(
        {"model": model.state_dict(), "held_out": accuracy, "seconds": seconds, "epochs": args.epochs,
         "parameters": sum(p.numel() for p in model.parameters())},
        args.out / "teacher.pt",
    )


@torch.no_grad()
def evaluate(model: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of right answers, products in bfloat16 as in training."""
    model.eval()
    right = 0
    for i in range(0, len(x), 500):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            right += (model(x[i : i + 500]).argmax(1) == labels[i : i + 500]).sum().item()
    return right / len(x)


if __name__ == "__main__":
    main()
