// Half-step back, half-step on, play, and how fast.

import type { Transient } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button, IconButton } from '../../controls/Button.tsx';
import { Menu } from '../../controls/Menu.tsx';
import { usePlayToggle } from '../usePlay.ts';

const SPEEDS: readonly Transient['speed'][] = [0.5, 1, 2, 4];

export const speedText = (speed: Transient['speed']): string => `${speed === 0.5 ? '½' : speed}×`;

export function PlayButton({ size = 'normal' }: { readonly size?: 'normal' | 'touch' }) {
  const isPlaying = useApp((state) => state.isPlaying);
  const toggle = usePlayToggle();
  return (
    <IconButton icon={isPlaying ? 'pause' : 'play'} label={isPlaying ? 'Pause' : 'Play'} size={size} onClick={toggle} />
  );
}

export function StepButton({ by, size = 'normal' }: { readonly by: -1 | 1; readonly size?: 'normal' | 'touch' }) {
  const stepBy = useApp((state) => state.stepBy);
  return (
    <IconButton
      icon={by < 0 ? 'prev' : 'next'}
      label={by < 0 ? 'Half-step back' : 'Half-step on'}
      size={size}
      onClick={() => stepBy(by)}
    />
  );
}

export function SpeedMenu() {
  const speed = useApp((state) => state.speed);
  const setTransient = useApp((state) => state.setTransient);
  return (
    <Menu
      align="start"
      trigger={
        <Button className="transport-speed" aria-label={`Speed: ${speed} half-steps a second`}>
          {speedText(speed)}
        </Button>
      }
      entries={SPEEDS.map((each) => ({
        id: String(each),
        label: speedText(each),
        note: each === 1 ? '1 half-step a second' : `${each} half-steps a second`,
        checked: each === speed,
        onSelect: () => setTransient({ speed: each }),
      }))}
    />
  );
}

export function Transport() {
  return (
    <div className="transport" role="toolbar" aria-label="Transport">
      <StepButton by={-1} />
      <StepButton by={1} />
      <PlayButton />
      <SpeedMenu />
    </div>
  );
}
