import type { Consumer } from '../../kubeproxy/consumers.js';
import type { NodeView, Routing, ServicePortView } from '../../kubeproxy/view.js';
import type { ViewModel } from './renderView.js';

/** The view as JSON, node by node: the whole of a large cluster fits no string. */
export function* renderJson({ dns, nodes, without }: ViewModel, consumers: readonly Consumer[]): Generator<string> {
  const known = new Map<ServicePortView, Map<Routing | undefined, string>>();
  const portText = (port: ServicePortView, bare: Routing | undefined): string => {
    let texts = known.get(port);
    if (texts === undefined) known.set(port, (texts = new Map<Routing | undefined, string>()));
    let text = texts.get(bare);
    if (text === undefined) texts.set(bare, (text = indented(portJson(port, bare), 8)));
    return text;
  };
  yield '{\n  "nodes": [';
  for (const [n, node] of nodes.entries()) {
    yield `${n === 0 ? '' : ','}\n    {\n${nodeHead(node)}      "ports": [`;
    for (const [p, port] of node.ports.entries()) {
      yield `${p === 0 ? '' : ','}\n        ${portText(port, without?.[n]?.ports[p]?.clusterTraffic)}`;
    }
    yield node.ports.length === 0 ? ']\n    }' : '\n      ]\n    }';
  }
  const others = consumers.map(({ name, differs, needs }) => ({ name, differs, ...(needs ? { needs } : {}) }));
  yield `${nodes.length === 0 ? '' : '\n  '}],\n  "dns": ${indented(dns, 2)},\n  "otherConsumers": ${indented(others, 2)}\n}\n`;
}

function nodeHead({ name, zone, consumer }: NodeView): string {
  return Object.entries({ name, zone, consumer })
    .map(([key, value]) => `      "${key}": ${JSON.stringify(value)},\n`)
    .join('');
}

function indented(value: object, spaces: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

function portJson(port: ServicePortView, withoutHints: Routing | undefined): object {
  const { hints, ...rest } = port;
  return { ...rest, hints, ...(withoutHints === undefined ? {} : { clusterTrafficWithoutHints: withoutHints }) };
}
