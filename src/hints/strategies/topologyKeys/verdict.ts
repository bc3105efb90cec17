import { labelOf, type NodeRecord } from '../../../model/node.js';
import { compareText } from '../../../model/objectKey.js';
import { quoted } from '../../../model/text/quoted.js';
import type { Compilation, Outcome } from './compiler.js';
import { MAX_HINT_NAMES } from './problem.js';
import { keyText, type TopologyKey, type TopologyKeys } from './annotation.js';
import { poolOf, type Selection } from './selection.js';
import { Reason } from '../../reasons.js';
import { verdict, type Verdict } from '../../verdict.js';

const HOSTNAME_LABEL = 'kubernetes.io/hostname';
const MAX_NAMES = 5;
const MAX_GROUPS = 3;
/** Characters of the annotation that a message shows. */
const MOST_OF_KEYS = 200;

export interface Findings {
  readonly asked: TopologyKeys;
  readonly nodes: readonly NodeRecord[];
  readonly selections: readonly Selection[];
  readonly compilation: Compilation;
  /** Whether any endpoint, ready or not, gets hints. */
  readonly hinted: boolean;
  /** The API server does not store node hints. */
  readonly zonesOnly: boolean;
  /** How many endpoints count. */
  readonly endpointCount: number;
  readonly addressType: string;
}

/** Nodes that fare alike, and the words for it. */
interface Group {
  readonly kind: Outcome;
  readonly domain: string;
  readonly nodes: string[];
  readonly selected: readonly number[];
  fewest: number;
  most: number;
}

/** The verdict: the worst outcome of a node gives the reason, and all outcomes are counted. */
export function judgeTopology(findings: Findings): Verdict {
  const { asked, compilation, hinted, addressType } = findings;
  const counts = { exact: 0, narrowed: 0, softened: 0, leaking: 0 };
  for (const outcome of compilation.outcomes) counts[outcome]++;
  const total = compilation.outcomes.length;
  const keys = quoted(asked.keys.map(keyText).join(','), MOST_OF_KEYS);
  if (counts.exact === total) {
    const sentence = `${total === 1 ? 'The one node uses' : `All ${total} nodes use`} exactly the endpoints that ${keys} selects${hinted ? '' : ', without any hints'}`;
    return verdict({ addressType, hinted, type: 'Normal', reason: Reason.TopologyKeysExact, sentence });
  }
  const groups = groupNodes(findings);
  const details = (['leaking', 'softened', 'narrowed'] as const).flatMap((kind) => describe(kind, groups, findings));
  const summary = (['exact', 'narrowed', 'softened', 'leaking'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${kind}: ${counts[kind]}`)
    .join(', ');
  const without = findings.zonesOnly ? '; by zone hints only, as this API server stores no node hints' : '';
  const sentence = `${details.join('; ')} (${summary})${without}`;
  if (asked.strict) {
    return verdict({
      addressType,
      hinted: false,
      type: 'Warning',
      reason: Reason.TopologyKeysNotExact,
      sentence: `No hints, as ${keys} is strict and cannot be exact; with hints: ${sentence}`,
    });
  }
  const [reason, type] =
    counts.leaking > 0
      ? ([Reason.TopologyKeysLeaking, 'Warning'] as const)
      : counts.softened > 0
        ? ([Reason.HardAffinityNotEnforceable, 'Warning'] as const)
        : ([Reason.TopologyKeysNarrowed, 'Normal'] as const);
  return verdict({ addressType, hinted, type, reason, sentence });
}

function groupNodes({ asked, nodes, selections, compilation }: Findings): Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (node: NodeRecord, kind: Outcome, { level, endpoints: selected }: Selection, used: number): Group => {
    const domain = level < 0 ? widestDomain(asked.keys, node) : domainText(asked.keys[level], node);
    const id = [kind, domain, kind === 'softened' ? used : selected.length].join('\n');
    const known = groups.get(id);
    if (known !== undefined) return known;
    const group = { kind, domain, nodes: [], selected, fewest: used, most: used };
    groups.set(id, group);
    return group;
  };
  // Nodes of one domain share what is selected, so the texts are needed once for each.
  const bySelected = new Map<readonly number[], Partial<Record<Outcome, Group>>>();
  const { sets, setOf } = compilation.uses;
  nodes.forEach((node, index) => {
    const kind = compilation.outcomes[index] ?? 'exact';
    if (kind === 'exact') return;
    const used = sets.sizeOf(setOf[index]!);
    const selection = selections[index]!;
    let group: Group | undefined;
    if (selection.level < 0) group = groupOf(node, kind, selection, used);
    else {
      const { endpoints } = selection;
      let byKind = bySelected.get(endpoints);
      if (byKind === undefined) bySelected.set(endpoints, (byKind = {}));
      group = byKind[kind] ??= groupOf(node, kind, selection, used);
    }
    group.nodes.push(node.name);
    group.fewest = Math.min(group.fewest, used);
    group.most = Math.max(group.most, used);
  });
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length || compareText(a.domain, b.domain));
}

/** The last key that applies to the node: its widest domain. Empty: the node has none of the labels. */
function widestDomain(keys: readonly TopologyKey[], node: NodeRecord): string {
  for (const key of [...keys].reverse()) {
    const text = domainText(key, node);
    if (text !== '') return text;
  }
  return '';
}

/** A place, with its preposition: "in example.com/rack=r2". Empty when the node has no such label. */
function domainText(key: TopologyKey | undefined, node: NodeRecord): string {
  switch (key?.kind) {
    case undefined:
      return '';
    case 'any':
      return 'anywhere';
    case 'node':
      return 'on the same node';
    case 'pool': {
      const pool = poolOf(node);
      return pool === '' ? 'on the same node' : `in openyurt.io/nodepool=${pool}`;
    }
    case 'label': {
      const value = labelOf(node, key.label) ?? '';
      if (value === '') return '';
      if (key.label === HOSTNAME_LABEL) return key.outside ? 'on another node' : 'on the same node';
      return `${key.outside ? 'outside' : 'in'} ${key.label}=${value}`;
    }
  }
}

function describe(kind: Exclude<Outcome, 'exact'>, all: readonly Group[], findings: Findings): string[] {
  const groups = all.filter((group) => group.kind === kind);
  const sentences = groups.slice(0, MAX_GROUPS).map((group) => SENTENCES[kind](group, findings));
  const rest = groups.slice(MAX_GROUPS).reduce((sum, group) => sum + group.nodes.length, 0);
  return rest > 0 ? [...sentences, `${rest} more ${rest === 1 ? 'node is' : 'nodes are'} ${kind} alike`] : sentences;
}

type Sentence = (group: Group, findings: Findings) => string;

const SENTENCES: Readonly<Record<Exclude<Outcome, 'exact'>, Sentence>> = {
  softened: ({ nodes, domain, fewest }, { asked, endpointCount }) => {
    const one = nodes.length === 1;
    const labels = asked.keys.map(keyText).join(', ');
    const lack = domain === '' ? `none of the labels ${labels}` : `no endpoint ${domain}`;
    const used = fewest === endpointCount ? `all ${endpointCount}` : `${fewest} of ${endpointCount}`;
    return `${named(nodes)} ${one ? 'has' : 'have'} ${lack} and will use ${used}`;
  },
  leaking: (group, findings) => {
    const wanted = group.selected.length;
    const rivals = rivalsOf(group, findings);
    const needed = Math.ceil(rivals / MAX_HINT_NAMES);
    const advice =
      needed > wanted
        ? ` (${rivals} nodes need ${needed} endpoints there, ${MAX_HINT_NAMES} nodes each; or give the domain a zone of its own)`
        : '';
    const one = group.nodes.length === 1;
    const holders = wanted === 1 ? 'the one endpoint' : `the ${wanted} endpoints`;
    return `${named(group.nodes)} ${one ? 'leaks' : 'leak'} to other endpoints, as ${holders} ${group.domain} cannot name ${one ? 'it' : 'them'} too${advice}`;
  },
  narrowed: ({ nodes, domain, selected, fewest, most }) => {
    const used = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    return `${named(nodes)} ${nodes.length === 1 ? 'uses' : 'use'} ${used} of ${selected.length} endpoints ${domain}${nodes.length === 1 ? '' : ' each'}`;
  },
};

/** Nodes that compete by name for the endpoints of a leaking group. */
function rivalsOf(group: Group, { nodes, selections, compilation }: Findings): number {
  const byName = new Set(compilation.hints.flatMap((hints) => hints?.forNodes ?? []));
  return nodes.filter(
    (node, i) =>
      selections[i]?.endpoints === group.selected && (compilation.outcomes[i] === 'leaking' || byName.has(node.name)),
  ).length;
}

function named(nodes: readonly string[]): string {
  const shown = nodes.slice(0, MAX_NAMES).join(', ');
  const more = nodes.length - MAX_NAMES;
  return `${nodes.length === 1 ? 'node' : 'nodes'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}
