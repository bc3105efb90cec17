import { readMeasuredConfigMap } from '../controller/demand/measuredConfigMap.js';
import { asRecord } from '../kube/json.js';
import { packText } from '../kube/packedText.js';
import { sendForObject, type ApiObject } from '../kube/rest/objects.js';
import { configMapPath, configMapsPath } from '../kube/rest/paths.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import type { MeasuredFigures } from '../measured/figures.js';
import {
  OBSERVE_PROBLEM_ANNOTATION,
  observeProblemOf,
  writeObserveProblem,
  type ObserveProblem,
} from '../measured/observeProblem.js';
import { MEASURED_KEY, writeMeasured } from '../measured/text.js';

export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

/** Labels of a ConfigMap that is created; those of one that exists stay. */
const LABELS = { 'app.kubernetes.io/name': 'slicehints', 'app.kubernetes.io/component': 'observe' } as const;

/** Reads and writes the ConfigMap with the figures, and no other object. */
export class MeasuredWriter {
  readonly #transport: Transport;
  readonly #name: ConfigMapName;
  /** The object as it was read or written last; undefined: it does not exist. */
  #known: ApiObject | undefined;

  constructor(transport: Transport, name: ConfigMapName) {
    this.#transport = transport;
    this.#name = name;
  }

  /**
   * What was written before, so that a restart goes on from there.
   * @returns undefined when there is no such ConfigMap, or nothing in it that is understood
   * @throws {ApiError}
   */
  async read(signal: AbortSignal): Promise<MeasuredFigures | undefined> {
    const { namespace, name } = this.#name;
    try {
      const path = configMapPath(namespace, name);
      this.#known = await sendForObject(this.#transport, { method: 'GET', path, signal });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      this.#known = undefined;
      return undefined;
    }
    const { figures } = readMeasuredConfigMap(this.#known);
    return figures.atSeconds === 0 ? undefined : figures;
  }

  /**
   * Writes the figures, by the resourceVersion that is known; a problem that was noted is over. Where they do not fit into a
   * ConfigMap, Services with the least traffic are left out.
   * @returns how many Services were left out
   * @throws {ApiError} 409 when somebody else wrote it in between; `read` brings the new version
   */
  async write(figures: MeasuredFigures, signal: AbortSignal): Promise<number> {
    const { packed, leftOut } = pack(figures);
    await this.#send({ metadata: this.#metadata(undefined), ...packed }, signal);
    return leftOut;
  }

  /**
   * Notes why no answer is used, as an annotation; the figures stay as they are. Where there is no ConfigMap, one without
   * figures is created. What is noted already is not written again, and keeps the time at which it began.
   * @throws {ApiError} as `write`
   */
  async note(problem: Required<ObserveProblem>, signal: AbortSignal): Promise<void> {
    const sinceSeconds = observeProblemOf(this.#known)?.sinceSeconds ?? problem.sinceSeconds;
    const text = writeObserveProblem({ ...problem, sinceSeconds });
    if (text === annotationsOf(this.#known)[OBSERVE_PROBLEM_ANNOTATION]) return;
    await this.#send({ ...this.#known, metadata: this.#metadata(text) }, signal);
  }

  /** With the resourceVersion that is known: a write of somebody else in between is a conflict. */
  #metadata(problem: string | undefined): object {
    const known = this.#known?.['metadata'] ?? { ...this.#name, labels: LABELS };
    const others = Object.entries(annotationsOf(this.#known)).filter(([key]) => key !== OBSERVE_PROBLEM_ANNOTATION);
    const all = problem === undefined ? others : [...others, [OBSERVE_PROBLEM_ANNOTATION, problem]];
    const annotations = all.length === 0 ? undefined : (Object.fromEntries(all) as object);
    return { ...known, annotations };
  }

  async #send(content: object, signal: AbortSignal): Promise<void> {
    const { namespace, name } = this.#name;
    const body = { ...content, apiVersion: 'v1', kind: 'ConfigMap' };
    this.#known = await sendForObject(
      this.#transport,
      this.#known === undefined
        ? { method: 'POST', path: configMapsPath(namespace), body, signal }
        : { method: 'PUT', path: configMapPath(namespace, name), body, signal },
    );
  }
}

function annotationsOf(object: ApiObject | undefined): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(object?.['metadata'])['annotations']);
}

function pack(figures: MeasuredFigures): { packed: NonNullable<ReturnType<typeof packText>>; leftOut: number } {
  let { services } = figures;
  for (;;) {
    const packed = packText(MEASURED_KEY, writeMeasured({ ...figures, services }));
    if (packed !== undefined) return { packed, leftOut: figures.services.length - services.length };
    const busiest = [...services].sort((a, b) => b.rate - a.rate).slice(0, Math.floor(services.length * 0.8));
    const kept = new Set(busiest);
    services = services.filter((service) => kept.has(service));
  }
}
