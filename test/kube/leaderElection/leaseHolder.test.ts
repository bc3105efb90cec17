import { describe, expect, test } from 'vitest';
import { readLeaseHolder } from '../../../src/kube/leaderElection/leaseHolder.js';
import { ApiError, type ApiRequest } from '../../../src/kube/rest/transport.js';
import { ScriptedTransport } from '../../support/modelApi.js';

async function holder(answer: () => unknown): Promise<{ holder: string; sent: readonly ApiRequest[] }> {
  const api = new ScriptedTransport();
  api.onSend = answer;
  return { holder: await readLeaseHolder(api, 'ops', 'slicehints', new AbortController().signal), sent: api.sent };
}

const lease = (spec: unknown): unknown => ({ metadata: { name: 'slicehints', resourceVersion: '1' }, spec });

describe('the holder of a Lease', () => {
  test.each<[string, () => unknown, string]>([
    ['is the identity that stands in it', () => lease({ holderIdentity: 'pod-1_abc' }), 'pod-1_abc'],
    ['is nobody where it is free', () => lease({ holderIdentity: '' }), ''],
    ['is nobody where it has no spec', () => lease(undefined), ''],
    [
      'is nobody where it does not exist',
      () => {
        throw new ApiError('http', 'not found', { status: 404 });
      },
      '',
    ],
    ['is cut where it is long', () => lease({ holderIdentity: 'y'.repeat(10_000) }), `${'y'.repeat(255)}…`],
  ])('%s', async (_, answer, expected) => {
    const found = await holder(answer);
    expect(found.holder).toBe(expected);
    expect(found.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /apis/coordination.k8s.io/v1/namespaces/ops/leases/slicehints',
    ]);
  });

  test('is an error where the Lease cannot be read', async () => {
    const forbidden = new ApiError('http', 'forbidden', { status: 403 });
    await expect(holder(() => Promise.reject(forbidden))).rejects.toBe(forbidden);
  });
});
