import { describe, expect, test } from 'vitest';
import { renderRules } from '../../../src/cli/view/renderRules.js';
import type { NodeRenderer } from '../../../src/cli/view/ruleOptions.js';
import type { NodeView, ServicePortView } from '../../../src/kubeproxy/view.js';

const port = (name: string): ServicePortView => ({ portName: name }) as ServicePortView;
const [http, grpc] = [port('http'), port('grpc')];
const node = (name: string, ports: readonly ServicePortView[], zone = ''): NodeView => ({ name, zone, ports, addresses: [name] }) as unknown as NodeView; // prettier-ignore

/** Rules that are the names of the ports, and where it is asked for the node's own address. */
class Renderer implements NodeRenderer {
  rendered = 0;
  readonly #own: boolean;

  constructor(own = false) {
    this.#own = own;
  }

  render({ ports, addresses }: NodeView): string[] {
    this.rendered++;
    return [...ports.map(({ portName }) => portName), ...(this.#own ? addresses : [])];
  }

  nodeKey({ addresses }: NodeView): string {
    return this.#own ? addresses.join() : '';
  }
}

const rules = (nodes: NodeView[], renderer = new Renderer(), without?: NodeView[]): string =>
  [...renderRules({ nodes, without, dns: [], layers: [], costs: [] }, renderer)].join('');

describe('the rules of nodes', () => {
  test('with the same ports are shown once, and made once', () => {
    const renderer = new Renderer();
    expect(rules([node('n1', [http], 'a'), node('n2', [http], 'b'), node('n3', [http])], renderer)).toBe('# nodes n1 (zone a), n2 (zone b), n3\nhttp\n'); // prettier-ignore
    expect(renderer.rendered).toBe(1);
  });

  test('with other ports stand apart', () => {
    expect(rules([node('n1', [http]), node('n2', [grpc]), node('n3', [http])])).toBe('# nodes n1, n3\nhttp\n\n# node n2\ngrpc\n'); // prettier-ignore
  });

  test('with a text of their own stand apart', () => {
    expect(rules([node('n1', [http]), node('n2', [http])], new Renderer(true))).toBe('# node n1\nhttp\nn1\n\n# node n2\nhttp\nn2\n'); // prettier-ignore
  });

  test('of more than eight nodes are named by eight', () => {
    const nodes = Array.from({ length: 10 }, (_, i) => node(`n${i}`, [http]));
    expect(rules(nodes)).toContain('# nodes n0, n1, n2, n3, n4, n5, n6, n7 and 2 more\n');
  });

  test('beside those without hints are a diff, and nodes that differ there stand apart', () => {
    const nodes = [node('n1', [http]), node('n2', [http])];
    const without = [node('n1', [http, grpc]), node('n2', [http])];
    expect(rules(nodes, new Renderer(), without)).toBe('# node n1\n http\n-grpc\n\n# node n2\n http\n');
  });

  test('of no node are nothing', () => {
    expect(rules([])).toBe('');
  });
});
