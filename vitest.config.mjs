import { defineConfig } from 'vitest/config';

// tsc compiles src, test and e2e to build/; vitest runs that JavaScript as it is, so the tests test what ships. Modules
// are shared by the test files of a worker: no module of src has state, and loading them anew costs more than the tests.
export default defineConfig({
  test: {
    include: ['build/test/**/*.test.js'],
    setupFiles: ['build/test/support/propertySeed.js'],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['build/src/**/*.js'] },
  },
});
