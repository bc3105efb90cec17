import { beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { Storage, keyOf } from '../../../src/sandbox/storage/storage.js';
import type { StoreEvent } from '../../../src/sandbox/storage/storage.js';

let storage: Storage;
beforeEach(() => {
  storage = new Storage(100, 10);
});

function put(key: string, to: Storage = storage): KubeObject {
  return to.put('pods', key, (resourceVersion) => ({ metadata: { name: key, resourceVersion } }));
}

function remove(key: string, from: Storage = storage): KubeObject | undefined {
  return from.remove('pods', key, () => undefined);
}

const shown = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ metadata }) => `${metadata.name ?? ''}@${metadata.resourceVersion ?? ''}`);
const brief = (events: readonly StoreEvent[]): string[] =>
  events.map(({ type, key, resourceVersion }) => `${type} ${key}@${resourceVersion}`);

test('a key has the namespace where there is one', () => {
  expect([keyOf('shop', 'cart'), keyOf('', 'node-a')]).toEqual(['shop/cart', 'node-a']);
});

describe('versions', () => {
  test('count on from the first, over all resources', () => {
    put('a/x');
    storage.put('nodes', 'n', (resourceVersion) => ({ metadata: { resourceVersion } }));
    expect(put('a/x').metadata.resourceVersion).toBe('13');
    expect(storage.resourceVersion).toBe(13);
    expect(storage.get('pods', 'n')).toBeUndefined();
  });

  test('a deletion has one too, and shows the last state with it', () => {
    put('a/x');
    expect(remove('a/x')).toEqual({ metadata: { name: 'a/x', resourceVersion: '12' } });
    expect(storage.get('pods', 'a/x')).toBeUndefined();
    expect(remove('a/x')).toBeUndefined();
    expect(storage.resourceVersion).toBe(12);
  });
});

describe('a list', () => {
  beforeEach(() => ['b/y', 'a/y', 'ab/x', 'a/x'].forEach((key) => put(key)));
  test.each<[string, string, string[]]>([
    ['of all, in the order of keys', '', ['a/x@14', 'a/y@12', 'ab/x@13', 'b/y@11']],
    ['of one namespace and not of one that begins like it', 'a', ['a/x@14', 'a/y@12']],
    ['of no namespace that there is', 'aa', []],
  ])('%s', (_, namespace, expected) => {
    expect(shown(storage.list('pods', namespace))).toEqual(expected);
    expect(shown(storage.listAt('pods', 14, namespace))).toEqual(expected);
  });

  test('has what came and lacks what went', () => {
    expect(storage.count('pods')).toBe(4);
    remove('a/y');
    put('a/z');
    expect(shown(storage.list('pods', 'a'))).toEqual(['a/x@14', 'a/z@16']);
    expect(storage.count('pods')).toBe(4);
  });
});

test('for any changes: the list at each version is what the list was then', () => {
  const change = fc.record({ key: fc.constantFrom('a/x', 'a/y', 'b/x'), gone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const one = new Storage(100, 0);
      const states = [[...shown(one.list('pods'))]];
      for (const { key, gone } of changes) {
        const before = one.resourceVersion;
        if (gone) remove(key, one);
        else put(key, one);
        if (one.resourceVersion > before) states.push(shown(one.list('pods')));
      }
      states.forEach((state, version) => {
        expect(shown(one.listAt('pods', version))).toEqual(state);
        expect(one.eventsAfter('pods', version)).toHaveLength(states.length - 1 - version);
      });
    }),
    { numRuns: 50 },
  );
});

describe('the log', () => {
  test('has the changes after a version, oldest first', () => {
    put('x');
    put('x');
    remove('x');
    expect(brief(storage.eventsAfter('pods', 11))).toEqual(['MODIFIED x@12', 'DELETED x@13']);
    expect(brief(storage.eventsAfter('pods', 13))).toEqual([]);
    expect(brief(storage.eventsAfter('nodes', 0))).toEqual([]);
  });

  test('is trimmed once it is a quarter longer than its limit', () => {
    const short = new Storage(4, 0);
    for (let count = 0; count < 5; count++) put('x', short);
    expect([short.compactedVersion('pods'), short.eventsAfter('pods', 0).length]).toEqual([0, 5]);
    put('x', short);
    expect([short.compactedVersion('pods'), short.eventsAfter('pods', 0).length]).toEqual([2, 4]);
    expect(short.compactedVersion('nodes')).toBe(0);
  });

  test('is empty after a compaction, of all resources', () => {
    put('x');
    storage.compact();
    expect([storage.compactedVersion('pods'), storage.compactedVersion('nodes')]).toEqual([11, 11]);
    expect(storage.eventsAfter('pods', 0)).toEqual([]);
    expect(shown(storage.list('pods'))).toEqual(['x@11']);
  });
});

describe('a listener', () => {
  test('gets later changes of its resource until it leaves', () => {
    const seen: StoreEvent[] = [];
    put('x');
    const leave = storage.subscribe('pods', (event) => void seen.push(event));
    put('x');
    storage.put('nodes', 'n', () => ({ metadata: {} }));
    leave();
    put('x');
    expect(brief(seen)).toEqual(['MODIFIED x@12']);
    expect(seen[0]?.previous).toEqual({ metadata: { name: 'x', resourceVersion: '11' } });
  });

  test('that writes does not make another see the second change first', () => {
    const seen: StoreEvent[] = [];
    storage.subscribe('pods', ({ key }) => {
      if (key === 'x') put('y');
    });
    storage.subscribe('pods', (event) => void seen.push(event));
    put('x');
    expect(brief(seen)).toEqual(['ADDED x@11', 'ADDED y@12']);
  });

  test('is called after whoever removes has the last state', () => {
    const order: string[] = [];
    put('x');
    storage.subscribe('pods', () => void order.push('listener'));
    storage.remove('pods', 'x', (object) => void order.push(object.metadata.resourceVersion ?? ''));
    expect(order).toEqual(['12', 'listener']);
  });
});

test('an object is written as JSON once for each version', () => {
  let writings = 0;
  const object = { metadata: {}, toJSON: () => ({ writings: ++writings }) };
  expect([storage.json(object), storage.json(object)]).toEqual(['{"writings":1}', '{"writings":1}']);
});
