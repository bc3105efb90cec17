import { pino } from 'pino';
import type { ControllerOptions } from '../../src/controller/options.js';
import { assemble } from '../../src/controller/parts.js';
import type { Transport } from '../../src/kube/rest/transport.js';
import { readService } from '../../src/model/service.js';
import { CONTROLLER_OPTIONS } from './controllerOptions.js';
import { FakeClock } from './fakeClock.js';

export const WEB = readService({
  metadata: { namespace: 'shop', name: 'web', annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
  spec: { selector: { app: 'web' } },
});

export const PLAIN = readService({ metadata: { namespace: 'shop', name: 'web' }, spec: { selector: { app: 'web' } } });

/** The parts, of which none runs, with the requests that they send, their Events and their log. */
export function assembled(options: Partial<ControllerOptions> = {}) {
  const sent: string[] = [];
  const events: string[] = [];
  const logged: string[] = [];
  const phase = { isWorking: false, prerequisites: 0, synced: 0 };
  const clock = new FakeClock();
  const transport: Transport = {
    send: ({ method, path }) => {
      sent.push(`${method} ${path}`);
      return new Promise(() => undefined);
    },
    watch: ({ path }) => {
      throw new Error(`a watch of ${path} is opened`);
    },
    close: () => undefined,
  };
  const parts = assemble(
    {
      transport,
      leaseTransport: transport,
      recorder: {
        record: (_service, _type, reason) => void events.push(reason),
        run: () => Promise.resolve(),
        flush: () => Promise.resolve(),
      },
      ...CONTROLLER_OPTIONS,
      clock,
      logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
      ...options,
    },
    {
      isWorking: () => phase.isWorking,
      onSynced: () => void phase.synced++,
      onPrerequisite: () => void phase.prerequisites++,
    },
  );
  return { parts, phase, clock, sent, events, logged };
}
