import { describe, expect, test } from 'vitest';
import { readRequest } from '../../src/hints/request.js';
import { readService } from '../../src/model/service.js';

const KEYS = 'slicehints.io/topology-keys';
const requestOf = (annotations: Record<string, string>, spec: object = {}): ReturnType<typeof readRequest> =>
  readRequest(readService({ metadata: { namespace: 'shop', name: 'web', annotations }, spec }));

describe('the request of a Service', () => {
  test('without annotations is for nothing', () => {
    expect(requestOf({})).toEqual({
      choice: { mode: 'off', source: '' },
      warnings: [],
      unsteered: undefined,
      inTreeAuto: false,
      demand: undefined,
      keys: { keys: [], strict: false },
      keysProblem: undefined,
    });
  });

  test.each([
    ['a value that is not understood', { 'slicehints.io/mode': 'blanced' }, 'InvalidAnnotation'],
    ['an annotation that is not read', { 'slicehints.io/mod': 'balanced' }, 'UnknownAnnotation'],
  ])('has a Warning on %s', (_, annotations, reason) => {
    expect(requestOf(annotations).warnings).toMatchObject([
      { reason, type: 'Warning', addressType: '', hinted: false },
    ]);
  });

  test('has a Warning on each thing that a policy does not allow', () => {
    const service = readService({ metadata: { namespace: 'shop', name: 'web' }, spec: {} });
    const limited = ['The first is not allowed', 'The second is not allowed'];
    const policy = { enforcement: 'Enforce', policies: ['HintsPolicy shop/p'], limited } as const;
    expect(readRequest({ ...service, policy }).warnings).toEqual(
      limited.map((message) => ({ addressType: '', hinted: false, type: 'Warning', reason: 'PolicyLimited', message })),
    );
  });

  test('has its topology keys', () => {
    const { keys, keysProblem } = requestOf({ [KEYS]: 'rack,*', 'slicehints.io/topology-keys-strict': 'true' });
    expect(keys).toEqual({ keys: [{ kind: 'label', label: 'rack', outside: false }, { kind: 'any' }], strict: true });
    expect(keysProblem).toBeUndefined();
  });

  test('has no keys, but what is wrong with them, where they are not understood', () => {
    const { keys, keysProblem } = requestOf({ [KEYS]: '*,rack' });
    expect(keys.keys).toEqual([]);
    expect(keysProblem).toContain('"*" must be the last key');
  });

  test('has no topology keys in another mode', () => {
    expect(requestOf({ [KEYS]: '*,rack', 'slicehints.io/mode': 'balanced' })).toMatchObject({
      keys: { keys: [] },
      keysProblem: undefined,
    });
  });

  test('has its clients, and none where it is off', () => {
    const clients = { 'slicehints.io/clients': 'cart' };
    expect(requestOf({ ...clients, 'slicehints.io/mode': 'balanced' }).demand).toMatchObject({ source: 'clients' });
    expect(requestOf(clients).demand).toBeUndefined();
  });

  test('tells traffic that hints do not steer, and the Auto of Kubernetes', () => {
    const request = requestOf({ 'service.kubernetes.io/topology-mode': 'Auto' }, { clusterIP: 'None' });
    expect(request).toMatchObject({ inTreeAuto: true, unsteered: { reason: 'HeadlessService' } });
  });
});
