// How long one plan of topology keys takes at 5,000 nodes, 200 pools and 300 endpoints. Run after `npm run build`.
import { topologyKeys } from '../dist/hints/strategies/topologyKeys/strategy.js';
import { readNode } from '../dist/model/node.js';
import { readEndpoint } from '../dist/model/slice.js';
import { decide } from './decide.mjs';

const NODES = 5000;
const POOLS = 200;
const ENDPOINTS = 300;
const ZONE = 'topology.kubernetes.io/zone';

const digits = (number) => String(number).padStart(4, '0');
const poolOf = (node) => `p${digits(node % POOLS)}`;

/** Layouts of zones: what the zone hints can carry differs widely between them. */
const layouts = {
  'zone = pool': (i) => ({ [ZONE]: poolOf(i) }),
  'no zones': () => ({}),
  '5 zones, each pool in one': (i) => ({ [ZONE]: `z${(i % POOLS) % 5}` }),
  '5 zones, each pool in all': (i) => ({ [ZONE]: `z${Math.floor(i / POOLS) % 5}` }),
};
const keyLists = ['pool,*', 'pool', `kubernetes.io/hostname,pool,${ZONE},*`, '!pool,*'];

function plan(nodes, endpoints, keys) {
  return decide(topologyKeys, { nodes, endpoints, annotations: { 'slicehints.io/topology-keys': keys } });
}

const timed = (fn) => {
  const start = performance.now();
  const value = fn();
  return [value, `${(performance.now() - start).toFixed(0)} ms`];
};

for (const [layout, zoneLabels] of Object.entries(layouts)) {
  const nodes = Array.from({ length: NODES }, (_, i) => {
    const name = `n${digits(i)}`;
    const labels = { pool: poolOf(i), 'kubernetes.io/hostname': name, ...zoneLabels(i) };
    return readNode({ metadata: { name, labels } });
  });
  const endpoints = Array.from({ length: ENDPOINTS }, (_, i) =>
    readEndpoint({
      addresses: [`10.${Math.floor(i / 250)}.0.${i % 250}`],
      nodeName: `n${digits((i * 17) % NODES)}`,
      conditions: { ready: i % 29 !== 0 },
    }),
  );
  for (const keys of keyLists) {
    const [first, fresh] = timed(() => plan(nodes, endpoints, keys));
    const hinted = endpoints.map((endpoint, i) => ({ ...endpoint, hints: first.hints[i] }));
    const [again, replan] = timed(() => plan(nodes, hinted, keys));
    const changed = again.hints.filter((hint, i) => hint !== first.hints[i]).length;
    console.log(`${layout} | ${keys} | first ${fresh} | again ${replan}, ${changed} changed | ${first.verdict.reason}`);
    console.log(`    ${first.verdict.message.slice(0, 400)}`);
  }
}
