"""Trains a CRATE on CIFAR-10, distilling a small convolutional teacher; resumes from the last finished epoch.

    python training/train.py --data FOLDER --out FOLDER --name plain --epochs 40
    python training/train.py --data FOLDER --out FOLDER --name regularised --epochs 40 --from FOLDER/plain_branch.pt --srr 0.02

The second command goes on from the first's state at --branch-epoch with the sparse rate reduction as a regulariser
(after arXiv 2411.17182): what is penalised is only where a layer departs from the theory,

    srr * sum_l  max(0, Rc_half^l - Rc_in^l + m) / Rc_scale + max(0, Rc_in^{l+1} - Rc_in^l + m) / Rc_scale + max(0, nz^{l+1} - nz^l + m')

with R^c unit-normalised per head and token as the released measurement has it, and nz a smooth share of non-zeros.
"""

import argparse
import json
import math
import shutil
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from crate import CRATE, coding_rate_terms
from data import crop_and_flip, load_cifar10, normalise
from optimizers import MatrixMomentum
from teacher import Teacher, evaluate

CONFIG = {"image_size": 32, "patch_size": 4, "num_classes": 10, "dim": 192, "depth": 6, "heads": 6, "dim_head": 32}


def departure(model: CRATE, x: torch.Tensor) -> torch.Tensor:
    """How far a small batch departs from the theory, zero where every layer obeys it with a margin."""
    at_input, at_half, nonzero = [], [], []
    for attention, _, Z, Z_half, before, _ in model.walk(x):
        at_input.append(coding_rate_terms(attention.fn.project(attention.norm(Z))).sum(1).mean())
        at_half.append(coding_rate_terms(attention.fn.project(Z_half)).sum(1).mean())
        nonzero.append(torch.sigmoid(before.float() / 0.05).mean())
    total = torch.zeros(())
    for l in range(len(at_input)):
        total = total + F.relu(at_half[l] - at_input[l] + 2.0) / 100
        if l > 0:
            total = total + F.relu(at_input[l] - at_input[l - 1] + 5.0) / 100
            total = total + 4 * F.relu(nonzero[l] - nonzero[l - 1] + 0.01)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--branch-epoch", type=int, default=24)
    parser.add_argument("--from", dest="origin", type=Path)
    parser.add_argument("--srr", type=float, default=0.0)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--lr", type=float, default=2e-3, help="AdamW: embedding, norms, head")
    parser.add_argument("--matrix-lr", type=float, default=6e-3, help="matrix momentum: U, W_out, D")
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--position-scale", type=float, default=1.0, help="factor on the released N(0, 1) start of positions and class token")
    parser.add_argument("--distil", type=float, default=0.7, help="weight of the teacher's answer; the rest is cross entropy")
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=0, help="stop after so many steps (trials)")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    splits = load_cifar10(args.data)
    train, labels = normalise(splits["train"][0]), splits["train"][1]
    held, held_labels = normalise(splits["held_out"][0]), splits["held_out"][1]

    model = CRATE(**CONFIG)
    with torch.no_grad():
        model.pos_embedding.mul_(args.position_scale)
        model.cls_token.mul_(args.position_scale)
    torch.save(model.state_dict(), args.out / f"{args.name}_init.pt")
    teacher = None
    if args.distil > 0:
        teacher = Teacher().to(memory_format=torch.channels_last)
        teacher.load_state_dict(torch.load(args.out / "teacher.pt", weights_only=True)["model"])
        teacher.eval().requires_grad_(False)

    inner = [p for p in model.transformer.parameters() if p.ndim == 2]
    ids = {id(p) for p in inner}
    rest = [p for p in model.parameters() if id(p) not in ids]
    optimisers = [
        torch.optim.AdamW(
            [{"params": [p for p in rest if p.ndim == 2], "weight_decay": args.weight_decay},
             {"params": [p for p in rest if p.ndim != 2], "weight_decay": 0.0}],
            lr=args.lr, betas=(0.9, 0.95),
        ),
        MatrixMomentum(inner, lr=args.matrix_lr, weight_decay=args.weight_decay),
    ]
    steps_per_epoch = len(train) // args.batch
    total, warm = args.epochs * steps_per_epoch, 2 * steps_per_epoch
    factor = lambda s: min((s + 1) / warm, 1.0) * (0.5 + 0.5 * math.cos(math.pi * max(0, s - warm) / (total - warm)))
    schedules = [torch.optim.lr_scheduler.LambdaLR(o, factor) for o in optimisers]

    state_file, epoch, seconds, history = args.out / f"{args.name}_state.pt", 0, 0.0, []
    origin = state_file if state_file.exists() else args.origin
    if origin:
        state = torch.load(origin, weights_only=False)
        model.load_state_dict(state["model"])
        for o, s in zip(optimisers + schedules, state["optimisers"]):
            o.load_state_dict(s)
        generator.set_state(state["generator"])
        epoch, seconds, history = state["epoch"], state["seconds"], state["history"]

    forward = torch.compile(model) if args.compile else model
    while epoch < args.epochs:
        model.train()
        begin, order, sums = time.time(), torch.randperm(len(train), generator=generator), [0.0, 0.0]
        for i in range(steps_per_epoch):
            pick = order[i * args.batch : (i + 1) * args.batch]
            x, y = crop_and_flip(train[pick], 4, generator).contiguous(), labels[pick]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = forward(x).float()
                loss = F.cross_entropy(logits, y, label_smoothing=0.1)
                if teacher is not None:
                    with torch.no_grad():
                        target = (teacher(x.contiguous(memory_format=torch.channels_last)).float() / args.temperature).softmax(1)
                    soft = F.kl_div((logits / args.temperature).log_softmax(1), target, reduction="batchmean") * args.temperature**2
                    loss = (1 - args.distil) * loss + args.distil * soft
                extra = departure(model, x[:40]) if args.srr > 0 else torch.zeros(())
            for o in optimisers:
                o.zero_grad(set_to_none=True)
            (loss + args.srr * extra).backward()
            torch.nn.utils.clip_grad_norm_(rest, 1.0)
            for o in optimisers + schedules:
                o.step()
            sums[0] += loss.item()
            sums[1] += extra.item()
            if args.steps and i + 1 == args.steps:
                break
        seconds += time.time() - begin
        epoch += 1
        n = i + 1
        row = {"epoch": epoch, "loss": round(sums[0] / n, 4), "departure": round(sums[1] / n, 4),
               "held_out": evaluate(model, held, held_labels), "seconds": round(seconds)}
        print(json.dumps(row), flush=True)
        if args.steps:
            break
        history.append(row)
        torch.save(
            {"model": model.state_dict(), "optimisers": [o.state_dict() for o in optimisers + schedules],
             "generator": generator.get_state(), "epoch": epoch, "seconds": seconds, "history": history,
             "args": {k: str(v) for k, v in vars(args).items()}},
            state_file,
        )
        if epoch == args.branch_epoch and not args.origin:
            shutil.copy(state_file, args.out / f"{args.name}_branch.pt")


if __name__ == "__main__":
    main()
