import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';
import { messageOf } from '../kube/json.js';
import { ApiError } from '../kube/rest/transport.js';
import { readAnswer, REASON_WORDS, type ReadAnswer } from '../measured/answer.js';
import { MAX_ZONES } from '../measured/bounds.js';
import { isFresh, type MeasuredFigures } from '../measured/figures.js';
import { keepMost } from '../measured/keepMost.js';
import { learn } from '../measured/learn.js';
import type { TrafficQuery } from '../measured/presets.js';
import type { MeasuredWriter } from './measuredWriter.js';
import { QueryError, type PrometheusClient } from './prometheusClient.js';

/** What became of one round: `ok`, or why its answer was not used or the figures were not written. */
export type RoundResult = 'ok' | QueryError['failure'] | 'unusable' | 'write';

export interface ObserveReport {
  onRound?(result: RoundResult, seconds: number): void;
  /** After each answer that is used. */
  onLearned?(counts: { readonly services: number; readonly fresh: number }): void;
  onIgnored?(ignored: ReadAnswer['ignored']): void;
}

export interface ObserverOptions {
  readonly prometheus: Pick<PrometheusClient, 'query'>;
  readonly query: TrafficQuery;
  readonly writer: Pick<MeasuredWriter, 'read' | 'write' | 'note'>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report?: ObserveReport;
}

/**
 * Asks Prometheus again and again, and writes what it learned to the ConfigMap. While there is no answer the figures stay as they
 * are written, with a note on why: whoever reads them sees them age and expire.
 */
export class Observer {
  readonly #options: ObserverOptions;
  #figures: MeasuredFigures | undefined;
  /** What was written before is read, or does not exist. */
  #resumed = false;
  #problem: string | undefined;
  #said = '';
  #lastUsedMs: number | undefined;
  /** Wall clock: since when no answer could be used. */
  #unusableSinceMs: number | undefined;
  /** Why the problem could not be noted, as it was logged last. */
  #unnoted = '';

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Why the last round failed, one sentence; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Monotonic time of the last answer that was used and written. */
  get lastUsedMs(): number | undefined {
    return this.#lastUsedMs;
  }

  /** Settles when the signal fires; never rejects for anything that Prometheus or the API server do. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      const startMs = clock.monotonicMs();
      await this.#round(signal);
      await sleep(clock, Math.max(0, startMs + intervalMs - clock.monotonicMs()), signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#options;
    const startMs = clock.monotonicMs();
    const result = await this.#attempt(signal);
    if (signal.aborted) return;
    this.#note(result);
    if (result.kind === 'ok') this.#lastUsedMs = clock.monotonicMs();
    report?.onRound?.(result.kind, (clock.monotonicMs() - startMs) / 1000);
    if (result.kind === 'ok' || result.kind === 'write') this.#unusableSinceMs = undefined;
    else await this.#tell(result.problem ?? result.kind, signal);
  }

  /** Tells readers of the ConfigMap, once for each problem. That this fails is logged, and tried again in the next round. */
  async #tell(sentence: string, signal: AbortSignal): Promise<void> {
    const { writer, clock, logger } = this.#options;
    this.#unusableSinceMs ??= clock.wallMs();
    try {
      await this.#resume(signal);
      await writer.note({ sentence, sinceSeconds: Math.floor(this.#unusableSinceMs / 1000) }, signal);
      this.#unnoted = '';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#startAnewAfter(error);
      if (signal.aborted || error.message === this.#unnoted) return;
      this.#unnoted = error.message;
      logger.warn(
        { error: error.message },
        'the problem could not be noted in the ConfigMap, where doctor looks for it',
      );
    }
  }

  async #resume(signal: AbortSignal): Promise<void> {
    if (!this.#resumed) this.#figures = (await this.#options.writer.read(signal)) ?? this.#figures;
    this.#resumed = true;
  }

  /** After a conflict, or where the ConfigMap is gone or has come, the next round starts from what is there. */
  #startAnewAfter({ status }: ApiError): void {
    this.#resumed &&= status !== 409 && status !== 404;
  }

  async #attempt(signal: AbortSignal): Promise<{ readonly kind: RoundResult; readonly problem?: string }> {
    const { prometheus, query, writer, clock, report } = this.#options;
    let answer: ReadAnswer;
    try {
      answer = readAnswer(await prometheus.query(query.query, signal), query.labels);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return { kind: error.failure, problem: error.message };
    }
    report?.onIgnored?.(answer.ignored);
    this.#noteIgnored(answer);
    if (answer.problem !== undefined) return { kind: 'unusable', problem: answer.problem };
    try {
      await this.#resume(signal);
      const learned = learn(this.#figures, answer.traffic, Math.floor(clock.wallMs() / 1000));
      const { figures, leftOut } = keepMost(learned);
      this.#figures = figures;
      const { services } = figures;
      report?.onLearned?.({ services: services.length, fresh: services.filter(isFresh).length });
      const unwritten = leftOut.services + (await writer.write(figures, signal));
      const clauses = [
        ...(leftOut.zones === 0
          ? []
          : [`${leftOut.zones} zones beyond ${MAX_ZONES} with the least traffic are left out`]),
        ...(unwritten === 0
          ? []
          : [`the ConfigMap is full: ${unwritten} Services with the least traffic are left out`]),
      ];
      return clauses.length === 0 ? { kind: 'ok' } : { kind: 'ok', problem: clauses.join('; ') };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#startAnewAfter(error);
      return { kind: 'write', problem: `the ConfigMap could not be written: ${messageOf(error)}` };
    }
  }

  /** One line when a problem begins, when it becomes another one, and when it ends. */
  #note({ kind, problem }: { readonly kind: RoundResult; readonly problem?: string }): void {
    const { logger } = this.#options;
    if (problem === undefined && this.#problem !== undefined) logger.info('traffic is measured again');
    if (problem !== undefined && problem !== this.#problem) {
      logger.warn({ result: kind }, kind === 'ok' ? problem : `${problem}; the last figures stay until they expire`);
    }
    this.#problem = problem;
  }

  #noteIgnored({ ignored }: ReadAnswer): void {
    const text = ignored.map(({ reason }) => reason).join();
    if (text === this.#said) return;
    this.#said = text;
    for (const { reason, count, example } of ignored) {
      this.#options.logger.warn({ reason, count, example }, `series ${REASON_WORDS[reason]} are ignored`);
    }
  }
}
