import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { GUARD_NAME, type GuardPartName } from '../../src/guard/status.js';
import { GUARD_OBJECTS, startGuardWatch, type GuardRig, type Refusal } from '../support/guardApi.js';

const IN_FORCE: [boolean, string] = [true, 'MutatingAdmissionPolicy slicehints-guard (v1)'];

describe('GuardWatch', () => {
  it('finds the policy that the chart ships, at once, and asks for nothing but its name', async () => {
    const run = await startGuardWatch(({ policy: policies, binding: bindings }) => {
      policies.put(GUARD_OBJECTS.policy);
      bindings.put(GUARD_OBJECTS.binding);
    });
    expect(run.changes).toEqual([IN_FORCE]);
    expect(run.watch).toMatchObject({ inForce: true, known: true, how: IN_FORCE[1] });
    for (const part of Object.values(run.cluster)) {
      expect(part.queries).toEqual([expect.objectContaining({ fieldSelector: 'metadata.name=slicehints-guard' })]);
    }
    await run.end();
  });

  it('finds the webhook', async () => {
    const run = await startGuardWatch((cluster) => {
      cluster.policy.refusal = 404;
      cluster.binding.refusal = 404;
      cluster.webhook.put(GUARD_OBJECTS.webhook);
    });
    expect(run.changes).toEqual([[true, 'MutatingWebhookConfiguration slicehints-guard']]);
    await run.end();
  });

  it('looks for the beta version when told', async () => {
    const run = await startGuardWatch(
      (cluster) => {
        cluster.policy.put(GUARD_OBJECTS.policy);
        cluster.binding.put(GUARD_OBJECTS.binding);
      },
      { policyVersion: 'v1beta1' },
    );
    expect(run.changes).toEqual([[true, 'MutatingAdmissionPolicy slicehints-guard (v1beta1)']]);
    await run.end();
  });

  it('sees it come, after the API servers have had time to use it, and sees it go at once', async () => {
    const run = await startGuardWatch(() => undefined);
    expect(run.changes).toEqual([[false, 'there is no policy slicehints-guard']]);
    run.cluster.policy.put(GUARD_OBJECTS.policy);
    await run.clock.advance(60_000);
    expect(run.watch.how).toBe('the policy slicehints-guard has no binding');
    run.cluster.binding.put(GUARD_OBJECTS.binding);
    await run.clock.advance(4_999);
    expect(run.watch.inForce).toBe(false);
    await run.clock.advance(1);
    expect(run.changes.slice(1)).toEqual([IN_FORCE]);
    run.cluster.policy.remove();
    await run.clock.advance(0);
    expect(run.changes.slice(2)).toEqual([[false, 'there is no policy slicehints-guard']]);
    await run.end();
  });

  it('does not believe in a guard that was gone again before it could be in use', async () => {
    const run = await startGuardWatch(({ policy: policies }) => policies.put(GUARD_OBJECTS.policy));
    run.cluster.binding.put(GUARD_OBJECTS.binding);
    await run.clock.advance(3_000);
    run.cluster.binding.remove();
    await run.clock.advance(60_000);
    expect(run.changes).toEqual([[false, 'the policy slicehints-guard has no binding']]);
    await run.end();
  });

  it('takes an API that is not served as absent, and looks again now and then', async () => {
    const run = await startGuardWatch((cluster) => {
      cluster.policy.refusal = 404;
      cluster.binding.refusal = 404;
    });
    expect(run.changes).toEqual([
      [false, 'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy'],
    ]);
    expect(run.warnings).toEqual([]);
    run.cluster.policy.refusal = undefined;
    run.cluster.policy.put(GUARD_OBJECTS.policy);
    run.cluster.binding.refusal = undefined;
    run.cluster.binding.put(GUARD_OBJECTS.binding);
    await run.clock.advance(5 * 60_000);
    await run.clock.advance(5_000);
    expect(run.watch.inForce).toBe(true);
    await run.end();
  });

  it('takes what may not be read as absent after ten seconds, and logs it once', async () => {
    const run = await startGuardWatch((cluster) => {
      cluster.policy.refusal = 403;
      cluster.binding.refusal = 403;
    });
    await run.clock.advance(9_999);
    expect(run.watch.known).toBe(false);
    await run.clock.advance(60 * 60_000);
    expect(run.changes).toEqual([
      [false, 'no permission to read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy'],
    ]);
    expect(run.warnings).toHaveLength(2);
    await run.end();
  });

  it('does not decide while the server cannot be reached', async () => {
    const run = await startGuardWatch((cluster) => {
      cluster.policy.refusal = 503;
    });
    await run.clock.advance(1000);
    expect(run.changes).toEqual([]);
    expect(run.watch.known).toBe(false);
    run.cluster.policy.refusal = undefined;
    await run.clock.advance(60_000);
    expect(run.changes).toEqual([[false, 'there is no policy slicehints-guard']]);
    await run.end();
  });

  it('waits at its start until an API server has loaded its roles', async () => {
    const run = await startGuardWatch((cluster) => {
      for (const part of ['policy', 'binding', 'webhook'] as const) cluster[part].refusal = 403;
      cluster.policy.put(GUARD_OBJECTS.policy);
      cluster.binding.put(GUARD_OBJECTS.binding);
    });
    await run.clock.advance(5_000);
    for (const part of Object.values(run.cluster)) part.refusal = undefined;
    await run.clock.advance(30_000);
    expect(run.changes).toEqual([IN_FORCE]);
    expect(run.warnings).toEqual([]);
    await run.end();
  });

  const inForce = async (): Promise<GuardRig> =>
    startGuardWatch((cluster) => {
      cluster.policy.put(GUARD_OBJECTS.policy);
      cluster.binding.put(GUARD_OBJECTS.binding);
    });

  /** The next request of every part is a list, and is refused. */
  const refuse = (run: GuardRig, refusal: Refusal): void => {
    for (const part of Object.values(run.cluster)) {
      part.refusal = refusal;
      part.breakWatches(true);
    }
  };

  it.each<[string, Refusal, number, [boolean, string][]]>([
    ['401 for 29 minutes', 401, 29, []],
    ['403 for 29 minutes', 403, 29, []],
    [
      '403 for 31 minutes',
      403,
      31,
      [[false, 'no permission to read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy']],
    ],
    ['429 for an hour', 429, 60, []],
    ['500 for an hour', 500, 60, []],
    ['503 for an hour', 503, 60, []],
    ['no connection for an hour', 'network', 60, []],
    ['no answer for an hour', 'silence', 60, []],
    [
      '404 for a minute, as the API is gone',
      404,
      1,
      [[false, 'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy']],
    ],
  ])('that has seen the guard in force and then gets %s', async (_, refusal, minutes, expected) => {
    const run = await inForce();
    refuse(run, refusal);
    await run.clock.advance(minutes * 60_000);
    expect(run.changes.slice(1)).toEqual(expected);
    await run.end();
  });

  it('counts the half hour of refusals anew after every answer', async () => {
    const run = await inForce();
    for (let i = 0; i < 3; i++) {
      refuse(run, 403);
      await run.clock.advance(20 * 60_000);
      for (const part of Object.values(run.cluster)) part.refusal = undefined;
      await run.clock.advance(2 * 60_000);
    }
    expect(run.changes).toEqual([IN_FORCE]);
    await run.end();
  });

  it('reads that the guard was taken away while the server refused', async () => {
    const run = await inForce();
    refuse(run, 403);
    await run.clock.advance(60_000);
    run.cluster.binding.remove();
    for (const part of Object.values(run.cluster)) part.refusal = undefined;
    await run.clock.advance(60_000);
    expect(run.changes.slice(1)).toEqual([[false, 'the policy slicehints-guard has no binding']]);
    await run.end();
  });
});

describe('GuardWatch, whatever the server does', () => {
  interface Model {
    /** Something happened, since reader and server last agreed, that takes the guard out of force once it is read. */
    mayEnd: boolean;
    /** Reader and server agree since this step. */
    agree: boolean;
    refusedMs: number;
  }
  type Command = fc.AsyncCommand<Model, GuardRig>;
  const inForceOn = ({ cluster }: GuardRig): boolean =>
    (cluster.policy.works && cluster.binding.works) || cluster.webhook.works;
  const command = (name: string, run: (model: Model, rig: GuardRig) => unknown): Command => ({
    check: () => true,
    run: async (model, rig) => {
      const reports = rig.changes.length;
      const wasInForce = rig.watch.inForce;
      await run(model, rig);
      await rig.clock.advance(0);
      if (wasInForce && rig.changes.length > reports && !rig.watch.inForce) {
        expect(model.mayEnd || model.refusedMs >= 30 * 60_000).toBe(true);
      }
      if (model.agree) Object.assign(model, { mayEnd: false, agree: false });
    },
    toString: () => name,
  });
  const part = fc.constantFrom<GuardPartName>('policy', 'binding', 'webhook');
  const commands = [
    part.map((p) => command(`create ${p}`, (_, { cluster }) => cluster[p].put(GUARD_OBJECTS[p]))),
    part.map((p) =>
      command(`delete ${p}`, (model, { cluster }) => {
        model.mayEnd = true;
        cluster[p].remove();
      }),
    ),
    part.map((p) =>
      command(`break ${p}`, (model, { cluster }) => {
        model.mayEnd = true;
        cluster[p].put({ metadata: { name: GUARD_NAME } });
      }),
    ),
    fc.tuple(part, fc.constantFrom<Refusal>(401, 403, 403, 500, 503, 'network', 'silence')).map(([p, refusal]) =>
      command(`${p}: ${refusal}`, (_, { cluster }) => {
        cluster[p].refusal = refusal;
        cluster[p].breakWatches(true);
      }),
    ),
    part.map((p) =>
      command(`${p}: the API is gone`, (model, { cluster }) => {
        model.mayEnd = true;
        cluster[p].refusal = 404;
        cluster[p].breakWatches(true);
      }),
    ),
    fc.constant(
      command('the server answers again', (_, { cluster }) => {
        for (const collection of Object.values(cluster)) collection.refusal = undefined;
      }),
    ),
    fc.tuple(part, fc.boolean()).map(([p, lagging]) =>
      command(`the watch of ${p} ${lagging ? 'lags' : 'catches up'}`, (_, { cluster }) => {
        cluster[p].lagging = lagging;
        if (!lagging) cluster[p].deliver();
      }),
    ),
    part.map((p) => command(`${p}: the last event again`, (_, { cluster }) => cluster[p].repeat())),
    fc
      .tuple(part, fc.boolean())
      .map(([p, expired]) => command(`the watch of ${p} ends`, (_, { cluster }) => cluster[p].breakWatches(expired))),
    fc.constantFrom(1, 20, 60, 600).map((seconds) =>
      command(`${seconds} s pass`, async (model, rig) => {
        const { cluster, clock } = rig;
        const refused = Object.values(cluster).some(({ refusal }) => refusal === 401 || refusal === 403);
        model.refusedMs = refused ? model.refusedMs + seconds * 1000 : 0;
        await clock.advance(seconds * 1000);
        // An absent API is read again after five minutes; until then reader and server may differ for good reason.
        const isRead = Object.values(cluster).every(({ lagging, refusal }) => !lagging && refusal === undefined);
        if (seconds >= 600 && isRead && rig.watch.inForce && inForceOn(rig)) model.agree = true;
      }),
    ),
  ];

  it('keeps what it has seen in force until a clear answer, and in the end agrees with the server', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 25, size: 'max' }), async (steps) => {
        const rig = await startGuardWatch(({ policy, binding }) => {
          policy.put(GUARD_OBJECTS.policy);
          binding.put(GUARD_OBJECTS.binding);
        });
        await fc.asyncModelRun(() => ({ model: { mayEnd: false, agree: false, refusedMs: 0 }, real: rig }), steps);
        for (const collection of Object.values(rig.cluster)) {
          collection.refusal = undefined;
          collection.lagging = false;
          collection.deliver();
        }
        // An absent API is read again after five minutes, a watch without a line given up after two, twice.
        await rig.clock.advance(12 * 60_000);
        expect(rig.watch.inForce).toBe(inForceOn(rig));
        await rig.end();
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
