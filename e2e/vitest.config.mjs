import { defineConfig } from 'vitest/config';

// The built binary in processes of its own, driven by kubectl. One file at a time: they share the machine's two cores.
export default defineConfig({
  test: { include: ['build/e2e/**/*.test.js'], maxWorkers: 1, testTimeout: 30_000, hookTimeout: 30_000 },
});
