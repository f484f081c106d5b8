// The WGSL text of every kernel, by file stem. Vite inlines the text in the browser; the command line runs under Vite too.

const stemmed = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1, -'.wgsl'.length), text]),
  );

export const shaderSources = stemmed(
  import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true }),
);

/** What several kernels share, by file stem. */
const libSources = stemmed(
  import.meta.glob<string>('../../shaders/lib/*.wgsl', { query: '?raw', import: 'default', eager: true }),
);

/** A kernel's text, and a library's after it, so that lines of errors are the kernel's own. */
export function shaderSource(name: string, lib?: string): string {
  const text = shaderSources[name];
  if (text === undefined) throw new Error(`missing shader: ${name}`);
  if (lib === undefined) return text;
  const shared = libSources[lib];
  if (shared === undefined) throw new Error(`missing shader: lib/${lib}`);
  return `${text}\n${shared}`;
}
