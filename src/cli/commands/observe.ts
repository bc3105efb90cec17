import type { Command } from '../command.js';
import { readLogLevel } from '../flags/serverFlags.js';
import { OBSERVE_FLAGS, readObserveSettings } from '../flags/commands/observeFlags.js';
import { runObserve } from '../run/runObserve.js';
import type { Io } from '../output/terminal.js';
import { serving } from '../run/serving.js';

/** `slicehints observe`: runs until SIGTERM or SIGINT. */
export function observeCommand(io: Io): Command<typeof OBSERVE_FLAGS> {
  return {
    name: 'observe',
    describe: 'Ask Prometheus for the traffic between zones and write it to a ConfigMap, for --demand=measured',
    usage:
      '$0 observe --prometheus-url URL --source PRESET\n\nAsks Prometheus every minute for the traffic of Services by zone, and writes what it learns to one ConfigMap, which the controller reads. Writes no EndpointSlice.',
    flags: OBSERVE_FLAGS,
    readsEnvironment: true,
    examples: [
      ['$0 observe --prometheus-url http://prometheus:9090 --source istio-ambient', 'Istio in ambient mode'],
      [
        '$0 observe --prometheus-url http://mimir/prometheus --prometheus-header X-Scope-OrgID:shop --source obi',
        'OpenTelemetry eBPF instrumentation, in Mimir',
      ],
      [
        "$0 observe --prometheus-url http://prometheus:9090 --query 'sum by (ns, svc, from) (rate(calls_total[5m]))' --service-labels ns,svc --zone-labels from,to",
        'a metric of your own',
      ],
    ],
    epilogue:
      'Every flag is also an environment variable: --prometheus-url is SLICEHINTS_PROMETHEUS_URL. Flags take precedence over variables.',
    run: async (flags) => {
      const settings = readObserveSettings(flags);
      const { logger, signal } = serving(io, { format: flags['log-format'], level: readLogLevel(flags) });
      await runObserve(settings, logger, signal);
    },
  };
}
