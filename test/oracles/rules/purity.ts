import { isDeepStrictEqual } from 'node:util';
import { planService, type ServicePlan } from '../../../src/index.js';
import type { Slice } from '../fuzzCase.js';
import { writePatches, type Rule } from '../trial.js';

export const deterministic: Rule = {
  name: 'equal input gives equal output',
  check: ({ input, plan }) => {
    const text = JSON.stringify(plan);
    if (JSON.stringify(planService(input)) !== text) return 'the second plan differs from the first';
    if (JSON.stringify(planService(structuredClone(input))) !== text) return 'the plan of a copy differs';
    return undefined;
  },
};

/** Once the patches are written there is nothing left to do, whatever the server makes of version and managers. */
export const idempotent: Rule = {
  name: 'planning on the result changes nothing',
  check: ({ input, plan, written }) => {
    const again = planService({ ...input, slices: [...written] });
    const [patch] = again.patches;
    if (patch !== undefined) return `a second patch for ${patch.name}: ${JSON.stringify(patch.patch).slice(0, 300)}`;
    const asServed = written.map((slice): Slice => ({
      ...slice,
      metadata: { ...slice.metadata, resourceVersion: '100000' },
    }));
    const later = planService({ ...input, slices: asServed });
    if (later.patches.length > 0) return 'a second patch after a new resourceVersion';
    if (!isDeepStrictEqual(again.forecast, plan.forecast)) {
      return `the forecast changes: ${JSON.stringify(plan.forecast)} then ${JSON.stringify(again.forecast)}`;
    }
    const [verdict, next] = [ownVoice(plan), ownVoice(again)];
    return verdict === next ? undefined : `the verdict changes: ${verdict} then ${next}`;
  },
};

/** The verdicts without what Kubernetes' own controller records: it leaves valid hints alone, so that its record changes with ours. */
function ownVoice({ verdicts }: ServicePlan): string {
  return JSON.stringify(
    verdicts.map(({ addressType, hinted, type, reason, message }) => ({
      addressType,
      hinted,
      type,
      reason,
      message: message.replace(/ \(the EndpointSlice controller of Kubernetes records [^)]*\)/, ''),
    })),
  );
}

/** The rule for mode `off` is the same whatever was asked before: nothing of ours stays behind. */
export const withdrawable: Rule = {
  name: 'opting out after a plan leaves no hints of ours',
  check: ({ input, written, plan }) => {
    if (plan.mode === 'off') return undefined;
    const service = structuredClone(input.service);
    if (service.metadata?.annotations) service.metadata.annotations = {};
    if (service.spec) delete service.spec.trafficDistribution;
    const off = planService({ ...input, service, slices: [...written] });
    if (off.mode !== 'off') return `the mode is ${off.mode}`;
    for (const slice of writePatches(written, off)) {
      const annotated = slice.metadata?.annotations?.['slicehints.io/hints'] !== undefined;
      if (annotated) return `slice ${slice.metadata?.name} keeps our annotation`;
      const before = written.find(({ metadata }) => metadata?.name === slice.metadata?.name);
      if (before?.metadata?.annotations?.['slicehints.io/hints'] === undefined) continue;
      if ((slice.endpoints ?? []).some(({ hints }) => hints !== undefined && hints !== null)) {
        return `slice ${slice.metadata?.name} was annotated and keeps hints`;
      }
    }
    return undefined;
  },
};
