import { describe, expect, test } from 'vitest';
import { alternativesStep, improvementsOf, improvementText } from '../../../src/analysis/explain/alternatives.js';
import type { Improvement } from '../../../src/analysis/explain/explanation.js';
import { contextOf, MODE, replanOf, type Sketch } from './contexts.js';

const BALANCED = { [MODE]: 'slicehints.io/balanced' };
const AUTO = { [MODE]: 'Auto' };
const FIVE = ['a1', 'a1', 'b1', 'b1', 'c1'];

const stepOf = (sketch: Sketch): ReturnType<typeof alternativesStep> => alternativesStep(contextOf(sketch), 'IPv4', replanOf(sketch)); // prettier-ignore
const improvements = (sketch: Sketch): Improvement[] => improvementsOf(contextOf(sketch), ['IPv4'], replanOf(sketch));
const found = (sketch: Sketch): string[] => improvements(sketch).map(({ what }) => what);
const UNKNOWN = 'clients annotation: where the clients run is assumed; slicehints.io/clients names the Services that call'; // prettier-ignore

describe('what other modes would give', () => {
  test('those within the limit first, then by what stays in zone; each by a plan of its own', () => {
    const step = stepOf({ annotations: BALANCED, endpoints: FIVE });
    expect(step.facts.modes.map(({ mode, withinLimit }) => [mode, withinLimit])).toEqual([
      ['auto', true],
      ['off', true],
      ['same-zone', false],
      ['same-node', false],
    ]);
    expect(step.facts.runnerUp).toBe('auto');
    expect(step.lines[0]).toMatch(/^auto \(runner-up\): 33\.3% in zone, busiest endpoint 1\.00x(, \w+)?$/);
    expect(step.lines[1]).toBe('off: 33.3% in zone, busiest endpoint 1.00x');
    expect(step.lines[2]).toMatch(/^same-zone: 100% in zone, busiest endpoint 1\.67x, above the limit of balanced$/);
  });

  test('the mode that is asked for is none of them', () => {
    for (const [mode, annotations] of [
      ['auto', AUTO],
      ['balanced', BALANCED],
      ['off', {}],
    ] as const) {
      // prettier-ignore
      expect(stepOf({ annotations }).facts.modes.map((one) => one.mode)).not.toContain(mode);
    }
  });

  test('a mode without hints is told with its reason', () => {
    const step = stepOf({ annotations: BALANCED, endpoints: ['a1'], settings: { autoStrategy: 'proportional' } });
    expect(step.lines.find((line) => line.startsWith('auto'))).toMatch(/x, \w+$/);
  });
});

describe('what would do better', () => {
  test('one more endpoint in the zone where it helps most, and more load, each with its flags and what it gives', () => {
    const list = improvements({ annotations: BALANCED, endpoints: FIVE });
    expect(list.map(({ what, flags }) => [what, flags])).toEqual([
      ['one more endpoint in zone c', ['--scale=default/svc=a:2,b:2,c:2']],
      ['overload threshold 0.5', ['--set=default/svc:slicehints.io/overload-threshold=0.5']],
      [UNKNOWN, []],
    ]);
    expect(list[0]?.inZoneShare).toEqual({ before: expect.closeTo(11 / 15, 9), after: 1 });
  });

  test('of many zones, one more endpoint is tried in the 20 where the endpoints would have the most load', () => {
    const zones = Array.from({ length: 60 }, (_, i) => String.fromCharCode(0x4e00 + i));
    const sketch: Sketch = {
      annotations: BALANCED,
      nodes: zones.map((zone) => `${zone}1`),
      endpoints: zones.slice(0, 59).map((zone) => `${zone}1`),
    };
    const replan = replanOf(sketch);
    const tried: string[] = [];
    const list = improvementsOf(contextOf(sketch), ['IPv4'], (changes, guard) => {
      for (const { replicas } of changes.scale ?? []) {
        const sum = typeof replicas === 'number' ? replicas : [...replicas.values()].reduce((a, b) => a + b, 0);
        tried.push(`${sum} endpoints`);
      }
      return replan(changes, guard);
    });
    // 20 zones, and the multiple of the zones, which is 60, too.
    expect(tried).toEqual(Array.from({ length: 21 }, () => '60 endpoints'));
    expect(list[0]?.what).toBe(`one more endpoint in zone ${zones[59]}`);
  });

  test('uneven pods: the spread, and a multiple of the zones', () => {
    const list = found({ annotations: BALANCED, endpoints: ['a1', 'a1', 'a1', 'a1', 'a1', 'a1', 'b1'] });
    expect(list).toContain('maxSkew 1 over zones');
    expect(list).toContain('9 endpoints, a multiple of the zones, with maxSkew 1');
  });

  test('pods outside of the zones stay where they are', () => {
    const endpoints = ['a1', 'a1', { address: '10.0.0.9', zone: 'elsewhere', ready: true }];
    expect(found({ annotations: BALANCED, endpoints }).filter((what) => /endpoint|maxSkew/.test(what))).toEqual([]);
  });

  test.each<[string, Sketch, string, boolean]>([
    ['balanced, in place of another mode', { annotations: AUTO, endpoints: FIVE, managedBy: 'x' }, 'mode balanced', true], // prettier-ignore
    ['balanced, where nothing is asked for', { endpoints: FIVE }, 'mode balanced', true],
    ['the guard, where the writer of the slices blocks hints', { annotations: BALANCED, endpoints: FIVE, managedBy: 'endpointslice-controller.k8s.io' }, 'the guard', true], // prettier-ignore
    ['balanced and the guard, where it needs it', { annotations: AUTO, endpoints: ['a1', 'a1', 'a1', 'b1'], managedBy: 'endpointslice-controller.k8s.io' }, 'mode balanced and the guard', true], // prettier-ignore
    ['not the guard where it is in force', { endpoints: FIVE, settings: { guard: true } }, 'mode balanced and the guard', false], // prettier-ignore
    ['the clients, where they are assumed', { annotations: BALANCED }, UNKNOWN, true],
    ['not the clients, where they are stated', { annotations: { ...BALANCED, 'slicehints.io/demand': 'a=1' } }, UNKNOWN, false], // prettier-ignore
  ])('%s', (_, sketch, what, expected) => {
    expect(found(sketch).includes(what)).toBe(expected);
  });

  test('nothing for a Service that hints do not steer', () => {
    expect(found({ annotations: BALANCED, spec: { clusterIP: 'None' } })).toEqual([]);
  });

  test('best first: what stays in zone, then the lighter load', () => {
    const figures = improvements({ endpoints: FIVE }).flatMap(({ inZoneShare, busiest }) =>
      inZoneShare === undefined || busiest === undefined ? [] : [[inZoneShare.after, -busiest.after] as const],
    );
    expect(figures.length).toBeGreaterThan(1);
    const ordered = figures.every(([share, load], i) => {
      const [next = -1, nextLoad = -Infinity] = figures[i + 1] ?? [];
      return share > next || (share === next && load >= nextLoad);
    });
    expect(ordered).toBe(true);
  });
});

test.each<[string, Improvement, string]>([
  ['more in zone', { what: 'x', flags: [], inZoneShare: { before: 0.733, after: 1 }, busiest: { before: 1.1, after: 1.1 } }, 'x: 73.3% → 100%'], // prettier-ignore
  ['a lighter load', { what: 'x', flags: [], inZoneShare: { before: 1, after: 1 }, busiest: { before: 2, after: 1.5 } }, 'x: 100% → 100%, busiest endpoint 2.00x → 1.50x'], // prettier-ignore
  ['what cannot be computed', { what: 'x', flags: [] }, 'x'],
])('an improvement in words: %s', (_, improvement, text) => {
  expect(improvementText(improvement)).toBe(text);
});
