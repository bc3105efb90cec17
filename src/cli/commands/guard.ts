import type { CommandModule } from 'yargs';
import { systemClock } from '../../kube/clock.js';
import { parseBindAddress, type BindAddress } from '../../server/bindAddress.js';
import { healthListener } from '../../server/health.js';
import { startServer } from '../../server/httpServer.js';
import { UsageError } from '../flags/inputError.js';
import { GUARD_CERT_DIR, serveGuard } from '../../guard/guardServer.js';
import { createLogger, LOG_LEVELS, type LogFormat, type LogLevel } from '../output/logging.js';
import { KEEP_REPEATED, lastOfRepeated } from '../flags/repeatedFlags.js';
import { wantsColour, type Io } from '../output/terminal.js';

interface GuardArguments {
  readonly 'bind-address': string;
  readonly 'cert-dir': string;
  readonly 'exempt-user': readonly string[] | undefined;
  readonly 'health-probe-bind-address': string;
  readonly 'log-level': LogLevel;
  readonly 'log-format': LogFormat;
}

/** `slicehints guard`: the guard as a webhook, without a controller; needs no access to the API server at all. */
export function guardCommand(io: Io): CommandModule<object, GuardArguments> {
  return {
    command: 'guard',
    describe: 'Serve the guard as a mutating webhook, for clusters without MutatingAdmissionPolicy',
    builder: (yargs) =>
      yargs
        .parserConfiguration(KEEP_REPEATED)
        .option('bind-address', { type: 'string', default: ':9443', describe: 'Where the webhook is served' })
        .option('cert-dir', {
          type: 'string',
          default: GUARD_CERT_DIR,
          describe: 'Folder with tls.crt and tls.key, read again when they are renewed',
        })
        .option('exempt-user', {
          type: 'string',
          array: true,
          describe: 'User whose updates pass untouched (repeatable)',
        })
        .option('health-probe-bind-address', {
          type: 'string',
          default: ':8081',
          describe: 'Where /healthz and /readyz are served; 0: nowhere',
        })
        .option('log-level', { choices: LOG_LEVELS, default: 'info' as const })
        .option('log-format', {
          choices: ['json', 'text'] as const,
          default: 'json' as const,
        }),
    handler: async (given) => {
      const args = lastOfRepeated(given, ['exempt-user']);
      const address = addressOf(args, 'bind-address');
      if (address === undefined) throw new UsageError('--bind-address: the webhook needs an address, got "0"');
      const healthAddress = addressOf(args, 'health-probe-bind-address');
      const logger = createLogger({
        format: args['log-format'],
        level: args['log-level'],
        stream: io.stdout,
        colour: wantsColour(io.env, io.isTTY),
      });
      const signal = io.untilSignal((name) => logger.info({ signal: name }, 'signal received'));
      let listening = false;
      const ready = (): { problem?: string } => (listening ? {} : { problem: 'not listening' });
      const health =
        healthAddress &&
        (await startServer(
          healthAddress,
          healthListener({
            healthz: [{ name: 'process', check: () => ({}) }],
            readyz: [{ name: 'guard-webhook', check: ready }],
          }),
        ));
      try {
        const settings = { address, certDir: args['cert-dir'], exemptUsers: args['exempt-user'] ?? [] };
        await serveGuard(settings, systemClock, logger, signal, { onListening: () => (listening = true) });
        logger.info('the guard webhook has stopped');
      } finally {
        await health?.close();
      }
    },
  };
}

function addressOf(args: GuardArguments, flag: 'bind-address' | 'health-probe-bind-address'): BindAddress | undefined {
  try {
    return parseBindAddress(args[flag]);
  } catch (error) {
    throw new UsageError(`--${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
