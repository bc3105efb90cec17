import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { LeaderLostError } from '../../src/kube/leaderElection/leaderElector.js';
import { ApiError, type Transport } from '../../src/kube/rest/transport.js';
import { parseFault } from '../../src/sandbox/faults/faultSpec.js';
import type { KubeObject } from '../../src/sandbox/schema/kubeObject.js';
import { usableEndpoints } from '../../src/kubeproxy/rule.js';
import { hurriedClock } from '../support/hurriedClock.js';
import { LEASE_TIMES } from '../support/leaseStore.js';
import { LiveCluster, until, type LiveController } from '../support/liveController.js';

const ENABLED = 'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4';
const LEASE = {
  shards: 1,
  namespace: 'default',
  name: 'slicehints',
  ...LEASE_TIMES,
};

/** A transport whose PATCHes of slices are answered by `answer` instead of the server, as long as it throws. */
const patchesAnswered =
  (answer: () => void) =>
  (inner: Transport): Transport => ({
    send: async (request) => {
      if (request.method === 'PATCH' && request.path.includes('/endpointslices/')) answer();
      return inner.send(request);
    },
    watch: (request) => inner.watch(request),
    close: () => inner.close(),
  });

/** A transport that has every PATCH of a slice refused for good. */
const patchesRefused = (onPatch: () => void): ((inner: Transport) => Transport) =>
  patchesAnswered(() => {
    onPatch();
    throw new ApiError('http', 'endpoints[0].hints: Invalid value', { status: 422, reason: 'Invalid' });
  });

/** A transport that keeps PATCHes of slices, or the news of slices, back until told otherwise. */
class Gate {
  #open = Promise.resolve();
  #release: () => void = () => undefined;

  close(): void {
    this.#open = new Promise((resolve) => (this.#release = resolve));
  }

  open(): void {
    this.#release();
  }

  get passed(): Promise<void> {
    return this.#open;
  }
}

const gated =
  (patches: Gate, news: Gate, onPatch: () => void = () => undefined) =>
  (inner: Transport): Transport => ({
    send: async (request) => {
      if (request.method === 'PATCH' && request.path.includes('/endpointslices/')) {
        onPatch();
        await patches.passed;
      }
      return inner.send(request);
    },
    watch: async function* (request) {
      for await (const event of inner.watch(request)) {
        if (request.path.includes('/endpointslices')) await news.passed;
        yield event;
      }
    },
    close: () => inner.close(),
  });

describe('the controller against the stand-in server', () => {
  let cluster: LiveCluster;
  beforeEach(async () => {
    cluster = new LiveCluster(hurriedClock);
    await cluster.start();
  });
  afterEach(() => cluster.stop());

  test('writes hints once, says so once, and is quiet after that', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b', 'a', 'b']);
    const live = cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b a b'));
    await until(() => expect(cluster.events('web')).toEqual([ENABLED]));
    await until(() => expect(live.controller.settled).toBe(true));
    expect(cluster.patches()).toBe(1);
    expect(cluster.slice('web')?.metadata?.annotations).toHaveProperty(['slicehints.io/hints']);
  });

  test('plans nothing before all three caches have synced', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    cluster.server.faults.add(parseFault('forbidden:resource=nodes'));
    const live = cluster.run();
    await until(() => expect(live.controller.reflectors.filter(({ synced }) => synced)).toHaveLength(2));
    expect([live.counts.planned, live.controller.synced]).toEqual([0, false]);
    cluster.server.faults.clear();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
  });

  test('takes hints and annotation away in one patch when a Service opts out', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    cluster.putService('web', {});
    await until(() => expect(cluster.hints('web')).toBe('- -'));
    expect(cluster.slice('web')?.metadata?.annotations ?? {}).not.toHaveProperty(['slicehints.io/hints']);
    await until(() => expect(cluster.patches()).toBe(2));
    await until(() => expect(cluster.events('web').at(-1)).toMatch(/^HintsRemoved: /));
  });

  test('leaves hints as they are while the mode is mistyped, and goes on once it is corrected', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const live = cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    cluster.putService('web', { 'slicehints.io/mode': 'atuo' });
    await until(() => expect(cluster.events('web').join()).toMatch(/InvalidAnnotation: .*did you mean auto/));
    expect(cluster.hints('web')).toBe('a b');
    cluster.putSlice('web', ['a=a', 'b=b', 'a', 'b']);
    await until(() => expect(live.controller.settled).toBe(true));
    expect(cluster.hints('web')).toBe('a b - -');
    cluster.putService('web');
    await until(() => expect(cluster.hints('web')).toBe('a b a b'));
  });

  test('names an annotation that is not read, also of a Service that asks for nothing', async () => {
    cluster.putService('web', { 'slicehints.io/mod': 'balanced' });
    cluster.run();
    await until(() =>
      expect(cluster.events('web')).toEqual([expect.stringMatching(/^UnknownAnnotation: .*slicehints.io\/mode\?/)]),
    );
  });

  describe('while the first write is under way', () => {
    const patches = new Gate();
    const news = new Gate();
    let sent: number;
    let live: LiveController;
    beforeEach(async () => {
      sent = 0;
      cluster.putService('web');
      cluster.putSlice('web', ['a', 'b']);
      patches.close();
      live = cluster.run({ wrap: gated(patches, news, () => sent++) });
      await until(() => expect(sent).toBe(1));
      news.close();
    });
    afterEach(() => {
      patches.open();
      news.open();
    });

    test('a Service that opts out loses its hints', async () => {
      cluster.putService('web', {});
      await until(() => expect(live.controller.state.services.get('default/web')?.annotations).toEqual({}));
      patches.open();
      await until(() => expect(live.controller.settled).toBe(true));
      expect([sent, cluster.hints('web')]).toEqual([2, '- -']);
    });

    test('a Service that goes is not counted for ever', async () => {
      cluster.server.store.delete('services', 'default', 'web');
      cluster.server.store.delete('endpointslices', 'default', 'web-1');
      await until(() => expect(live.controller.state.services.size).toBe(0));
      patches.open();
      await until(() => expect(live.controller.settled).toBe(true));
      expect(live.controller.book.count()).toEqual([]);
    });

    test('a slice that moves to another Service is hinted there', async () => {
      cluster.putService('shop');
      await until(() => expect(live.controller.state.services.size).toBe(2));
      const slice = cluster.slice('web') as KubeObject;
      cluster.server.store.write('endpointslices', {
        ...slice,
        metadata: { ...slice.metadata, labels: { 'kubernetes.io/service-name': 'shop' } },
      });
      patches.open();
      await until(() => expect(live.controller.settled).toBe(true));
      expect(cluster.hints('web')).toBe('a b');
    });
  });

  test('hints on a mirrored slice go, too, where the Service opted out while nobody led', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b'], 'endpointslicemirroring-controller.k8s.io');
    const first = cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    await first.stop();
    cluster.putService('web', {});
    cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('- -'), 3000);
  });

  test('in a dry run every slice of a Service is looked at', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const slice = cluster.slice('web') as KubeObject;
    cluster.server.store.write('endpointslices', { ...slice, metadata: { ...slice.metadata, name: 'web-2' } });
    const live = cluster.run({ dryRun: true });
    await until(() => expect(live.controller.settled).toBe(true));
    expect(live.counts.writes).toEqual({ withheld: 2 });
  });

  test('plans again from the fresh object after a conflict', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    let first = true;
    const live = cluster.run({
      wrap: patchesAnswered(() => {
        if (!first) return;
        first = false;
        // Another writer is faster by a moment.
        cluster.putSlice('web', ['b', 'a']);
      }),
    });
    await until(() => expect(cluster.hints('web')).toBe('b a'));
    await until(() => expect(live.counts.writes).toMatchObject({ conflict: 1, written: 1 }));
  });

  test('a refused patch (422) is one Warning Event and is not sent again', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    let sent = 0;
    const live = cluster.run({
      wrap: patchesRefused(() => sent++),
    });
    await until(() => expect(cluster.events('web')).toHaveLength(1));
    expect(cluster.events('web')[0]).toMatch(
      /^HintsRejected: The API server refuses the hints for EndpointSlice web-1: endpoints\[0\]/,
    );
    cluster.putService('web', { 'service.kubernetes.io/topology-mode': 'Auto', 'slicehints.io/note': 'changed' });
    await until(() => expect(live.counts.writes['rejected']).toBe(2));
    expect(sent).toBe(1);
  });

  test('a refused patch is not sent again when something else about the slice changes', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    let sent = 0;
    const live = cluster.run({
      wrap: patchesRefused(() => sent++),
    });
    await until(() => expect(live.counts.writes['rejected']).toBe(1));
    cluster.putSlice('web', ['a', 'b'], 'example.com');
    await until(() => expect(live.counts.writes['rejected']).toBe(2));
    expect(sent).toBe(1);
  });

  test('a patch that does not fit a slice that has shrunk meanwhile is no refusal', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b', 'a', 'b']);
    let first = true;
    const live = cluster.run({
      wrap: patchesAnswered(() => {
        if (!first) return;
        first = false;
        cluster.putSlice('web', ['b', 'a']);
      }),
    });
    await until(() => expect(cluster.hints('web')).toBe('b a'));
    await until(() => expect(cluster.events('web')).toEqual([ENABLED]));
    expect(live.counts.writes).toEqual({ conflict: 1, written: 1 });
  });

  test.each([
    ['429 with Retry-After', 'too-many-requests:verb=patch,resource=endpointslices,count=1,retryAfterSeconds=1'],
    ['500', 'server-error:verb=patch,resource=endpointslices,count=1'],
    ['a connection that breaks', 'reset-body:verb=patch,resource=endpointslices,count=1'],
  ])('%s is tried again', async (_, fault) => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    cluster.server.faults.add(parseFault(fault));
    const live = cluster.run();
    await until(() => expect(live.counts.writes['failed']).toBe(1));
    await until(() => expect(cluster.hints('web')).toBe('a b'));
  });

  test('a repaired node gives hints back to a Service that lost them; heartbeats plan nothing', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const live = cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    cluster.putNode('n3', undefined);
    await until(() => expect(cluster.hints('web')).toBe('- -'));
    cluster.putNode('n3', 'b');
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    await until(() => expect(live.controller.settled).toBe(true));
    const { planned } = live.counts;
    for (let beat = 0; beat < 20; beat++) cluster.putNode('n0', 'a', { heartbeat: String(beat) });
    // A change that does count comes after the heartbeats, so that they have all been seen when it is.
    cluster.putSlice('web', ['a', 'b', 'a', 'b']);
    await until(() => expect(cluster.hints('web')).toBe('a b a b'));
    expect(live.counts.planned).toBe(planned + 1);
  });

  test('hints of a Service that does not ask are left alone', async () => {
    cluster.putService('theirs', {});
    cluster.putSlice('theirs', ['a=elsewhere', 'b=elsewhere']);
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    cluster.run();
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    expect(cluster.hints('theirs')).toBe('elsewhere elsewhere');
  });

  test('a node that joins another node pool changes the hints at once', async () => {
    const pool = (name: string): Record<string, string> => ({ 'apps.openyurt.io/nodepool': name });
    const used = (): Record<string, string[]> =>
      Object.fromEntries(
        ['n0', 'n1', 'n2'].map((name) => {
          const node = cluster.server.store.get('nodes', '', name) ?? {};
          return [name, usableEndpoints({ slices: [cluster.slice('web') ?? {}], node })];
        }),
      );
    cluster.putNode('n0', 'a', {}, pool('east'));
    cluster.putNode('n1', 'a', {}, pool('east'));
    cluster.putNode('n2', 'b', {}, pool('west'));
    cluster.putService('web', { 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' });
    cluster.putSlice('web', ['a', 'b']);
    cluster.run();
    await until(() => expect(used()).toEqual({ n0: ['10.0.0.1'], n1: ['10.0.0.1'], n2: ['10.0.0.2'] }));
    cluster.putNode('n1', 'a', {}, pool('west'));
    await until(() => expect(used()).toEqual({ n0: ['10.0.0.1'], n1: ['10.0.0.2'], n2: ['10.0.0.2'] }));
  });

  test('of two controllers one writes; when it stops the other takes over at once', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const first = cluster.run({ lease: { ...LEASE, identity: 'first' } });
    await until(() => expect(first.controller.leading).toBe(true));
    const second = cluster.run({ lease: { ...LEASE, identity: 'second' } });
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    await until(() => expect(second.controller.synced).toBe(true));
    expect(second.counts.planned).toBe(0);
    await first.stop();
    cluster.putSlice('web', ['b', 'a']);
    await until(() => expect(cluster.hints('web')).toBe('b a'));
    await until(() => expect([first.counts.writes['written'], second.counts.writes['written']]).toEqual([1, 1]));
  });

  test('a leader that loses its lease ends with an error and writes nothing more', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const live = cluster.run({ lease: { ...LEASE, identity: 'first' } });
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    cluster.server.faults.add(parseFault('server-error:resource=leases'));
    await expect(live.ended).rejects.toBeInstanceOf(LeaderLostError);
    cluster.putSlice('web', ['b', 'a']);
    expect(cluster.hints('web')).toBe('- -');
    expect(live.counts.writes['written']).toBe(1);
  });

  test('another writer is found out, too, where a conflict tells of him before the watch does', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    const news = new Gate();
    const live = cluster.run({
      wrap: gated(new Gate(), news, () => {
        // He takes the hints away just before we write again.
        if (cluster.hints('web') === 'a b') cluster.putSlice('web', ['a', 'b']);
      }),
    });
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    await until(() => expect(live.controller.settled).toBe(true));
    news.close();
    cluster.putNode('n3', undefined);
    await until(() => expect(live.counts.undone).toBe(1), 3000);
    news.open();
  });

  test.each([
    ['at once', 0],
    ['after a second, as in-tree does,', 1000],
  ])(
    'another writer who strips every hint %s is left alone after three times, and named once',
    async (_, ms) => {
      cluster.putService('web');
      cluster.putSlice('web', ['a', 'b']);
      cluster.server.faults.add(parseFault(`foreign-write:change=strip,ms=${ms},fieldManager=slicehints`));
      const live = cluster.run();
      await until(() => expect(live.controller.contended).toBe(1));
      await until(() =>
        expect(cluster.events('web').filter((event) => event.startsWith('HintsContended'))).toHaveLength(1),
      );
      expect(cluster.events('web').at(-1)).toContain('foreign-writer');
      const { written } = live.counts.writes;
      expect(written).toBeLessThanOrEqual(4);
      // News about the Service does not end the pause.
      for (let i = 0; i < 5; i++) cluster.putSlice('web', i % 2 === 0 ? ['b', 'a'] : ['a', 'b']);
      await until(() => expect(live.controller.settled).toBe(true));
      expect(live.counts.writes['written']).toBe(written);
      // Another wish is another matter.
      cluster.server.faults.clear();
      cluster.putService('web', { 'service.kubernetes.io/topology-aware-hints': 'auto' });
      await until(() => expect(cluster.hints('web')).toMatch(/^(a b|b a)$/));
    },
    30_000,
  );

  test('another writer who gives hints back each time they are taken away is left alone', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a=b']);
    let sent = 0;
    const live = cluster.run({
      wrap: (inner) => ({
        send: async (request) => {
          const answer = await inner.send(request);
          if (request.method === 'PATCH' && request.path.includes('/endpointslices/')) {
            sent++;
            cluster.putSlice('web', ['a=b']);
          }
          return answer;
        },
        watch: (request) => inner.watch(request),
        close: () => inner.close(),
      }),
    });
    await until(() => expect(sent).toBeGreaterThanOrEqual(3));
    await until(() => expect(live.controller.contended).toBe(1));
    await until(() =>
      expect(cluster.events('web').filter((event) => event.startsWith('HintsContended'))).toEqual([
        expect.stringContaining('The hints of EndpointSlice web-1 were given back by unknown'),
      ]),
    );
    await until(() => expect(live.controller.settled).toBe(true));
    expect([live.controller.contended, sent, cluster.hints('web')]).toEqual([1, 3, 'b']);
  });

  test('a write of ours whose answer is lost is not taken for another writer', async () => {
    cluster.putService('web');
    cluster.putSlice('web', ['a', 'b']);
    let lost = false;
    const live = cluster.run({
      wrap: (inner) => ({
        send: async (request) => {
          const answer = await inner.send(request);
          if (lost && request.method === 'PATCH' && request.path.includes('/endpointslices/')) {
            throw new ApiError('network', 'the connection broke off in the middle of the answer');
          }
          return answer;
        },
        watch: (request) => inner.watch(request),
        close: () => inner.close(),
      }),
    });
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    await until(() => expect(live.controller.settled).toBe(true));
    lost = true;
    cluster.putNode('n3', undefined);
    await until(() => expect(live.counts.writes['failed']).toBe(1));
    await until(() => expect(live.controller.settled).toBe(true));
    lost = false;
    cluster.putNode('n3', 'b');
    await until(() => expect(live.counts.writes['written']).toBe(2));
    expect([cluster.hints('web'), live.counts.undone]).toEqual(['a b', 0]);
  });

  describe('and the guard', () => {
    const IN_TREE = 'endpointslice-controller.k8s.io';
    const parts = ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'] as const;

    function putGuard(): void {
      const documents = parseAllDocuments(readFileSync('charts/slicehints/files/guard-policy.yaml', 'utf8'));
      documents.forEach((document, i) => {
        cluster.server.store.write(parts[i] ?? parts[0], document.toJS() as KubeObject);
      });
    }

    function putBlocked(): void {
      cluster.putService('web', { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone' });
      cluster.putSlice('web', ['a', 'b'], IN_TREE);
    }

    test('writes what it keeps when it is there from the start', async () => {
      putGuard();
      putBlocked();
      const live = cluster.run();
      await until(() => expect(cluster.hints('web')).toBe('a b'));
      expect(live.controller.coexistence.guard.inForce).toBe(true);
      expect(cluster.slice('web')?.metadata?.annotations).toHaveProperty(['slicehints.io/hints']);
      await until(() => expect(cluster.events('web').join()).not.toContain('HintsBlocked'));
    });

    test('is blocked without it, goes to work when it comes, and is blocked again when it goes', async () => {
      putBlocked();
      cluster.run();
      await until(() => expect(cluster.events('web')).toEqual([expect.stringMatching(/^HintsBlocked: /)]));
      expect(cluster.patches()).toBe(0);
      putGuard();
      await until(() => expect(cluster.hints('web')).toBe('a b'));
      cluster.server.store.delete(parts[1], '', 'slicehints-guard');
      await until(() =>
        expect(cluster.events('web').filter((event) => event.startsWith('HintsBlocked: '))).toHaveLength(2),
      );
      expect(cluster.patches()).toBe(1);
      // API servers take a new policy into use a little after they store it: the controller waits five seconds.
    }, 30_000);

    test('plans nothing before it has been looked for', async () => {
      putBlocked();
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const held = (request: { readonly path: string }): boolean => request.path.includes('admissionregistration');
      const live = cluster.run({
        wrap: (inner) => ({
          send: async (request) => {
            if (held(request)) await gate;
            return inner.send(request);
          },
          watch: (request) => inner.watch(request),
          close: () => inner.close(),
        }),
      });
      await until(() => expect(live.controller.synced).toBe(true));
      expect([live.controller.coexistence.known, live.counts.planned]).toEqual([false, 0]);
      release();
      await until(() => expect(live.counts.planned).toBe(1));
    });
  });

  test('finds out by itself that in-tree is switched off, where it is told to', async () => {
    const IN_TREE = 'endpointslice-controller.k8s.io';
    cluster.putService('web', { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone' });
    cluster.putSlice('web', ['a', 'b'], IN_TREE);
    cluster.server.store.write('services', {
      metadata: { name: 'unserved', namespace: 'default' },
      spec: { selector: { app: 'x' }, ports: [{ port: 80 }] },
    });
    const elevenMinutesLater = { ...hurriedClock, wallMs: () => hurriedClock.wallMs() + 11 * 60_000 };
    const live = cluster.run({ settings: { ...DEFAULT_SETTINGS, inTree: 'auto' }, clock: elevenMinutesLater });
    await until(() => expect(cluster.hints('web')).toBe('a b'));
    expect(live.controller.coexistence.inTree).toMatchObject({ inTree: 'absent' });
  });
});
