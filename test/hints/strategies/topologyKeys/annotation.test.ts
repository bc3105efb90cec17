import { describe, expect, test } from 'vitest';
import { keyText, parseTopologyKeys } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import { readService } from '../../../../src/model/service.js';

function parse(annotations: Record<string, string>, spec: object = {}): ReturnType<typeof parseTopologyKeys> {
  return parseTopologyKeys(readService({ metadata: { namespace: 'ns', name: 'svc', annotations }, spec }));
}

function keysOf(annotations: Record<string, string>): string[] {
  const parsed = parse(annotations);
  if (parsed === undefined || 'error' in parsed) throw new Error(`no keys but ${JSON.stringify(parsed)}`);
  return parsed.keys.map(keyText);
}

describe('slicehints.io/topology-keys', () => {
  const keys = (value: string): Record<string, string> => ({ 'slicehints.io/topology-keys': value });

  test('a Service without the annotations asks for nothing', () => {
    expect(parse({})).toBeUndefined();
  });

  test.each([
    ['several keys with blanks around them', ' kubernetes.io/hostname , topology.kubernetes.io/zone,* ', 3],
    ['only the star', '*', 1],
    ['an empty list, which is no constraint', '', 0],
    ['a domain and everything outside it', 'example.com/rack,!example.com/rack', 2],
    ['16 keys', Array.from({ length: 16 }, (_, i) => `k${i}`).join(','), 16],
    ['a key without a prefix', 'Rack_1.b', 1],
  ])('%s', (_, value, count) => {
    expect(keysOf(keys(value))).toHaveLength(count);
  });

  test('keys keep their order and their "!"', () => {
    expect(keysOf(keys('b/x,!a/y,*'))).toEqual(['b/x', '!a/y', '*']);
  });

  test.each([
    ['the star before another key', '*,kubernetes.io/hostname', 'has "*" at position 1, but "*" must be the last key'],
    ['the star twice', '*,*', 'has "*" at position 1, but "*" must be the last key'],
    ['17 keys', Array.from({ length: 17 }, (_, i) => `k${i}`).join(','), 'has 17 keys, but at most 16 are allowed'],
    ['a key twice', 'a,b,a', 'has the key "a" twice'],
    ['an empty key', 'a,,b', 'has the key "" at position 2: it is empty'],
    ['a trailing comma', 'a,', 'has the key "" at position 2: it is empty'],
    ['"!" alone', '!', 'has the key "!" at position 1: it is empty'],
    ['outside of anywhere', '!*', 'has the key "!*" at position 1: the name of a label key must be'],
    ['two slashes', 'a/b/c', 'a label key has at most one slash'],
    ['an upper-case prefix', 'Example.com/rack', 'the part before the slash must be a lower-case DNS name'],
    ['an empty prefix', '/rack', 'the part before the slash must be a lower-case DNS name'],
    ['an empty name', 'example.com/', 'the name of a label key must be'],
    ['a name of 64 characters', 'x'.repeat(64), 'the name of a label key must be'],
    ['a blank within', 'my rack', 'the name of a label key must be'],
  ])('%s is one sentence of error', (_, value, sentence) => {
    const parsed = parse(keys(value));
    expect(parsed).toEqual({ error: expect.stringContaining(sentence) });
    expect(parsed).toEqual({ error: expect.stringMatching(/^Annotation slicehints\.io\/topology-keys has [^\n]*$/) });
  });

  test('externalTrafficPolicy: Local does not go together with it, as in Kubernetes 1.17', () => {
    expect(parse(keys('*'), { externalTrafficPolicy: 'Local' })).toEqual({
      error: 'Annotation slicehints.io/topology-keys may not be used together with externalTrafficPolicy: Local',
    });
    expect(parse(keys('*'), { externalTrafficPolicy: 'Cluster' })).toMatchObject({ keys: [{ kind: 'any' }] });
  });

  test.each([
    [undefined, false],
    ['false', false],
    ['true', true],
  ])('topology-keys-strict %s means %s', (value, strict) => {
    const strictly = value === undefined ? {} : { 'slicehints.io/topology-keys-strict': value };
    expect(parse({ ...keys('*'), ...strictly })).toMatchObject({ strict });
  });

  test('any other value of topology-keys-strict is an error, not a guess', () => {
    expect(parse({ ...keys('*'), 'slicehints.io/topology-keys-strict': 'yes' })).toEqual({
      error: 'Annotation slicehints.io/topology-keys-strict must be "true" or "false", but is "yes"',
    });
  });
});

describe('openyurt.io/topologyKeys', () => {
  const yurt = (value: string): Record<string, string> => ({ 'openyurt.io/topologyKeys': value });

  test.each([
    ['kubernetes.io/hostname', ['kubernetes.io/hostname']],
    ['openyurt.io/nodepool', ['openyurt.io/nodepool']],
    ['kubernetes.io/zone', ['openyurt.io/nodepool']],
    ['kubernetes.io/hostname, kubernetes.io/zone, *', ['kubernetes.io/hostname', 'openyurt.io/nodepool', '*']],
  ])('%s is read as OpenYurt means it', (value, expected) => {
    expect(keysOf(yurt(value))).toEqual(expected);
  });

  test('a key that OpenYurt would ignore in silence is an error that names the way out', () => {
    expect(parse(yurt('topology.kubernetes.io/zone'))).toEqual({
      error:
        'Annotation openyurt.io/topologyKeys has the key "topology.kubernetes.io/zone" at position 1: ' +
        'OpenYurt knows kubernetes.io/hostname, openyurt.io/nodepool, kubernetes.io/zone; ' +
        'for other labels use slicehints.io/topology-keys',
    });
  });

  test('a pool by both its names is the same key twice', () => {
    expect(parse(yurt('openyurt.io/nodepool,kubernetes.io/zone'))).toEqual({
      error:
        'Annotation openyurt.io/topologyKeys has the keys "openyurt.io/nodepool" and "kubernetes.io/zone", which mean the same',
    });
  });

  test('our own annotation goes before it', () => {
    expect(keysOf({ ...yurt('openyurt.io/nodepool'), 'slicehints.io/topology-keys': 'a/b' })).toEqual(['a/b']);
  });
});
