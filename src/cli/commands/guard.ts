import type { Command } from '../command.js';
import { systemClock } from '../../kube/clock.js';
import { healthListener } from '../../server/health.js';
import { ProcessServers } from '../../server/processServers.js';
import { UsageError } from '../flags/usageError.js';
import { GUARD_CERT_DIR, serveGuard } from '../../guard/webhook.js';
import { addressOf, LOG_FLAGS, readLogLevel } from '../flags/serverFlags.js';
import { flag, list } from '../flags/flag.js';
import { ADDRESS, path, text } from '../flags/kinds.js';
import type { Io } from '../output/terminal.js';
import { serving } from '../run/serving.js';

export const GUARD_COMMAND_FLAGS = {
  'bind-address': flag(ADDRESS, { default: ':9443', describe: 'Address that serves the webhook' }),
  'cert-dir': flag(path('a folder'), {
    default: GUARD_CERT_DIR,
    describe: 'Folder with tls.crt and tls.key, read again when they are renewed',
  }),
  'exempt-user': list(text('the name of a user'), { describe: 'User whose updates the webhook does not change' }),
  'health-probe-bind-address': flag(ADDRESS, {
    default: ':8081',
    describe: 'Address that serves /healthz and /readyz; 0 disables it',
  }),
  ...LOG_FLAGS,
} as const;

/** `slicehints guard`: the guard as a webhook, without a controller; needs no access to the API server at all. */
export function guardCommand(io: Io): Command<typeof GUARD_COMMAND_FLAGS> {
  return {
    name: 'guard',
    describe: 'Serve the guard as a mutating webhook, for clusters without MutatingAdmissionPolicy',
    usage:
      '$0 guard\n\nServes the guard as a mutating webhook without a controller. Needs no access to the API server.',
    flags: GUARD_COMMAND_FLAGS,
    run: async (args) => {
      const address = addressOf(args['bind-address']);
      if (address === undefined) throw new UsageError('--bind-address: the webhook needs an address, got "0"');
      const healthAddress = addressOf(args['health-probe-bind-address']);
      const { logger, signal } = serving(io, { format: args['log-format'], level: readLogLevel(args) });
      let listening = false;
      const ready = (): { problem?: string } => (listening ? {} : { problem: 'not listening' });
      const servers = new ProcessServers();
      await servers.start(
        healthAddress,
        healthListener({
          healthz: [{ name: 'process', check: () => ({}) }],
          readyz: [{ name: 'guard-webhook', check: ready }],
        }),
      );
      try {
        const settings = { address, certDir: args['cert-dir'], exemptUsers: args['exempt-user'] ?? [] };
        await serveGuard(settings, systemClock, logger, signal, { onListening: () => (listening = true) });
        logger.info('the guard webhook has stopped');
      } finally {
        await servers.close();
      }
    },
  };
}
