// A made-up device for tests: only what buffers and uploads ask of one.

export interface FakeBuffer {
  readonly label: string;
  readonly size: number;
  /** What was written, at its place. */
  readonly bytes: Uint8Array;
}

export interface FakeDevice {
  readonly device: GPUDevice;
  /** Labels of all buffers ever made. */
  readonly made: readonly string[];
  /** Buffers that were not destroyed. */
  readonly alive: ReadonlySet<FakeBuffer>;
  openScopes(): number;
}

/** `errors`: what closing a scope of that kind reports, each time. */
export function fakeDevice(errors: Partial<Record<GPUErrorFilter, GPUError>> = {}): FakeDevice {
  const made: string[] = [];
  const alive = new Set<FakeBuffer>();
  const scopes: GPUErrorFilter[] = [];
  const device = {
    queue: {
      writeBuffer(buffer: FakeBuffer, at: number, data: ArrayBuffer, offset: number, size: number) {
        if (at % 4 !== 0 || size % 4 !== 0) throw new Error(`${buffer.label}: ${size} bytes at ${at}`);
        buffer.bytes.set(new Uint8Array(data, offset, size), at);
      },
      submit: () => undefined,
      onSubmittedWorkDone: async () => undefined,
    },
    createBuffer({ label = '', size }: GPUBufferDescriptor) {
      made.push(label);
      const buffer = { label, size, bytes: new Uint8Array(size), destroy: () => alive.delete(buffer) };
      alive.add(buffer);
      return buffer;
    },
    pushErrorScope: (filter: GPUErrorFilter) => scopes.push(filter),
    popErrorScope: async () => {
      const filter = scopes.pop();
      if (!filter) throw new Error('no scope is open');
      return errors[filter] ?? null;
    },
  };
  return { device: device as unknown as GPUDevice, made, alive, openScopes: () => scopes.length };
}
