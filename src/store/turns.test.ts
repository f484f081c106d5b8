import { describe, expect, it, vi } from 'vitest';
import { createAppStore, type Requests } from './appStore.ts';
import { createTurns } from './turns.ts';

const NO_REQUESTS = new Proxy({}, { get: () => () => undefined }) as Requests;

/** A store, two parts of a page, and the tasks that wait. */
function harness() {
  const store = createAppStore(NO_REQUESTS);
  const tasks: (() => void)[] = [];
  const turns = createTurns(store, (job) => tasks.push(job));
  const parts = [turns.view(), turns.view()] as const;
  const drawn: number[] = [];
  const stops = parts.map((part, i) => part.subscribe(() => drawn.push(i)));
  const task = async () => {
    tasks.shift()?.();
    for (let i = 0; i < 10; i++) await null;
  };
  return { store, parts, stops, drawn, tasks, task };
}

const arrive = (store: ReturnType<typeof harness>['store'], sentence: string): void =>
  store.getState().resultsChanged({ linkNotice: sentence });

describe('turns', () => {
  it('what arrives reaches the parts in a later task', async () => {
    const { store, parts, drawn, task } = harness();
    arrive(store, 'one');
    expect(parts.map((part) => part.getState().linkNotice)).toEqual([null, null]);
    await task();
    expect(parts.map((part) => part.getState().linkNotice)).toEqual(['one', 'one']);
    expect(drawn).toEqual([0, 1]);
  });

  it('a part that takes long leaves the next one to another task', async () => {
    const { store, parts, drawn, tasks, task } = harness();
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const stop = parts[0].subscribe(() => {
      now += 30;
    });
    arrive(store, 'one');
    await task();
    expect(drawn).toEqual([0]);
    expect(parts[1].getState().linkNotice).toBeNull();
    expect(tasks).toHaveLength(1);
    await task();
    expect(drawn).toEqual([0, 1]);
    expect(tasks).toHaveLength(0);
    stop();
    clock.mockRestore();
  });

  it('none starves when the first has something new all the time', async () => {
    const { store, parts, drawn, task } = harness();
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    parts[0].subscribe(() => {
      now += 30;
      if (drawn.length < 5) arrive(store, String(now));
    });
    arrive(store, 'one');
    await task();
    await task();
    expect(drawn.slice(0, 2)).toEqual([0, 1]);
    clock.mockRestore();
  });

  it('what the reader does reaches every part at once, with what had arrived', async () => {
    const { store, parts, drawn, task } = harness();
    arrive(store, 'one');
    store.getState().choose({ head: 1 });
    expect(parts.map((part) => [part.getState().head, part.getState().linkNotice])).toEqual([
      [1, 'one'],
      [1, 'one'],
    ]);
    await task();
    expect(drawn).toEqual([0, 1]);
    arrive(store, 'two');
    await task();
    expect(parts[1].getState().linkNotice).toBe('two');
  });

  it('every state that a part sees is one that the store had', async () => {
    const { store, parts, task } = harness();
    store.getState().resultsChanged({ linkNotice: 'a', sizeNotice: 'a' });
    store.getState().resultsChanged({ linkNotice: 'b', sizeNotice: 'b' });
    await task();
    for (const part of parts) expect(part.getState()).toBe(store.getState());
  });

  it('a part that is gone hears nothing, and one that comes back sees what it missed', async () => {
    const { store, parts, stops, drawn, task } = harness();
    arrive(store, 'one');
    stops[0]?.();
    await task();
    expect(drawn).toEqual([1]);
    parts[0].subscribe(() => drawn.push(0));
    expect(parts[0].getState().linkNotice).toBe('one');
  });
});
