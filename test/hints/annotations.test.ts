import { describe, expect, test } from 'vitest';
import { unknownAnnotations } from '../../src/hints/annotations.js';
import { planService } from '../../src/index.js';
import { readService } from '../../src/model/service.js';

function warningFor(...keys: string[]): string | undefined {
  const annotations = Object.fromEntries(keys.map((key) => [key, 'x']));
  return unknownAnnotations(readService({ metadata: { name: 'web', annotations } }))?.message;
}
const READ =
  'slicehints reads slicehints.io/mode, slicehints.io/overload-threshold, slicehints.io/node-hints, slicehints.io/demand, slicehints.io/clients, slicehints.io/topology-keys, slicehints.io/topology-keys-strict';

describe('annotations that are not read', () => {
  test.each<[string, string, string]>([
    ['a near miss of ours', 'slicehints.io/overload-treshold', 'slicehints.io/overload-threshold'],
    ['another case', 'slicehints.io/Mode', 'slicehints.io/mode'],
    ['another domain', 'slicehint.io/mode', 'slicehints.io/mode'],
    ['the domain without its end', 'slicehints/topology-keys', 'slicehints.io/topology-keys'],
    ['a near miss of Kubernetes', 'service.kubernetes.io/topology-mod', 'service.kubernetes.io/topology-mode'],
    ['our domain where Kubernetes’ belongs', 'slicehints.io/topology-mode', 'service.kubernetes.io/topology-mode'],
    ['a near miss of OpenYurt', 'openyurt.io/topologyKey', 'openyurt.io/topologyKeys'],
  ])('%s', (_, key, meant) => {
    expect(warningFor(key)).toBe(`Unknown annotation is ignored: "${key}" (did you mean ${meant}?); ${READ}`);
  });

  test('of ours that is near to nothing is named alone', () => {
    expect(warningFor('slicehints.io/colour')).toBe(`Unknown annotation is ignored: "slicehints.io/colour"; ${READ}`);
  });

  test.each([
    ['all that are read', 'slicehints.io/mode', 'slicehints.io/topology-keys-strict', 'slicehints.io/topology-keys'],
    ['something of Kubernetes that is near to nothing', 'service.kubernetes.io/topology-colours'],
    ['somebody else’s', 'example.com/mode', 'kubernetes.io/description'],
    ['none at all'],
  ])('no Warning for: %s', (_, ...keys) => {
    expect(warningFor(...keys)).toBeUndefined();
  });

  test('three are all named, sorted', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => `slicehints.io/${letter.repeat(40)}`);
    expect(warningFor(c!, a!, b!)).toBe(`Unknown annotations are ignored: "${a}", "${b}", "${c}"; ${READ}`);
  });

  test('many are one Warning of bounded length, in the same order each time', () => {
    const keys = Array.from({ length: 500 }, (_, i) => `slicehints.io/${'x'.repeat(50)}-${i + 100}`);
    const message = warningFor(...keys) ?? '';
    expect(message).toBe(warningFor(...keys.reverse()));
    expect(message).toMatch(/^Unknown annotations are ignored: .*, 497 more; /);
    expect(message.length).toBeLessThan(500);
  });

  test('a plan has the Warning beside its verdicts, and the known ones act', () => {
    const plan = planService({
      service: {
        metadata: { name: 'web', annotations: { 'slicehints.io/mode': 'same-zone', 'slicehints.io/client': 'cart' } },
      },
      slices: [],
      nodes: [],
    });
    expect(plan.mode).toBe('same-zone');
    expect(plan.warnings).toMatchObject([{ type: 'Warning', reason: 'UnknownAnnotation' }]);
  });
});
