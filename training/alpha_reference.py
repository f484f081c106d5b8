"""CRATE-alpha in PyTorch, our own code from the formulas of the released inference model (arXiv 2405.20299; UCSC-VLAA/CRATE-alpha,
torch_inference/model/crate_alpha.py), and DINO's interpolation of a table of positions. Writes the reference cases
src/model/fixtures/crate_alpha_micro and positions, to which src/model is held.

    python3 training/alpha_reference.py src/model/fixtures
"""

import json
import math
import sys
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import torch
import torch.nn.functional as F

from safetensors_file import save

SEED = 31
SIDE, PATCH, DIM, DEPTH, HEADS, RATIO, CLASSES = 32, 4, 48, 2, 3, 4, 10
ETA, LAMBDA = 0.1, 0.1
NORM_EPS, HEAD_NORM_EPS = 1e-6, 1e-5
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Tensors = dict[str, torch.Tensor]
Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def left_to_right(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a @ b with every sum taken one term after the other, as a plain loop on a GPU does."""
    out = torch.zeros(*a.shape[:-1], b.shape[-1], dtype=a.dtype)
    for k in range(a.shape[-1]):
        out = out + a[..., k, None] * b[..., k, None, :]
    return out


def alpha(state: Tensors, image: torch.Tensor, product: Product = torch.matmul) -> Tensors:
    """Every tensor of the model on [b, 3, side, side]; `state` in the dtype of `image`."""
    out: Tensors = {}
    norm = lambda x, at, eps: F.layer_norm(x, x.shape[-1:], state[f"{at}.weight"], state[f"{at}.bias"], eps)
    b = len(image)
    if product is torch.matmul:
        x = F.conv2d(image, state["conv1.weight"], state["conv1.bias"], stride=PATCH).flatten(2).transpose(1, 2)
    else:
        x = product(F.unfold(image, PATCH, stride=PATCH).transpose(1, 2), state["conv1.weight"].flatten(1).T) + state["conv1.bias"]
    out["patch_embed"] = x
    Z = torch.cat([state["cls_token"].expand(b, -1, -1), x], 1) + state["pos_embedding"]
    out["tokens"] = Z
    p = DIM // HEADS
    for i in range(DEPTH):
        at = f"transformer.layers.{i}"
        put = lambda name, value: out.__setitem__(f"layers.{i}.{name}", value)
        put("z_in", Z)
        ln1 = norm(Z, f"{at}.0.norm", NORM_EPS)
        put("ln1", ln1)
        qkv = product(ln1, state[f"{at}.0.fn.qkv.weight"].T)
        put("qkv", qkv)
        w = qkv.view(b, -1, HEADS, p).transpose(1, 2)
        dots = product(w, w.transpose(-1, -2)) * p**-0.5
        attn = dots.softmax(-1)
        put("attn", attn)
        put("attn_cls_rows", attn[:, :, 0])
        heads = product(attn, w).transpose(1, 2).flatten(2)
        put("heads_out", heads)
        mssa = product(heads, state[f"{at}.0.fn.to_out.0.weight"].T)
        put("mssa", mssa)
        Z = Z + mssa
        put("z_half", Z)
        X = norm(Z, f"{at}.1.norm", NORM_EPS)
        put("ln2", X)
        D, D1 = state[f"{at}.1.fn.D"], state[f"{at}.1.fn.D1"]
        z1 = F.relu(ETA * product(X, D) - ETA * LAMBDA)
        put("z1", z1)
        before = z1 - ETA * product(product(z1, D.T) - X, D) - ETA * LAMBDA
        put("codes_before", before)
        codes = F.relu(before)
        put("codes", codes)
        Z = Z + product(codes, D1.T)
        put("z_out", Z)
    out["pooled"] = Z[:, 0]
    out["head_ln"] = norm(out["pooled"], "mlp_head.0", HEAD_NORM_EPS)
    out["logits"] = product(out["head_ln"], state["mlp_head.1.weight"].T) + state["mlp_head.1.bias"]
    return out


DEFINITIONS = {
    "patch_embed": "conv1 (no LayerNorm, no CLS, no position)",
    "tokens": "Z^0 = [cls; patch_embed] + pos_embedding",
    "z_in": "Z^l",
    "ln1": "LayerNorm before attention, eps 1e-6",
    "qkv": "U^T LN(Z): output of .qkv, heads concatenated [n, heads*dim_head]",
    "attn": "softmax over keys of the scaled logits",
    "attn_cls_rows": "its row of the class token, [heads, n]",
    "heads_out": "attn @ (U_k^T LN Z), heads concatenated",
    "mssa": "to_out (no bias), without residual",
    "z_half": "mssa + Z^l",
    "ln2": "LayerNorm before ISTA, eps 1e-6 (X)",
    "z1": "ReLU(eta D^T X - eta lambda), first ISTA step",
    "codes_before": "z1 - eta D^T (D z1 - X) - eta lambda",
    "codes": "z2 = ReLU(codes_before), [n, atoms]",
    "z_out": "Z^{l+1} = z_half + D1 z2",
    "pooled": "CLS row",
    "head_ln": "mlp_head.0, eps 1e-5",
    "logits": "mlp_head.1",
}


def random_state(generator: torch.Generator) -> "OrderedDict[str, torch.Tensor]":
    """Random weights under the released names, scaled so that tokens stay near 1 and the residual of ISTA is seen."""
    draw = lambda *shape, scale: torch.randn(*shape, generator=generator) * scale
    n, atoms = (SIDE // PATCH) ** 2 + 1, RATIO * DIM
    state: OrderedDict[str, torch.Tensor] = OrderedDict()

    def add_norm(at: str) -> None:
        state[f"{at}.weight"] = 1 + draw(DIM, scale=0.2)
        state[f"{at}.bias"] = draw(DIM, scale=0.2)

    state["pos_embedding"] = draw(1, n, DIM, scale=0.5)
    state["cls_token"] = draw(1, 1, DIM, scale=1)
    state["conv1.weight"] = draw(DIM, 3, PATCH, PATCH, scale=(3 * PATCH**2) ** -0.5)
    state["conv1.bias"] = draw(DIM, scale=0.2)
    for i in range(DEPTH):
        at = f"transformer.layers.{i}"
        add_norm(f"{at}.0.norm")
        state[f"{at}.0.fn.qkv.weight"] = draw(DIM, DIM, scale=DIM**-0.5)
        state[f"{at}.0.fn.to_out.0.weight"] = draw(DIM, DIM, scale=DIM**-0.5)
        add_norm(f"{at}.1.norm")
        state[f"{at}.1.fn.D"] = draw(DIM, atoms, scale=DIM**-0.5)
        state[f"{at}.1.fn.D1"] = draw(DIM, atoms, scale=0.5)
    add_norm("mlp_head.0")
    state["mlp_head.1.weight"] = draw(CLASSES, DIM, scale=DIM**-0.5)
    state["mlp_head.1.bias"] = draw(CLASSES, scale=0.2)
    return state


def random_images(generator: torch.Generator, count: int) -> torch.Tensor:
    """Smooth colours with some noise, normalised: [count, 3, side, side]."""
    coarse = torch.rand(count, 3, 5, 5, generator=generator)
    smooth = F.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear", align_corners=True)
    pixels = (smooth + 0.1 * torch.randn(smooth.shape, generator=generator)).clamp(0, 1)
    return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def round_up(value: float) -> float:
    """To the next 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(value))
    return next(float(f"{step * power:.0e}") for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-12))


def write_alpha(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(SEED)
    state, image = random_state(generator), random_images(generator, 2)
    double = alpha({name: value.double() for name, value in state.items()}, image.double())
    single, naive = alpha(state, image), alpha(state, image, left_to_right)
    tensors, expected = {}, {}
    for name, value in double.items():
        difference = lambda other: (other[name].double() - value).abs().max().item()
        absmax, err, err_naive = value.abs().max().item(), difference(single), difference(naive)
        tensors[name] = {
            "shape": list(value.shape),
            "absmax": float(f"{absmax:.6g}"),
            "err_f32": float(f"{err:.2e}"),
            "err_f32_naive_sum": float(f"{err_naive:.2e}"),
            "atol": round_up(max(8 * max(err, err_naive), 2e-6 * absmax)),
        }
        is_small = name in ("pooled", "head_ln", "logits")
        expected[name] = (value if is_small else value[:1]).float()
    torch.save(state, folder / "checkpoint.pth")
    save(folder / "checkpoint.safetensors", state, {"format": "pt"})
    save(folder / "expected.safetensors", expected, {})
    save(folder / "input.safetensors", {"image": image}, {})
    files = {
        "checkpoint.pth": "torch.save(state_dict), zip format, float32",
        "checkpoint.safetensors": "the same tensors",
        "expected.safetensors": "expected outputs (float64, rounded to float32)",
        "input.safetensors": "two normalised pictures",
    }
    manifest = {
        "case": "crate_alpha_micro",
        "source": f"training/alpha_reference.py of this repository, seed {SEED}, torch {torch.__version__}",
        "config": {
            "image_size": SIDE,
            "patch_size": PATCH,
            "num_classes": CLASSES,
            "dim": DIM,
            "depth": DEPTH,
            "heads": HEADS,
            "dim_head": DIM // HEADS,
            "ratio": RATIO,
            "eta": ETA,
            "lambda": LAMBDA,
            "layer_norm_eps_in_blocks": NORM_EPS,
            "layer_norm_eps_head": HEAD_NORM_EPS,
        },
        "not_in_the_state_dict": "heads, eta, lambda",
        "reference_run": "float64 on the exact float32 weights and pictures, rounded to float32; *_f32 = the same in float32",
        "tolerance_rule": "atol = 8 x max(|float32 run - float64 run|, |float32 run with naive left-to-right sums - float64 run|), "
        "at least 2e-6 x absmax, rounded up to 1/2/5",
        "tensor_naming": "sample 0 (leading axis 1), both samples for pooled, head_ln, logits",
        "state_dict_keys": {name: list(value.shape) for name, value in state.items()},
        "tensors": tensors,
        "tensor_definitions": DEFINITIONS,
        "files": {name: describe(folder / name, what) for name, what in files.items()},
    }
    write_json(folder / "manifest.json", manifest)


def describe(path: Path, what: str) -> dict[str, object]:
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": sha256(data).hexdigest(), "what": what}


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


def interpolate(table: torch.Tensor, side: int) -> torch.Tensor:
    """[1, n, d] for another grid: bicubic with DINO's 0.1 in the scale factor, which the kernel keeps; the class token's row stays."""
    cls, grid = table[:, :1], table[:, 1:]
    d, old = table.shape[-1], math.isqrt(grid.shape[1])
    maps = grid.reshape(1, old, old, d).permute(0, 3, 1, 2)
    scale = (side + 0.1) / old
    maps = F.interpolate(maps, scale_factor=(scale, scale), mode="bicubic", align_corners=False)
    assert maps.shape[-2:] == (side, side)
    return torch.cat([cls, maps.permute(0, 2, 3, 1).reshape(1, side * side, d)], 1)


def write_positions(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(SEED)
    d = 4
    tables = {old: torch.randn(1, old * old + 1, d, generator=generator) for old in (8, 14)}
    tensors = {f"table_{old}": table for old, table in tables.items()}
    for old, new in ((8, 14), (14, 32), (14, 21)):
        tensors[f"{old}_to_{new}"] = interpolate(tables[old].double(), new).float()
    save(folder / "positions.safetensors", tensors, {})


def main() -> None:
    fixtures = Path(sys.argv[1])
    write_alpha(fixtures / "crate_alpha_micro")
    write_positions(fixtures / "positions")


if __name__ == "__main__":
    main()
