import { indexClients } from '../../hints/demand/clientIndex.js';
import { MeasuredIndex } from '../../measured/measuredIndex.js';
import { policyReader } from '../../hints/policy/policyReader.js';
import { checkServiceInput, type PlanServiceInput } from '../../hints/planService.js';
import { Scratch } from '../../hints/scratch.js';
import { settingsOf } from '../../hints/settings.js';
import { summariseCluster } from '../../model/cluster.js';
import { readNode } from '../../model/node.js';
import { readSlice } from '../../model/slice.js';
import { ClusterLosses } from '../audit/losses.js';
import { recommendRecords, type ServiceRecommendation } from './serviceRecommendation.js';

export interface RecommendServiceInput extends PlanServiceInput {
  /** Judge every choice, also those that the rule need not come to. By default false. */
  readonly judgeAll?: boolean;
}

/**
 * What a Service should ask for: the best, by the rule of docs/recommend.md, of leaving it, `Auto`, same-zone, `balanced`
 * at some thresholds, and no hints. Labels of its namespace in `namespaces` tell whether it is in a mesh. Pure and deterministic; nothing is mutated.
 * @throws {TypeError} one sentence on a part of the input that is missing
 */
export function recommendService(input: RecommendServiceInput): ServiceRecommendation {
  checkServiceInput('recommendService', input);
  const settings = settingsOf(input.settings);
  const cluster = summariseCluster(input.nodes.map(readNode), settings);
  const { nodeIndex } = cluster;
  const slices = input.slices.map((slice) => readSlice(slice));
  const allSlices = [...slices, ...(input.clientSlices ?? []).map((slice) => readSlice(slice))];
  const measured = input.measured && new MeasuredIndex(input.measured);
  const clients = indexClients(allSlices, (node, own) => nodeIndex.zoneOfClient(node, own), measured);
  return recommendRecords({
    manifest: input.service,
    serviceOf: policyReader(input),
    namespaceManifest: input.namespaces?.find(({ metadata }) => metadata?.name === input.service.metadata?.namespace),
    slices,
    sliceManifests: input.slices,
    nodes: input.nodes,
    cluster,
    clients,
    losses: new ClusterLosses(cluster, allSlices, clients),
    settings,
    scratch: new Scratch(),
    judgeAll: input.judgeAll,
  });
}
