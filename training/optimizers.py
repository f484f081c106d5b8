"""AdamW for embeddings, norms and the head, and a matrix optimiser for the inner maps U, W_out and D.

The matrix step replaces the momentum of a weight matrix by the nearest semi-orthogonal matrix, found by a quintic
Newton-Schulz iteration (the "Muon" idea, K. Jordan 2024), scaled to the size that AdamW's step would have.
"""

import torch

# A quintic whose iterates bring every singular value in (0, 1] near 1 in five steps.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalise(m: torch.Tensor) -> torch.Tensor:
    """[k, r, c] -> the semi-orthogonal factor of each matrix, approximately."""
    a, b, c = QUINTIC
    x = m / (m.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


class MatrixMomentum(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, RMS 0.2 a step times lr; decoupled weight decay. All matrices of one shape together."""

    def __init__(self, params, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, ps in shapes.items():
                steps = []
                for p in ps:
                    buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
                    buffer.lerp_(p.grad, 1 - group["momentum"])
                    steps.append(p.grad.lerp(buffer, group["momentum"]))
                updates = orthogonalise(torch.stack(steps)) * 0.2 * max(shape) ** 0.5
                for p, update in zip(ps, updates):
                    p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"])
