// The product's side of the loop: the pure functions of slicehints, over manifests as the API server has them.
import { planService } from '../../dist/hints/planService.js';
import { agedTo } from '../../dist/measured/figures.js';
import { learn } from '../../dist/measured/learn.js';
import { readMeasured, writeMeasured } from '../../dist/measured/text.js';

const NAMESPACE = 'loop';
const START_SECONDS = 1_800_000_000;

export const keyOf = (name) => `${NAMESPACE}/${name}`;

/** What each demand asks of the controller. */
const ANNOTATIONS = {
  'no hints': undefined,
  cpu: () => ({ 'slicehints.io/demand': 'cpu' }),
  clients: (clients) => ({ 'slicehints.io/clients': clients }),
  measured: (clients) => ({ 'slicehints.io/demand': 'measured', 'slicehints.io/clients': clients }),
};
export const DEMANDS = Object.keys(ANNOTATIONS);

export function nodeManifest({ name, zone }) {
  return {
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    status: { allocatable: { cpu: '8' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function sliceManifest(name, pods) {
  return {
    metadata: {
      namespace: NAMESPACE,
      name: `${name}-1`,
      labels: { 'kubernetes.io/service-name': name },
      annotations: pods.some(({ hints }) => hints.length > 0) ? { 'slicehints.io/hints': 'v1' } : {},
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: pods.map(({ address, node, zone, ready, hints }) => ({
      addresses: [address],
      conditions: { ready },
      nodeName: node,
      zone,
      ...(hints.length === 0 ? {} : { hints: { forZones: hints.map((zone) => ({ name: zone })) } }),
    })),
  };
}

/** Learns from each answer and hands on what the ConfigMap then holds: its text, read again. */
export class Observer {
  #figures;
  #read;

  /** @param traffic Map of Service to rates, as `readAnswer` gives it; undefined: there is no answer */
  observe(traffic, seconds) {
    if (traffic === undefined) return;
    this.#figures = learn(this.#figures, traffic, START_SECONDS + seconds);
    this.#read = readMeasured(writeMeasured(this.#figures)).figures;
  }

  /** As of a time; undefined before the first answer. */
  at(seconds) {
    return this.#read && agedTo(this.#read, START_SECONDS + seconds);
  }
}

/**
 * Plans one Service and writes the hints to its pods.
 * @param clients the Deployment that calls it
 * @param measured as `Observer.at` gives them
 * @returns whether the slice was written
 */
export function reconcile(demand, { name, pods }, clients, nodes, measured) {
  const annotationsOf = ANNOTATIONS[demand];
  if (annotationsOf === undefined || pods.length === 0) return false;
  const { slices, patches } = planService({
    service: {
      metadata: {
        namespace: NAMESPACE,
        name,
        annotations: { 'slicehints.io/mode': 'balanced', ...annotationsOf(clients.name) },
      },
    },
    slices: [sliceManifest(name, pods)],
    nodes,
    clientSlices: [sliceManifest(clients.name, clients.pods)],
    ...(measured === undefined ? {} : { measured }),
  });
  const [{ endpoints }] = slices;
  const before = JSON.stringify(pods.map(({ hints }) => hints));
  endpoints.forEach(({ hints }, i) => (pods[i].hints = (hints?.forZones ?? []).map(({ name }) => name)));
  return patches.length > 0 && before !== JSON.stringify(pods.map(({ hints }) => hints));
}
