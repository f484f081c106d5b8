"""Holds training/crate.py to the released model: every whole tensor that a reference case names, within its tolerance.

    python training/check_golden.py FOLDER_OF_crate_micro
"""

import json
import sys
from pathlib import Path

import torch

from crate import CRATE, coding_rate_terms
from safetensors_file import load


def main() -> None:
    folder = Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    config = {k: v for k, v in manifest["config"].items() if k != "pool"}
    model = CRATE(**config).eval()
    missing = model.load_state_dict({k: v.float() for k, v in load(folder / "checkpoint.safetensors").items()}, strict=True)
    expected, image = load(folder / "expected.safetensors"), load(folder / "input.safetensors")["image"]
    with torch.no_grad():
        ours = {"logits": model(image), "tokens": model.embed(image)}
        rates = []
        for l, (attention, _, Z, Z_half, _, Z_next) in enumerate(model.walk(image)):
            ours |= {f"layers.{l}.z_in": Z, f"layers.{l}.z_half": Z_half, f"layers.{l}.z_out": Z_next}
            rates.append(coding_rate_terms(attention.fn.project(attention.norm(Z))))
    compared = 0
    for name, value in ours.items():
        if name not in expected:
            continue
        reference = expected[name]
        difference = (value[: len(reference)] - reference).abs().max().item()
        atol = manifest["tensors"][name]["atol"]
        compared += 1
        if not difference <= atol:
            raise SystemExit(f"{name}: differs by {difference:.2e}, allowed {atol:.0e}")
    for l, rate in enumerate(rates):
        reference = torch.tensor(metrics["layers"][l]["coding_rate_on_qkv_output"]["per_sample_per_head"])
        if not ((rate - reference).abs() <= 1e-4 * reference).all():
            raise SystemExit(f"layer {l}: coding rates differ")
    print(f"{compared} tensors and {len(rates)} layers of coding rates agree; {missing}")


if __name__ == "__main__":
    main()
