// The built binary in processes of its own, driven by kubectl. One file at a time: they share the machine's two cores.
export default {
  rootDir: '../build',
  testMatch: ['<rootDir>/e2e/**/*.test.js'],
  transform: {},
  maxWorkers: 1,
  testTimeout: 30_000,
};
