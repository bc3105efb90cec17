import { messageOf } from '../../kube/json.js';
import { holdsText, unpackText } from '../../kube/packedText.js';
import { sendForObject } from '../../kube/rest/objects.js';
import { configMapPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { agedTo, type MeasuredFigures } from '../../measured/figures.js';
import { observeProblemOf, type ObserveProblem } from '../../measured/observeProblem.js';
import { MEASURED_KEY, readMeasured, type ReadMeasured } from '../../measured/text.js';
import { parseObjectKey } from '../../model/objectKey.js';

/**
 * What a ConfigMap has measured; of one that is not understood nothing, and a sentence on why. One without figures that says why
 * there are none is understood. Never throws.
 */
export function readMeasuredConfigMap(raw: unknown): ReadMeasured {
  if (!holdsText(raw, MEASURED_KEY) && observeProblemOf(raw) !== undefined) {
    return { figures: { atSeconds: 0, services: [] }, problems: [] };
  }
  try {
    return readMeasured(unpackText(raw, MEASURED_KEY));
  } catch (error) {
    return { figures: { atSeconds: 0, services: [] }, problems: [messageOf(error)] };
  }
}

/** What a live cluster has measured. */
export interface LiveMeasured {
  /** As of now; undefined where the ConfigMap does not exist or may not be read, which `problems` tells. */
  readonly measured: MeasuredFigures | undefined;
  readonly problems: readonly string[];
  /** Why no new figures come. */
  readonly observeProblem?: ObserveProblem | undefined;
}

/**
 * Asks a live cluster for the ConfigMap, once.
 * @param key `namespace/name`
 * @throws {ApiError} for any other answer
 */
export async function getMeasured(
  transport: Transport,
  { key, nowMs, signal }: { readonly key: string; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<LiveMeasured> {
  const { namespace, name } = parseObjectKey(key);
  try {
    const raw = await sendForObject(transport, { method: 'GET', path: configMapPath(namespace, name), signal });
    const { figures, problems } = readMeasuredConfigMap(raw);
    return {
      measured: agedTo(figures, Math.floor(nowMs / 1000)),
      problems: problems.map((problem) => `ConfigMap ${key}: ${problem}`),
      observeProblem: observeProblemOf(raw),
    };
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) throw error;
    const problem = error.status === 403 ? 'may not be read' : 'does not exist';
    return { measured: undefined, problems: [`The ConfigMap ${key} ${problem}, so nothing is measured`] };
  }
}
