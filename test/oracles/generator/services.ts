import type { Service, FuzzCase } from '../fuzzCase.js';
import { IN_TREE, MIRRORING } from '../fuzzCase.js';
import type { Random } from '../random.js';

const OWN_MODE = 'slicehints.io/mode';
const MODE = 'service.kubernetes.io/topology-mode';
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const KEYS = 'slicehints.io/topology-keys';
const STRICT = 'slicehints.io/topology-keys-strict';
const OPENYURT = 'openyurt.io/topologyKeys';
const DEMAND = 'slicehints.io/demand';
const CLIENTS = 'slicehints.io/clients';
const OVERLOAD = 'slicehints.io/overload-threshold';

const LONG = 'x'.repeat(5000);
const NONSENSE = [
  'constructor',
  '__proto__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'AUTO',
  '',
  'Disabled',
  'disabled',
  'example.com/x',
  'slicehints.io/unknown',
  'slicehints.io/constructor',
  'Auto ',
  '\u0000\u2028💥',
  LONG,
];
const LABEL_KEYS = [
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'example.com/rack',
  'apps.openyurt.io/nodepool',
];
const KEY_NONSENSE = ['constructor', '!valueOf', '!', '', 'a/b/c', 'UPPER/x', '!*', '__proto__', ' ', LONG, '*'];

/** Annotations that nothing reads, or that are spelt nearly like one of ours. */
const STRANGERS = [
  'slicehints.io/Mode',
  'slicehints.io/constructor',
  `slicehints.io/${LONG}`,
  'service.kubernetes.io/topology-mod',
  '__proto__',
];

const keyList = (random: Random): string => {
  if (random.chance(0.03)) return random.pick(['', ' ', ',', '*', '*,*', LONG, `${'k,'.repeat(20)}*`]);
  const keys = random.sample(LABEL_KEYS, random.between(1, 3)).map((key) => (random.chance(0.1) ? `!${key}` : key));
  if (random.chance(0.06)) keys.splice(random.below(keys.length + 1), 0, random.pick(KEY_NONSENSE));
  if (random.chance(0.7)) keys.push('*');
  return keys.join(random.chance(0.1) ? ' , ' : ',');
};

/** Some text for an annotation that takes `good`, seldom one that it does not take. */
const mostly = (random: Random, good: string): string => (random.chance(0.03) ? random.pick(NONSENSE) : good);

/** Where the traffic comes from, in words of the Service; some of them make no sense. */
const demand = (random: Random, zones: readonly string[]): string =>
  random.weighted([
    [30, random.pick(['cpu', 'nodes', 'equal', 'endpoints', ' cpu'])],
    [
      30,
      random
        .sample([...zones, 'nowhere'], 4)
        .map((zone) => `${zone}=${random.pick(['1', '3', '0', '2.5', '.5'])}`)
        .join(','),
    ],
    [10, 'clients'],
    [10, random.pick(['z00', 'z00=', 'z00=-1', '=1', 'z00=1,z00=2', 'z00=1=2', 'z00=0', 'z00=1e3', ...NONSENSE])],
  ]);

const clients = (random: Random): string =>
  random.weighted([
    [60, random.sample(['web', 'front', 'other/back', 'shop/front=3', 'gone'], random.between(1, 3)).join(',')],
    [6, random.pick(['front=0', 'front=-1', 'a/b/c', 'front,front', ...NONSENSE])],
  ]);

export const serviceOf = (random: Random, zones: readonly string[]): Service => {
  const annotations: Record<string, string> = {};
  const spec: NonNullable<Service['spec']> = { type: 'ClusterIP', clusterIP: '10.96.0.1' };
  const wish = random.weighted([
    [22, 'auto'],
    [28, 'balanced'],
    [9, 'same-zone'],
    [9, 'same-node'],
    [22, 'keys'],
    [3, 'openyurt'],
    [4, 'distribution'],
    [4, 'nonsense'],
    [3, 'off'],
  ] as const);
  switch (wish) {
    case 'auto':
      if (random.chance(0.3)) annotations[OWN_MODE] = mostly(random, 'auto');
      else annotations[random.pick([MODE, MODE, HINTS])] = mostly(random, random.pick(['Auto', 'auto']));
      if (random.chance(0.1)) annotations[MODE] = 'Auto';
      break;
    case 'balanced':
    case 'same-zone':
    case 'same-node':
      if (random.chance(0.3)) annotations[OWN_MODE] = mostly(random, wish);
      else annotations[random.chance(0.9) ? MODE : HINTS] = mostly(random, `slicehints.io/${wish}`);
      break;
    case 'keys':
      annotations[KEYS] = keyList(random);
      break;
    case 'openyurt':
      annotations[OPENYURT] = random.pick([
        'openyurt.io/nodepool',
        'kubernetes.io/hostname',
        'kubernetes.io/zone',
        'openyurt.io/nodepool,*',
        'kubernetes.io/hostname,openyurt.io/nodepool,*',
        ...KEY_NONSENSE,
      ]);
      break;
    case 'distribution':
      spec.trafficDistribution = random.pick(['PreferSameZone', 'PreferClose', 'PreferSameNode', ...NONSENSE]);
      break;
    case 'nonsense':
      annotations[random.pick([OWN_MODE, MODE, HINTS, KEYS, OPENYURT])] = random.pick(NONSENSE);
      break;
    case 'off':
      if (random.chance(0.5)) annotations[OWN_MODE] = 'off';
      break;
  }
  if (random.chance(0.2)) annotations[OVERLOAD] = overload(random);
  if (random.chance(0.12)) annotations[DEMAND] = demand(random, zones);
  if (random.chance(0.1)) annotations[CLIENTS] = clients(random);
  if (random.chance(0.1)) annotations[STRICT] = random.pick(['true', 'true', 'false', ...NONSENSE]);
  if (random.chance(0.03)) annotations[random.pick([OWN_MODE, MODE, HINTS, KEYS, OPENYURT])] = random.pick(NONSENSE);
  if (random.chance(0.02)) annotations[random.pick(STRANGERS)] = random.pick(NONSENSE);
  if (random.chance(0.3)) annotations['kubectl.kubernetes.io/last-applied-configuration'] = '{"a":1}';
  if (random.chance(0.03)) spec.trafficDistribution = random.pick(['PreferSameZone', 'PreferClose', 'PreferSameNode']);
  if (random.chance(0.03)) spec.externalTrafficPolicy = random.pick(['Local', 'Cluster']);
  if (random.chance(0.03)) spec.internalTrafficPolicy = random.pick(['Local', 'Cluster']);
  if (random.chance(0.02)) spec.clusterIP = 'None';
  if (random.chance(0.005)) spec.type = 'ExternalName';
  if (random.chance(0.7)) spec.selector = { app: 'web' };
  const special = random.chance(0.02);
  const name = special ? 'kubernetes' : 'web';
  return { metadata: { namespace: special ? 'default' : 'shop', name, annotations }, spec };
};

const overload = (random: Random): string =>
  random.pick(['0', '0.05', '0.2', '0.5', '1', '2.5', '10', '.3', '10.1', '-1', '1e3', '0x1', ' 0.2', ...NONSENSE]);

const MANAGERS = ['', IN_TREE, MIRRORING, 'example.com/mine', 'constructor'];

export const settingsOf = (random: Random): FuzzCase['settings'] => {
  const settings: FuzzCase['settings'] = {};
  if (random.chance(0.6)) settings.guard = true;
  if (random.chance(0.2)) settings.inTree = random.pick(['present', 'absent']);
  if (random.chance(0.2)) settings.overloadThreshold = random.pick([0, 0.01, 0.05, 0.1, 0.2, 0.35, 1, 10]);
  if (random.chance(0.15)) settings.rebalanceGain = random.pick([0, 0.01, 0.05, 0.2, 0.5, 1]);
  if (random.chance(0.1)) settings.overloadHold = random.pick([0, 0.05, 0.3, 1]);
  if (random.chance(0.15)) settings.demand = random.pick(['cpu', 'nodes', 'endpoints', 'equal']);
  if (random.chance(0.15)) settings.autoStrategy = random.pick(['proportional', 'balanced']);
  if (random.chance(0.04)) settings.managedBy = random.sample(MANAGERS, random.between(0, 3));
  if (random.chance(0.04)) settings.ignoreManagedBy = random.sample(MANAGERS, random.between(0, 2));
  return settings;
};
