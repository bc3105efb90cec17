import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../kube/clock.js';
import type { BindAddress } from '../server/bindAddress.js';
import { GuardWebhook, type GuardWebhookOptions } from './webhook.js';

/** Where the chart mounts the certificate. */
export const GUARD_CERT_DIR = '/etc/slicehints/guard-tls';

export interface GuardWebhookSettings {
  readonly address: BindAddress;
  /** Folder with tls.crt and tls.key. */
  readonly certDir: string;
  readonly exemptUsers: readonly string[];
}

/**
 * Serves the guard as a webhook until the signal fires, and logs what becomes of its certificate.
 * @throws {Error} one sentence when the certificate cannot be read at the start, or the port cannot be had
 */
export async function serveGuard(
  { address, certDir, exemptUsers }: GuardWebhookSettings,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  hooks: Pick<GuardWebhookOptions, 'onAnswer' | 'onListening'> = {},
): Promise<void> {
  const { onAnswer, onListening } = hooks;
  await new GuardWebhook({
    clock,
    address,
    certFile: join(certDir, 'tls.crt'),
    keyFile: join(certDir, 'tls.key'),
    exemptUsers,
    onReload: (result) => {
      if (result.ok) logger.info({ certDir }, 'the renewed certificate of the guard webhook is in use');
      else
        logger.error({ certDir, error: result.message }, 'the renewed certificate cannot be used; the old one stays');
    },
    onListening: (port) => {
      logger.info({ port, certDir }, 'the guard webhook listens');
      onListening?.(port);
    },
    ...(onAnswer === undefined ? {} : { onAnswer }),
  }).run(signal);
}
