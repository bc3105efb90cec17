import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planService, type ServicePlan } from '../../../src/hints/planService.js';
import { usableEndpoints } from '../../../src/kubeproxy/rule.js';
import type { EndpointSliceManifest, NodeManifest } from '../../../src/model/manifest.js';
import { clusters, deepFreeze, writePlan, type ArbitraryCluster } from '../../support/arbitraryCluster.js';
import { KEYS, MODES } from '../../support/drainModes.js';
import { autoService } from '../../support/vectors.js';

/** Which zones are drained, and which slices serve which ports. */
interface Case extends ArbitraryCluster {
  readonly drainedZones: readonly string[];
}

const ports = fc.constantFrom(['http'], ['http'], ['http', 'metrics'], ['metrics']);
const cases: fc.Arbitrary<Case> = fc
  .tuple(clusters, fc.subarray(['a', 'b', 'c'], { minLength: 1, maxLength: 2 }), fc.array(ports, { minLength: 24 }))
  .map(([{ nodes, slices }, drainedZones, portsOf]) => ({
    nodes,
    drainedZones,
    slices: slices.map((slice, i) => ({ ...slice, ports: portsOf[i]!.map((name) => ({ name, port: 80 })) })),
  }));

const RUNS = { numRuns: 50 };

const planOf = ({ nodes, slices, drainedZones }: Case, annotations: Record<string, string>): ServicePlan =>
  planService({ service: autoService(annotations), slices, nodes, settings: { drainedZones } });

type Endpoint = NonNullable<EndpointSliceManifest['endpoints']>[number];
const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;
const addressOf = ({ addresses }: Endpoint): string => addresses?.[0] ?? '';

/** Endpoints without a zone lie in that of their node. */
function inDrainedZone({ nodes, drainedZones }: Case): (endpoint: Endpoint) => boolean {
  const zones = new Map(
    nodes.map(({ metadata }) => [metadata?.name, metadata?.labels?.['topology.kubernetes.io/zone'] ?? '']),
  );
  return ({ zone, nodeName }) => drainedZones.includes(zone ?? zones.get(nodeName ?? '') ?? '');
}

interface PortView {
  readonly portName: string;
  readonly ready: readonly Endpoint[];
  readonly drained: ReadonlySet<string>;
  /** Something ready is left outside the drained zones. */
  readonly hasOthers: boolean;
}

function viewPorts(all: Case): PortView[] {
  const isDrained = inDrainedZone(all);
  return ['http', 'metrics'].flatMap((portName) => {
    const ready = all.slices
      .filter((slice) => slice.ports?.some(({ name }) => name === portName))
      .flatMap((slice) => (slice.endpoints ?? []).filter(isReady));
    if (ready.length === 0) return [];
    const drained = new Set(ready.filter(isDrained).map(addressOf));
    return [{ portName, ready, drained, hasOthers: ready.some((endpoint) => !isDrained(endpoint)) }];
  });
}

const uses = (slices: readonly EndpointSliceManifest[], node: NodeManifest, portName: string): string[] =>
  usableEndpoints({ slices, node, portName });

describe.each(Object.entries(MODES))(
  'whatever the cluster and the drained zones, a plan in mode %s',
  (_, annotations) => {
    test('leaves no node that sends to an endpoint of a drained zone, and none without an endpoint', () => {
      fc.assert(
        fc.property(cases, (all) => {
          const views = viewPorts(all);
          fc.pre(views.every(({ hasOthers }) => hasOthers) && views.some(({ drained }) => drained.size > 0));
          const plan = planOf(all, annotations);
          const slices = writePlan(all.slices, plan);
          for (const { portName, ready, drained } of viewPorts({ ...all, slices })) {
            for (const { hints } of ready) expect(hints?.forZones?.length).toBeGreaterThan(0);
            for (const node of all.nodes) {
              const used = uses(slices, node, portName);
              expect(used.length).toBeGreaterThan(0);
              expect(used.filter((address) => drained.has(address))).toEqual([]);
            }
          }
          expect(plan.verdicts[0]).toMatchObject({ reason: 'ZoneDrained', hinted: true });
        }),
        RUNS,
      );
    });

    test('is as without the drain where a port has no other endpoint, but for the Warning', () => {
      fc.assert(
        fc.property(cases, (all) => {
          const views = viewPorts(all);
          fc.pre(views.some(({ hasOthers }) => !hasOthers));
          const { warnings, ...plan } = planOf(all, annotations);
          const { warnings: others, ...without } = planOf({ ...all, drainedZones: [] }, annotations);
          expect(plan).toEqual(without);
          expect(warnings.slice(0, others.length)).toEqual(others);
          expect(warnings.at(-1)).toMatchObject({ type: 'Warning', reason: 'ZoneNotDrained' });
        }),
        RUNS,
      );
    });

    test('changes nothing when it is planned again on its own result', () => {
      fc.assert(
        fc.property(cases, (all) => {
          const plan = planOf(all, annotations);
          const again = planOf({ ...all, slices: writePlan(all.slices, plan) }, annotations);
          expect({ patches: again.patches, verdicts: again.verdicts }).toEqual({
            patches: [],
            verdicts: plan.verdicts,
          });
        }),
        RUNS,
      );
    });

    test('is the same for nodes, slices and zones in any order, and mutates nothing', () => {
      fc.assert(
        fc.property(cases, (all) => {
          const { drainedZones } = all;
          const turned = { drainedZones, nodes: [...all.nodes].reverse(), slices: [...all.slices].reverse() };
          expect(JSON.stringify(planOf(deepFreeze(turned), annotations))).toBe(
            JSON.stringify(planOf(deepFreeze(all), annotations)),
          );
        }),
        RUNS,
      );
    });

    test('names at most 8 zones and 8 nodes on an endpoint, none twice', () => {
      fc.assert(
        fc.property(cases, (all) => {
          for (const { hints } of planOf(all, annotations).slices.flatMap(({ endpoints }) => endpoints)) {
            for (const names of [hints?.forZones ?? [], hints?.forNodes ?? []]) {
              expect(names.length).toBeLessThanOrEqual(8);
              expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
            }
          }
        }),
        RUNS,
      );
    });

    test('leaves nothing of the drain behind when it is over', () => {
      fc.assert(
        fc.property(cases, (all) => {
          const drained = writePlan(all.slices, planOf(all, annotations));
          const after = { ...all, slices: drained, drainedZones: [] };
          const plan = planOf(after, annotations);
          expect(plan.verdicts.map(({ reason }) => reason)).not.toContain('ZoneDrained');
          // No endpoint is left for no zone, unless its mode does that by itself.
          const without = planOf({ ...all, drainedZones: [] }, annotations);
          const idle = (one: ServicePlan): number =>
            one.slices
              .flatMap(({ endpoints }) => endpoints)
              .filter(({ hints }) => hints?.forZones?.[0]?.name === 'placeholder.invalid').length;
          if (!Object.hasOwn(annotations, KEYS)) expect(idle(plan)).toBe(idle(without));
        }),
        RUNS,
      );
    });
  },
);
