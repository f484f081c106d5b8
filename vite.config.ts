import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { ISOLATION } from './scripts/isolation.mjs';
import { swiftShaderEnvironment } from './src/engine/swiftShader.ts';

// Kernel tests run on SwiftShader everywhere, so that they see the same adapter; the processes that vitest forks inherit this.
if (process.env['VITEST']) Object.assign(process.env, swiftShaderEnvironment());

/** Relative URLs, so that dist/ works from any folder of any host. */
// biome-ignore lint/style/noDefaultExport: Vite reads the default export
export default defineConfig({
  base: './',
  plugins: [react()],
  worker: {
    format: 'es',
    // The entry by itself: WebKit evaluates it once more when what is loaded later imports from it, and two sessions answer each message.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'worker', test: (id) => !id.endsWith('.worker.ts'), entriesAware: true }] },
      },
    },
  },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  // What workers and later parts import: found only when they start, it would make the development server reload the page, and a file that
  // was just dropped would be lost.
  optimizeDeps: {
    include: [
      '@radix-ui/react-dialog',
      '@radix-ui/react-menu',
      '@tensorflow-models/mobilenet/dist/imagenet_classes.js',
      '@zip.js/zip.js/lib/zip-core-custom.js',
      'comlink',
      'hash-wasm',
      'idb',
      'katex',
    ],
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 800 },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
          exclude: ['src/engine/**', 'src/worker/**', 'src/cli/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'kernels',
          environment: 'node',
          pool: 'forks',
          include: ['src/engine/**/*.test.ts', 'src/worker/**/*.test.ts', 'src/cli/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
