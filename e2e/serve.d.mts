// Types of serve.mjs for TypeScript that imports it.

export declare function serve(
  folder: string,
  prefix: string,
  port?: number,
  onServed?: (path: string, bytes: number) => void,
  headers?: Readonly<Record<string, string>>,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }>;
