import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';
import { imagine, readWhatIf, WHAT_IF_FLAGS } from '../../../src/cli/flags/whatIfFlags.js';
import type { WhatIf } from '../../../src/analysis/whatIf/whatIf.js';

const read = (...args: string[]): WhatIf | undefined => readWhatIf(parseFlags(WHAT_IF_FLAGS, args).values);

test('without a flag nothing is asked', () => {
  expect(read()).toBeUndefined();
});

test.each<[string, string[], Partial<WhatIf>]>([
  ['zones repeat', ['--without-zone', 'a', '--without-zone=b'], { withoutZones: ['a', 'b'] }],
  ['nodes repeat', ['--without-node=n1', '--without-node=n2'], { withoutNodes: ['n1', 'n2'] }],
  ['a count', ['--scale', 'shop/web=6'], { scale: [{ service: 'shop/web', replicas: 6 }] }],
  [
    'counts by zone',
    ['--scale=shop/web=zone-a:2,zone-b:4'],
    {
      scale: [
        {
          service: 'shop/web',
          replicas: new Map([
            ['zone-a', 2],
            ['zone-b', 4],
          ]),
        },
      ],
    },
  ],
  [
    'an annotation with any value',
    ['--set', 'shop/web:slicehints.io/demand=zone-a=3,zone-b=1'],
    { set: [{ service: 'shop/web', annotation: 'slicehints.io/demand', value: 'zone-a=3,zone-b=1' }] },
  ],
  [
    'an annotation that goes',
    ['--set=shop/web:service.kubernetes.io/topology-mode='],
    { set: [{ service: 'shop/web', annotation: 'service.kubernetes.io/topology-mode', value: '' }] },
  ],
  ['a mode', ['--mode=balanced'], { mode: 'balanced' }],
])('%s', (_, args, wanted) => {
  expect(read(...args)).toEqual({ withoutZones: [], withoutNodes: [], scale: [], set: [], mode: undefined, ...wanted });
});

describe('each mistake is one sentence', () => {
  const SCALE = 'expected namespace/name=REPLICAS or namespace/name=ZONE:REPLICAS,…, with at most 10000 replicas, got';
  const SET = 'expected namespace/name:ANNOTATION=VALUE, where an empty VALUE removes the annotation, got';
  test.each<[string[], string]>([
    [['--without-zone='], '--without-zone: expected the name of a zone, got ""'],
    [['--without-zone=a b'], '--without-zone: expected the name of a zone, got "a b"'],
    [['--without-node=N!'], '--without-node: expected the name of an object, got "N!"'],
    ...[
      'web=3',
      'shop/web',
      'shop/web=',
      'shop/web=-1',
      'shop/web=1.5',
      'shop/web=10001',
      'shop/web=a:1,a:2',
      'shop/web=a:1,',
      'shop/web=:1',
      'shop/web=1=2',
    ].map((text): [string[], string] => [[`--scale=${text}`], `--scale: ${SCALE} "${text}"`]),
    ...['shop/web=x', 'web:slicehints.io/mode=off', 'shop/web:=off', 'shop/web:slicehints.io/mode'].map(
      (text): [string[], string] => [[`--set=${text}`], `--set: ${SET} "${text}"`],
    ),
    [
      ['--set=shop/web:slicehints.io/mod=off'],
      '--set: slicehints does not read the annotation "slicehints.io/mod"; did you mean slicehints.io/mode?',
    ],
    [['--mode=Auto'], '--mode: expected auto, balanced, same-zone, same-node, off, got "Auto"'],
    [['--scale=shop/web=1', '--scale=shop/web=2'], '--scale: shop/web is given more than once'],
    [
      ['--set=shop/web:slicehints.io/mode=off', '--set=shop/web:slicehints.io/mode='],
      '--set: shop/web:slicehints.io/mode is given more than once',
    ],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });

  test('what the cluster does not have is named with its flag', () => {
    const objects = { nodes: [], services: [], endpointSlices: [] };
    expect(() => imagine(objects, { withoutZones: ['a'] })).toThrow(
      '--without-zone: no Node is in zone "a"; there are none',
    );
    expect(() => imagine(objects, { scale: [{ service: 'a/b', replicas: 1 }] })).toThrow(
      '--scale: there is no Service "a/b" among the 0 given',
    );
  });
});
