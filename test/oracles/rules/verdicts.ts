import { IN_TREE, MANAGED_BY_LABEL, OUR_ANNOTATION, type FuzzCase, type Slice } from '../fuzzCase.js';
import { ADDRESS_TYPES, byPort, portNames, proxyEndpoint, slicesOfType, type ProxyEndpoint } from '../model/proxy.js';
import { isSteered } from './numbers.js';
import type { Rule, Trial } from '../trial.js';

const MOST_TEXT = 2000;

export const verdictsAreSentences: Rule = {
  name: 'one verdict and one forecast for an address type, in bounded sentences',
  check: ({ plan }) => {
    const types = plan.verdicts.map(({ addressType }) => addressType);
    if (types.join() !== [...new Set(types)].sort().join()) return `verdicts for ${types.join()}`;
    const forecasts = plan.forecast.map(({ addressType }) => addressType);
    if (forecasts.join() !== types.join()) return `forecasts for ${forecasts.join()}, verdicts for ${types.join()}`;
    for (const { addressType, message, reason } of plan.verdicts) {
      if (!message.endsWith(`, addressType: ${addressType}`)) return `"${message}" does not end in its address type`;
      if (!/^[A-Z][A-Za-z]+$/.test(reason)) return `the reason ${reason}`;
    }
    for (const { message } of [...plan.verdicts, ...plan.warnings]) {
      if (message.length > MOST_TEXT) return `a message of ${message.length} characters: ${message.slice(0, 200)}`;
      if (/undefined|\bNaN\b|Infinity|\[object|function |native code/.test(message.replaceAll(/"[^"]*"/g, ''))) {
        return `"${message.slice(0, 300)}"`;
      }
    }
    return undefined;
  },
};

/** Who else writes a slice, and whether hints of ours would stand there (docs/coexistence.md). */
export function isWritable(slice: Slice, { input, plan }: Trial): boolean {
  const { guard = false, inTree = 'present', managedBy, ignoreManagedBy } = input.settings;
  const manager = slice.metadata?.labels?.[MANAGED_BY_LABEL] ?? '';
  if (ignoreManagedBy?.includes(manager) === true || managedBy?.includes(manager) === false) return false;
  const builtIn = manager === IN_TREE && inTree === 'present';
  const ofApiServer =
    slice.metadata?.namespace === 'default' && slice.metadata.labels?.['kubernetes.io/service-name'] === 'kubernetes';
  const annotations = input.service.metadata?.annotations ?? {};
  const value =
    annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode'];
  const builtInAuto = value === 'Auto' || value === 'auto';
  return ofApiServer ? guard : !builtIn || guard || (plan.mode === 'auto' && builtInAuto);
}

export const nobodyIsFought: Rule = {
  name: 'slices that another writer would undo are left alone',
  check: (trial) => {
    const { input, plan } = trial;
    for (const { name } of plan.patches) {
      const slice = input.slices.find(({ metadata }) => metadata?.name === name);
      if (slice === undefined) return `a patch for ${name}`;
      if (slice.addressType === 'FQDN' && plan.mode !== 'off') return `a patch for the slice ${name} of names`;
      if (plan.mode !== 'off' && !isWritable(slice, trial)) return `a patch for ${name}, which is not to be written`;
      const ours = slice.metadata?.annotations?.[OUR_ANNOTATION] !== undefined;
      const known = slice.metadata?.managedFields?.some(({ manager }) => manager === 'slicehints') === true;
      if (plan.mode === 'off' && !ours && !known) return `hints of others on ${name} are taken away`;
    }
    return undefined;
  },
};

const ASKING = /\/(topology-mode|topology-aware-hints|mode|topology-keys|topologyKeys)$/;

function isLeft(slice: Slice, { service, settings }: FuzzCase): boolean {
  const asked = Object.keys(service.metadata?.annotations ?? {}).some((name) => ASKING.test(name));
  return !asked && slice.metadata?.labels?.[MANAGED_BY_LABEL] === IN_TREE && settings.inTree !== 'absent';
}

/** Slices that serve a port in common, directly or through others; those without a ready endpoint join none. */
function joined(slices: readonly Slice[], nodes: FuzzCase['nodes']): Slice[][] {
  const groups: Slice[][] = [];
  const isServing = ({ endpoints }: Slice): boolean =>
    (endpoints ?? []).some((endpoint) => proxyEndpoint(endpoint, nodes)?.ready === true);
  for (const slice of slices.filter(isServing)) {
    const ports = portNames(slice);
    const touching = groups.filter((group) =>
      group.some((other) => {
        const others = portNames(other);
        return others.length === 0 || ports.length === 0 || ports.some((port) => others.includes(port));
      }),
    );
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push([...touching.flat(), slice]);
  }
  return groups;
}

/** One ready endpoint without hints turns hints off for all of a Service. */
export const whole: Rule = {
  name: 'an address type is hinted entirely or not at all',
  check: ({ input, plan, written }) => {
    if (plan.mode === 'off') return undefined;
    for (const addressType of ADDRESS_TYPES) {
      const group = slicesOfType(written, addressType);
      const verdict = plan.verdicts.find((each) => each.addressType === addressType);
      if (group.length === 0) continue;
      const patched = plan.patches.filter(({ name }) => group.some(({ metadata }) => metadata?.name === name));
      if (verdict?.hinted === false && verdict.reason === 'HintsBlocked' && patched.length > 0) {
        return `${addressType} is blocked, yet ${patched[0]?.name} is patched`;
      }
      if (!patched.some(({ patch }) => patch.some(({ op, path }) => op !== 'remove' && path.endsWith('/hints'))))
        continue;
      // Topology keys may need no hints on slices that have no port in common with the others.
      for (const slices of plan.mode === 'topology-keys' ? joined(group, input.nodes) : [group]) {
        const ready = slices
          // In-tree serves spec.trafficDistribution on its own slices by itself, and may not have come to it yet.
          .filter((slice) => !isLeft(slice, input))
          .flatMap(({ endpoints }) => endpoints ?? [])
          .flatMap((endpoint) => proxyEndpoint(endpoint, input.nodes) ?? [])
          .filter((endpoint) => endpoint.ready);
        // What has no zone (and no node) cannot be hinted for its own one; then the verdict is a Warning.
        const byPlace = plan.mode === 'same-zone' || plan.mode === 'same-node';
        const lost = ({ zone, nodeName }: ProxyEndpoint): boolean =>
          byPlace && zone === '' && (plan.mode === 'same-zone' || nodeName === '');
        const bare = ready.filter(
          (endpoint) => endpoint.forZones.length === 0 && endpoint.forNodes.length === 0 && !lost(endpoint),
        );
        if (bare.length === 0 || bare.length === ready.length) continue;
        return `${addressType}: hints are written (${verdict?.reason}), and ${bare.length} of ${ready.length} ready endpoints have none, first ${bare[0]?.address}`;
      }
    }
    return undefined;
  },
};

export const hintedIsTrue: Rule = {
  name: 'hinted says whether endpoints carry hints',
  check: ({ input, plan, written }) => {
    if (!isSteered(input.service)) return undefined;
    for (const { addressType, hinted, reason } of plan.verdicts) {
      // What others wrote on slices that are left alone is none of the verdict's business.
      if (addressType === 'FQDN' || reason === 'HintsBlocked') continue;
      if (byPort(slicesOfType(written, addressType)).some(({ torn }) => torn)) continue;
      // Nor is what in-tree's own rule of Auto gives its slices while others cannot be hinted.
      const adopted = (slice: Slice): boolean =>
        plan.mode === 'auto' && input.settings.guard !== true && slice.metadata?.labels?.[MANAGED_BY_LABEL] === IN_TREE;
      const endpoints = slicesOfType(written, addressType)
        .filter((slice) => hinted || !adopted(slice))
        .flatMap((slice) => slice.endpoints ?? []);
      const any = endpoints.some(({ hints }) => (hints?.forZones?.length ?? 0) + (hints?.forNodes?.length ?? 0) > 0);
      if (any !== hinted) return `${addressType} ${reason}: hinted is ${hinted}, endpoints with hints: ${any}`;
    }
    return undefined;
  },
};
