import { readRequest } from '../../src/hints/request.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { Scratch } from '../../src/hints/scratch.js';
import type { StrategyInput } from '../../src/hints/strategy.js';
import { READS_ALL } from '../../src/kubeproxy/reading.js';
import { summariseCluster } from '../../src/model/cluster.js';
import { readService } from '../../src/model/service.js';

/** What a strategy is given, with defaults for what a test does not care about; the demand is the cluster's. */
export function strategyInput(parts: Partial<StrategyInput> & Pick<StrategyInput, 'endpoints'>): StrategyInput {
  const cluster = parts.cluster ?? summariseCluster([]);
  const service = parts.service ?? readService({ metadata: { namespace: 'shop', name: 'web' } });
  return {
    service,
    keys: readRequest(service).keys,
    addressType: 'IPv4',
    sliceOf: parts.endpoints.map(() => 0),
    cluster,
    demand: cluster.demand,
    demandStated: false,
    inTreeBound: false,
    reading: READS_ALL,
    settings: DEFAULT_SETTINGS,
    scratch: new Scratch(),
    ...parts,
  };
}
