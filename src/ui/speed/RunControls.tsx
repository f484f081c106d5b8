// Starts a speed run, shows how far it is, stops it.

import { useShallow } from 'zustand/react/shallow';
import { selectModel, selectReports } from '../../store/selectors.ts';
import type { SpeedState } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';

const PHASES: Readonly<Record<Extract<SpeedState, { status: 'running' }>['phase'], string>> = {
  pictures: 'whole pictures',
  pass: 'the forward pass',
  kernels: 'each kernel',
  peaks: 'what the device can do at most',
};

export function RunControls() {
  const timing = useApp((state) => state.timing);
  const canRun = useApp((state) => selectReports(state)?.live === true && selectModel(state) !== null);
  const { runSpeed, stopSpeed } = useApp(
    useShallow((state) => ({ runSpeed: state.runSpeed, stopSpeed: state.stopSpeed })),
  );
  if (timing.status === 'running') {
    return (
      <div className="speed-run">
        <Button variant="edge" onClick={stopSpeed}>
          Cancel
        </Button>
        <span
          className="load-bar"
          role="progressbar"
          aria-label="Measuring"
          aria-valuenow={Math.round(100 * timing.done)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <span style={{ width: `${100 * timing.done}%` }} />
        </span>
        <span className="label" role="status">
          Timing {PHASES[timing.phase]}
        </span>
      </div>
    );
  }
  return (
    <div className="speed-run">
      <Button variant="primary" disabled={!canRun} onClick={runSpeed}>
        {timing.last ? 'Run again' : 'Run'}
      </Button>
      <span className="label" role="status">
        {canRun
          ? timing.last
            ? `Measured ${new Date(timing.last.at).toLocaleTimeString()}`
            : 'Takes a few seconds; the page stays usable.'
          : 'Waits for the model and the first picture.'}
      </span>
    </div>
  );
}
