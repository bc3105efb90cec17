import { IN_TREE, MANAGED_BY_LABEL, MIRRORING, OUR_ANNOTATION, type Slice } from '../fuzzCase.js';
import { ADDRESS_TYPES, proxyEndpoint, slicesOfType } from '../model/proxy.js';
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
  return ofApiServer ? guard : !builtIn || guard || plan.mode === 'auto';
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
      const mirrored = slice.metadata?.labels?.[MANAGED_BY_LABEL] === MIRRORING;
      const ours = slice.metadata?.annotations?.[OUR_ANNOTATION] !== undefined;
      const known = slice.metadata?.managedFields?.some(({ manager }) => manager === 'slicehints') === true;
      if (plan.mode === 'off' && !ours && !(mirrored && known)) return `hints of others on ${name} are taken away`;
    }
    return undefined;
  },
};

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
      const ready = group.flatMap(({ endpoints }) =>
        (endpoints ?? []).flatMap((endpoint) => {
          const read = proxyEndpoint(endpoint);
          return read?.ready === true ? [read] : [];
        }),
      );
      const bare = ready.filter(({ forZones, forNodes }) => forZones.length === 0 && forNodes.length === 0);
      if (patched.length === 0 || bare.length === 0 || bare.length === ready.length) continue;
      const adds = patched.some(({ patch }) =>
        patch.some(({ op, path }) => op !== 'remove' && path.endsWith('/hints')),
      );
      if (!adds) continue;
      if (verdict !== undefined && /^Same(Zone|Node)/.test(verdict.reason) && verdict.type === 'Warning') continue;
      return `${addressType}: hints are written (${verdict?.reason}), and ${bare.length} of ${ready.length} ready endpoints have none, first ${bare[0]?.address} (settings ${JSON.stringify(input.settings)})`;
    }
    return undefined;
  },
};

export const hintedIsTrue: Rule = {
  name: 'hinted says whether endpoints carry hints',
  check: ({ plan, written }) => {
    for (const { addressType, hinted, reason } of plan.verdicts) {
      // What others wrote on slices that are left alone is none of the verdict's business.
      if (addressType === 'FQDN' || reason === 'HintsBlocked') continue;
      const endpoints = slicesOfType(written, addressType).flatMap((slice) => slice.endpoints ?? []);
      const any = endpoints.some(({ hints }) => (hints?.forZones?.length ?? 0) + (hints?.forNodes?.length ?? 0) > 0);
      if (any !== hinted) return `${addressType} ${reason}: hinted is ${hinted}, endpoints with hints: ${any}`;
    }
    return undefined;
  },
};
