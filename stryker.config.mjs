// Mutation testing of the controller and of the part of hints that is not a strategy. tsc compiles the mutated sources
// once, as `npm test` does; StrykerJS switches one mutant on at a time and runs the tests that reach it.
export default {
  mutate: ['src/controller/**/*.ts', 'src/hints/**/*.ts', '!src/hints/strategies/**/*.ts'],
  ignorePatterns: ['/build', '/dist', '/bundle', '/coverage', '/reports'],
  buildCommand: 'npm run --silent pretest',
  plugins: [import.meta.resolve('./scripts/mutation/testRunner.mjs')],
  testRunner: 'inProcess',
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  // A change that times out counts as found, so a slow machine must not make any: those that are left never end.
  timeoutMS: 60_000,
  timeoutFactor: 4,
  logLevel: 'error',
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { reportTests: false, reportScoreTable: true, allowColor: false },
  thresholds: { high: 95, low: 90, break: 85 },
};
