import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

// The tests that StrykerJS runs for each mutant: those on plain calls and the fake clock. Tests on sockets, with a whole
// controller or with random models would take most of the time and tell least about the line that changed.
const SLOW = [
  'controller/controller',
  'controller/queueModel',
  'controller/quiet',
  'controller/shards/shardLeasesProperties',
  'controller/shards/sharing',
  'controller/writeBound',
  'controller/coexistence/liveNodeHints',
  'controller/demand/liveDemand',
  'hints/planProperties',
  'hints/demand/demandProperties',
];

/** Narrower: `MUTATION_TESTS=controller/policies/*,controller/queue`, which finds no more than all tests do. */
const only = process.env.MUTATION_TESTS?.split(',') ?? ['{controller,hints}/**/*'];

/** The first test that fails ends the run of a change, so the quick ones go first. */
class QuickestFirst extends BaseSequencer {
  async sort(files) {
    const { cache, config } = this.ctx;
    const durationOf = ({ project, moduleId }) =>
      cache.getFileTestResults(`${project.name}:${relative(config.root, moduleId)}`)?.duration ?? 0;
    return [...files].sort((a, b) => durationOf(a) - durationOf(b));
  }
}

export default defineConfig({
  test: {
    include: only.map((name) => `build/test/${name}.test.js`),
    exclude: ['build/test/hints/strategies/**', ...SLOW.map((name) => `build/test/${name}.test.js`)],
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    setupFiles: ['build/test/support/fixedSeed.js'],
    // Node imports all but the tests as it is; vitest would transform each module again for each change.
    server: { deps: { external: [/\/build\/(src|test)\/(?!.*\.test\.js)/] } },
    testTimeout: 10_000,
  },
});
