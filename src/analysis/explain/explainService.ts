import { readRequest } from '../../hints/request.js';
import type { Settings } from '../../hints/settings.js';
import { parseObjectKey } from '../../model/objectKey.js';
import { planCluster, type ClusterObjects, type PlannedCluster, type PlannedService } from '../planCluster.js';
import { applyWhatIf, type WhatIf } from '../whatIf/whatIf.js';
import { alternativesStep, improvementsOf, type Replan } from './alternatives.js';
import type { ExplainContext } from './context.js';
import type { ExplainStep, Explanation, LiveFacts } from './explanation.js';
import { demandStep, endpointsStep, limitStep, writersStep } from './inputSteps.js';
import { choiceStep, consumersStep, useStep, writesStep } from './outcomeSteps.js';
import { nodesStep, requestStep } from './requestSteps.js';

export interface ExplainServiceInput extends ClusterObjects {
  /** `namespace/name` of one of the Services. */
  readonly service: string;
  readonly settings?: Partial<Settings>;
  /** What only a live cluster tells; by default it is not known. */
  readonly live?: LiveFacts | undefined;
}

/**
 * Explains why a Service has the hints that it has, step by step, and what would do better. Every figure is that of a
 * plan of the same input.
 * @returns undefined when there is no such Service
 */
export function explainService(input: ExplainServiceInput): Explanation | undefined {
  const { service: key, settings, live } = input;
  const { namespace, name } = parseObjectKey(key);
  const isIts = ({ metadata }: ClusterObjects['services'][number]): boolean =>
    metadata?.namespace === namespace && metadata.name === name;
  // Modes are imagined for this Service alone; the slices of the others show where clients run.
  const objects: ClusterObjects = { ...input, services: input.services.filter(isIts) };
  const planWith = (
    given: ClusterObjects,
    more: Partial<Settings> = {},
  ): [PlannedCluster, PlannedService] | undefined => {
    const cluster = planCluster(given, { service: key, settings: { ...settings, ...more } });
    const [planned] = cluster.services;
    return planned === undefined ? undefined : [cluster, planned];
  };
  const today = planWith(objects);
  if (today === undefined) return undefined;
  const [cluster, planned] = today;
  const context: ExplainContext = { planned, cluster, request: readRequest(planned.service) };
  const replan: Replan = (changes: WhatIf, guard) =>
    planWith(applyWhatIf(objects, changes), guard === undefined ? {} : { guard })![1];
  const addressTypes = planned.before.filter(({ addressType }) => addressType !== 'FQDN').map((one) => one.addressType);
  return {
    namespace,
    name,
    steps: [
      requestStep(context),
      nodesStep(context),
      ...addressTypes.flatMap((addressType) => stepsOf(context, addressType, replan)),
      writesStep(context, live),
    ],
    improvements: improvementsOf(context, addressTypes, replan),
  };
}

function stepsOf(context: ExplainContext, addressType: string, replan: Replan): ExplainStep[] {
  const limit = limitStep(context, addressType);
  return [
    demandStep(context, addressType),
    endpointsStep(context, addressType),
    ...(limit === undefined ? [] : [limit]),
    writersStep(context, addressType),
    choiceStep(context, addressType),
    alternativesStep(context, addressType, replan),
    useStep(context, addressType),
    consumersStep(context, addressType),
  ];
}
