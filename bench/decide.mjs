// Calls one strategy, as a plan would, for the benches.
import { readRequest } from '../dist/hints/request.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { Scratch } from '../dist/hints/scratch.js';
import { READS_ALL } from '../dist/kubeproxy/reading.js';
import { demandOf } from '../dist/model/demand.js';
import { summariseCluster } from '../dist/model/cluster.js';
import { readService } from '../dist/model/service.js';

const scratch = new Scratch();

/**
 * @param shares Map of zone to its part of the traffic; by default by CPU
 * @returns the strategy's decision: hints parallel to `endpoints`
 */
export function decide(strategy, { nodes, endpoints, sliceOf, annotations = {}, shares, settings = {}, settling }) {
  const cluster = summariseCluster(nodes);
  const zones = shares && [...shares].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, share]) => ({ zone, share }));
  const service = readService({ metadata: { namespace: 'bench', name: 'bench', annotations } });
  return strategy.decide({
    service,
    keys: readRequest(service).keys,
    addressType: 'IPv4',
    endpoints,
    sliceOf: sliceOf ?? endpoints.map(() => 0),
    cluster,
    demand: zones === undefined ? cluster.demand : demandOf('clients', zones),
    demandStated: zones !== undefined,
    reading: READS_ALL,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    settling,
    scratch,
  });
}
