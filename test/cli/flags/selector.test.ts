import { describe, expect, test } from 'vitest';
import { LABEL_SELECTOR } from '../../../src/cli/flags/selector.js';

describe('a label selector as a flag', () => {
  test.each<[string, object[]]>([
    ['pool=web', [{ key: 'pool', operator: 'In', values: ['web'] }]],
    ['pool!=web', [{ key: 'pool', operator: 'NotIn', values: ['web'] }]],
    ['pool in (web, api),!gpu', [{ key: 'pool', operator: 'In', values: ['web', 'api'] }, { key: 'gpu', operator: 'DoesNotExist', values: [] }]], // prettier-ignore
    ['pool notin (web),gpu', [{ key: 'pool', operator: 'NotIn', values: ['web'] }, { key: 'gpu', operator: 'Exists', values: [] }]], // prettier-ignore
  ])('%s', (text, requirements) => {
    expect(LABEL_SELECTOR.read(text)).toEqual(requirements);
  });

  test.each(['', ' ', 'pool=(', '=web', 'pool in web'])('"%s" is none', (text) => {
    expect(LABEL_SELECTOR.read(text)).toBeUndefined();
  });

  test('a comparison of numbers is refused in words', () => {
    expect(() => LABEL_SELECTOR.read('cores>4')).toThrow('expected a label selector without < and >, got "cores>4"');
  });
});
