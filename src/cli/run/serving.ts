import type { Logger } from 'pino';
import { createLogger, type LogFormat, type LogLevel } from '../output/logging.js';
import { wantsColour, type Io } from '../output/terminal.js';

export interface Serving {
  readonly logger: Logger;
  /** Fires on SIGTERM and SIGINT, which are logged. */
  readonly signal: AbortSignal;
}

/** The log of a command that runs until it is stopped, on standard output, and the signal that stops it. */
export function serving(io: Io, log: { readonly format: LogFormat; readonly level: LogLevel }): Serving {
  const logger = createLogger({ ...log, stream: io.stdout, colour: wantsColour(io.env, io.isTTY) });
  const signal = io.untilSignal((name) => logger.info({ signal: name }, 'signal received'));
  return { logger, signal };
}
