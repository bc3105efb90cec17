import { usableEndpoints } from '../../../src/index.js';
import { viewNodes } from '../../../src/kubeproxy/view.js';
import { compareText } from '../fuzzCase.js';
import { ADDRESS_TYPES, byPort, consumed, proxyNode, slicesOfType, usedBy } from '../model/proxy.js';
import type { Finding, Rule, Trial } from '../trial.js';

/** More nodes than these are sampled: they come by the dozen and fare alike. */
const MOST_NODES = 8;

const sampled = ({ input, random }: Trial): Trial['input']['nodes'] =>
  input.nodes.length <= MOST_NODES ? input.nodes : random().sample(input.nodes, MOST_NODES);

const listed = (addresses: readonly string[]): string => [...new Set(addresses)].sort(compareText).join(' ');

export const usableByTheRule: Rule = {
  name: "usableEndpoints follows kube-proxy's rule for every node and port",
  check: (trial) => {
    const { written } = trial;
    for (const node of sampled(trial)) {
      const proxy = proxyNode(node);
      const ports = new Set(
        ADDRESS_TYPES.flatMap((type) => byPort(slicesOfType(written, type)).map(({ port }) => port)),
      );
      for (const port of ports) {
        const sets = ADDRESS_TYPES.flatMap((type) => byPort(slicesOfType(written, type))).filter(
          (set) => set.port === port,
        );
        if (sets.some(({ torn }) => torn)) continue;
        // Without a port name all slices are taken, which is the same where none has a port.
        if (port === undefined && written.some(({ ports: own }) => (own ?? []).length > 0)) continue;
        const expected = listed(
          sets.flatMap(({ endpoints }) => usedBy(proxy, endpoints).map(({ address }) => address)),
        );
        const used = usableEndpoints({ slices: written, node, ...(port === undefined ? {} : { portName: port }) });
        if (listed(used) !== expected) {
          return `node ${proxy.name}, port ${port}: [${listed(used)}] where kube-proxy uses [${expected}]`;
        }
        if (new Set(used).size < used.length) return `node ${proxy.name}, port ${port}: an address twice`;
      }
    }
    return withoutAPort(trial);
  },
};

/** Slices that all serve the same ports are the same without a port name. */
function withoutAPort(trial: Trial): Finding {
  const { written } = trial;
  const routed = written.filter(({ addressType }) => addressType !== 'FQDN');
  const sets = ADDRESS_TYPES.flatMap((type) => byPort(slicesOfType(written, type)));
  if (
    sets.some(({ torn, slices }) => torn || slices.length !== slicesOfType(routed, slices[0]?.addressType ?? '').length)
  )
    return undefined;
  for (const node of sampled(trial)) {
    const used = listed(usableEndpoints({ slices: written, node }));
    const expected = listed(
      sets.flatMap(({ endpoints }) => usedBy(proxyNode(node), endpoints).map(({ address }) => address)),
    );
    if (used !== expected) return `node ${node.metadata?.name}: [${used}] where kube-proxy uses [${expected}]`;
  }
  return undefined;
}

export const viewFollowsTheRule: Rule = {
  name: "the view follows kube-proxy's rule for every node and port",
  check: (trial) => {
    const { input, written } = trial;
    if (input.service.spec?.type === 'ExternalName') return undefined;
    const name = input.service.metadata?.name;
    if (!name || written.some(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] !== name)) return;
    const families = ADDRESS_TYPES.filter((type) => slicesOfType(written, type).length > 0);
    const service = { ...input.service, spec: { ...input.service.spec, clusterIP: null, clusterIPs: null } };
    const nodes = sampled(trial);
    const views = viewNodes({ services: [service], endpointSlices: [...written], nodes });
    for (const node of nodes) {
      const proxy = proxyNode(node);
      const view = views.find((each) => each.name === proxy.name);
      for (const family of families) {
        for (const { port, endpoints, torn } of byPort(slicesOfType(written, family))) {
          if (torn || port === undefined) continue;
          const shown = view?.ports.find((each) => each.portName === port && each.family === family);
          if (shown === undefined) {
            if ((input.service.spec?.ports ?? []).some((each) => (each.name ?? '') === port))
              return `node ${proxy.name} has no ${family} port ${port}`;
            continue;
          }
          const policy = input.service.spec?.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster';
          const local = consumed(endpoints.filter(({ nodeName }) => nodeName === proxy.name));
          const used = policy === 'Local' ? local : usedBy(proxy, endpoints);
          const finding = compare(
            shown.clusterTraffic,
            used.map(({ address }) => address),
          );
          if (finding !== undefined) return `node ${proxy.name}, ${family} port ${port}: ${finding}`;
        }
      }
    }
    return undefined;
  },
};

function compare(
  shown: { readonly endpoints: readonly { readonly address: string; readonly probability: number }[] },
  expected: readonly string[],
): Finding {
  const is = listed(shown.endpoints.map(({ address }) => address));
  if (is !== listed(expected)) return `[${is}] where kube-proxy uses [${listed(expected)}]`;
  const sum = shown.endpoints.reduce((total, { probability }) => total + probability, 0);
  return expected.length > 0 && Math.abs(sum - 1) > 1e-9 ? `chances add up to ${sum}` : undefined;
}
