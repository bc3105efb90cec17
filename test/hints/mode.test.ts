import { describe, expect, test } from '@jest/globals';
import { chooseMode } from '../../src/hints/mode.js';
import { planService } from '../../src/index.js';
import { readService } from '../../src/model/service.js';
import { autoService } from '../support/vectors.js';

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
