import { defineConfig } from 'vitest/config';

// The tests that StrykerJS runs for each mutant: those on plain calls and the fake clock. Tests on sockets, with a whole
// controller or with random models would take most of the time and tell least about the line that changed.
const SLOW = [
  'controller/controller',
  'controller/queueModel',
  'controller/quiet',
  'controller/writeBound',
  'controller/coexistence/liveNodeHints',
  'controller/demand/liveDemand',
  'hints/planProperties',
  'hints/demand/demandProperties',
];

export default defineConfig({
  test: {
    include: ['build/test/controller/**/*.test.js', 'build/test/hints/*.test.js', 'build/test/hints/demand/*.test.js'],
    exclude: SLOW.map((name) => `build/test/${name}.test.js`),
    isolate: false,
    testTimeout: 30_000,
  },
});
