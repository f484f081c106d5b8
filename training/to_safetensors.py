"""A state dict saved by torch.save as safetensors, in float32.

python3 training/to_safetensors.py CHECKPOINT.pth OUT.safetensors
"""

import sys
from pathlib import Path

import torch

from safetensors_file import save

state = torch.load(sys.argv[1], map_location="cpu")
save(Path(sys.argv[2]), {name: value.float() for name, value in state.items()}, {"format": "pt"})
