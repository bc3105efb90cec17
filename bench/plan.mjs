// Planning beside parsing: what does a decision cost on top of reading the slices it is made from?
// npm run bench:plan [-- auto|balanced|node-hints|large] [--clusters=N] [--seed=N] [--lean] [--check] [--node-hints]
// Without a mode the tables of auto and balanced. node-hints: what naming nodes adds to Balanced. large: one Service with
// 100,000 endpoints, in all modes. --node-hints: Balanced names nodes, too. --lean: slices without managedFields. --check:
// exit 1 when Balanced misses its target.
import { parseArgs } from 'node:util';
import { planService } from '../dist/index.js';
import { balancedTable } from './planBalanced.mjs';
import { largeTable } from './planLarge.mjs';
import { nodeHintsTable } from './planNodeHints.mjs';
import { makeEndpoint, makeNodes, makeSlices, written } from './slices.mjs';
import { timeParseAndPlan } from './timing.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clusters: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    lean: { type: 'boolean', default: false },
    'node-hints': { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const modes = positionals.length > 0 ? positionals : ['auto', 'balanced'];

const SIZES = [10, 100, 1_000, 10_000];
/** Medians in µs of k8s.io/endpointslice topologycache.AddHints (Kubernetes 1.36, Go), taken on a machine like ours. */
const UPSTREAM_GO = { 10: 7.7, 100: 39, 1_000: 235, 10_000: 2_200 };
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];

function autoTable() {
  const nodes = makeNodes(Array.from({ length: 9 }, (_, n) => ({ zone: ZONES[n % ZONES.length] })));
  const service = {
    metadata: {
      name: 'checkout',
      namespace: 'shop',
      annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
    },
    spec: { selector: { app: 'checkout' }, clusterIP: '10.96.7.7', type: 'ClusterIP' },
  };
  const rows = [];
  for (const size of SIZES) {
    const endpoints = Array.from({ length: size }, (_, i) => makeEndpoint(i, nodes[i % nodes.length]));
    const fresh = makeSlices(endpoints, { managedFields: false });
    // 10 endpoints in three zones are refused by Auto's rule only for unlucky splits; say so instead of timing a refusal.
    const plan = planService({ service, slices: fresh, nodes });
    if (plan.verdicts[0]?.hinted !== true) throw new Error(`${size} endpoints: ${plan.verdicts[0]?.message}`);
    const settled = written(fresh, plan);
    if (planService({ service, slices: settled, nodes }).patches.length > 0) throw new Error(`${size}: not settled`);
    for (const [state, slices] of [
      ['write all', fresh],
      ['in place', settled],
    ]) {
      const { parse, plan: planned } = timeParseAndPlan(
        JSON.stringify(slices),
        (parsed) => planService({ service, slices: parsed, nodes }),
        { warmUpMs: 1_500, measureMs: 2_500 },
      );
      rows.push({
        endpoints: size,
        state,
        'parse µs': Number(parse.toFixed(1)),
        'plan µs': Number(planned.toFixed(1)),
        'plan/parse': Number((planned / parse).toFixed(3)),
        'upstream Go µs': UPSTREAM_GO[size],
      });
    }
  }
  console.log(
    `planService beside JSON.parse of the same slices: Auto, ${ZONES.length} zones, ${nodes.length} nodes, node ${process.version}`,
  );
  console.table(rows);
  console.log(
    'upstream Go: the real topologycache code of Kubernetes 1.36 on a similar machine; it plans, but neither',
  );
  console.log(
    'builds a patch nor forecasts traffic. "write all": no hints yet. "in place": every hint is there and valid.',
  );
}

if (modes.includes('auto')) autoTable();
if (modes.includes('balanced')) {
  const missed = balancedTable({
    seed: Number(values.seed),
    clusters: Number(values.clusters),
    managedFields: !values.lean,
    nodeHints: values['node-hints'],
  });
  if (values.check && missed > 0) process.exitCode = 1;
}
if (modes.includes('node-hints')) {
  const missed = nodeHintsTable({ seed: Number(values.seed), clusters: Number(values.clusters) });
  console.log(`\n${missed} of the ratios are above 2`);
  if (values.check && missed > 0) process.exitCode = 1;
}
if (modes.includes('large')) largeTable();
