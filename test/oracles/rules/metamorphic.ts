import { isDeepStrictEqual } from 'node:util';
import { planService, type ServicePlan } from '../../../src/index.js';
import { CONTROL_PLANE_LABEL, compareText, unhinted, ZONE_LABEL, type FuzzCase, type Slice } from '../fuzzCase.js';
import type { Finding, Rule, Trial } from '../trial.js';
import { byPort } from '../model/proxy.js';
import { sameTraffic } from '../model/traffic.js';
import { isSteered, limitOf } from './numbers.js';

/** Hints by slice and endpoint, in an order of their own. */
function hintsOf(slices: readonly Slice[], plan: ServicePlan, nameOf = (name: string): string => name): string[] {
  return plan.slices
    .flatMap(({ name, endpoints }) => {
      const slice = slices.find(({ metadata }) => (metadata?.name ?? '') === name);
      return endpoints.map(({ hints }, i) =>
        JSON.stringify([nameOf(name), slice?.endpoints?.[i], hints?.forZones ?? [], hints?.forNodes ?? []]),
      );
    })
    .sort(compareText);
}

function differ(a: ServicePlan, b: ServicePlan): Finding {
  for (const part of ['mode', 'verdicts', 'warnings'] as const) {
    if (!isDeepStrictEqual(a[part], b[part]))
      return `${part}: ${JSON.stringify(a[part])} and ${JSON.stringify(b[part])}`;
  }
  const same = a.forecast.every((forecast, i) => sameTraffic(forecast, b.forecast[i]!));
  return same ? undefined : `forecast: ${JSON.stringify(a.forecast)} and ${JSON.stringify(b.forecast)}`;
}

export const orderIsNothing: Rule = {
  name: 'the order of nodes, slices and endpoints does not matter',
  check: ({ input, plan, random }) => {
    const dice = random();
    const slices = dice.shuffled(input.slices).map((slice) => {
      return slice.endpoints ? { ...slice, endpoints: dice.shuffled(slice.endpoints) } : slice;
    });
    const shuffled = planService({ ...input, nodes: dice.shuffled(input.nodes), slices });
    const [before, after] = [hintsOf(input.slices, plan), hintsOf(slices, shuffled)];
    const at = before.findIndex((text, i) => text !== after[i]);
    return at < 0 ? differ(plan, shuffled) : `hints: ${before[at]} and ${after[at]}`;
  },
};

/** Every text of an object, and only texts as values: keys stay. */
function mapTexts<T>(value: T, rename: (text: string) => string): T {
  if (typeof value === 'string') return rename(value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => mapTexts(each, rename)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each as unknown, rename)])) as T;
}

/** Zones are called z00, z01 … by the generator, and nothing else is. */
const ZONE_NAME = /\bz[0-9]{2}x?\b/g;

export const zoneNamesAreNothing: Rule = {
  name: 'other names for the zones, in the same order, give the same plan with these names',
  check: ({ input, plan, random }) => {
    const stretch = random().between(2, 9);
    const renamed = (text: string): string =>
      text.length > 3000
        ? text
        : text.replace(
            ZONE_NAME,
            (zone) => `zone${String(Number(zone.slice(1, 3)) * stretch).padStart(4, '0')}${zone.slice(3)}`,
          );
    const other = planService(mapTexts(input, renamed));
    const expected = mapTexts(plan, renamed);
    if (isDeepStrictEqual(JSON.stringify(other), JSON.stringify(expected))) return undefined;
    return (
      differ(expected, other) ?? `patches: ${JSON.stringify(expected.patches)} and ${JSON.stringify(other.patches)}`
    );
  },
};

/**
 * Which endpoints lie together in a slice decides only which of them move when hints must move. So a Service without
 * hints, and one whose hints stay, is planned alike after a slice is split in two; and modes without a choice always.
 */
export const splittingIsNothing: Rule = {
  name: 'splitting a slice keeps the hints where nothing has to move',
  check: ({ input, plan, random }) => {
    const fixed = ['same-zone', 'same-node', 'topology-keys'].includes(plan.mode);
    const bare = input.slices.every(({ endpoints }) => (endpoints ?? []).every(({ hints }) => !hints));
    if (!fixed && !bare && plan.patches.length > 0) return undefined;
    const dice = random();
    const large = input.slices.filter(({ endpoints }) => (endpoints ?? []).length > 1);
    if (large.length === 0) return undefined;
    const slice = dice.pick(large);
    const endpoints = slice.endpoints ?? [];
    const cut = dice.between(1, endpoints.length - 1);
    const name = `${slice.metadata?.name}-split`;
    const halves: Slice[] = [
      { ...slice, endpoints: endpoints.slice(0, cut) },
      { ...slice, metadata: { ...slice.metadata, name }, endpoints: endpoints.slice(cut) },
    ];
    const slices = input.slices.flatMap((each) => (each === slice ? halves : [each]));
    const split = planService({ ...input, slices });
    const joined = (text: string): string => text.replace(/-split$/, '');
    const [before, after] = [hintsOf(input.slices, plan), hintsOf(slices, split, joined)];
    const at = before.findIndex((text, i) => text !== after[i]);
    if (at >= 0) return `hints: ${before[at]} and ${after[at]}`;
    const blocked = plan.verdicts.some(({ reason }) => reason === 'HintsBlocked');
    return blocked ? undefined : differ(plan, split);
  },
};

/** What is added must change neither hints nor verdicts nor the forecast. */
function adding({ input, plan }: Trial, added: Partial<FuzzCase>, nodesAreCounted: boolean): Finding {
  const other = planService({ ...input, ...added });
  const before = hintsOf(input.slices, plan);
  const after = new Set(hintsOf(added.slices ?? input.slices, other));
  const lost = before.find((text) => !after.has(text));
  if (lost !== undefined) return `changes the hints ${lost}`;
  if (!nodesAreCounted) return differ(plan, other);
  return differ({ ...plan, verdicts: [], warnings: [] }, { ...other, verdicts: [], warnings: [] });
}

/** Modes for which every node counts, ready or not, because a proxy runs on each. */
const ALL_NODES = ['same-zone', 'same-node'];

export const uncountedNodes: Rule = {
  name: 'a control-plane node or one that is not ready changes no hints',
  check: (trial) => {
    const { input, plan, random, demand } = trial;
    const { zones } = demand('IPv4');
    if (plan.mode === 'topology-keys' || zones.length === 0) return undefined;
    const dice = random();
    const { zone } = dice.pick(zones);
    const labels = { [ZONE_LABEL]: zone, 'kubernetes.io/hostname': 'zz-added' };
    const status = { allocatable: { cpu: '64' }, conditions: [{ type: 'Ready', status: 'True' }] };
    const node = dice.chance(0.5)
      ? { metadata: { name: 'zz-added', labels: { ...labels, [CONTROL_PLANE_LABEL]: '' } }, status }
      : {
          metadata: { name: 'zz-added', labels },
          status: { ...status, conditions: [{ type: 'Ready', status: dice.pick(['False', 'Unknown']) }] },
        };
    return adding(trial, { nodes: [...input.nodes, node] }, ALL_NODES.includes(plan.mode));
  },
};

export const unreadyEndpoints: Rule = {
  name: 'an endpoint that is not ready changes nothing for the others',
  check: (trial) => {
    const { input, plan, random, written } = trial;
    // While none is ready, those that are not decide.
    if (plan.mode === 'off' || plan.mode === 'topology-keys') return undefined;
    // Where ready endpoints cannot be hinted, one that is not ready may be the only one with hints.
    if (plan.mode.startsWith('same-') && plan.verdicts.some(({ hinted }) => !hinted)) return undefined;
    const addressType = plan.verdicts.find((each) => each.addressType !== 'FQDN')?.addressType;
    const group = written.filter((slice) => slice.addressType === addressType);
    if (byPort(group).some(({ endpoints }) => !endpoints.some(({ ready }) => ready))) return undefined;
    const dice = random();
    // A slice without endpoints needs no one who may write it.
    const host = dice.pick(group.filter(({ endpoints }) => (endpoints ?? []).length > 0));
    const node = input.nodes.length > 0 ? dice.pick(input.nodes) : undefined;
    const address = addressType === 'IPv6' ? 'fd00::ffff' : '10.255.0.1';
    const newcomer = {
      addresses: [address],
      conditions: { ready: false, serving: false },
      zone: node?.metadata?.labels?.[ZONE_LABEL] ?? 'gone',
      nodeName: node?.metadata?.name ?? 'gone',
    };
    const slices = input.slices.map((slice) =>
      slice.metadata?.name === host.metadata?.name
        ? { ...slice, endpoints: [...(slice.endpoints ?? []), newcomer] }
        : slice,
    );
    return adding(trial, { slices }, false);
  },
};

/** The state in which all hints stand, and a ready pod of one slice is replaced by another in the same zone. */
export const replacedPod: Rule = {
  name: 'a pod replaced within its zone moves nobody else',
  check: (trial) => {
    const { input, plan, written, random } = trial;
    if (plan.mode !== 'balanced' && plan.mode !== 'same-zone' && plan.mode !== 'same-node') return undefined;
    if (plan.verdicts.some(({ hinted }) => !hinted)) return undefined;
    // Balanced tries all sets of zones for the newcomer up to four zones, and what stands may be above the limit by the hold.
    const simple = plan.forecast.every(
      ({ byZone, worstLoad }) => byZone.length <= 4 && worstLoad <= 1 + limitOf(trial) + 1e-9,
    );
    if (plan.mode === 'balanced' && (!simple || !isSteered(input.service))) return undefined;
    const dice = random();
    const candidates = written.filter((slice) => (slice.endpoints ?? []).length > 0 && slice.addressType !== 'FQDN');
    if (candidates.length === 0) return undefined;
    const slice = dice.pick(candidates);
    const place = dice.below(slice.endpoints!.length);
    const old = slice.endpoints![place]!;
    const address = old.addresses?.[0] ?? '';
    const copies = written
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ addresses }) => addresses?.[0] === address);
    if (address === '' || copies.length > 1) return undefined;
    // In Balanced another address can change which of equals is named first only for itself.
    const newcomer = { ...unhinted(old), addresses: [`${address}00`] };
    const slices = written.map((each) =>
      each === slice
        ? { ...each, endpoints: each.endpoints!.map((endpoint, i) => (i === place ? newcomer : endpoint)) }
        : each,
    );
    const next = planService({ ...input, slices });
    for (const { name, patch } of next.patches) {
      for (const { path } of patch) {
        if (!path.startsWith('/endpoints/')) continue;
        if (name !== (slice.metadata?.name ?? '') || path !== `/endpoints/${place}/hints`)
          return `${name}: ${path} is written too`;
      }
    }
    return undefined;
  },
};
