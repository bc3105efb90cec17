import { expect, test } from 'vitest';
import { drainedZones } from '../../../src/cli/input/drainedZones.js';
import type { ZoneDrainManifest } from '../../../src/hints/drain/zoneDrain.js';

const NOW_MS = Date.parse('2026-11-21T20:00:00Z');
const drain = (zone: string, until: string, accepted?: boolean): ZoneDrainManifest => ({
  metadata: { name: `drain-${zone}`, generation: 1 },
  spec: { zone, until },
  ...(accepted === undefined
    ? {}
    : { status: { observedGeneration: 1, conditions: [{ type: 'Accepted', status: accepted ? 'True' : 'False' }] } }),
});
const AHEAD = '2026-11-21T21:00:00Z';
const PAST = '2026-11-21T20:00:00Z';

test.each<[string, ZoneDrainManifest, boolean, boolean]>([
  ['a drain that was accepted counts', drain('a', AHEAD, true), true, true],
  ['one that was refused does not', drain('a', AHEAD, false), false, false],
  ['one that ended does not', drain('a', PAST, true), false, false],
  ['one that nobody has judged counts in files alone', drain('a', AHEAD), false, true],
  ['one that ended does not, also in files', drain('a', PAST), false, false],
])('%s', (_, one, live, inFiles) => {
  expect(drainedZones([one], NOW_MS, false)).toEqual({ zones: live ? ['a'] : [], notes: [] });
  expect(drainedZones([one], NOW_MS, true).zones).toEqual(inFiles ? ['a'] : []);
});

test('zones are sorted, and what nobody has judged is noted', () => {
  expect(drainedZones([drain('b', AHEAD, true), drain('a', AHEAD)], NOW_MS, true)).toEqual({
    zones: ['a', 'b'],
    notes: [
      'ZoneDrain drain-a counts as accepted, though no controller has judged it (slicehints drain a --dry-run=client does)',
    ],
  });
});
