import { describe, expect, test } from 'vitest';
import type { FuzzCase, Slice } from '../fuzzCase.js';
import { ZONE_LABEL } from '../fuzzCase.js';
import { tryCase, type Rule, type Trial } from '../trial.js';
import { RULES } from './all.js';

const ZONES = ['z00', 'z01'];

/** Four nodes in two zones, and as many endpoints in each zone as asked for, in one slice that nobody else writes. */
function cluster(annotations: Record<string, string>, counts: readonly [number, number], manager?: string): FuzzCase {
  const endpoints = ZONES.flatMap((zone, z) =>
    Array.from({ length: counts[z]! }, (_, i) => ({
      addresses: [`10.${z}.0.${i + 1}`],
      conditions: { ready: true },
      zone,
      nodeName: `n${z * 2 + (i % 2)}`,
    })),
  );
  const labels = { 'kubernetes.io/service-name': 'web' };
  const owner = manager === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': manager };
  return {
    service: {
      metadata: { namespace: 'shop', name: 'web', annotations },
      spec: { ports: [{ name: 'http', port: 80 }] },
    },
    slices: [
      {
        metadata: { namespace: 'shop', name: 's0', resourceVersion: '7', labels: { ...labels, ...owner } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080 }],
        endpoints,
      },
    ],
    nodes: [0, 1, 2, 3].map((i) => ({
      metadata: { name: `n${i}`, labels: { [ZONE_LABEL]: ZONES[i >> 1]!, 'kubernetes.io/hostname': `n${i}` } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    })),
    settings: {},
  };
}

const MODE = 'service.kubernetes.io/topology-mode';
const balanced = cluster({ [MODE]: 'slicehints.io/balanced' }, [3, 2]);
const auto = cluster({ [MODE]: 'Auto' }, [2, 2]);
const keys = cluster({ 'slicehints.io/topology-keys': 'topology.kubernetes.io/zone,*' }, [2, 2]);

type Doctor = (trial: Trial) => Partial<Trial>;

const withVerdict =
  (change: Partial<Trial['plan']['verdicts'][number]>): Doctor =>
  ({ plan }) => ({ plan: { ...plan, verdicts: plan.verdicts.map((verdict) => ({ ...verdict, ...change })) } });
const withMessage =
  (from: string | RegExp, to: string): Doctor =>
  ({ plan }) => ({
    plan: {
      ...plan,
      verdicts: plan.verdicts.map((verdict) => ({ ...verdict, message: verdict.message.replace(from, to) })),
    },
  });
const withOperation =
  (operation: Trial['plan']['patches'][number]['patch'][number]): Doctor =>
  ({ plan }) => ({
    plan: { ...plan, patches: plan.patches.map((each) => ({ ...each, patch: [...each.patch, operation] })) },
  });
const withWritten =
  (change: (slice: Slice) => void): Doctor =>
  ({ written }) => {
    const copy = structuredClone(written) as Slice[];
    copy.forEach(change);
    return { written: copy };
  };
const allTo =
  (zone: string): Doctor =>
  (trial) =>
    withWritten(({ endpoints }) => {
      endpoints?.forEach((endpoint, i) => (endpoint.hints = { forZones: [{ name: i === 0 ? zone : 'z00' }] }));
    })(trial);
const nine = { forZones: Array.from({ length: 9 }, (_, i) => ({ name: `z0${i}` })) };

/** Right plans, each with one thing made wrong, and the rule that must notice it. */
const MISTAKES: readonly (readonly [mistake: string, rule: string, input: FuzzCase, doctor: Doctor])[] = [
  ['another verdict than the first time', 'equal input gives equal output', auto, withVerdict({ reason: 'NoNodes' })],
  [
    'patches that are not written',
    'planning on the result changes nothing',
    auto,
    ({ input }) => ({ written: input.slices }),
  ],
  [
    'a hint that the patch does not give',
    'patches give exactly the planned slices',
    auto,
    withWritten(({ endpoints }) => delete endpoints![0]!.hints),
  ],
  [
    'an operation on a zone',
    'patches change nothing but hints and our annotation',
    auto,
    withOperation({ op: 'add', path: '/endpoints/0/zone', value: 'z01' }),
  ],
  [
    'a zone that is another once written',
    'patches change nothing but hints and our annotation',
    auto,
    withWritten(({ endpoints }) => (endpoints![0]!.zone = 'z01')),
  ],
  [
    'nine zones in a hint',
    'a hint that is written has at most eight names, each once',
    auto,
    withOperation({ op: 'add', path: '/endpoints/0/hints', value: nine }),
  ],
  [
    'an undefined in a message',
    'one verdict and one forecast for an address type, in bounded sentences',
    auto,
    withMessage(/^/, 'no endpoint undefined '),
  ],
  [
    'a patch for a slice that the operator excludes',
    'slices that another writer would undo are left alone',
    auto,
    ({ input }) => ({ input: { ...input, settings: { ignoreManagedBy: [''] } } }),
  ],
  [
    'a ready endpoint without hints beside hinted ones',
    'an address type is hinted entirely or not at all',
    auto,
    withWritten(({ endpoints }) => delete endpoints![0]!.hints),
  ],
  ['hinted: false beside hints', 'hinted says whether endpoints carry hints', auto, withVerdict({ hinted: false })],
  [
    'a forecast that is too good',
    'the forecast is what a replay of every node and port gives',
    balanced,
    ({ plan }) => ({
      plan: { ...plan, forecast: plan.forecast.map((each) => ({ ...each, worstLoad: each.worstLoad - 0.01 })) },
    }),
  ],
  [
    'a share that is wrong by one percent',
    'every figure of a verdict is what a replay gives',
    balanced,
    withMessage(/[0-9]+%/, '99%'),
  ],
  [
    'a load that is wrong by a hundredth',
    'every figure of a verdict is what a replay gives',
    balanced,
    withMessage(/[0-9]\.[0-9]+x/, '1.19x'),
  ],
  ['one endpoint for a whole zone', 'balanced loads no endpoint of any port above the limit', balanced, allTo('z01')],
  [
    'one endpoint for a zone with half of the CPU',
    'Auto hints what the proportional rule allows, and gives up where it does',
    cluster({ [MODE]: 'Auto' }, [4, 4]),
    allTo('z01'),
  ],
  [
    'a wrong count in a message of Auto',
    'Auto hints what the proportional rule allows, and gives up where it does',
    cluster({ [MODE]: 'Auto' }, [1, 0]),
    withMessage('1 endpoints', '2 endpoints'),
  ],
  [
    'exact, though the hints are gone',
    'what topology-keys says of the nodes is what a replay gives',
    keys,
    withWritten(({ endpoints }) => endpoints?.forEach((endpoint) => delete endpoint.hints)),
  ],
  [
    'not exact, where hints can be',
    'topology-keys is not exact only where no hints can be',
    keys,
    withVerdict({ reason: 'TopologyKeysNarrowed' }),
  ],
  ...[
    'the order of nodes, slices and endpoints does not matter',
    'other names for the zones, in the same order, give the same plan with these names',
    'splitting a slice keeps the hints where nothing has to move',
    'a control-plane node or one that is not ready changes no hints',
    'an endpoint that is not ready changes nothing for the others',
  ].map((rule) => ['a verdict that comes and goes', rule, balanced, withVerdict({ reason: 'NoNodes' })] as const),
  [
    'hints of others than the replaced pod that must change',
    'a pod replaced within its zone moves nobody else',
    balanced,
    withWritten(({ endpoints }) => endpoints?.forEach((endpoint) => delete endpoint.hints)),
  ],
];

const ruleOf = (name: string): Rule => {
  const rule = RULES.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`no rule "${name}"`);
  return rule;
};

describe('the rules of the oracles', () => {
  test.each(MISTAKES)('notice %s: %s', (_mistake, name, input, doctor) => {
    const trial = tryCase(input, 1);
    const { check } = ruleOf(name);
    expect(check(trial)).toBeUndefined();
    const doctored: Trial = { ...trial, ...doctor(trial) };
    expect(check(doctored)).toEqual(expect.any(String));
  });
});
