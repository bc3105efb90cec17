import { proxyNode, usedBy } from '../model/proxy.js';
import { canBeExact, selections } from '../model/topologyKeys.js';
import type { Finding, Rule, Trial } from '../trial.js';
import { outcomes, portsNamed, type PortOutcome } from './numbers.js';

const KINDS = ['exact', 'narrowed', 'softened', 'leaking'] as const;
type Kind = (typeof KINDS)[number];

/** Worst last. */
const REASONS: readonly (readonly [Kind, string])[] = [
  ['exact', 'TopologyKeysExact'],
  ['narrowed', 'TopologyKeysNarrowed'],
  ['softened', 'HardAffinityNotEnforceable'],
  ['leaking', 'TopologyKeysLeaking'],
];

interface Fate {
  readonly node: string;
  readonly kind: Kind;
  readonly selected: number;
  readonly used: number;
}

interface PortFates {
  readonly port: string | undefined;
  readonly fates: readonly Fate[];
  readonly ready: number;
  readonly worst: Kind;
}

function fatesOf({ input }: Trial, { port, endpoints, readyCount }: PortOutcome): PortFates {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const wanted = selections(input, ready);
  const fates = input.nodes.map((node, i): Fate => {
    const selected = new Set(wanted[i]);
    const used = usedBy(proxyNode(node), endpoints).map(({ address }) => address);
    const inside = used.every((address) => selected.has(address));
    const kind =
      selected.size === 0 ? 'softened' : !inside ? 'leaking' : used.length < selected.size ? 'narrowed' : 'exact';
    return { node: node.metadata?.name ?? '', kind, selected: selected.size, used: used.length };
  });
  const worst = REASONS.map(([kind]) => kind).findLast((kind) => fates.some((fate) => fate.kind === kind)) ?? 'exact';
  return { port, fates, ready: readyCount, worst };
}

export const keysAreFollowed: Rule = {
  name: 'what topology-keys says of the nodes is what a replay gives',
  check: (trial) => {
    const { plan, input } = trial;
    if (plan.mode !== 'topology-keys' || input.nodes.length === 0) return undefined;
    for (const { addressType, reason, message } of plan.verdicts) {
      const ports = outcomes(trial, addressType);
      if (ports === undefined) continue;
      if (!REASONS.some(([, each]) => each === reason)) continue;
      const all = ports.filter(({ readyCount }) => readyCount > 0).map((port) => fatesOf(trial, port));
      const rank = (kind: Kind): number => KINDS.indexOf(kind);
      const worst = Math.max(0, ...all.map((fates) => rank(fates.worst)));
      const expected = REASONS[worst]![1];
      const of = all.filter((fates) => rank(fates.worst) === worst);
      if (reason !== expected) {
        return `${addressType}: ${expected} by replay of port ${of[0]?.port} (${tally(of[0])}): ${reason}: ${message}`;
      }
      const named = portsNamed(message, ports);
      const about = of.filter(({ port }) => named === undefined || named.some((each) => each.port === port));
      if (named !== undefined && about.length < named.length) return `${addressType}: a port fares better: ${message}`;
      const findings = about.map((fates) => readMessage(message, reason, fates));
      if (findings.length > 0 && findings.every((finding) => finding !== undefined)) {
        return `${addressType}: ${findings[0]} (${tally(of[0])}): ${message}`;
      }
    }
    return undefined;
  },
};

function tally(fates: PortFates | undefined): string {
  return KINDS.map((kind) => `${kind} ${fates?.fates.filter((fate) => fate.kind === kind).length}`).join(', ');
}

const NODES = 'nodes? (.+?)(?: and ([0-9]+) more)?';
const SENTENCES = {
  softened: new RegExp(
    `${NODES} (?:has|have) (?:none of the labels|no endpoint) .*? and will use (all )?([0-9]+)(?: of ([0-9]+))?`,
    'y',
  ),
  leaking: new RegExp(`${NODES} leaks? to other endpoints, as the (one endpoint|[0-9]+ endpoints)`, 'y'),
  narrowed: new RegExp(`${NODES} uses? ([0-9]+)(?: to ([0-9]+))? of ([0-9]+) endpoints`, 'y'),
} as const;

function readMessage(message: string, reason: string, { fates, ready }: PortFates): Finding {
  if (reason === 'TopologyKeysExact') {
    const all = message.startsWith('The one node uses exactly')
      ? '1'
      : /^All ([0-9]+) nodes use exactly/.exec(message)?.[1];
    return Number(all) === fates.length ? undefined : `${all} nodes of ${fates.length}`;
  }
  for (const kind of KINDS) {
    const said = Number(new RegExp(`[(, ]${kind}: ([0-9]+)[,)]`).exec(message)?.[1] ?? 0);
    const is = fates.filter((fate) => fate.kind === kind).length;
    if (said !== is) return `${kind}: ${said} where it is ${is}`;
    if (kind === 'exact' || is === 0) continue;
    const finding = readGroups(message, kind, fates, ready, is);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Sentences on groups of nodes: whom they name, how many they count, and what these use. */
function readGroups(
  message: string,
  kind: Exclude<Kind, 'exact'>,
  fates: readonly Fate[],
  ready: number,
  total: number,
): Finding {
  const byName = new Map(fates.map((fate) => [fate.node, fate]));
  let counted = Number(new RegExp(`([0-9]+) more nodes? (?:is|are) ${kind} alike`).exec(message)?.[1] ?? 0);
  for (const start of sentences(message)) {
    const form = SENTENCES[kind];
    form.lastIndex = start;
    const match = form.exec(message);
    if (match === null || match[0].includes('; ')) continue;
    const names = match[1]!.split(', ');
    const more = Number(match[2] ?? 0);
    counted += names.length + more;
    const group = names.flatMap((name) => byName.get(name) ?? []);
    if (group.length < names.length) return `nodes ${names.join(', ')}: not all known`;
    const stranger = group.find((fate) => fate.kind !== kind);
    if (stranger !== undefined) return `node ${stranger.node} is ${stranger.kind}, not ${kind}`;
    const wrong = group.find((fate) => !FIGURES[kind](match, fate, ready));
    if (wrong !== undefined) return `node ${wrong.node} selects ${wrong.selected} and uses ${wrong.used} of ${ready}`;
  }
  return counted === total ? undefined : `the sentences on ${kind} count ${counted} nodes of ${total}`;
}

const FIGURES: Readonly<
  Record<Exclude<Kind, 'exact'>, (match: RegExpExecArray, fate: Fate, ready: number) => boolean>
> = {
  softened: ([, , , all, used, of], fate, ready) =>
    fate.used === Number(used) && (all !== undefined ? fate.used === ready : Number(of) === ready),
  leaking: ([, , , holders], { selected }) =>
    selected === (holders === 'one endpoint' ? 1 : parseInt(holders ?? '', 10)),
  narrowed: ([, , , fewest, most, of], { selected, used }) =>
    selected === Number(of) && used >= Number(fewest) && used <= Number(most ?? fewest),
};

function sentences(message: string): number[] {
  return [0, ...[...message.matchAll(/; |with hints: /g)].map((match) => match.index + match[0].length)];
}

/** Where hints could be exact, "not exact" is false, and strict must not refuse. */
export const exactAsClaimed: Rule = {
  name: 'topology-keys is not exact only where no hints can be',
  check: (trial) => {
    const { plan, input } = trial;
    if (plan.mode !== 'topology-keys' || input.nodes.length === 0) return undefined;
    for (const { addressType, reason, message } of plan.verdicts) {
      if (!/^TopologyKeys(NotExact|Narrowed|Leaking)$/.test(reason)) continue;
      const ports = outcomes(trial, addressType);
      const [first] = ports ?? [];
      if (ports === undefined || first === undefined) continue;
      // Hints that one port needs may spoil another, so the theorem is for slices that serve the same ports.
      if (ports.some(({ slices }) => slices.some((slice, i) => slice !== first.slices[i])) || first.readyCount === 0)
        continue;
      const ready = first.endpoints.filter((endpoint) => endpoint.ready);
      const possible = canBeExact(
        input.nodes.map(proxyNode),
        selections(input, ready),
        ready.map(({ address }) => address),
      );
      if (possible === true) return `${addressType}: hints can be exact: ${message}`;
    }
    return undefined;
  },
};
