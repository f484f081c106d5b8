// Tools at the end of the stage's bar: fill the window, save the view.

import type { RefObject } from 'react';
import { useApp } from '../../appContext.tsx';
import { IconButton } from '../../controls/Button.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import type { Saveable } from './saveContext.tsx';

interface StageToolsProps {
  readonly saveable: Saveable | null;
  readonly shown: RefObject<HTMLElement | null>;
}

export function StageTools({ saveable, shown }: StageToolsProps) {
  const isMaximised = useApp((state) => state.maximised === 'stage');
  const setTransient = useApp((state) => state.setTransient);
  return (
    <span className="stage-tools">
      <IconButton
        icon={isMaximised ? 'min' : 'max'}
        size="small"
        label={isMaximised ? 'Give the stage its place back' : 'Fill the window with the stage'}
        onClick={() => setTransient({ maximised: isMaximised ? 'none' : 'stage' })}
      />
      <SaveMenu saveable={saveable} shown={shown} />
    </span>
  );
}
