// The WGSL text of every kernel, by file stem. Vite inlines the text in the browser; the command line runs under Vite too.

const files = import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true });

export const shaderSources: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1, -'.wgsl'.length), text]),
);

export function shaderSource(name: string): string {
  const text = shaderSources[name];
  if (text === undefined) throw new Error(`missing shader: ${name}`);
  return text;
}
