import { describe, expect, test } from 'vitest';
import type { ZoneDrainManifest } from '../../../src/hints/drain/zoneDrain.js';
import { aboutDrains } from '../../../src/operations/diagnosis/drainFindings.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const LATER = '2026-11-21T14:00:00Z';
const EARLIER = '2026-11-21T10:00:00Z';

function drain(name: string, until: string, state: Record<string, string>, drained?: number): ZoneDrainManifest {
  const conditions = Object.entries(state).map(([type, message]) => ({ type, status: 'True', message }));
  return {
    metadata: { name, generation: 1 },
    spec: { zone: 'zone-a', until },
    status: { observedGeneration: 1, conditions, ...(drained === undefined ? {} : { services: { drained } }) },
  };
}

describe('doctor on drains', () => {
  test.each<[string, ZoneDrainManifest, readonly string[]]>([
    [
      'a drain in force: its zone, its end and what it moves',
      drain('works', LATER, { Accepted: 'ok' }, 3),
      [`info ZoneDrained: ZoneDrain works: zone zone-a is drained until ${LATER}, which moves 3 Services.`],
    ],
    [
      'one that moves one Service',
      drain('works', LATER, { Accepted: 'ok' }, 1),
      [`info ZoneDrained: ZoneDrain works: zone zone-a is drained until ${LATER}, which moves 1 Service.`],
    ],
    [
      'one whose figures are not known yet',
      drain('works', LATER, { Accepted: 'ok' }),
      [`info ZoneDrained: ZoneDrain works: zone zone-a is drained until ${LATER}.`],
    ],
    [
      'one that is refused, with the reason',
      drain('no', LATER, { Refused: 'shop/web would be left without an endpoint' }),
      ['warning DrainRefused: ZoneDrain no is refused: shop/web would be left without an endpoint.'],
    ],
    [
      'one that has ended and was not deleted',
      drain('old', EARLIER, { Accepted: 'ok' }, 3),
      [`info DrainEnded: ZoneDrain old: the drain of zone zone-a ended at ${EARLIER} and still exists.`],
    ],
    ['nothing of one that nobody has judged yet', drain('new', LATER, {}), []],
    [
      'nothing of one that was refused with another spec',
      { ...drain('again', LATER, { Refused: 'too long' }), metadata: { name: 'again', generation: 2 } },
      [],
    ],
  ])('%s', (_, manifest, expected) => {
    expect(aboutDrains([manifest], NOW).map(({ level, code, message }) => `${level} ${code}: ${message}`)).toEqual(expected); // prettier-ignore
  });

  test('sorted by name, each a finding of its own that names it', () => {
    const drains = [drain('b', LATER, { Accepted: 'ok' }), drain('a', EARLIER, { Accepted: 'ok' })];
    expect(aboutDrains(drains, NOW).map(({ names }) => names)).toEqual([['a'], ['b']]);
    expect(aboutDrains([], NOW)).toEqual([]);
  });
});
