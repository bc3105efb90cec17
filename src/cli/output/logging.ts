import { pino, type Logger } from 'pino';
import pinoPretty from 'pino-pretty';

export type LogFormat = 'json' | 'text';
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Kubernetes' `--v=N` in our levels. */
export function levelOfVerbosity(verbosity: number): LogLevel {
  return verbosity <= 2 ? 'info' : verbosity <= 4 ? 'debug' : 'trace';
}

/** Logs go to the stream line by line, written at once: what a process says last is what one needs most. */
export function createLogger(options: {
  format: LogFormat;
  level: LogLevel;
  stream: NodeJS.WritableStream;
  colour: boolean;
}): Logger {
  const common = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (options.format === 'json') return pino(common, options.stream);
  const pretty = pinoPretty({
    colorize: options.colour,
    sync: true,
    destination: options.stream,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'component',
    singleLine: true,
  });
  return pino(common, pretty);
}
