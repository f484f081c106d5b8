import { describe, expect, it } from 'vitest';
import { createAppStore, type Requests } from './appStore.ts';
import { createTurns } from './turns.ts';

const NO_REQUESTS = new Proxy({}, { get: () => () => undefined }) as Requests;

/** A store, two parts of a page, the pauses that they wait for, and those whose drawing is not on screen yet. */
function harness({ isSlow = false } = {}) {
  const store = createAppStore(NO_REQUESTS);
  const pauses: (() => void)[] = [];
  const drawing: (() => void)[] = [];
  const settle = async () => {
    for (let i = 0; i < 10; i++) await null;
  };
  const turns = createTurns(store, () => new Promise((resolve) => pauses.push(resolve)));
  const draw = (apply: () => void) => {
    apply();
    return isSlow ? new Promise<void>((resolve) => drawing.push(resolve)) : Promise.resolve();
  };
  const parts = [turns.view(draw), turns.view(draw)] as const;
  const drawn: number[] = [];
  const stops = parts.map((part, i) => part.subscribe(() => drawn.push(i)));
  /** Ends the pause at hand. */
  const pause = async () => {
    pauses.shift()?.();
    await settle();
  };
  const onScreen = async () => {
    drawing.shift()?.();
    await settle();
  };
  return { store, turns, parts, stops, drawn, pauses, pause, onScreen };
}

const arrive = (store: ReturnType<typeof harness>['store'], sentence: string): void =>
  store.getState().resultsChanged({ linkNotice: sentence });

describe('turns', () => {
  it('what arrives reaches the parts one after the other, with a pause before each', async () => {
    const { store, parts, drawn, pause } = harness();
    const notices = () => parts.map((part) => part.getState().linkNotice);
    arrive(store, 'one');
    expect(notices()).toEqual([null, null]);
    await pause();
    expect(notices()).toEqual(['one', null]);
    await pause();
    expect(notices()).toEqual(['one', 'one']);
    expect(drawn).toEqual([0, 1]);
  });

  it('what the reader waits for comes before the others', async () => {
    const { store, turns, drawn, pause } = harness();
    turns.view((apply) => Promise.resolve(apply()), true).subscribe(() => drawn.push(2));
    arrive(store, 'one');
    for (let i = 0; i < 3; i++) await pause();
    expect(drawn).toEqual([2, 0, 1]);
  });

  it('a part waits until the one before it is on screen', async () => {
    const { store, drawn, pauses, pause, onScreen } = harness({ isSlow: true });
    arrive(store, 'one');
    await pause();
    expect(drawn).toEqual([0]);
    expect(pauses).toHaveLength(0);
    await onScreen();
    await pause();
    expect(drawn).toEqual([0, 1]);
  });

  it('none starves when the first has something new all the time', async () => {
    const { store, parts, drawn, pause } = harness();
    parts[0].subscribe(() => {
      if (drawn.length < 5) arrive(store, String(drawn.length));
    });
    arrive(store, 'one');
    await pause();
    await pause();
    expect(drawn.slice(0, 2)).toEqual([0, 1]);
  });

  it('what the reader does reaches every part at once, with what had arrived', async () => {
    const { store, parts, drawn, pause } = harness();
    arrive(store, 'one');
    store.getState().choose({ head: 1 });
    expect(parts.map((part) => [part.getState().head, part.getState().linkNotice])).toEqual([
      [1, 'one'],
      [1, 'one'],
    ]);
    await pause();
    await pause();
    expect(drawn).toEqual([0, 1]);
    arrive(store, 'two');
    await pause();
    await pause();
    expect(parts[1].getState().linkNotice).toBe('two');
  });

  it('every state that a part sees is one that the store had', async () => {
    const { store, parts, pause } = harness();
    store.getState().resultsChanged({ linkNotice: 'a', sizeNotice: 'a' });
    store.getState().resultsChanged({ linkNotice: 'b', sizeNotice: 'b' });
    await pause();
    await pause();
    for (const part of parts) expect(part.getState()).toBe(store.getState());
  });

  it('a part that is gone hears nothing, and one that comes back sees what it missed', async () => {
    const { store, parts, stops, drawn, pause } = harness();
    arrive(store, 'one');
    stops[0]?.();
    await pause();
    await pause();
    expect(drawn).toEqual([1]);
    parts[0].subscribe(() => drawn.push(0));
    expect(parts[0].getState().linkNotice).toBe('one');
  });
});
