import { policyReader } from '../../hints/policy/policyReader.js';
import { Scratch } from '../../hints/scratch.js';
import { indexClients } from '../../hints/demand/clientIndex.js';
import { MeasuredIndex } from '../../measured/measuredIndex.js';
import { checkServiceInput, type PlanServiceInput } from '../../hints/planService.js';
import { settingsOf } from '../../hints/settings.js';
import { summariseCluster } from '../../model/cluster.js';
import { readNode } from '../../model/node.js';
import { readSlice } from '../../model/slice.js';
import { ClusterLosses } from './losses.js';
import { auditRecords, type ServiceAudit } from './serviceAudit.js';

export interface AuditServiceInput extends PlanServiceInput {
  /** Audit the hints that `planService` gives, in place of those that are in the slices. By default false. */
  readonly planned?: boolean;
}

/**
 * Works out what happens to one Service when a zone or a node is lost: by replaying kube-proxy's rule on what remains, at
 * once with the hints as they stand, and after planning again. Endpoints count as equal, whatever their pods can carry.
 * Pure and deterministic: equal input in any order gives equal output, and nothing is mutated.
 * @throws {TypeError} one sentence on a part of the input that is missing
 */
export function auditService(input: AuditServiceInput): ServiceAudit {
  checkServiceInput('auditService', input);
  const settings = settingsOf(input.settings);
  const cluster = summariseCluster(input.nodes.map(readNode), settings);
  const { nodeIndex } = cluster;
  const slices = input.slices.map((slice) => readSlice(slice));
  const allSlices = [...slices, ...(input.clientSlices ?? []).map((slice) => readSlice(slice))];
  const measured = input.measured && new MeasuredIndex(input.measured);
  const clients = indexClients(allSlices, (node, own) => nodeIndex.zoneOfClient(node, own), measured);
  return auditRecords({
    service: policyReader(input)(input.service),
    slices,
    cluster,
    clients,
    losses: new ClusterLosses(cluster, allSlices, clients),
    settings,
    scratch: new Scratch(),
    planned: input.planned,
  });
}
