import { cpuOf, isCounted, isPlainForAuto } from '../model/demand.js';
import { compareText, IN_TREE, MANAGED_BY_LABEL, ZONE_LABEL, type Node } from '../fuzzCase.js';
import { knownZone, slicesOfType } from '../model/proxy.js';
import type { Finding, Rule, Trial } from '../trial.js';
import { outcomes, type PortOutcome } from './numbers.js';

interface Bounds {
  readonly zone: string;
  readonly minimum: number;
  readonly desired: number;
  readonly maximum: number;
}

/** The rule of KEP-2433 as topologycache.getAllocations has it, with its safeguards; a text: why it gives up. */
function allocation({ input }: Trial, ready: number, bound: boolean): readonly Bounds[] | string {
  if (bound && !isPlainForAuto(input.nodes)) return 'Insufficient Node information';
  const milli = new Map<string, number>();
  let nano = 0;
  for (const node of input.nodes.filter(isCounted)) {
    const zone = node.metadata?.labels?.[ZONE_LABEL] ?? '';
    const own = Math.round(cpuOf(node.status?.allocatable?.['cpu']) * 1e9);
    // Where Kubernetes does not write the slices, such nodes are passed over.
    if (zone === '' || own === 0) continue;
    milli.set(zone, (milli.get(zone) ?? 0) + own);
    nano += own;
  }
  const total = Math.ceil(nano / 1e6);
  if (milli.size < 2) return 'Insufficient Node information';
  if (milli.size > ready) return 'Insufficient number of endpoints';
  const shares = [...milli].map(([zone, own]) => ({ zone, share: Math.ceil(own / 1e6) / total }));
  const minimums = shares.map(({ share }) => Math.ceil(share * ready * (1 / 1.2)));
  const spare = ready - minimums.reduce((sum, minimum) => sum + minimum, 0);
  if (spare < 0) return 'Unable to allocate minimum required endpoints';
  return shares.map(({ zone, share }, i) => {
    const minimum = minimums[i]!;
    return { zone, minimum, desired: Math.max(share * ready, minimum), maximum: minimum + spare };
  });
}

const isHeard = (node: Node): boolean => cpuOf(node.status?.allocatable?.['cpu']) > 0;

/** Where all slices serve the same ports, Auto does for a Service what its rule says. */
export const autoByTheRule: Rule = {
  name: 'Auto hints what the proportional rule allows, and gives up where it does',
  check: (trial) => {
    if (trial.plan.mode !== 'auto' || trial.input.settings.autoStrategy === 'balanced') return undefined;
    for (const { addressType, reason, message } of trial.plan.verdicts) {
      if (!reason.startsWith('TopologyAwareHints')) continue;
      // A stated demand takes the place of CPU.
      if (trial.demand(addressType).stated) continue;
      const ports = outcomes(trial, addressType);
      const [first] = ports ?? [];
      if (ports === undefined || first === undefined) continue;
      if (ports.some(({ slices }) => slices.some((slice, i) => slice !== first.slices[i]))) continue;
      if (isInTrees(trial, addressType)) continue;
      if (reason === 'TopologyAwareHintsEnabled' && isGivenUp(trial, first) && isLeftToInTree(trial, addressType))
        continue;
      const finding = judge(trial, reason, message, first, isBound(trial, addressType));
      if (finding !== undefined) return `${addressType}: ${finding}`;
    }
    return undefined;
  },
};

/** Kubernetes writes some of the slices, and keeps only what its own rule allows. */
function isBound({ input }: Trial, addressType: string): boolean {
  const slices = slicesOfType(input.slices, addressType);
  const managed = slices.some(({ metadata }) => metadata?.labels?.[MANAGED_BY_LABEL] === IN_TREE);
  return managed && input.settings.guard !== true && input.settings.inTree !== 'absent';
}

/** In-tree's own hints stay on its slices: it may see another distribution of CPU, and would give back what is changed. */
function isInTrees({ input, plan }: Trial, addressType: string): boolean {
  const slices = slicesOfType(input.slices, addressType);
  const written = slices.some(({ metadata }) => plan.patches.some(({ name }) => name === metadata?.name));
  const managed = slices.filter(({ metadata }) => metadata?.labels?.[MANAGED_BY_LABEL] === IN_TREE);
  if (input.settings.guard === true || input.settings.inTree === 'absent' || managed.length === 0) return false;
  // Beside slices of others in-tree counts its own alone.
  // And it knows no zone but the endpoint's own.
  const zoneless = managed.some(({ endpoints }) => (endpoints ?? []).some(({ zone }) => knownZone(zone) === ''));
  return !written || zoneless || managed.length < slices.length;
}

function isGivenUp(trial: Trial, { endpoints }: PortOutcome): boolean {
  return typeof allocation(trial, endpoints.filter((endpoint) => endpoint.saysReady).length, false) === 'string';
}

/** The guard keeps no empty plan: on its own slices hints that Kubernetes wrote and may still hold to be right stay untouched. */
function isLeftToInTree({ input, plan }: Trial, addressType: string): boolean {
  if (input.settings.guard !== true || input.settings.inTree === 'absent') return false;
  return slicesOfType(input.slices, addressType).every(({ metadata, endpoints }) => {
    if (metadata?.labels?.[MANAGED_BY_LABEL] !== IN_TREE) return false;
    if (plan.patches.some(({ name }) => name === metadata.name)) return false;
    const writers = (metadata.managedFields ?? []).map(({ manager }) => manager);
    return (endpoints ?? []).length === 0 || (writers.length > 0 && !writers.includes('slicehints'));
  });
}

/**
 * What Kubernetes gives each zone of a Service without hints (getGivingAndReceivingZones): endpoints start at home, and
 * whole ones go from zones above their desired number to zones below it. undefined: some are in a zone of no counted node.
 */
function firstAllocation(
  ready: readonly { readonly zone: string }[],
  allowed: readonly Bounds[],
): ReadonlyMap<string, number> | undefined {
  const counts = new Map(allowed.map(({ zone }) => [zone, ready.filter((each) => each.zone === zone).length]));
  if ([...counts.values()].reduce((sum, count) => sum + count, 0) < ready.length) return undefined;
  const lacks = allowed
    .map(({ zone, desired }) => ({ zone, lack: desired - counts.get(zone)! }))
    .sort((a, b) => compareText(a.zone, b.zone));
  for (;;) {
    const receiver = lacks.reduce((most, each) => (each.lack > most.lack ? each : most));
    const giver = lacks.reduce((most, each) => (each.lack < most.lack ? each : most));
    const [gives, receives] = [-giver.lack, receiver.lack];
    if (gives < 0.5 || receives < 0.5 || (gives < 1 && receives < 1)) return counts;
    giver.lack++;
    receiver.lack--;
    counts.set(giver.zone, counts.get(giver.zone)! - 1);
    counts.set(receiver.zone, counts.get(receiver.zone)! + 1);
  }
}

function judge(trial: Trial, reason: string, message: string, { endpoints }: PortOutcome, bound: boolean): Finding {
  const ready = endpoints.filter((endpoint) => endpoint.saysReady);
  const readyCount = ready.length;
  const counted = trial.input.nodes.filter(
    (node) => isCounted(node) && (bound || (node.metadata?.labels?.[ZONE_LABEL] && isHeard(node))),
  );
  const zoneCount = new Set(counted.map((node) => node.metadata?.labels?.[ZONE_LABEL])).size;
  const allowed = allocation(trial, readyCount, bound);
  if (typeof allowed === 'string') {
    if (reason !== 'TopologyAwareHintsDisabled') return `hints where the rule gives up: ${allowed}`;
    if (!message.startsWith(allowed)) return `"${message}" where the rule says ${allowed}`;
    const counts = /\(([0-9]+) endpoints, ([0-9]+) zones\)/.exec(message);
    if (counts === null) return undefined;
    const right = Number(counts[1]) === readyCount && Number(counts[2]) === zoneCount;
    return right ? undefined : `"${message}" for ${readyCount} ready endpoints and ${zoneCount} zones`;
  }
  if (reason === 'TopologyAwareHintsDisabled') {
    const zoneless = bound && ready.some(({ zone }) => zone === '');
    return zoneless && message.startsWith('One or more endpoints do not have a zone')
      ? undefined
      : `gives up: ${message}`;
  }
  const counts = new Map<string, number>();
  for (const { address, forZones, forNodes } of ready) {
    const [zone, ...others] = new Set(forZones);
    if (zone === undefined || others.length > 0 || forNodes.length > 0) return `${address} has not one zone`;
    counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  // Kubernetes' own first allocation follows the desired numbers, and may miss a minimum.
  const first = firstAllocation(ready, allowed);
  const isFirst = allowed.every(({ zone }) => (counts.get(zone) ?? 0) === first?.get(zone));
  const wrong = allowed.find(({ zone, minimum, maximum }) => {
    const given = counts.get(zone) ?? 0;
    return given < minimum || given > maximum;
  });
  if (wrong !== undefined && !isFirst)
    return `zone ${wrong.zone} has ${counts.get(wrong.zone) ?? 0}: ${JSON.stringify(wrong)}`;
  const strange = [...counts.keys()].find((zone) => !allowed.some((each) => each.zone === zone));
  return strange === undefined ? undefined : `a hint for ${strange}, which is no counted zone`;
}
