import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Coexistence } from '../../../src/controller/coexistence/coexistence.js';
import { ClusterState } from '../../../src/controller/state.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import type { Transport } from '../../../src/kube/rest/transport.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const MINUTE = 60_000;
const silent = (): void => undefined;
const SLICE = readSlice({
  metadata: {
    namespace: 'shop',
    name: 'web-1',
    labels: {
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
  },
  addressType: 'IPv4',
  endpoints: [],
});

function watchful() {
  const clock = new FakeClock();
  const state = new ClusterState();
  const creationTimestamp = new Date(clock.wallMs() - 60 * MINUTE).toISOString();
  const put = (selector: Record<string, string>): void => {
    const raw = { metadata: { namespace: 'shop', name: 'web', creationTimestamp }, spec: { selector } };
    state.applyService('shop/web', readService(raw));
  };
  const coexistence = new Coexistence({
    transport: {} as Transport,
    clock,
    random: () => 0,
    logger: pino({ level: 'silent' }),
    settings: { ...DEFAULT_SETTINGS, inTree: 'auto' },
    policyVersion: 'v1',
    state,
    synced: () => true,
    onChange: silent,
  });
  const look = (): string => {
    coexistence.review();
    return coexistence.inTree.inTree;
  };
  return { clock, state, put, look };
}

describe('Coexistence', () => {
  test('in-tree is not absent because a slice of an old Service was deleted a moment ago', async () => {
    const { clock, state, put, look } = watchful();
    put({ app: 'web' });
    state.applySlice('shop/web-1', SLICE, undefined);
    expect(look()).toBe('present');
    state.applySlice('shop/web-1', undefined, SLICE);
    expect(look()).toBe('present');
    await clock.advance(10 * MINUTE - 1);
    expect(look()).toBe('present');
    await clock.advance(1);
    expect(look()).toBe('absent');
  });

  test('in-tree is not absent because an old Service was given a selector a moment ago', async () => {
    const { clock, put, look } = watchful();
    put({});
    expect(look()).toBe('present');
    put({ app: 'web' });
    expect(look()).toBe('present');
    await clock.advance(10 * MINUTE);
    expect(look()).toBe('absent');
  });

  test('a Service that lacked its slice when it was first seen counts at once', () => {
    const { put, look } = watchful();
    put({ app: 'web' });
    expect(look()).toBe('absent');
  });
});
