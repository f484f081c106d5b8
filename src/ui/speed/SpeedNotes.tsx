// What has to be said of a run's figures: what they are of, what will be there, and how far the clock can be trusted.

import { selectModel } from '../../store/selectors.ts';
import type { SpeedResult } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';
import { shortName } from '../explore/shortName.ts';
import { percent } from '../text/numbers.ts';
import { clockError, isByEngine, milliseconds } from './figures.ts';
import { PRODUCTS } from './ProductPart.tsx';

/** Said where the figures are of something else than what is on the page now. */
export function Stale({ result }: { readonly result: SpeedResult }) {
  const model = useApp(selectModel);
  const engine = useApp((state) => state.engine);
  const product = useApp((state) => state.product);
  const isOtherModel =
    model !== null && (model.sha256 !== result.model.sha256 || model.config.imageSize !== result.model.side);
  const isOtherEngine = engine.status === 'live' && !isByEngine(result, engine, product);
  if (!isOtherModel && !isOtherEngine) return null;
  const by = result.product ? ` by ${PRODUCTS[result.product.kernel].file}` : '';
  return (
    <p className="speed-notice label" role="status">
      These figures are of {shortName(result.model.title)} at {result.model.side} px
      {isOtherEngine ? ` on ${result.engine.adapter}${by}` : ''}. Run again for what is at hand.
    </p>
  );
}

/** Why there are no kernels, or how far the clock's steps can be trusted. */
export function ClockNote({ result }: { readonly result: SpeedResult }) {
  const { kernels, clockStep, engine } = result;
  if (!kernels) {
    return (
      <p className="speed-notice label">
        {engine.kind === 'cpu'
          ? 'The CPU engine computes, which is timed as a whole: there is no clock for a part of it, and no figure is made up.'
          : 'This device has no timestamp queries, so no kernel can be timed on its own, and no figure is made up. The times above are of whole pictures, by the page’s clock.'}
      </p>
    );
  }
  const error = clockError(result);
  if (clockStep === null || error === null) return null;
  const most = Math.max(...kernels.map(({ times }) => times));
  return (
    <p className="tick">
      The device’s clock steps by {milliseconds(clockStep)}; each kernel ran up to {most} times in a row, so that a step
      is at most {percent(error, 1)} of what was timed{error > 0.05 ? ', more than the 5 % that it should be' : ''}.
    </p>
  );
}

/** What a run will say. */
export function Empty({ isRunning }: { readonly isRunning: boolean }) {
  const isCpu = useApp((state) => state.engine.status === 'live' && state.engine.kind === 'cpu');
  return (
    <div className="speed-empty">
      <p className="read">
        {isRunning ? 'In a few seconds you see here:' : 'Nothing is measured until you press Run. Then you see here:'}
      </p>
      <ul>
        <li>milliseconds a picture, for the logits alone and with all measures, median and quartiles;</li>
        {isCpu ? (
          <li>no kernel on its own: the CPU engine computes, which is timed as a whole.</li>
        ) : (
          <>
            <li>the time of every kernel, layer by layer and half-step by half-step, by the device’s own clock;</li>
            <li>what this device computes and reads at most, measured, and each kernel under these roofs.</li>
          </>
        )}
      </ul>
    </div>
  );
}
