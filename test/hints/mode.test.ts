import { describe, expect, test } from 'vitest';
import { chooseMode, isInTreeAuto } from '../../src/hints/mode.js';
import { planService } from '../../src/index.js';
import { readService } from '../../src/model/service.js';
import { autoService, nodeManifest } from '../support/vectors.js';

const MODE = 'service.kubernetes.io/topology-mode';
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const WORDS = ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty', 'isPrototypeOf'];

describe('words that every plain object has', () => {
  test.each(WORDS.flatMap((word) => [MODE, HINTS].map((key) => [key, word])))(
    '%s: %s is an unknown value: off and a Warning',
    (key, word) => {
      const plan = planService({ service: autoService({ [key]: word }), slices: [], nodes: [] });
      expect(plan.mode).toBe('off');
      expect(plan.warnings).toMatchObject([{ type: 'Warning', reason: 'InvalidAnnotation' }]);
      expect(plan.warnings[0]?.message).toContain(`unknown value "${word}"`);
    },
  );

  test.each(WORDS)('spec.trafficDistribution: %s asks for nothing', (trafficDistribution) => {
    expect(chooseMode(readService({ spec: { trafficDistribution } })).mode).toBe('off');
  });

  test.each(WORDS.flatMap((word) => [`${word},*`, `!${word},*`]))(
    'slicehints.io/topology-keys: %s is a label that no node has',
    (keys) => {
      const node = (name: string): object => ({
        metadata: { name, labels: { 'topology.kubernetes.io/zone': name } },
        status: { allocatable: { cpu: '1' }, conditions: [{ type: 'Ready', status: 'True' }] },
      });
      const slice = {
        metadata: { namespace: 'default', name: 's' },
        addressType: 'IPv4',
        ports: [{ name: 'http' }],
        endpoints: ['a', 'b'].map((zone) => ({ addresses: [`10.0.0.${zone}`], nodeName: zone, zone })),
      };
      const { warnings, verdicts } = planService({
        service: autoService({ 'slicehints.io/topology-keys': keys }),
        slices: [slice],
        nodes: [node('a'), node('b')],
      });
      const [verdict] = [...verdicts, ...warnings];
      if (keys.includes('__proto__')) expect(verdict?.reason).toBe('InvalidTopologyKeys');
      else expect(verdict).toMatchObject({ reason: 'TopologyKeysExact', hinted: false });
      expect(verdict?.message).not.toContain('native code');
    },
  );
});

describe('messages show a bounded part of a foreign text', () => {
  const long = 'x'.repeat(100_000);
  test.each<[string, Record<string, string>]>([
    ['an unknown mode', { [MODE]: long }],
    ['two values that disagree', { [HINTS]: long, [MODE]: `${long}y` }],
    ['an overload threshold', { [MODE]: 'slicehints.io/balanced', 'slicehints.io/overload-threshold': long }],
    ['a topology key', { 'slicehints.io/topology-keys': `${long},*` }],
    ['a topology key twice', { 'slicehints.io/topology-keys': Array(2).fill(long).join(',') }],
    ['a strictness', { 'slicehints.io/topology-keys': '*', 'slicehints.io/topology-keys-strict': long }],
    ['a key of OpenYurt', { 'openyurt.io/topologyKeys': long }],
  ])('%s', (_, annotations) => {
    const slice = { metadata: { namespace: 'default', name: 's' }, addressType: 'IPv4', endpoints: [] };
    const { warnings, verdicts } = planService({
      service: autoService(annotations),
      slices: [slice],
      nodes: [],
    });
    const messages = [...verdicts, ...warnings].map(({ message }) => message);
    expect(messages.some((message) => message.includes('xxx…'))).toBe(true);
    for (const message of messages) expect(message.length).toBeLessThan(600);
  });
});

describe('slicehints.io/mode', () => {
  const OWN = 'slicehints.io/mode';

  test.each<[string, Record<string, string>, string, string]>([
    ['balanced', { [OWN]: 'balanced' }, 'balanced', ''],
    ['auto', { [OWN]: 'auto' }, 'auto', ''],
    ['same-zone', { [OWN]: 'same-zone' }, 'same-zone', ''],
    ['same-node', { [OWN]: 'same-node' }, 'same-node', ''],
    ['off', { [OWN]: 'off' }, 'off', ''],
    ['goes before Auto of Kubernetes', { [OWN]: 'balanced', [MODE]: 'Auto' }, 'balanced', 'disagree'],
    ['goes before topology-aware-hints', { [OWN]: 'balanced', [HINTS]: 'auto' }, 'balanced', 'disagree'],
    ['goes before a mistyped one of Kubernetes', { [OWN]: 'balanced', [MODE]: 'AUTO' }, 'balanced', ''],
    ['goes before topology keys', { [OWN]: 'same-zone', 'slicehints.io/topology-keys': '*' }, 'same-zone', ''],
    ['agrees with the same wish', { [OWN]: 'balanced', [MODE]: 'slicehints.io/balanced' }, 'balanced', ''],
    ['off beside Auto leaves the Service to Kubernetes', { [OWN]: 'off', [MODE]: 'Auto' }, 'off', ''],
    ['beside a value of somebody else', { [OWN]: 'balanced', [MODE]: 'example.com/x' }, 'balanced', ''],
  ])('%s', (_, annotations, mode, problem) => {
    const choice = chooseMode(readService({ metadata: { annotations }, spec: { trafficDistribution: 'PreferClose' } }));
    expect(choice).toMatchObject({ mode, source: OWN });
    if (problem === '') expect(choice.problem).toBeUndefined();
    else expect(choice.problem).toContain(problem);
    expect(choice.keepsHints).toBeUndefined();
  });

  test.each([
    ['a letter left out', 'balancd', ' (did you mean balanced?)'],
    ['capitals', 'Balanced', ' (did you mean balanced?)'],
    ['the value of the other annotation', 'slicehints.io/same-zone', ' (did you mean same-zone?)'],
    ['empty', '', ''],
    ['true', 'true', ''],
  ])('%s is not understood', (_, value, question) => {
    expect(chooseMode(readService({ metadata: { annotations: { [OWN]: value } } }))).toEqual({
      mode: 'off',
      source: OWN,
      keepsHints: true,
      problem: `Annotation slicehints.io/mode has the unknown value "${value}"${question}, so hints stay as they are until it is corrected; known values are balanced, auto, same-zone, same-node, off`,
    });
  });

  const inTreeSlice = {
    metadata: {
      namespace: 'default',
      name: 's',
      labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
    },
    addressType: 'IPv4',
    endpoints: ['a', 'b'].map((zone) => ({ addresses: [`10.0.0.${zone}`], conditions: { ready: true }, zone })),
  };
  const twoZones = ['a', 'b'].map((zone) =>
    nodeManifest({ name: zone, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '1', ready: 'True' }),
  );

  test.each([
    ['without telling in-tree is blocked on its slices', {}, 'HintsBlocked', 0],
    ['with in-tree’s Auto is served there', { [MODE]: 'Auto' }, 'TopologyAwareHintsEnabled', 1],
  ])('auto %s', (_, annotations, reason, patches) => {
    const service = autoService({ [OWN]: 'auto', ...annotations });
    const plan = planService({ service, slices: [inTreeSlice], nodes: twoZones });
    expect(plan.verdicts).toMatchObject([{ reason }]);
    expect(plan.patches).toHaveLength(patches);
  });
});

describe('the two annotations of Kubernetes', () => {
  const disagree = 'disagree; the first is used';
  test.each<[string, Record<string, string>, string, string, string]>([
    ['the older goes before the newer', { [HINTS]: 'auto', [MODE]: 'slicehints.io/balanced' }, 'auto', HINTS, disagree],
    ['two spellings of Auto are no contradiction', { [HINTS]: 'auto', [MODE]: 'Auto' }, 'auto', HINTS, ''],
    ['nor are two of off', { [HINTS]: 'disabled', [MODE]: 'Disabled' }, 'off', '', ''],
    ['also where it asks for nothing', { [HINTS]: 'Disabled', [MODE]: 'Auto' }, 'off', '', disagree],
    ['the same value twice is no contradiction', { [HINTS]: 'Auto', [MODE]: 'Auto' }, 'auto', HINTS, ''],
    ['the older alone', { [HINTS]: 'Auto' }, 'auto', HINTS, ''],
    ['the newer alone', { [MODE]: 'slicehints.io/same-node' }, 'same-node', MODE, ''],
    ['a contradiction is told beside topology keys', { [HINTS]: '', [MODE]: 'Auto', 'slicehints.io/topology-keys': '*' }, 'topology-keys', 'slicehints.io/topology-keys', disagree], // prettier-ignore
  ])('%s', (_, annotations, mode, source, problem) => {
    const choice = chooseMode(readService({ metadata: { annotations } }));
    expect(choice).toMatchObject({ mode, source });
    if (problem === '') expect(choice.problem).toBeUndefined();
    else expect(choice.problem).toBe(`Annotations ${HINTS} ("${annotations[HINTS]}") and ${MODE} ("${annotations[MODE]}") ${problem}`); // prettier-ignore
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['Auto', { [MODE]: 'Auto' }, true],
    ['auto', { [MODE]: 'auto' }, true],
    ['the older annotation', { [HINTS]: 'auto' }, true],
    ['the older annotation, which goes before the newer', { [HINTS]: 'Disabled', [MODE]: 'Auto' }, false],
    ['AUTO', { [MODE]: 'AUTO' }, false],
    ['a mode of slicehints', { 'slicehints.io/mode': 'auto' }, false],
    ['none', {}, false],
  ])('in-tree serves by its rule of Auto: %s is %j', (_, annotations, serves) => {
    expect(isInTreeAuto({ annotations })).toBe(serves);
  });
});

describe('a mode that a policy sets', () => {
  const withMode = (value: string): ReturnType<typeof chooseMode> => {
    const service = readService({ metadata: { annotations: { 'slicehints.io/mode': 'balanced' } } });
    const policy = {
      enforcement: 'Enforce',
      policies: [],
      limited: [],
      mode: { value, source: 'HintsPolicy p' },
    } as const;
    return chooseMode({ ...service, policy });
  };
  test.each([
    ['goes before that of the Service', 'same-zone', 'same-zone'],
    ['is off where there is no such mode', 'constructor', 'off'],
  ])('%s', (_, value, mode) => {
    expect(withMode(value)).toEqual({ mode, source: 'HintsPolicy p' });
  });
});

describe('a value that is not understood takes nothing away', () => {
  const slice = (endpoints: object[], owned = true): object => ({
    metadata: { namespace: 'default', name: 's', ...(owned ? { annotations: { 'slicehints.io/hints': '1' } } : {}) },
    addressType: 'IPv4',
    endpoints,
  });
  const hinted = (address: string, zone: string): object => ({
    addresses: [address],
    zone,
    hints: { forZones: [{ name: zone }] },
  });
  const bare = { addresses: ['10.0.0.9'], zone: 'a' };
  const typos: [string, Record<string, string>][] = [
    ['slicehints.io/mode: balancd', { 'slicehints.io/mode': 'balancd' }],
    ['topology-mode: slicehints.io/balancd', { [MODE]: 'slicehints.io/balancd' }],
    ['topology-mode: AUTO', { [MODE]: 'AUTO' }],
    ['topology-aware-hints: Atuo, topology-mode: Auto', { [HINTS]: 'Atuo', [MODE]: 'Auto' }],
    ['a typo beside topology keys', { [MODE]: 'AUTO', 'slicehints.io/topology-keys': '*' }],
  ];

  test.each(typos)('%s: hints of ours stay, new endpoints get none', (_, annotations) => {
    const slices = [slice([hinted('10.0.0.1', 'a'), hinted('10.0.0.2', 'b'), bare])];
    const plan = planService({ service: autoService(annotations), slices, nodes: [] });
    expect(plan).toMatchObject({ mode: 'off', patches: [], verdicts: [] });
    expect(plan.slices[0]?.endpoints.map(({ hints }) => hints?.forZones?.[0]?.name)).toEqual(['a', 'b', undefined]);
    expect(plan.warnings).toMatchObject([{ type: 'Warning', reason: 'InvalidAnnotation' }]);
    expect(plan.warnings[0]?.message).toContain('hints stay as they are until it is corrected');
  });

  test.each([
    ['off', { 'slicehints.io/mode': 'off' }],
    ['Disabled', { [MODE]: 'Disabled' }],
    ['a value of somebody else', { [MODE]: 'example.com/x' }],
    ['no wish at all', {}],
  ])('%s is understood: hints of ours go', (_, annotations) => {
    const slices = [slice([hinted('10.0.0.1', 'a')])];
    expect(planService({ service: autoService(annotations), slices, nodes: [] }).patches).toHaveLength(1);
  });
});
