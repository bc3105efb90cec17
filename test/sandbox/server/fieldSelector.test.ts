import { describe, expect, test } from 'vitest';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import { parseFieldSelector } from '../../../src/sandbox/server/fieldSelector.js';

describe('field selectors', () => {
  const pod = { metadata: { name: 'p', namespace: 'shop' }, spec: { nodeName: 'n1' }, status: { phase: 'Running' } };

  test.each([
    ['metadata.name=p', true],
    ['metadata.namespace==shop,spec.nodeName=n1', true],
    ['status.phase!=Running', false],
    ['spec.nodeName=', false],
    ['spec.hostNetwork=false', true],
  ])('%s matches: %s', (selector, matches) => {
    expect(parseFieldSelector(selector, storedDefinition('pods'))(pod)).toBe(matches);
  });

  test.each([
    ['spec.nope=1', 'pods', 'field label not supported: spec.nope'],
    ['constructor=1', 'pods', 'field label not supported: constructor'],
    ['foo=bar', 'endpointslices', '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['metadata.name', 'pods', 'invalid selector: "metadata.name"; can\'t understand "metadata.name"'],
  ] as const)('%s of %s is refused', (selector, resource, sentence) => {
    expect(() => parseFieldSelector(selector, storedDefinition(resource))).toThrow(sentence);
  });
});
