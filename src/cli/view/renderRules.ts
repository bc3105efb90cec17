import type { NodeView, ServicePortView } from '../../kubeproxy/view.js';
import { diffLines } from './lineDiff.js';
import type { ViewModel } from './renderView.js';
import type { NodeRenderer } from './ruleOptions.js';

const MAX_NODE_NAMES = 8;

interface Group {
  readonly node: NodeView;
  readonly bare: NodeView | undefined;
  readonly members: NodeView[];
}

/** The rules of all nodes in pieces; nodes with the same rules are shown once, and rendered once. */
export function* renderRules({ nodes, without }: ViewModel, renderer: NodeRenderer): Generator<string> {
  const ordinals = new Map<ServicePortView, number>();
  const portsKey = ({ ports }: NodeView): string => ports.map((port) => ordinalOf(ordinals, port)).join();
  const groups = new Map<string, Group>();
  nodes.forEach((node, index) => {
    const bare = without?.[index];
    const key = [portsKey(node), bare === undefined ? '' : portsKey(bare), renderer.nodeKey(node)].join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { node, bare, members: [node] });
    else group.members.push(node);
  });
  let isFirst = true;
  for (const { node, bare, members } of groups.values()) {
    yield `${isFirst ? '' : '\n'}${nodesLine(members)}\n`;
    isFirst = false;
    const pieces = renderer.render(node);
    const shown = bare === undefined ? pieces : diffLines(linesOf(renderer.render(bare)), linesOf(pieces));
    for (const piece of shown) yield `${piece}\n`;
  }
}

function ordinalOf(ordinals: Map<ServicePortView, number>, port: ServicePortView): number {
  let ordinal = ordinals.get(port);
  if (ordinal === undefined) ordinals.set(port, (ordinal = ordinals.size));
  return ordinal;
}

function linesOf(pieces: readonly string[]): string[] {
  return pieces.flatMap((piece) => piece.split('\n'));
}

function nodesLine(nodes: readonly NodeView[]): string {
  const names = nodes.map(({ name, zone }) => (zone === '' ? name : `${name} (zone ${zone})`));
  const more = names.length - MAX_NODE_NAMES;
  const rest = more > 0 ? ` and ${more} more` : '';
  return `# ${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, MAX_NODE_NAMES).join(', ')}${rest}`;
}
