// The verdict's mark: solid as the theory says, hollow against it; in the colour of the operator it speaks of.

import './dot.css';

interface DotProps {
  readonly agrees: boolean;
  readonly of: 'mssa' | 'ista' | 'ink';
  /** Text beside it already says whether theory is met; then it is decoration. */
  readonly isSaid?: boolean;
}

export function Dot({ agrees, of, isSaid = false }: DotProps) {
  const className = `dot dot-${of}${agrees ? '' : ' dot-hollow'}`;
  if (isSaid) return <span className={className} aria-hidden="true" />;
  return <span className={className} role="img" aria-label={agrees ? 'as theory says' : 'against theory'} />;
}
