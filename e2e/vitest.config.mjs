import { defineConfig } from 'vitest/config';

// The built binary in processes of its own, driven by kubectl. Two files at a time, as most of their time they wait; one at
// a time on a real cluster, whose nodes and definitions they share.
export default defineConfig({
  test: {
    include: ['build/e2e/**/*.test.js'],
    maxWorkers: (process.env['E2E_KUBECONFIG'] ?? '') === '' ? 2 : 1,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
