// What each run of a forward pass does in its part, in words: by its place there, since gpuPlan.ts lists them in one order.

import type { CrateConfig } from '../model/config.ts';
import type { Part } from '../model/speed.ts';

const MSSA = ['project', 'attention', 'output'] as const;
const DECODER_BLOCK = ['block, map', 'block, project', 'block, attention', 'block, output'] as const;

const rolesOf = ({ kind, headWidth, decoder }: CrateConfig): Readonly<Record<Part, readonly string[]>> => ({
  embed: ['cut patches', 'project patches', ...(kind === 'crate' ? ['norm patches'] : []), 'assemble tokens'],
  mssa: MSSA,
  ista: kind === 'crate-alpha' ? ['norm', 'first step', 'residual', 'codes', 'output'] : ['ISTA step'],
  head: ['pool tokens', ...(headWidth === undefined ? [] : ['map']), 'logits'],
  decoder: ['norm', ...Array.from({ length: decoder?.L ?? 0 }, () => DECODER_BLOCK).flat(), 'pixels'],
});

/** A role for every run, in its order. */
export function stepRoles(
  config: CrateConfig,
  steps: readonly { readonly part: Part; readonly layer: number | null }[],
): readonly string[] {
  const roles = rolesOf(config);
  let before: string | null = null;
  let at = 0;
  return steps.map(({ part, layer }) => {
    const place = `${part} ${layer}`;
    at = place === before ? at + 1 : 0;
    before = place;
    const role = roles[part][at];
    if (role === undefined) throw new RangeError(`run ${at + 1} of ${part} has no role`);
    return role;
  });
}
