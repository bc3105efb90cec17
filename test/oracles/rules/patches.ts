import {
  MANAGED_BY_LABEL,
  MIRRORING,
  OUR_ANNOTATION,
  SERVICE_NAME_LABEL,
  TRIGGER_TIME_ANNOTATION,
  compareText,
  unhinted,
  type Endpoint,
  type Slice,
} from '../fuzzCase.js';
import type { Finding, Rule, Trial } from '../trial.js';

const MOST_NAMES = 8;
const ANNOTATION_PATHS = [OUR_ANNOTATION, TRIGGER_TIME_ANNOTATION].map(
  (name) => `/metadata/annotations/${name.replace('/', '~1')}`,
);

/** Hints as they stand, with what says nothing left out. */
function hintText(hints: Endpoint['hints']): string {
  const names = (list: readonly { name: string }[] | null | undefined): string[] => [
    ...new Set((list ?? []).map(({ name }) => name)),
  ];
  return JSON.stringify([names(hints?.forZones), names(hints?.forNodes)]);
}

/** A slice without the parts that a patch of ours may change. */
function rest(slice: Slice): string {
  const { metadata, endpoints, ...others } = slice;
  const { annotations, ...meta } = metadata ?? {};
  const kept = Object.entries(annotations ?? {}).filter(
    ([name]) => name !== OUR_ANNOTATION && name !== TRIGGER_TIME_ANNOTATION,
  );
  const bare = (endpoints ?? []).map(unhinted);
  return JSON.stringify([Object.entries(meta).sort(([a], [b]) => compareText(a, b)), kept, bare, others]);
}

export const patchesGiveThePlan: Rule = {
  name: 'patches give exactly the planned slices',
  check: ({ input, plan, written }) => {
    if (plan.slices.length !== input.slices.length) return `${plan.slices.length} slices for ${input.slices.length}`;
    const patched = new Set(plan.patches.map(({ name }) => name));
    for (const [i, planned] of plan.slices.entries()) {
      const slice = written[i]!;
      const name = slice.metadata?.name ?? '';
      if (planned.name !== name) return `slice ${planned.name} where ${name} is expected`;
      if (planned.changed !== patched.has(name)) return `slice ${name} says changed: ${planned.changed}`;
      const endpoints = slice.endpoints ?? [];
      if (planned.endpoints.length !== endpoints.length) return `slice ${name} has another number of endpoints`;
      for (const [k, endpoint] of endpoints.entries()) {
        const wanted = planned.endpoints[k]!;
        if (JSON.stringify(wanted.addresses) !== JSON.stringify(endpoint.addresses ?? []))
          return `addresses in ${name}`;
        const [is, should] = [hintText(endpoint.hints), hintText(wanted.hints as Endpoint['hints'])];
        if (is !== should) return `slice ${name}, endpoint ${k}: planned ${should}, written ${is}`;
      }
    }
    return undefined;
  },
};

export const patchesTouchHintsOnly: Rule = {
  name: 'patches change nothing but hints and our annotation',
  check: ({ input, plan, written }) => {
    for (const { name, patch } of plan.patches) {
      const before = input.slices.find(({ metadata }) => (metadata?.name ?? '') === name);
      const after = written.find(({ metadata }) => (metadata?.name ?? '') === name);
      if (before === undefined || after === undefined) return `a patch for ${name}, which is no slice of the Service`;
      const version = before.metadata?.resourceVersion ?? '';
      const [first, ...others] = patch;
      const names = version !== '';
      if (names && (first?.op !== 'replace' || first.path !== '/metadata/resourceVersion' || first.value !== version)) {
        return `the patch of ${name} does not begin with its resourceVersion`;
      }
      for (const { op, path } of names ? others : patch) {
        const fits =
          /^\/endpoints\/[0-9]+\/hints$/.test(path) ||
          ANNOTATION_PATHS.includes(path) ||
          (path === '/metadata/annotations' && op === 'add' && !before.metadata?.annotations);
        if (!fits) return `the patch of ${name} has ${op} ${path}`;
      }
      if (patch.length === (names ? 1 : 0)) return `the patch of ${name} is empty`;
      if (rest(before) !== rest(after)) return `the patch of ${name} changes more than hints`;
      const finding = superfluous(patch, before) ?? annotation(before, after);
      if (finding !== undefined) return `${name}: ${finding}`;
    }
    return undefined;
  },
};

function superfluous(patch: Trial['plan']['patches'][number]['patch'], before: Slice): Finding {
  for (const operation of patch) {
    const place = /^\/endpoints\/([0-9]+)\/hints$/.exec(operation.path);
    if (place === null) continue;
    const { hints } = before.endpoints?.[Number(place[1])] ?? {};
    if (operation.op !== 'remove' && hints && hintText(hints) === hintText(operation.value as Endpoint['hints'])) {
      return `writes the hints that endpoint ${place[1]} has`;
    }
  }
  return undefined;
}

/** Our mark comes with hints and goes with them; mirrored slices never get it. */
function annotation(before: Slice, after: Slice): Finding {
  const mark = (slice: Slice): string | undefined => slice.metadata?.annotations?.[OUR_ANNOTATION];
  const labels = before.metadata?.labels;
  const mirrored = labels?.[MANAGED_BY_LABEL] === MIRRORING && labels[SERVICE_NAME_LABEL] !== 'kubernetes';
  const hinted = (after.endpoints ?? []).some(({ hints }) => hints !== undefined && hints !== null);
  if (mirrored && mark(before) === undefined && mark(after) !== undefined) return 'a mirrored slice is annotated';
  if (!hinted && mark(after) !== undefined) return 'our annotation stays without hints';
  return undefined;
}

export const fewNames: Rule = {
  name: 'a hint that is written has at most eight names, each once',
  check: ({ plan }) => {
    for (const { name, patch } of plan.patches) {
      for (const operation of patch) {
        if (!operation.path.endsWith('/hints') || operation.op === 'remove') continue;
        const hints = operation.value as NonNullable<Endpoint['hints']>;
        for (const kind of ['forZones', 'forNodes'] as const) {
          const list = hints[kind]?.map((entry) => entry.name);
          if (list === undefined) continue;
          if (list.length === 0 || list.length > MOST_NAMES) return `${name}: ${list.length} names in ${kind}`;
          if (new Set(list).size < list.length) return `${name}: a name twice in ${kind}`;
          if (kind === 'forNodes' && list.includes('')) return `${name}: a node without a name`;
        }
        if (hints.forZones === undefined && hints.forNodes === undefined) return `${name}: hints without names`;
      }
    }
    return undefined;
  },
};
