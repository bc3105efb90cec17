import type { SlicePlan } from '../../hints/plan.js';
import { sameHints, sameNames } from '../../model/hints.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';

/**
 * Patches that are sent and not yet answered. The watch may bring what they make of a slice before the answer does: that
 * is no change to plan for, as the run that wrote it learns of it by the answer, or plans again when there is none.
 */
export class WritesUnderWay {
  readonly #plans = new Map<string, SlicePlan>();

  begin(key: string, planned: SlicePlan): void {
    this.#plans.set(key, planned);
  }

  end(key: string): void {
    this.#plans.delete(key);
  }

  /** Whether a write under way explains this change of a slice. */
  explains(key: string, next: SliceRecord | undefined, previous: SliceRecord | undefined): boolean {
    const planned = this.#plans.get(key);
    if (planned === undefined || next === undefined) return false;
    return planned.slice.resourceVersion === previous?.resourceVersion && isWritten(next, planned);
  }
}

/** Whether a slice has the planned hints, marked as ours, and is otherwise what was planned from. */
function isWritten(next: SliceRecord, { slice, hints }: SlicePlan): boolean {
  return (
    next.owned === hints.some((hint) => hint !== undefined) &&
    next.serviceName === slice.serviceName &&
    next.managedBy === slice.managedBy &&
    next.addressType === slice.addressType &&
    sameNames(next.portNames, slice.portNames) &&
    next.endpoints.length === slice.endpoints.length &&
    next.endpoints.every((endpoint, i) => isSame(endpoint, slice.endpoints[i]!) && sameHints(endpoint.hints, hints[i]))
  );
}

function isSame(a: EndpointRecord, b: EndpointRecord): boolean {
  return (
    a.address === b.address &&
    sameNames(a.addresses, b.addresses) &&
    a.zone === b.zone &&
    a.nodeName === b.nodeName &&
    a.ready === b.ready &&
    a.serving === b.serving &&
    a.terminating === b.terminating
  );
}
