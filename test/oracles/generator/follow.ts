import { unhinted, ZONE_LABEL, type Endpoint, type FuzzCase, type Slice } from '../fuzzCase.js';
import { Random } from '../random.js';

/** The same cluster later: hints are written, the API server has counted on, and one or two things changed. */
export function nextCase(before: FuzzCase, written: readonly Slice[], seed: number, number: number): FuzzCase {
  const random = new Random(seed, number, 0xf0110);
  const next = structuredClone({ ...before, slices: [...written] });
  for (const slice of next.slices) {
    const was = before.slices.find(({ metadata }) => metadata?.name === slice.metadata?.name);
    if (!slice.metadata || JSON.stringify(was) === JSON.stringify(slice)) continue;
    if (slice.metadata.resourceVersion) slice.metadata.resourceVersion = String(100000 + number);
    if (random.chance(0.8)) slice.metadata.managedFields = [{ manager: 'slicehints', fieldsV1: { 'f:endpoints': {} } }];
  }
  for (let count = random.between(1, 2); count > 0; count--) random.pick(CHANGES)(random, next);
  return next;
}

type Change = (random: Random, next: FuzzCase) => void;

const anEndpoint = (random: Random, { slices }: FuzzCase): { list: Endpoint[]; at: number } | undefined => {
  const lists = slices.flatMap(({ endpoints }) => (endpoints && endpoints.length > 0 ? [endpoints] : []));
  if (lists.length === 0) return undefined;
  const list = random.pick(lists);
  return { list, at: random.below(list.length) };
};

const flipReady: Change = (random, next) => {
  const found = anEndpoint(random, next);
  const endpoint = found?.list[found.at];
  if (endpoint) endpoint.conditions = { ...endpoint.conditions, ready: endpoint.conditions?.ready === false };
};

const CHANGES: readonly Change[] = [
  () => undefined,
  flipReady,
  flipReady,
  (random, next) => {
    const found = anEndpoint(random, next);
    if (found === undefined) return;
    const old = found.list[found.at]!;
    const node = random.pick([undefined, ...next.nodes]);
    const zone = node?.metadata?.labels?.[ZONE_LABEL] ?? old.zone ?? '';
    found.list[found.at] = {
      ...unhinted(old),
      addresses: [`${old.addresses?.[0] ?? '10.9.9.9'}${random.between(100000, 999999)}`],
      ...(zone ? { zone } : {}),
    };
  },
  (random, next) => {
    const found = anEndpoint(random, next);
    found?.list.splice(found.at, 1);
  },
  (random, next) => {
    const found = anEndpoint(random, next);
    if (found === undefined) return;
    const bare = unhinted(found.list[found.at]!);
    found.list.push({ ...bare, addresses: [`${bare.addresses?.[0] ?? '10.9.9.8'}${random.between(100000, 999999)}`] });
  },
  (random, next) => {
    const endpoint = anEndpoint(random, next);
    if (endpoint !== undefined) delete endpoint.list[endpoint.at]!.hints;
  },
  (random, next) => {
    const node = next.nodes.length > 0 ? random.pick(next.nodes) : undefined;
    if (node) node.status = { ...node.status, allocatable: { cpu: random.pick(['1', '4', '64', '0']) } };
  },
  (random, next) => {
    if (next.nodes.length > 0) next.nodes.splice(random.below(next.nodes.length), 1);
  },
  (random, next) => {
    next.settings = { ...next.settings, guard: random.chance(0.5) };
  },
  (random, { service }) => {
    if (service.metadata) service.metadata.annotations = random.pick([{}, null]);
  },
];
