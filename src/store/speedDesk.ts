// How fast this device runs the model at hand: asks the session to time it, and to choose a product kernel anew.

import { proxy } from 'comlink';
import type { RemoteSession } from '../worker/client.ts';
import type { AppStore } from './appStore.ts';
import { createLatest } from './latest.ts';
import { rememberProduct } from './productMemory.ts';
import { selectModel, selectReports } from './selectors.ts';
import { sentenceOf } from './sentence.ts';

export interface SpeedDesk {
  run(): Promise<void>;
  stop(): void;
  measureProduct(): Promise<void>;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

export function createSpeedDesk(store: AppStore, session: RemoteSession): SpeedDesk {
  const { getState } = store;
  const put = getState().resultsChanged;
  const nextTicket = createLatest();
  void session.onProductChange(proxy((report) => put({ product: report })));
  void session.onProductMeasured(proxy(rememberProduct));

  return {
    async run() {
      const [model, reports] = [selectModel(getState()), selectReports(getState())];
      if (!model || !reports?.live) return;
      const ticket = nextTicket();
      const { last } = getState().timing;
      put({ timing: { status: 'running', done: 0, phase: 'pictures', last } });
      try {
        const report = await session.speed(
          proxy((done, phase) => {
            if (ticket.isCurrent() && getState().timing.status === 'running') {
              put({ timing: { status: 'running', done, phase, last } });
            }
          }),
        );
        if (!ticket.isCurrent()) return;
        const { id, title, sha256, config } = model;
        const subject = { id, title, sha256, side: config.imageSize };
        const at = new Date().toISOString();
        put({ timing: { status: 'idle', last: { ...report, model: subject, pictureName: reports.pictureName, at } } });
      } catch (error) {
        if (!ticket.isCurrent()) return;
        put({
          timing: isAbort(error) ? { status: 'idle', last } : { status: 'failed', sentence: sentenceOf(error), last },
        });
      }
    },

    stop() {
      void session.stopSpeed();
    },

    async measureProduct() {
      if (getState().productTrial.status === 'running') return;
      put({ productTrial: { status: 'running' } });
      try {
        await session.measureProduct();
        put({ productTrial: { status: 'idle' } });
      } catch (error) {
        put({ productTrial: { status: 'failed', sentence: sentenceOf(error) } });
      }
    },
  };
}
