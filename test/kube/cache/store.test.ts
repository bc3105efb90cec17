import { describe, expect, test } from 'vitest';
import { Store } from '../../../src/kube/cache/store.js';

interface Thing {
  readonly v: string;
}

function makeCache(): { cache: Store<Thing>; changes: string[] } {
  const changes: string[] = [];
  const cache = new Store<Thing>({
    onChange: (key, next, previous) => changes.push(`${key}: ${previous?.v ?? '-'} -> ${next?.v ?? '-'}`),
  });
  return { cache, changes };
}

function list(...versions: [string, string][]): {
  entries: Map<string, { version: string; value: Thing | undefined }>;
} {
  return { entries: new Map(versions.map(([key, version]) => [key, { version, value: { v: version } }])) };
}

const a = (version: string): { key: string; version: string } => ({ key: 'a', version });

describe('a list', () => {
  test('tells what is new, changed and gone, and nothing else', () => {
    const { cache, changes } = makeCache();
    cache.replace(list(['a', 'x1'], ['b', 'x2'], ['c', 'x3']), false);
    changes.length = 0;
    cache.replace(list(['a', 'x1'], ['b', 'x9'], ['d', 'x8']), false);
    expect(changes).toEqual(['c: x3 -> -', 'b: x2 -> x9', 'd: - -> x8']);
  });

  test('keeps an object that is there but could not be read', () => {
    const { cache, changes } = makeCache();
    cache.replace(list(['a', 'x1']), false);
    changes.length = 0;
    cache.replace({ entries: new Map([['a', { version: 'x2', value: undefined }]]) }, false);
    expect(cache.items.get('a')).toEqual({ v: 'x1' });
    expect(changes).toEqual([]);
  });

  test('that is older than our own write made meanwhile does not undo it', () => {
    const { cache, changes } = makeCache();
    cache.replace(list(['a', 'x1']), false);
    expect(cache.applyLocal(a('x2'), 'x1', { v: 'x2' })).toBe(true);
    cache.replace(list(['a', 'x1']), false);
    expect(cache.items.get('a')).toEqual({ v: 'x2' });
    expect(changes).toEqual(['a: - -> x1', 'a: x1 -> x2']);
    expect(cache.look(a('x2'))).toBe('echo');
  });

  test('is the truth even when it shows an overtaken version, as after a restored backup', () => {
    const { cache } = makeCache();
    cache.replace(list(['a', 'x1']), false);
    cache.put(a('x2'), { v: 'x2' });
    cache.replace(list(['a', 'x1']), false);
    expect(cache.items.get('a')).toEqual({ v: 'x1' });
    expect(cache.look(a('x2'))).toBe('new');
  });
});

describe('an event', () => {
  test('seen before is a replay, whether it is the latest or an overtaken one', () => {
    const { cache } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.put(a('x2'), { v: 'x2' });
    expect(['x1', 'x2', 'x3'].map((version) => cache.look(a(version)))).toEqual(['replay', 'replay', 'new']);
  });

  test('of a deletion that comes again does not take the successor of the same name', () => {
    const { cache } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    expect(cache.remove(a('x2'))).toBe('new');
    cache.put(a('x3'), { v: 'x3' });
    expect(cache.remove(a('x2'))).toBe('replay');
    expect(cache.items.get('a')).toEqual({ v: 'x3' });
  });

  test('of a deletion may carry the last version of the object, as old servers send it', () => {
    const { cache, changes } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    expect(cache.remove(a('x1'))).toBe('new');
    expect(changes.at(-1)).toBe('a: x1 -> -');
    expect(cache.look(a('x1'))).toBe('replay');
  });

  test('with an object that is no longer of interest takes it out', () => {
    const { cache, changes } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.put(a('x2'), undefined);
    expect(changes.at(-1)).toBe('a: x1 -> -');
  });
});

describe('a new watch', () => {
  test('that starts before what the cache holds may go through all of it again', () => {
    const { cache, changes } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.remove(a('x2'));
    cache.put(a('x3'), { v: 'x3' });
    cache.beginWatch();
    changes.length = 0;
    expect(cache.look(a('x1'))).toBe('new');
    cache.put(a('x1'), { v: 'x1' });
    expect(cache.remove(a('x2'))).toBe('new');
    expect(cache.look(a('x3'))).toBe('new');
    cache.put(a('x3'), { v: 'x3' });
    expect(changes).toEqual(['a: x3 -> x1', 'a: x1 -> -', 'a: - -> x3']);
  });

  test('that began with the list has shown the list', () => {
    const { cache } = makeCache();
    cache.replace(list(['a', 'x1']), true);
    expect(cache.look(a('x1'))).toBe('replay');
    cache.put(a('x2'), { v: 'x2' });
    expect(cache.look(a('x1'))).toBe('replay');
  });
});

describe('our own write', () => {
  test('is taken only while the cache holds the version that was patched', () => {
    const { cache } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.put(a('x2'), { v: 'x2' });
    expect(cache.applyLocal(a('x3'), 'x1', { v: 'x3' })).toBe(false);
    expect(cache.applyLocal({ key: 'gone', version: 'x3' }, 'x1', { v: 'x3' })).toBe(false);
    expect(cache.applyLocal(a('x2'), 'x2', { v: 'x2' })).toBe(false);
    expect(cache.applyLocal(a('x3'), 'x2', { v: 'x3' })).toBe(true);
    expect(cache.items.get('a')).toEqual({ v: 'x3' });
  });

  test('is an answer until the watch has shown it', () => {
    const { cache } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.applyLocal(a('x2'), 'x1', { v: 'x2' });
    cache.applyLocal(a('x3'), 'x2', { v: 'x3' });
    const answers = (): string[] => ['x1', 'x2', 'x3', 'x4'].filter((version) => cache.isAnswer(a(version)));
    expect([answers(), cache.isAnswer({ key: 'b', version: 'x2' })]).toEqual([['x1', 'x2', 'x3'], false]);
    cache.look(a('x2'));
    expect(answers()).toEqual(['x1', 'x2', 'x3']);
    cache.look(a('x3'));
    expect(answers()).toEqual([]);
  });

  test('makes its own event an echo once and then a replay', () => {
    const { cache } = makeCache();
    cache.put(a('x1'), { v: 'x1' });
    cache.applyLocal(a('x2'), 'x1', { v: 'x2' });
    expect(['x2', 'x2', 'x1'].map((version) => cache.look(a(version)))).toEqual(['echo', 'replay', 'replay']);
  });

  test('and the next one survive a watch that was opened before both', () => {
    const { cache, changes } = makeCache();
    cache.replace(list(['a', 'x1']), false);
    cache.applyLocal(a('x2'), 'x1', { v: 'x2' });
    cache.applyLocal(a('x3'), 'x2', { v: 'x3' });
    cache.beginWatch();
    expect(['x2', 'x3'].map((version) => cache.look(a(version)))).toEqual(['echo', 'echo']);
    expect(changes).toEqual(['a: - -> x1', 'a: x1 -> x2', 'a: x2 -> x3']);
  });
});

describe('an object read afresh after a conflict, ahead of a watch that began with the list', () => {
  test('is reached again after the versions in between', () => {
    const { cache } = makeCache();
    cache.replace(list(['a', 'x1']), true);
    expect(cache.applyLocal(a('x3'), 'x1', { v: 'x3' })).toBe(true);
    expect(cache.look(a('x2'))).toBe('new');
    cache.put(a('x2'), { v: 'x2' });
    expect(cache.look(a('x3'))).toBe('new');
    cache.put(a('x3'), { v: 'x3' });
    expect(cache.items.get('a')).toEqual({ v: 'x3' });
  });

  test('is reached again after the deletion of its predecessor', () => {
    const { cache } = makeCache();
    cache.replace(list(['a', 'x1']), true);
    cache.applyLocal(a('x3'), 'x1', { v: 'x3' });
    expect(cache.remove(a('x2'))).toBe('new');
    expect(cache.look(a('x3'))).toBe('new');
  });

  test('is reached again when a write of ours followed it', () => {
    const { cache } = makeCache();
    cache.replace(list(['a', 'x1']), true);
    cache.applyLocal(a('x3'), 'x1', { v: 'x3' });
    cache.applyLocal(a('x4'), 'x3', { v: 'x4' });
    cache.put(a('x2'), { v: 'x2' });
    expect(['x3', 'x4'].map((version) => cache.look(a(version)))).toEqual(['new', 'new']);
  });
});
