"""CRATE with the tensor names and the formulas of the released model (arXiv 2306.01129; model/crate.py).

One difference in how, not in what: the ISTA step X + eta (D^T X - D^T D X) - eta lambda is computed with one product by
G = D^T (I - D), formed once a step, in place of three. `check_golden.py` holds this file to the released model's outputs.
"""

import torch
import torch.nn.functional as F
from torch import nn

ETA, LAMBDA, EPS2 = 0.1, 0.1, 0.01


class PreNorm(nn.Module):
    def __init__(self, dim: int, fn: nn.Module):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = fn

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fn(self.norm(x))


class Attention(nn.Module):
    """MSSA: one projection U serves as query, key and value; scale p^-1/2; free output map with bias."""

    def __init__(self, dim: int, heads: int, dim_head: int):
        super().__init__()
        self.heads, self.dim_head = heads, dim_head
        self.qkv = nn.Linear(dim, heads * dim_head, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * dim_head, dim), nn.Dropout(0.0))

    def project(self, x: torch.Tensor) -> torch.Tensor:
        """[b, n, d] -> U_k^T z, [b, K, n, p]."""
        b, n, _ = x.shape
        return self.qkv(x).view(b, n, self.heads, self.dim_head).transpose(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, _ = x.shape
        w = self.project(x)
        A = (w @ w.transpose(-1, -2) * self.dim_head**-0.5).softmax(-1)
        out = A.to(w.dtype) @ w
        return self.to_out(out.transpose(1, 2).reshape(b, n, -1))


class FeedForward(nn.Module):
    """ISTA: relu(x + eta (D^T x - D^T D x) - eta lambda)."""

    def __init__(self, dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim, dim))
        nn.init.kaiming_uniform_(self.weight)

    def before_relu(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            D = self.weight.float()
            G = ETA * (D.T - D.T @ D)
        return x + F.linear(x, G) - ETA * LAMBDA

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.before_relu(x))


class Transformer(nn.Module):
    def __init__(self, dim: int, depth: int, heads: int, dim_head: int):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList([PreNorm(dim, Attention(dim, heads, dim_head)), PreNorm(dim, FeedForward(dim))]) for _ in range(depth)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for attention, ista in self.layers:
            x = ista(attention(x) + x)
        return x


class CRATE(nn.Module):
    def __init__(self, *, image_size: int, patch_size: int, num_classes: int, dim: int, depth: int, heads: int, dim_head: int):
        super().__init__()
        self.patch_size = patch_size
        tokens = (image_size // patch_size) ** 2
        patch_dim = 3 * patch_size**2
        self.to_patch_embedding = nn.Sequential(nn.Identity(), nn.LayerNorm(patch_dim), nn.Linear(patch_dim, dim), nn.LayerNorm(dim))
        self.pos_embedding = nn.Parameter(torch.randn(1, tokens + 1, dim))
        self.cls_token = nn.Parameter(torch.randn(1, 1, dim))
        self.transformer = Transformer(dim, depth, heads, dim_head)
        self.mlp_head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, num_classes))

    def embed(self, img: torch.Tensor) -> torch.Tensor:
        b, c, h, w = img.shape
        P = self.patch_size
        patches = img.view(b, c, h // P, P, w // P, P).permute(0, 2, 4, 3, 5, 1).reshape(b, -1, P * P * c)
        x = self.to_patch_embedding(patches)
        x = torch.cat([self.cls_token.expand(b, -1, -1), x], dim=1)
        return x + self.pos_embedding

    def forward(self, img: torch.Tensor) -> torch.Tensor:
        return self.mlp_head(self.transformer(self.embed(img))[:, 0])

    def walk(self, img: torch.Tensor):
        """Yields for each layer (attention block, ISTA block, Z, Z_half, pre-activation of ISTA, Z_next)."""
        Z = self.embed(img)
        for attention, ista in self.transformer.layers:
            Z_half = attention(Z) + Z
            before = ista.fn.before_relu(ista.norm(Z_half))
            Z_next = F.relu(before)
            yield attention, ista, Z, Z_half, before, Z_next
            Z = Z_next


def coding_rate_terms(ZU: torch.Tensor, eps2: float = EPS2, unit: bool = True) -> torch.Tensor:
    """[.., n, p] -> 1/2 logdet(I + p / (n eps2) ZU^T ZU), natural log, by the p x p side; `unit`: each token's head vector
    divided by its length first (the released measurement script)."""
    n, p = ZU.shape[-2:]
    # A product in bfloat16 is no longer positive definite.
    with torch.autocast("cpu", enabled=False):
        ZU = ZU.float()
        if unit:
            ZU = ZU / ZU.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        gram = torch.eye(p) + p / (n * eps2) * (ZU.transpose(-1, -2) @ ZU)
        return torch.linalg.cholesky(gram).diagonal(dim1=-2, dim2=-1).log().sum(-1)
