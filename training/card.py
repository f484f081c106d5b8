"""Writes what the page ships: weights in f16 and the card, measured on the exact test pictures with the f16 weights.

    python training/card.py --data FOLDER --runs FOLDER --name regularised --beside plain --out public/models/crate-cifar10
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch

from crate import CRATE, EPS2, ETA, LAMBDA
from data import CLASSES, MEAN, STD, load_cifar10, normalise
from safetensors_file import save
from train import CONFIG


def round_to_half(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.half() for name, tensor in state.items()}


def model_of(state: dict[str, torch.Tensor]) -> CRATE:
    model = CRATE(**CONFIG)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return model.eval()


@torch.no_grad()
def accuracy(model: CRATE, x: torch.Tensor, labels: torch.Tensor) -> float:
    right = sum((model(x[i : i + 250]).argmax(1) == labels[i : i + 250]).sum().item() for i in range(0, len(x), 250))
    return round(right / len(x), 4)


@torch.no_grad()
def cohort(model: CRATE, x: torch.Tensor) -> dict:
    """Mean and standard deviation over pictures of R^c (sum over heads, nats) and of the share of non-zeros of Z_next, by layer."""
    depth = CONFIG["depth"]
    rates = {place: {by: [[] for _ in range(depth)] for by in ("raw", "unit")} for place in ("input", "half", "output")}
    nonzero: list[list[torch.Tensor]] = [[] for _ in range(depth)]
    for i in range(0, len(x), 125):
        for l, (attention, _, Z, Z_half, _, Z_next) in enumerate(model.walk(x[i : i + 125])):
            for place, tokens in (("input", attention.norm(Z)), ("half", Z_half), ("output", Z_next)):
                ZU = attention.fn.project(tokens).double()
                for by in ("raw", "unit"):
                    rates[place][by][l].append(double_rate(ZU, by == "unit").sum(1))
            nonzero[l].append((Z_next != 0).float().mean((1, 2)))

    def summary(parts: list[list[torch.Tensor]], digits: int) -> dict:
        values = [torch.cat(layer) for layer in parts]
        return {"mean": [round(v.mean().item(), digits) for v in values], "std": [round(v.std().item(), digits) for v in values]}

    return {"Rc": {place: {by: summary(v, 2) for by, v in both.items()} for place, both in rates.items()}, "nonzero": summary(nonzero, 4)}


def double_rate(ZU: torch.Tensor, unit: bool) -> torch.Tensor:
    """`coding_rate_terms` in float64; a zero vector stays zero."""
    n, p = ZU.shape[-2:]
    if unit:
        ZU = ZU / ZU.norm(dim=-1, keepdim=True).clamp_min(1e-300)
    gram = torch.eye(p, dtype=ZU.dtype) + p / (n * EPS2) * (ZU.transpose(-1, -2) @ ZU)
    return torch.linalg.cholesky(gram).diagonal(dim1=-2, dim2=-1).log().sum(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--name", required=True, help="the run that is shipped")
    parser.add_argument("--beside", nargs="*", default=[], help="runs whose curves the card shows beside it")
    parser.add_argument("--out", type=Path, required=True, help="path without extension")
    parser.add_argument("--device", default="2 CPU cores, products in bfloat16")
    args = parser.parse_args()

    splits = load_cifar10(args.data)
    test, test_labels = normalise(splits["test"][0]), splits["test"][1]
    held, held_labels = normalise(splits["held_out"][0]), splits["held_out"][1]

    def measured(name: str) -> tuple[dict[str, torch.Tensor], dict, dict]:
        run = torch.load(args.runs / f"{name}_state.pt", weights_only=False)
        state = round_to_half(run["model"])
        model = model_of(state)
        numbers = {"accuracy": {"test": accuracy(model, test, test_labels), "heldOut": accuracy(model, held, held_labels)},
                   "cohort": cohort(model, test)}
        return state, run, numbers

    state, run, numbers = measured(args.name)
    teacher = torch.load(args.runs / "teacher.pt", weights_only=True)
    settings = run["args"]
    save(args.out.with_suffix(".safetensors"), state, {"format": "pt", "model": args.out.name})
    card = {
        "name": args.out.name,
        "title": f"CRATE {CONFIG['depth']} × {CONFIG['dim']}, CIFAR-10",
        "kind": "crate",
        "heads": CONFIG["heads"], "eta": ETA, "lambda": LAMBDA, "pool": "cls",
        "labels": CLASSES,
        "preprocessing": {"fit": "crop", "mean": MEAN, "std": STD},
        "parameters": sum(t.numel() for t in state.values()),
        **numbers,
        "cohortAtInit": cohort(model_of(torch.load(args.runs / "plain_init.pt", weights_only=True)), test),
        "variants": [{"name": name, **measured(name)[2]} for name in args.beside],
        "sha256": hashlib.sha256(args.out.with_suffix(".safetensors").read_bytes()).hexdigest(),
        "training": {
            "data": "CIFAR-10 (A. Krizhevsky, 2009): 45,000 pictures to train, the last 5,000 of train held out; "
                    "accuracy and curves on the first 1,000 test pictures",
            "variant": args.name,
            "recipe": f"batch {settings['batch']}; random crop (reflected border of 4 px) and mirror; loss {1 - float(settings['distil']):.1f} × "
                      f"cross entropy (label smoothing 0.1) + {settings['distil']} × distillation at temperature {settings['temperature']}; "
                      f"AdamW {settings['lr']} for embedding, norms and head, orthogonalised momentum {settings['matrix_lr']} for U, W and D, "
                      f"weight decay {settings['weight_decay']}; 2 epochs warm-up, cosine to zero",
            "regulariser": f"{settings['srr']} × departure from the theory (training/README.md), from epoch {settings['branch_epoch']} on"
                           if float(settings["srr"]) > 0 else "none",
            "teacher": f"convolutional network, {teacher['parameters']:,} parameters, {teacher['epochs']} epochs, "
                       f"{teacher['held_out']:.2%} on the held-out pictures, {teacher['seconds']:.0f} s",
            "epochs": run["epoch"], "seconds": round(run["seconds"]), "seed": int(settings["seed"]), "device": args.device,
            "testPictures": len(test), "heldOutPictures": len(held),
            "licence": "MIT",
        },
    }
    args.out.with_suffix(".json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n")
    print(json.dumps({"accuracy": card["accuracy"], "Rc unit": {k: v["unit"]["mean"] for k, v in card["cohort"]["Rc"].items()},
                      "nonzero": card["cohort"]["nonzero"]["mean"]}))


if __name__ == "__main__":
    main()
