import { expect, test } from 'vitest';
import { describeWhatIf } from '../../../src/analysis/whatIf/describe.js';
import type { WhatIf } from '../../../src/analysis/whatIf/whatIf.js';

test.each<[WhatIf, string]>([
  [{}, ''],
  [{ withoutZones: ['c'] }, 'without zone c'],
  [{ withoutZones: ['a', 'b'], withoutNodes: ['n1'] }, 'without zones a, b, without node n1'],
  [{ withoutNodes: ['n1', 'n2', 'n3', 'n4'] }, 'without nodes n1, n2, n3 and 1 more'],
  [{ scale: [{ service: 'shop/web', replicas: 1 }] }, 'shop/web with 1 pod'],
  [
    {
      scale: [
        {
          service: 'shop/web',
          replicas: new Map([
            ['a', 2],
            ['b', 4],
          ]),
        },
      ],
      mode: 'balanced',
    },
    'shop/web with 2 in a, 4 in b, mode balanced for all',
  ],
  [
    {
      set: [
        { service: 'a/b', annotation: 'slicehints.io/mode', value: 'off' },
        { service: 'a/c', annotation: 'slicehints.io/mode', value: '' },
      ],
    },
    'a/b with slicehints.io/mode: off, a/c without slicehints.io/mode',
  ],
])('%j', (changes, words) => {
  expect(describeWhatIf(changes)).toBe(words);
});
