// How long one plan of a very large Service keeps the event loop busy: 100,000 endpoints in 100 slices, 5,000 nodes.
import { plan } from '../dist/hints/plan.js';
import { Scratch } from '../dist/hints/scratch.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { summariseCluster } from '../dist/model/cluster.js';
import { hintsManifest } from '../dist/model/hints.js';
import { readNode } from '../dist/model/node.js';
import { readService } from '../dist/model/service.js';
import { readSlice } from '../dist/model/slice.js';
import { expensive, node, service as bare, slice } from './scale/objects.mjs';
import { median } from './timing.mjs';

const NODES = 5_000;
const SLICES = 100;
const ROUNDS = 9;

const NODE_HINTS = 'balanced, node hints';

const MODES = {
  auto: { 'service.kubernetes.io/topology-mode': 'Auto' },
  balanced: { 'slicehints.io/mode': 'balanced' },
  [NODE_HINTS]: { 'slicehints.io/mode': 'balanced', 'slicehints.io/node-hints': 'true' },
  'same-zone': { 'slicehints.io/mode': 'same-zone' },
  'same-node': { 'slicehints.io/mode': 'same-node' },
  'four topology keys': expensive(0, NODES).service.metadata.annotations,
};

/** A slice of the Service, with the hints that were planned, if there are any. */
function readWith(manifest, hints) {
  const endpoints = manifest.endpoints.map((endpoint, i) => ({
    ...endpoint,
    hints: hints?.[i] && hintsManifest(hints[i]),
  }));
  return readSlice({ ...manifest, endpoints });
}

/** Names that somebody else wrote: every second endpoint names its own node. */
const nameEverySecond = ({ nodeName }, i) => (i % 2 === 0 ? { forNodes: [nodeName] } : undefined);

export function largeTable() {
  const cluster = summariseCluster(Array.from({ length: NODES }, (_, i) => readNode(node(i))));
  const manifests = Array.from({ length: SLICES }, (_, k) => {
    const labels = { 'kubernetes.io/service-name': 'bench' };
    return { ...slice(k, 1_000, NODES), metadata: { namespace: 'bench', name: `bench-${k}`, labels } };
  });
  console.log(`\nOne plan of ${SLICES * 1_000} endpoints over ${NODES} nodes, in ms; node ${process.version}`);
  console.log(
    '"write all": no hints yet. "in place": every hint is there and valid. "half named": every second endpoint names a node.',
  );
  const rows = Object.entries(MODES).flatMap(([mode, annotations]) => {
    const service = readService({ ...bare(0), metadata: { namespace: 'bench', name: 'bench', annotations } });
    const scratch = new Scratch();
    const measure = (state, slices) => {
      let planned;
      const ms = Array.from({ length: ROUNDS }, () => {
        globalThis.gc?.({ type: 'minor' });
        const startMs = performance.now();
        planned = plan({ service, slices, cluster, scratch, settings: DEFAULT_SETTINGS });
        return performance.now() - startMs;
      });
      const [first, middle] = [ms[0], median(ms)].map(Math.round);
      return { planned, row: { mode, state, first, median: middle, reason: planned.verdicts[0]?.reason } };
    };
    const bareSlices = manifests.map((one) => readWith(one));
    const fresh = measure('write all', bareSlices);
    const settled = fresh.planned.slices.map(({ hints }, k) => readWith(manifests[k], hints));
    const rows = [fresh.row, measure('in place', settled).row];
    if (mode !== NODE_HINTS) return rows;
    const halfNamed = manifests.map((one) => readWith(one, one.endpoints.map(nameEverySecond)));
    return [...rows, measure('half named', halfNamed).row];
  });
  console.table(rows);
}
