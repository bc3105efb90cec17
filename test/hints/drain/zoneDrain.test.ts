import { describe, expect, test } from 'vitest';
import { drainsInForce, readZoneDrain, zonesOf, type ZoneDrainManifest } from '../../../src/hints/drain/zoneDrain.js';

const UNTIL = '2026-11-21T22:00:00Z';
const UNTIL_MS = Date.parse(UNTIL);
const ACCEPTED = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'm', lastTransitionTime: UNTIL };

const drain = (
  name: string,
  spec: ZoneDrainManifest['spec'] = { zone: 'a', until: UNTIL },
  status: ZoneDrainManifest['status'] = { observedGeneration: 1, conditions: [ACCEPTED] },
): ReturnType<typeof readZoneDrain> => readZoneDrain({ metadata: { name, uid: 'u', generation: 1 }, spec, status });

describe('a ZoneDrain', () => {
  test('is read with its conditions by type', () => {
    expect(drain('d', { zone: 'a', until: UNTIL, force: true })).toEqual({
      name: 'd',
      uid: 'u',
      resourceVersion: '',
      generation: 1,
      createdMs: 0,
      zone: 'a',
      until: UNTIL,
      untilMs: UNTIL_MS,
      force: true,
      isJudged: true,
      conditions: new Map([
        ['Accepted', { status: 'True', reason: 'Accepted', message: 'm', lastTransitionTime: UNTIL }],
      ]),
    });
  });

  test('without anything is read too', () => {
    const empty = { status: '', reason: '', message: '', lastTransitionTime: '' };
    expect(readZoneDrain({ status: { conditions: [{}] } })).toMatchObject({
      ...{ name: '', uid: '', generation: 0, createdMs: 0, zone: '', until: '', untilMs: 0 },
      ...{ force: false, isJudged: false, conditions: new Map([['', empty]]) },
    });
  });

  test.each<[string, unknown, readonly string[]]>([
    ['are no list', {}, []],
    ['have entries that are none', [null, 'x', ACCEPTED], ['Accepted']],
  ])('whose conditions %s is read too', (_, conditions, types) => {
    const status = { observedGeneration: 1, conditions } as ZoneDrainManifest['status'];
    expect([...drain('d', undefined, status).conditions.keys()]).toEqual(types);
  });

  test('that can be used has no problem, and is forced only by true', () => {
    expect(drain('d')).not.toHaveProperty('problem');
    expect(drain('d', { zone: 'a', until: UNTIL, force: null }).force).toBe(false);
  });

  test.each<[string, ZoneDrainManifest['spec'], string]>([
    ['no spec', null, 'spec.zone must be the name of a zone'],
    ['no zone', { until: UNTIL }, 'spec.zone must be the name of a zone'],
    ['no end', { zone: 'a' }, 'spec.until must be a time such as 2026-11-21T22:00:00Z but is ""'],
    ['no time', { zone: 'a', until: 'soon' }, 'spec.until must be a time such as 2026-11-21T22:00:00Z but is "soon"'],
  ])('with %s says what is wrong', (_, spec, problem) => {
    expect(drain('d', spec)).toMatchObject({ name: 'd', problem });
  });

  test.each<[string, ZoneDrainManifest['status'], boolean]>([
    ['no status', null, false],
    ['the status of another spec', { observedGeneration: 0, conditions: [ACCEPTED] }, false],
    ['a status without conditions', { observedGeneration: 1 }, false],
    ['its own status', { observedGeneration: 1, conditions: [ACCEPTED] }, true],
  ])('with %s is judged: %s', (_, status, isJudged) => {
    expect(drain('d', undefined, status)).toMatchObject({ isJudged });
  });
});

describe('drains in force', () => {
  const refused = { observedGeneration: 1, conditions: [{ ...ACCEPTED, status: 'False' }] };

  test.each<[string, ReturnType<typeof drain>, number, boolean]>([
    ['one that is accepted', drain('d'), UNTIL_MS - 1, true],
    ['one whose time is over', drain('d'), UNTIL_MS, false],
    ['one that is refused', drain('d', undefined, refused), 0, false],
    ['one that nobody has judged', drain('d', undefined, {}), 0, false],
    ['one that was accepted with another spec', drain('d', undefined, { conditions: [ACCEPTED] }), 0, true],
    ['one without an end', drain('d', { zone: 'a' }), 0, false],
    ['one without a zone', drain('d', { until: UNTIL }), 0, false],
  ])('%s', (_, one, nowMs, isInForce) => {
    expect(drainsInForce([one], nowMs)).toEqual(isInForce ? [one] : []);
  });

  test('are sorted by their end, then by name; their zones by name, each once', () => {
    const later = { zone: 'a', until: '2026-11-21T23:00:00Z' };
    const drains = [drain('z', later), drain('y', { zone: 'b', until: UNTIL }), drain('x'), drain('w', later)];
    const inForce = drainsInForce(drains, 0);
    expect(inForce.map(({ name }) => name)).toEqual(['x', 'y', 'w', 'z']);
    expect(zonesOf(inForce)).toEqual(['a', 'b']);
    expect(zonesOf([...inForce].reverse())).toEqual(['a', 'b']);
    expect(zonesOf([drain('y', { zone: 'b', until: UNTIL }), drain('x')])).toEqual(['a', 'b']);
  });
});
