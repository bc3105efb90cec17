import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { chooseMode } from '../../../src/hints/mode.js';
import { readService } from '../../../src/model/service.js';
import { applyPolicies, conflictsAmong } from '../../../src/hints/policy/applyPolicies.js';
import {
  comparePolicies,
  readPolicy,
  type HintsPolicyManifest,
  type PolicyRecord,
} from '../../../src/hints/policy/policy.js';

type Spec = NonNullable<HintsPolicyManifest['spec']>;

const MODE = 'slicehints.io/mode';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const OVERLOAD = 'slicehints.io/overload-threshold';
const DEMAND = 'slicehints.io/demand';
const CLIENTS = 'slicehints.io/clients';
const NODE_HINTS = 'slicehints.io/node-hints';

const cluster = (spec: Spec, name = 'all', created = '2026-01-01T00:00:00Z'): PolicyRecord =>
  readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name, creationTimestamp: created }, spec });
const own = (spec: Spec, name = 'team', created = '2026-01-01T00:00:00Z'): PolicyRecord =>
  readPolicy({ kind: 'HintsPolicy', metadata: { namespace: 'shop', name, creationTimestamp: created }, spec });

function apply(annotations: Record<string, string>, policies: readonly PolicyRecord[], trafficDistribution = '') {
  const service = readService({
    metadata: { namespace: 'shop', name: 'web', annotations },
    spec: { trafficDistribution, selector: { app: 'web' } },
  });
  return applyPolicies(service, [...policies].sort(comparePolicies));
}

interface Row {
  readonly annotations?: Record<string, string>;
  readonly trafficDistribution?: string;
  readonly policies: readonly PolicyRecord[];
  readonly mode: string;
  readonly source?: string;
  readonly limited?: readonly string[];
}

describe('the mode of a Service, by precedence', () => {
  const auto: Spec = { defaults: { mode: 'auto' } };
  const balanced: Spec = { defaults: { mode: 'balanced' } };
  const onlyAuto: Spec = { limits: { allowedModes: ['auto'] } };
  test.each<[string, Row]>([
    [
      'nothing stated, a policy of the cluster: its default',
      { policies: [cluster(auto)], mode: 'auto', source: 'ClusterHintsPolicy all' },
    ],
    [
      'nothing stated, policies of namespace and cluster: that of the namespace',
      { policies: [cluster(auto), own(balanced)], mode: 'balanced', source: 'HintsPolicy shop/team' },
    ],
    [
      'stated by the Service: its own',
      { annotations: { [MODE]: 'same-zone' }, policies: [own(balanced)], mode: 'same-zone', source: MODE },
    ],
    [
      'stated by an annotation of Kubernetes: its own',
      { annotations: { [TOPOLOGY_MODE]: 'Auto' }, policies: [own(balanced)], mode: 'auto', source: TOPOLOGY_MODE },
    ],
    [
      'stated by trafficDistribution: its own',
      { trafficDistribution: 'PreferSameZone', policies: [own(balanced)], mode: 'same-zone' },
    ],
    [
      'two of the namespace: the older',
      {
        policies: [own(auto, 'a', '2026-02-01T00:00:00Z'), own(balanced, 'b', '2026-01-01T00:00:00Z')],
        mode: 'balanced',
      },
    ],
    ['two of one age: the first by name', { policies: [own(balanced, 'b'), own(auto, 'a')], mode: 'auto' }],
    ['off wins over every default', { annotations: { [MODE]: 'off' }, policies: [own(balanced)], mode: 'off' }],
    [
      'Disabled wins over every default, also where no overrides are allowed',
      {
        annotations: { [TOPOLOGY_MODE]: 'Disabled' },
        policies: [own({ ...balanced, limits: { allowOverrides: false } })],
        mode: 'off',
      },
    ],
    [
      'a value of another controller is left alone',
      { annotations: { [TOPOLOGY_MODE]: 'example.com/own' }, policies: [own(balanced)], mode: 'off' },
    ],
    [
      'a mistyped mode is reported as ever and gets no default',
      { annotations: { [MODE]: 'balansed' }, policies: [own(auto)], mode: 'off', source: MODE },
    ],
    [
      'a mode that is not allowed: the default that is',
      {
        annotations: { [MODE]: 'balanced' },
        policies: [cluster({ ...auto, ...onlyAuto })],
        mode: 'auto',
        limited: ['Mode balanced is not allowed by ClusterHintsPolicy all (allowed: auto), so auto is used'],
      },
    ],
    [
      'a mode that is not allowed, without a default: no hints',
      {
        annotations: { [MODE]: 'balanced' },
        policies: [cluster(onlyAuto)],
        mode: 'off',
        limited: ['Mode balanced is not allowed by ClusterHintsPolicy all (allowed: auto), so there are no hints'],
      },
    ],
    [
      'a default that the cluster does not allow is none',
      { policies: [cluster(onlyAuto), own(balanced)], mode: 'off', source: '' },
    ],
    [
      'limits of all policies hold together',
      {
        annotations: { [MODE]: 'auto' },
        policies: [
          cluster({ limits: { allowedModes: ['auto', 'balanced'] } }),
          own({ limits: { allowedModes: ['balanced'] } }),
        ],
        mode: 'off',
        limited: ['Mode auto is not allowed by ClusterHintsPolicy all (allowed: balanced), so there are no hints'],
      },
    ],
    [
      'no overrides: the default',
      {
        annotations: { [MODE]: 'balanced' },
        policies: [cluster({ ...auto, limits: { allowOverrides: false } })],
        mode: 'auto',
        limited: [
          'Mode balanced is not used, because ClusterHintsPolicy all sets auto and ClusterHintsPolicy all allows no overrides',
        ],
      },
    ],
    [
      'no overrides, and no default: its own',
      {
        annotations: { [MODE]: 'balanced' },
        policies: [cluster({ limits: { allowOverrides: false } })],
        mode: 'balanced',
      },
    ],
    [
      'no overrides, and its own is the default',
      {
        annotations: { [MODE]: 'auto' },
        policies: [cluster({ ...auto, limits: { allowOverrides: false } })],
        mode: 'auto',
        source: MODE,
      },
    ],
    [
      'no overrides by one policy, and the default of another',
      {
        annotations: { [MODE]: 'balanced' },
        policies: [cluster({ limits: { allowOverrides: false } }), own(auto)],
        mode: 'auto',
        limited: [
          'Mode balanced is not used, because HintsPolicy shop/team sets auto and ClusterHintsPolicy all allows no overrides',
        ],
      },
    ],
    [
      'limits that have no mode in common: no hints',
      {
        annotations: { [MODE]: 'auto' },
        policies: [cluster(onlyAuto), own({ limits: { allowedModes: ['balanced'] } })],
        mode: 'off',
        source: 'ClusterHintsPolicy all',
        limited: ['Mode auto is not allowed by ClusterHintsPolicy all (allowed: none), so there are no hints'],
      },
    ],
    [
      'several that are allowed are listed',
      {
        annotations: { [MODE]: 'same-zone' },
        policies: [cluster({ limits: { allowedModes: ['auto', 'balanced'] } })],
        mode: 'off',
        limited: [
          'Mode same-zone is not allowed by ClusterHintsPolicy all (allowed: auto, balanced), so there are no hints',
        ],
      },
    ],
    [
      'a mistyped mode is reported as ever where modes are limited and overrides are not allowed',
      {
        annotations: { [MODE]: 'balansed' },
        policies: [cluster({ ...auto, limits: { allowedModes: ['auto'], allowOverrides: false } })],
        mode: 'off',
        source: MODE,
      },
    ],
    [
      'off is allowed as a default beside any limit',
      {
        policies: [cluster({ defaults: { mode: 'off' }, ...onlyAuto })],
        mode: 'off',
        source: 'ClusterHintsPolicy all',
      },
    ],
    ['no policies: its own', { annotations: { [MODE]: 'balanced' }, policies: [], mode: 'balanced' }],
  ])('%s', (_, { annotations = {}, trafficDistribution, policies, mode, source, limited = [] }) => {
    const service = apply(annotations, policies, trafficDistribution);
    expect(chooseMode(service)).toMatchObject({ mode, ...(source === undefined ? {} : { source }) });
    expect(service.policy?.limited ?? []).toEqual(limited);
  });
});

describe('the other settings of a Service', () => {
  const keys = [OVERLOAD, DEMAND, CLIENTS, NODE_HINTS] as const;
  type SettingsRow = [
    what: string,
    annotations: Record<string, string>,
    policies: readonly PolicyRecord[],
    effective: Record<string, string>,
    limited: readonly string[],
  ];
  test.each<SettingsRow>([
    [
      'defaults fill what is not stated, each from the first policy that has it',
      {},
      [
        cluster({ defaults: { overloadThreshold: 0.5, demand: 'equal' } }),
        own({ defaults: { overloadThreshold: 0.3 } }),
      ],
      { [OVERLOAD]: '0.3', [DEMAND]: 'equal' },
      [],
    ],
    [
      'stated values hold',
      { [OVERLOAD]: '0.1', [CLIENTS]: 'cart' },
      [cluster({ defaults: { overloadThreshold: 0.5, demand: 'equal' } })],
      { [OVERLOAD]: '0.1', [CLIENTS]: 'cart' },
      [],
    ],
    [
      'where no overrides are allowed, defaults replace them',
      { [OVERLOAD]: '0.1', [CLIENTS]: 'cart' },
      [cluster({ defaults: { overloadThreshold: 0.5, demand: 'equal' }, limits: { allowOverrides: false } })],
      { [OVERLOAD]: '0.5', [DEMAND]: 'equal' },
      [
        `Annotation ${OVERLOAD} ("0.1") is not used, because ClusterHintsPolicy all sets "0.5" and ClusterHintsPolicy all allows no overrides`,
      ],
    ],
    [
      'a value that is the default anyway is not reported',
      { [OVERLOAD]: '0.5' },
      [cluster({ defaults: { overloadThreshold: 0.5 }, limits: { allowOverrides: false } })],
      { [OVERLOAD]: '0.5' },
      [],
    ],
    ['node hints by default', {}, [cluster({ defaults: { nodeHints: true } })], { [NODE_HINTS]: 'true' }, []],
    [
      'two policies with a default: the other allows no overrides',
      { [OVERLOAD]: '0.1' },
      [cluster({ limits: { allowOverrides: false } }), own({ defaults: { overloadThreshold: 0.5 } })],
      { [OVERLOAD]: '0.5' },
      [
        `Annotation ${OVERLOAD} ("0.1") is not used, because HintsPolicy shop/team sets "0.5" and ClusterHintsPolicy all allows no overrides`,
      ],
    ],
    ...['0', '0.05', '0.1'].map((text): SettingsRow => [
      `a threshold of ${text} is within a limit of 0.1`,
      { [OVERLOAD]: text },
      [cluster({ limits: { maxOverloadThreshold: 0.1 } })],
      { [OVERLOAD]: text },
      [],
    ]),
    ...['-1', '11', '', '  '].map((text): SettingsRow => [
      `a threshold of ${JSON.stringify(text)} is reported, and the limit holds`,
      { [OVERLOAD]: text },
      [cluster({ limits: { maxOverloadThreshold: 0.1 } })],
      { [OVERLOAD]: '0.1' },
      [
        `Annotation ${OVERLOAD} must be a number from 0 to 10 but is "${text}", so 0.1 of ClusterHintsPolicy all is used`,
      ],
    ]),
    [
      'a threshold of 10 is a number above the limit',
      { [OVERLOAD]: '10' },
      [cluster({ limits: { maxOverloadThreshold: 0.5 } }), own({ limits: { maxOverloadThreshold: 0.5 } })],
      { [OVERLOAD]: '0.5' },
      ['An overload threshold of 10 is not allowed by HintsPolicy shop/team, so 0.5 is used'],
    ],
    [
      'a threshold above the limit is the limit',
      { [OVERLOAD]: '3' },
      [cluster({ limits: { maxOverloadThreshold: 0.5 } }), own({ limits: { maxOverloadThreshold: 1 } })],
      { [OVERLOAD]: '0.5' },
      ['An overload threshold of 3 is not allowed by ClusterHintsPolicy all, so 0.5 is used'],
    ],
    [
      'without a threshold the limit holds, since that of the controller may be higher',
      {},
      [cluster({ limits: { maxOverloadThreshold: 0.1 } })],
      { [OVERLOAD]: '0.1' },
      [],
    ],
    [
      'a threshold that is no number is reported, and the limit holds',
      { [OVERLOAD]: 'much' },
      [cluster({ limits: { maxOverloadThreshold: 0.1 } })],
      { [OVERLOAD]: '0.1' },
      [`Annotation ${OVERLOAD} must be a number from 0 to 10 but is "much", so 0.1 of ClusterHintsPolicy all is used`],
    ],
    [
      'a threshold that is no number is left to the planner where there is no limit',
      { [OVERLOAD]: 'much' },
      [cluster({ defaults: { overloadThreshold: 0.5 } })],
      { [OVERLOAD]: 'much' },
      [],
    ],
  ])('%s', (_, annotations, policies, effective, limited) => {
    const service = apply(annotations, policies);
    const found = Object.fromEntries(
      Object.entries(service.annotations).filter(([key]) => keys.some((k) => k === key)),
    );
    expect(found).toEqual(effective);
    expect(service.policy?.limited).toEqual(limited);
  });

  test.each<[readonly string[], string]>([
    [['Enforce'], 'Enforce'],
    [['Enforce', 'DryRun'], 'DryRun'],
    [['Off', 'Enforce', 'DryRun'], 'Off'],
  ])('of several enforcements (%s) the strictest holds', (enforcements, enforcement) => {
    const policies = enforcements.map((value, i) => own({ enforcement: value }, `p${i}`));
    expect(apply({}, policies).policy?.enforcement).toBe(enforcement);
  });
});

describe('costs and networks of zones', () => {
  const costs = (cost: number): Spec => ({ defaults: { zoneCosts: { a: { b: cost } } } });
  const cidrs: Spec = { defaults: { zoneCIDRs: [{ cidr: '10.1.0.0/16', zone: 'a' }] } };
  const older = '2025-01-01T00:00:00Z';
  test.each<[string, readonly PolicyRecord[], number | undefined]>([
    ['are absent where no policy states them', [cluster(cidrs), own({})], undefined],
    ['are those of the policy', [cluster(costs(1)), own({})], 1],
    ['of two policies are those of the older', [cluster(costs(1), 'a'), cluster(costs(2), 'b', older)], 2],
    ['of two policies of one age are those of the first by name', [cluster(costs(2), 'b'), cluster(costs(1), 'a')], 1],
    ['may come from a policy that goes behind another', [cluster(cidrs, 'a', older), cluster(costs(2), 'b')], 2],
  ])('%s', (_, policies, cost) => {
    expect(apply({}, policies).policy?.zoneCosts?.[0]?.cost).toBe(cost);
  });

  test('are one object for all Services', () => {
    const policy = cluster({ defaults: { ...costs(1).defaults, ...cidrs.defaults } });
    for (const annotations of [{}, { [MODE]: 'balanced' }]) {
      const made = apply(annotations, [policy]).policy;
      expect(made?.zoneCosts).toBe(policy.defaults.zoneCosts);
      expect(made?.zoneCidrs).toBe(policy.defaults.zoneCidrs);
      expect([made?.zoneCosts?.length, made?.zoneCidrs?.length]).toEqual([1, 1]);
    }
  });
});

describe('for all policies', () => {
  const specs = fc.record({
    defaults: fc.record(
      {
        mode: fc.constantFrom('auto', 'balanced', 'same-zone', 'off'),
        overloadThreshold: fc.double({ min: 0, max: 10, noNaN: true }),
      },
      { requiredKeys: [] },
    ),
    limits: fc.record(
      {
        allowedModes: fc.subarray(['auto', 'balanced', 'same-zone']),
        maxOverloadThreshold: fc.double({ min: 0, max: 10, noNaN: true }),
        allowOverrides: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  });
  const policies = fc
    .array(fc.tuple(specs, fc.boolean()), { minLength: 1, maxLength: 4 })
    .map((list) => list.map(([spec, isOwn], i) => (isOwn ? own(spec, `p${i}`) : cluster(spec, `p${i}`))));
  const annotations = fc.record(
    {
      [MODE]: fc.constantFrom('auto', 'balanced', 'same-zone', 'off'),
      [OVERLOAD]: fc.constantFrom('0', '0.2', '4', '10'),
    },
    { requiredKeys: [] },
  );

  test('no Service gets a mode or a threshold beyond a limit, and one that opts out stays out', () => {
    fc.assert(
      fc.property(annotations, policies, (stated, list) => {
        const service = apply(stated, list);
        const { mode } = chooseMode(service);
        for (const { limits } of list) {
          if (mode !== 'off') expect(limits.allowedModes ?? [mode]).toContain(mode);
          const threshold = service.annotations[OVERLOAD];
          if (limits.maxOverloadThreshold !== undefined) {
            expect(Number(threshold)).toBeLessThanOrEqual(limits.maxOverloadThreshold);
          }
        }
        if (stated[MODE] === 'off') expect(mode).toBe('off');
      }),
    );
  });
});

describe('conflicts', () => {
  test.each<[string, readonly PolicyRecord[], readonly string[]]>([
    [
      'different defaults of one field',
      [own({ defaults: { mode: 'auto' } }, 'a'), own({ defaults: { mode: 'balanced' } }, 'b')],
      ['a before b'],
    ],
    ['equal defaults', [own({ defaults: { mode: 'auto' } }, 'a'), own({ defaults: { mode: 'auto' } }, 'b')], []],
    ['different fields', [own({ defaults: { mode: 'auto' } }, 'a'), own({ defaults: { demand: 'equal' } }, 'b')], []],
    [
      'different costs of zones',
      [
        cluster({ defaults: { zoneCosts: { x: { y: 1 } } } }, 'a'),
        cluster({ defaults: { zoneCosts: { x: { y: 2 } } } }, 'b'),
      ],
      ['a before b'],
    ],
    [
      'equal costs and networks of zones',
      ['a', 'b'].map((name) =>
        cluster({ defaults: { zoneCosts: { x: { y: 1 } }, zoneCIDRs: [{ cidr: '10.0.0.0/8', zone: 'x' }] } }, name),
      ),
      [],
    ],
    [
      'each has the first that goes before it and differs from it',
      ['auto', 'auto', 'balanced', 'auto', 'same-zone'].map((mode, i) => own({ defaults: { mode } }, 'abcde'[i])),
      ['a before c', 'c before d', 'a before e'],
    ],
    [
      'of several fields the earliest policy counts',
      [
        own({ defaults: { demand: 'equal' } }, 'a'),
        own({ defaults: { mode: 'auto' } }, 'b'),
        own({ defaults: { mode: 'balanced', demand: 'nodes' } }, 'c'),
      ],
      ['a before c'],
    ],
    [
      'of different kinds',
      [own({ defaults: { mode: 'auto' } }, 'a'), cluster({ defaults: { mode: 'balanced' } }, 'b')],
      [],
    ],
    [
      'limits, which hold together',
      [own({ limits: { maxOverloadThreshold: 1 } }, 'a'), own({ limits: { maxOverloadThreshold: 2 } }, 'b')],
      [],
    ],
  ])('%s', (_, policies, expected) => {
    const found = conflictsAmong([...policies].sort(comparePolicies));
    expect(found.map(([winner, loser]) => `${winner.name} before ${loser.name}`)).toEqual(expected);
  });

  test('are those that comparing each policy with each before it finds', () => {
    const maybe = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const defaults = fc.record({
      mode: maybe('auto', 'balanced', 'same-zone'),
      demand: maybe('equal', 'nodes'),
      overloadThreshold: maybe(0, 0.5),
      nodeHints: maybe(true, false),
    });
    const list = fc.array(fc.tuple(defaults, fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(list, (specs) => {
        const policies = specs
          .map(([own_, isOwn], i) => (isOwn ? own : cluster)({ defaults: own_ }, `p${i}`))
          .sort(comparePolicies);
        const pairwise = policies.flatMap((later, i) => {
          const winner = policies.slice(0, i).find(
            (earlier) =>
              earlier.kind === later.kind &&
              (['mode', 'demand', 'overloadThreshold', 'nodeHints'] as const).some((field) => {
                const [a, b] = [earlier.defaults[field], later.defaults[field]];
                return a !== undefined && b !== undefined && a !== b;
              }),
          );
          return winner === undefined ? [] : [[winner, later]];
        });
        expect(conflictsAmong(policies)).toEqual(pairwise);
      }),
    );
  });
});
