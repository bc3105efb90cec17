import { describe, expect, test } from 'vitest';
import { choicesFor, type Choice } from '../../../src/analysis/recommend/candidates.js';
import { chooseMode } from '../../../src/hints/mode.js';
import { readService } from '../../../src/model/service.js';

const MODE = 'service.kubernetes.io/topology-mode';
const BALANCED = 'slicehints.io/balanced';
const SAME_ZONE = 'slicehints.io/same-zone';
const OVERLOAD = 'slicehints.io/overload-threshold';

function choices(annotations: Record<string, string> = {}, threshold = 0.2, setting = 0.2): readonly Choice[] {
  return choicesFor({ metadata: { namespace: 'shop', name: 'web', annotations } }, readService, threshold, setting);
}
const shown = (list: readonly Choice[]): unknown[] =>
  list.map(({ action, overloadThreshold, annotations }) => [action, ...(overloadThreshold === undefined ? [] : [overloadThreshold]), annotations]); // prettier-ignore

describe('what is weighed for a Service', () => {
  test('that asks for nothing: everything but off', () => {
    expect(shown(choices())).toEqual([
      ['leave', {}],
      ['auto', { [MODE]: 'Auto' }],
      ['same-zone', { [MODE]: SAME_ZONE }],
      ['balanced', 0.2, { [MODE]: BALANCED }],
      ['balanced', 0.1, { [MODE]: BALANCED, [OVERLOAD]: '0.1' }],
      ['balanced', 0.05, { [MODE]: BALANCED, [OVERLOAD]: '0.05' }],
    ]);
  });

  test('that asks for something: the others, and off', () => {
    const list = choices({ [MODE]: SAME_ZONE });
    expect(list.map(({ action }) => action)).toEqual(['leave', 'auto', 'balanced', 'balanced', 'balanced', 'off']);
    expect(list.at(1)?.annotations).toEqual({ [MODE]: 'Auto' });
  });

  test('with a threshold of its own: parts of that one, each with its annotation', () => {
    const list = choices({ [MODE]: BALANCED, [OVERLOAD]: '0.4' }, 0.4);
    expect(shown(list.filter(({ action }) => action === 'balanced'))).toEqual([
      ['balanced', 0.2, { [OVERLOAD]: null }],
      ['balanced', 0.1, { [OVERLOAD]: '0.1' }],
    ]);
  });

  test('each threshold once, in three digits', () => {
    const thresholds = (threshold: number): (number | undefined)[] =>
      choices({}, threshold).flatMap(({ action, overloadThreshold }) => (action === 'balanced' ? [overloadThreshold] : [])); // prettier-ignore
    expect(thresholds(0)).toEqual([0]);
    expect(thresholds(1 / 3)).toEqual([0.333, 0.167, 0.0833]);
  });

  test('where another annotation goes before, that one goes', () => {
    const auto = choices({ 'slicehints.io/mode': 'same-zone' }).find(({ action }) => action === 'auto');
    expect(auto?.annotations).toEqual({ [MODE]: 'Auto', 'slicehints.io/mode': null });
  });

  test('with the Service as it would be', () => {
    for (const { action, service } of choices({ [MODE]: SAME_ZONE })) {
      expect(chooseMode(service).mode).toBe(action === 'leave' ? 'same-zone' : action);
    }
  });
});
