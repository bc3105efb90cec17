import type { Mode } from '../../hints/mode.js';
import { readThreshold } from '../../hints/strategies/balanced/strategy.js';
import { objectKey } from '../../model/objectKey.js';
import { percent } from '../figures.js';
import type { PlannedService } from '../planCluster.js';
import { busiestLoad, inZoneOf, isSteeredService } from '../planSummary.js';
import type { WhatIf, WhatIfMode } from '../whatIf/whatIf.js';
import { WhatIfError } from '../whatIf/whatIfError.js';
import { figuresOf, type ExplainContext } from './context.js';
import type { ExplainStep, Improvement } from './explanation.js';
import { demandOf, endpointsOf } from './inputSteps.js';
import { figuresText } from './outcomeSteps.js';

/** Plans the Service after changes, or with the guard. @throws {WhatIfError} */
export type Replan = (changes: WhatIf, guard?: boolean) => PlannedService;

const MODES: readonly WhatIfMode[] = ['auto', 'balanced', 'same-zone', 'same-node', 'off'];

/** What each other mode would give, by the same planner; the best of them is the runner-up. */
export function alternativesStep(
  context: ExplainContext,
  addressType: string,
  replan: Replan,
): Extract<ExplainStep, { id: 'alternatives' }> {
  const { plan, service } = context.planned;
  const limit = 1 + readThreshold(service, context.cluster.settings).value + 1e-9;
  const modes = MODES.filter((mode) => mode !== plan.mode)
    .map((mode) => {
      const other = replan({ mode });
      const verdict = other.plan.verdicts.find((one) => one.addressType === addressType);
      const figures = figuresOf(other.after, addressType);
      const withinLimit = figures.busiest <= limit;
      return { mode, hinted: verdict?.hinted === true, reason: verdict?.reason ?? '', ...figures, withinLimit };
    })
    .sort(
      (a, b) => Number(b.withinLimit) - Number(a.withinLimit) || b.inZoneShare - a.inZoneShare || a.busiest - b.busiest,
    );
  const runnerUp: Mode | undefined = modes[0]?.mode;
  return {
    id: 'alternatives',
    title: 'What other modes would give',
    addressType,
    lines: modes.map(({ mode, hinted, reason, withinLimit, ...figures }, i) => {
      const rank = i === 0 ? ' (runner-up)' : '';
      const why = hinted || reason === '' ? '' : `, ${reason}`;
      return `${mode}${rank}: ${figuresText(figures)}${withinLimit ? '' : ', above the limit of balanced'}${why}`;
    }),
    source: 'the same planner, asked for each mode',
    facts: { modes, ...(runnerUp === undefined ? {} : { runnerUp }) },
  };
}

/** Gains below this are noise. */
const LEAST_GAIN = 0.01;

/** What would do better, computed by planning again. Best first; what cannot be computed is last. */
export function improvementsOf(
  context: ExplainContext,
  addressTypes: readonly string[],
  replan: Replan,
): Improvement[] {
  const { planned } = context;
  const [addressType = ''] = addressTypes;
  const key = objectKey(planned);
  if (!isSteeredService(planned)) return [];
  const before = { inZone: inZoneOf(planned.after), busiest: busiestLoad(planned.after) };
  const found = candidatesOf(context, addressType, key).flatMap(({ what, flags, changes, guard }): Improvement[] => {
    const after = attempt(() => replan(changes, guard));
    if (after === undefined || !isSteeredService(after)) return [];
    const inZone = inZoneOf(after.after);
    const busiest = busiestLoad(after.after);
    const gain = inZone - before.inZone;
    const lighter = before.busiest - busiest;
    if (gain < LEAST_GAIN && (gain < -LEAST_GAIN / 2 || lighter < LEAST_GAIN)) return [];
    return [
      {
        what,
        flags,
        inZoneShare: { before: before.inZone, after: inZone },
        busiest: { before: before.busiest, after: busiest },
      },
    ];
  });
  found.sort((a, b) => b.inZoneShare!.after - a.inZoneShare!.after || a.busiest!.after - b.busiest!.after);
  // One more endpoint only in the zone where it helps most, and each change under one name.
  const best = found.filter(
    ({ what, flags }, i) =>
      i === found.findIndex((one) => one.flags.join() === flags.join()) &&
      (!what.startsWith(ONE_MORE) || i === found.findIndex((one) => one.what.startsWith(ONE_MORE))),
  );
  const unknown = demandOf(context, addressType).stated
    ? []
    : [
        {
          what: 'clients annotation: where the clients run is assumed; slicehints.io/clients names the Services that call',
          flags: [],
        },
      ];
  return [...best, ...unknown];
}

interface Candidate {
  readonly what: string;
  readonly flags: readonly string[];
  readonly changes: WhatIf;
  readonly guard?: boolean;
}

const ONE_MORE = 'one more endpoint';
/** Each takes a plan of its own. */
const MOST_ZONES_TRIED = 20;

function candidatesOf(context: ExplainContext, addressType: string, key: string): readonly Candidate[] {
  const { planned, cluster } = context;
  const { mode, verdicts } = planned.plan;
  const endpoints = endpointsOf(context, addressType);
  const { demand } = demandOf(context, addressType);
  const zones = cluster.cluster.nodeIndex.demandByNumber.zones.map(({ zone }) => zone);
  const shares = new Map(demand.zones.map(({ zone, share }) => [zone, share]));
  const shareOf = (zone: string): number => shares.get(zone) ?? 0;
  const pods = endpoints.filter(({ terminating }) => terminating !== true);
  const now = new Map(zones.map((zone) => [zone, 0]));
  for (const { zone } of pods) if (now.has(zone)) now.set(zone, (now.get(zone) ?? 0) + 1);
  const scaled = (what: string, byZone: ReadonlyMap<string, number>): Candidate => ({
    what,
    flags: [`--scale=${key}=${[...byZone].map(([zone, count]) => `${zone}:${count}`).join()}`],
    changes: { scale: [{ service: key, replicas: byZone }] },
  });
  const even = (count: number): ReadonlyMap<string, number> => {
    const order = [...zones].sort((a, b) => shareOf(b) - shareOf(a));
    const base = Math.floor(count / zones.length);
    const withOneMore = new Set(order.slice(0, count % zones.length));
    return new Map(zones.map((zone) => [zone, base + (withOneMore.has(zone) ? 1 : 0)]));
  };
  // A pod elsewhere would be gone with a change that names zones.
  const isPlaced = pods.every(({ zone }) => now.has(zone));
  const sameAs = (byZone: ReadonlyMap<string, number>): boolean =>
    zones.every((zone) => byZone.get(zone) === now.get(zone));
  const multiple = zones.length === 0 ? 0 : Math.ceil(pods.length / zones.length) * zones.length;
  const spread = zones.length < 2 || pods.length === 0 || !isPlaced ? undefined : even(pods.length);
  const odd = cluster.cluster.oddNodes;
  const loadOf = (zone: string): number => shareOf(zone) / ((now.get(zone) ?? 0) + 1);
  const tried = new Set([...zones].sort((a, b) => loadOf(b) - loadOf(a)).slice(0, MOST_ZONES_TRIED));
  return [
    ...(zones.length < 2 || !isPlaced
      ? []
      : zones
          .filter((zone) => tried.has(zone))
          .map((zone) => scaled(`${ONE_MORE} in zone ${zone}`, new Map([...now, [zone, (now.get(zone) ?? 0) + 1]])))),
    ...(spread === undefined || sameAs(spread) ? [] : [scaled('maxSkew 1 over zones', spread)]),
    ...(spread === undefined || multiple === pods.length
      ? []
      : [scaled(`${multiple} endpoints, a multiple of the zones, with maxSkew 1`, even(multiple))]),
    ...(mode === 'balanced'
      ? [
          {
            what: 'overload threshold 0.5',
            flags: [`--set=${key}:slicehints.io/overload-threshold=0.5`],
            changes: {
              set: [{ service: key, annotation: 'slicehints.io/overload-threshold', value: '0.5' }],
            },
          },
        ]
      : [
          {
            what: 'mode balanced',
            flags: ['--mode=balanced'],
            changes: { mode: 'balanced' as const },
          },
        ]),
    ...(verdicts.some(({ reason }) => reason === 'HintsBlocked')
      ? [{ what: 'the guard', flags: ['--guard=true'], changes: {}, guard: true }]
      : mode !== 'balanced' && !cluster.settings.guard
        ? [
            {
              what: 'mode balanced and the guard',
              flags: ['--mode=balanced', '--guard=true'],
              changes: { mode: 'balanced' as const },
              guard: true,
            },
          ]
        : []),
    ...(mode === 'auto' && odd.length > 0
      ? [
          {
            what:
              odd.length === 1
                ? `a zone and CPU for node ${odd.join()}, or the cluster without it`
                : `zones and CPU for ${odd.length} nodes, or the cluster without them`,
            flags: odd.map((node) => `--without-node=${node}`),
            changes: { withoutNodes: odd },
          },
        ]
      : []),
  ];
}

function attempt(run: () => PlannedService): PlannedService | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof WhatIfError) return undefined;
    throw error;
  }
}

/** `one more endpoint in zone c: 73.3% → 100%`. */
export function improvementText({ what, inZoneShare, busiest }: Improvement): string {
  if (inZoneShare === undefined || busiest === undefined) return what;
  const load =
    Math.abs(busiest.before - busiest.after) < 0.005
      ? ''
      : `, busiest endpoint ${busiest.before.toFixed(2)}x → ${busiest.after.toFixed(2)}x`;
  return `${what}: ${percent(inZoneShare.before)} → ${percent(inZoneShare.after)}${load}`;
}
