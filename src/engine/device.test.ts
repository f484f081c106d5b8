import { expect, test } from 'vitest';
import { openGpu } from './device.ts';

const DEVICE = {} as GPUDevice;

/** A browser whose adapter tells so much of itself. */
const browser = (told: object): GPU =>
  ({
    requestAdapter: async () => ({
      limits: {},
      features: new Set(['subgroups']),
      requestDevice: async () => DEVICE,
      ...told,
    }),
  }) as unknown as GPU;

test.each([
  { told: { info: { vendor: 'intel', architecture: 'gen-12lp' } }, adapter: 'intel gen-12lp', isSoftware: false },
  {
    told: { info: { description: 'Microsoft Basic Render Driver' } },
    adapter: 'Microsoft Basic Render Driver',
    isSoftware: true,
  },
  { told: { info: { vendor: 'x', isFallbackAdapter: true } }, adapter: 'x', isSoftware: true },
  // Chrome 113 to 126.
  { told: {}, adapter: 'unnamed adapter', isSoftware: false },
  { told: { isFallbackAdapter: true }, adapter: 'unnamed adapter', isSoftware: true },
])('an adapter that tells $told', async ({ told, adapter, isSoftware }) => {
  expect(await openGpu(browser(told))).toEqual({ device: DEVICE, adapter, isSoftware });
});

test('no WebGPU, no adapter, no device: each its own sentence', async () => {
  await expect(openGpu(undefined)).rejects.toThrow('This browser has no WebGPU.');
  await expect(openGpu({ requestAdapter: async () => null } as unknown as GPU)).rejects.toThrow(
    'WebGPU is there, but no graphics adapter answers.',
  );
  const refusing = async () => {
    throw new Error('no');
  };
  await expect(openGpu({ requestAdapter: refusing } as unknown as GPU)).rejects.toThrow(
    'WebGPU is there, but asking it for an adapter failed.',
  );
  await expect(openGpu(browser({ requestDevice: refusing }))).rejects.toThrow('The graphics adapter gave no device.');
});
