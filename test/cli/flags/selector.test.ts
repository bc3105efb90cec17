import { describe, expect, test } from 'vitest';
import { LABEL_SELECTOR, parseSelector } from '../../../src/cli/flags/selector.js';

describe('a selector as kubectl has it', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['app=web', { app: 'web' }, true],
    ['app=web', {}, false],
    ['app in (a,b),!old', { app: 'b' }, true],
    ['app in (a,b),!old', { app: 'b', old: '' }, false],
    ['tier!=db', {}, true],
  ])('%s matches %j: %s', (text, labels, expected) => {
    const selector = parseSelector(text);
    expect([selector?.text, selector?.matches(labels)]).toEqual([text, expected]);
  });

  test.each(['', ' ', 'app in', 'a=b=c', '=x'])('%j is none', (text) => {
    expect(parseSelector(text)).toBeUndefined();
  });
});

describe('a selector as a manifest can have it', () => {
  test('is read into its requirements', () => {
    expect(LABEL_SELECTOR.read('pool in (web,api),!old')).toEqual([
      { key: 'pool', operator: 'In', values: ['web', 'api'] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
    ]);
  });

  test.each(['cpu>4', 'cpu<4'])('compares no numbers: %s', (text) => {
    expect(() => LABEL_SELECTOR.read(text)).toThrow(`expected a label selector without < and >, got "${text}"`);
  });

  test('is none where kubectl has none', () => {
    expect(LABEL_SELECTOR.read('app in')).toBeUndefined();
  });
});
