import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

// Tests on sockets, with a whole controller or with random models would take most of the time and tell least about the
// line that changed.
const SLOW = [
  'hints/strategies/',
  'controller/controller.',
  'controller/queueModel.',
  'controller/quiet.',
  'controller/shards/shardLeasesProperties.',
  'controller/shards/sharing.',
  'controller/writeBound.',
  'controller/coexistence/liveNodeHints.',
  'controller/demand/liveDemand.',
  'controller/drains/liveDrain.',
  'controller/rails/liveRails.',
  'hints/planProperties.',
  'hints/drain/planBesideDrainProperties.',
  'hints/demand/demandProperties.',
];

/**
 * The compiled tests that StrykerJS runs for each change: those on plain calls and the fake clock.
 * @param folder where they are compiled to
 * @param only beginnings of their paths below that folder, separated by commas: `controller/policies,hints/plan.`
 */
export function mutationTests(folder, only = 'controller/,hints/') {
  return readdirSync(folder, { recursive: true })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.test.js') && only.split(',').some((start) => path.startsWith(start)))
    .filter((path) => !SLOW.some((start) => path.startsWith(start)))
    .sort()
    .map((path) => join(folder, path));
}
