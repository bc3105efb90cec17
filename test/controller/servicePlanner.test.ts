import { describe, expect, test } from 'vitest';
import { ServicePlanner } from '../../src/controller/servicePlanner.js';
import { ClusterState } from '../../src/controller/state.js';
import type { chooseMode } from '../../src/hints/mode.js';
import type { plan } from '../../src/hints/plan.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';

const MODE = 'service.kubernetes.io/topology-mode';

function planner(options: { annotations?: Record<string, string>; owned?: boolean; recorded?: boolean } = {}) {
  const state = new ClusterState();
  const { annotations = {}, owned = false, recorded = false } = options;
  state.applyService('shop/web', readService({ metadata: { namespace: 'shop', name: 'web', annotations } }));
  const metadata = {
    namespace: 'shop',
    name: 'web-1',
    labels: { 'kubernetes.io/service-name': 'web' },
    annotations: owned ? { 'slicehints.io/hints': 'v1' } : {},
  };
  state.applySlice('shop/web-1', readSlice({ metadata, addressType: 'IPv4', endpoints: [] }), undefined);
  return (functions?: { plan: typeof plan; chooseMode: typeof chooseMode }): ServicePlanner =>
    new ServicePlanner({
      state,
      book: { has: (key) => recorded && key === 'shop/web' },
      settings: () => DEFAULT_SETTINGS,
      ...(functions === undefined ? {} : { functions }),
    });
}

const broken = {
  plan: (): never => {
    throw new TypeError('strategy is not a function');
  },
  chooseMode: (): never => {
    throw new TypeError('value is not a string');
  },
};

describe('which Services take part', () => {
  test.each([
    ['one that asks for a mode', { annotations: { [MODE]: 'Auto' } }, true],
    ['one whose mode is not understood', { annotations: { [MODE]: 'slicehints.io/blanced' } }, true],
    ['one that asks for nothing', {}, false],
    ['one with an annotation that is not read', { annotations: { 'slicehints.io/mod': 'balanced' } }, true],
    ['one that asks for nothing and carries hints of this controller', { owned: true }, true],
    ['one with a recorded verdict', { recorded: true }, true],
  ])('%s', (_, service, expected) => {
    const services = planner(service)();
    expect(services.takesPart('shop/web')).toBe(expected);
    expect([...services.participants()]).toEqual(expected ? ['shop/web'] : []);
  });

  test('one that does not exist', () => {
    expect(planner()().takesPart('shop/other')).toBe(false);
  });

  test('one whose mode cannot be determined, so that the failure is reported', () => {
    const services = planner()(broken);
    expect([services.takesPart('shop/web'), services.asksForHints('shop/web')]).toEqual([true, false]);
  });
});

test('one of whose slices some carry hints of this controller takes part', () => {
  const state = new ClusterState();
  state.applyService('shop/web', readService({ metadata: { namespace: 'shop', name: 'web' } }));
  for (const [name, annotations] of [
    ['web-1', {}],
    ['web-2', { 'slicehints.io/hints': 'v1' }],
  ] as const) {
    const metadata = { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': 'web' }, annotations };
    state.applySlice(`shop/${name}`, readSlice({ metadata, addressType: 'IPv4', endpoints: [] }), undefined);
  }
  const services = new ServicePlanner({ state, book: { has: () => false }, settings: () => DEFAULT_SETTINGS });
  expect(services.takesPart('shop/web')).toBe(true);
});

describe('the id of a failure', () => {
  const thrown = (message: string, stack: string | undefined): string => {
    const error = new Error(message);
    if (stack === undefined) delete error.stack;
    else error.stack = stack;
    const plan = (): never => {
      throw error;
    };
    const planned = planner()({ ...broken, plan }).plan('shop/web');
    return planned.kind === 'failed' ? planned.failure.id : '';
  };
  const at = (message: string, ...frames: string[]): string =>
    thrown(message, [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'));

  test('is that of the place where it was thrown, whatever its message and callers', () => {
    expect(at('3 of 4', 'a.js:1', 'b.js:2')).toBe(at('4 of 5', 'a.js:1', 'c.js:3'));
    expect(at('3 of 4', 'a.js:1')).not.toBe(at('3 of 4', 'a.js:2'));
  });

  test('is not taken from a message that looks like a place', () => {
    expect(at('lost\nnow at once', 'a.js:1')).toBe(at('found', 'a.js:1'));
  });

  test('is that of its text where there is no stack', () => {
    expect(thrown('x', undefined)).not.toBe(thrown('y', undefined));
    expect(thrown('x', '')).toBe(thrown('x', undefined));
  });
});

describe('whether a Service asks for hints', () => {
  test.each([
    ['Auto', true],
    ['slicehints.io/same-zone', true],
    ['Disabled', false],
  ])('with the mode %s', (mode, expected) => {
    expect(planner({ annotations: { [MODE]: mode } })().asksForHints('shop/web')).toBe(expected);
  });

  test('when it does not exist', () => {
    expect(planner()().asksForHints('shop/other')).toBe(false);
  });
});

describe('a plan', () => {
  test('of a Service that does not exist is a value', () => {
    expect(planner()().plan('shop/other')).toEqual({ kind: 'gone' });
  });

  test('is the one of the library', () => {
    expect(planner({ annotations: { [MODE]: 'Auto' } })().plan('shop/web')).toMatchObject({
      kind: 'planned',
      service: { name: 'web' },
      plan: { mode: 'auto' },
    });
  });

  test('that throws is a value with the same id each time, and with another id for another failure', () => {
    const services = planner()(broken);
    const ids = [1, 2].map(() => {
      const planned = services.plan('shop/web');
      return planned.kind === 'failed' ? planned.failure.id : '';
    });
    expect(ids[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(ids[1]).toBe(ids[0]);
    const text = planner()({
      ...broken,
      plan: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'no error at all';
      },
    }).plan('shop/web');
    expect(text).toMatchObject({ kind: 'failed', failure: { error: 'no error at all' } });
    expect(text.kind === 'failed' && text.failure.id).not.toBe(ids[0]);
  });
});
