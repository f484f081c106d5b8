// Which patches CRATE-MAE's encoder does not see, and how its reconstruction is shown.

import { useCallback, useState } from 'react';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { Slider } from '../../controls/Slider.tsx';
import { percent } from '../../text/numbers.ts';
import { useThrottled } from '../objective/useThrottled.ts';

/** Largest share that can be hidden, and the step of the track. */
const MOST = 0.95;
const STEP = 0.05;
const TICKS = [0, 0.25, 0.5, 0.75];

export function MaskControls() {
  const hide = useApp((state) => state.hide);
  const maskSeed = useApp((state) => state.maskSeed);
  const choose = useApp((state) => state.choose);
  const isLive = useApp((state) => state.engine.status === 'live');
  // The thumb follows the hand, the choice follows the throttle.
  const [held, setHeld] = useState<number | null>(null);
  const { later, now } = useThrottled(
    useCallback((share: number) => choose({ hide: share }), [choose]),
    useCallback(() => setHeld(null), []),
  );
  const rounded = (share: number) => Number(share.toFixed(2));
  return (
    <div className="mask-controls">
      <Slider
        label="hidden patches"
        shown={
          <>
            hidden<span className="if-wide"> patches</span>
          </>
        }
        valueText={percent(held ?? hide, 0)}
        min={0}
        max={MOST}
        step={STEP}
        ticks={TICKS}
        value={held ?? hide}
        disabled={!isLive}
        onChange={(share) => {
          setHeld(rounded(share));
          later(rounded(share));
        }}
        onCommit={(share) => now(rounded(share))}
      />
      <Button
        variant="edge"
        size="small"
        disabled={!isLive || hide === 0}
        onClick={() => choose({ maskSeed: maskSeed + 1 })}
      >
        Other patches
      </Button>
    </div>
  );
}

interface PasteChoiceProps {
  readonly pastes: boolean;
  readonly onChange: (pastes: boolean) => void;
}

export function PasteChoice({ pastes, onChange }: PasteChoiceProps) {
  return (
    <Segmented
      label="Visible patches"
      hideLabel
      value={pastes ? 'pasted' : 'decoded'}
      options={[
        { value: 'decoded', label: 'as decoded', hint: 'Every patch as the decoder made it' },
        {
          value: 'pasted',
          label: 'visible pasted',
          hint: 'Visible patches from the picture, as the papers’ figures have them',
        },
      ]}
      onChange={(value) => onChange(value === 'pasted')}
    />
  );
}
