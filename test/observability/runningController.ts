import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { CONTROLLER_FLAGS, readControllerSettings } from '../../src/cli/flags/commands/controllerFlags.js';
import { defaultsOf } from '../../src/cli/flags/flag.js';
import { runController } from '../../src/cli/run/runController.js';
import type { RunningServer } from '../../src/server/httpServer.js';
import type { KubeObject } from '../../src/sandbox/schema/kubeObject.js';
import { writeMeasured } from '../../src/measured/text.js';
import { measuredFigures, measuredService } from '../support/measured.js';
import { LiveCluster, until } from '../support/liveController.js';

/**
 * What `/metrics` of the real controller shows once it has worked: against a stand-in API server with a Service in each
 * of several modes and one that is blocked, with leader election, and with metrics for each Service.
 */
export async function scrapeWorkingController(): Promise<string> {
  const cluster = new LiveCluster();
  await cluster.start();
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-observability-'));
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, cluster.server.kubeconfig());
    const mode = 'service.kubernetes.io/topology-mode';
    for (const [name, annotations] of Object.entries({
      auto: { [mode]: 'Auto' },
      balanced: { [mode]: 'slicehints.io/balanced' },
      nearest: { [mode]: 'slicehints.io/same-node' },
      keys: { 'slicehints.io/topology-keys': 'topology.kubernetes.io/zone,*' },
      plain: {},
    })) {
      cluster.putService(name, annotations);
      cluster.putSlice(name, ['a', 'a', 'b', 'b']);
    }
    const figures = measuredFigures(measuredService('a=0.5 b=0.5', { key: 'default/balanced' }));
    cluster.server.store.write('configmaps', {
      metadata: { namespace: 'default', name: 'measured' },
      data: { 'measured.txt': writeMeasured({ ...figures, atSeconds: Math.floor(Date.now() / 1000) }) },
    });
    cluster.putService('blocked', { [mode]: 'slicehints.io/balanced' });
    cluster.server.store.write('endpointslices', inTreeSlice('blocked'));
    let metrics: RunningServer | undefined;
    running = runController(settings(kubeconfig), pino({ level: 'silent' }), stop.signal, {
      onWired: (_, servers) => (metrics = servers.metrics),
    });
    const scrape = async (): Promise<string> => {
      if (metrics === undefined) throw new Error('the controller does not listen yet');
      return (await fetch(`http://${metrics.host}:${metrics.port}/metrics`)).text();
    };
    let text = '';
    // Four Services to hint, one to be told about.
    await until(async () => {
      text = await scrape();
      for (const done of [
        'slicehints_slice_writes_total{result="written"} 4',
        'slicehints_event_to_hint_seconds_count 4',
        'reason="HintsBlocked"} 1',
        'slicehints_events_total{result="created"} 5',
      ]) {
        if (!text.includes(done)) throw new Error(`not yet: ${done}`);
      }
    });
    return text;
  } finally {
    stop.abort();
    await running;
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  }
}

/** A slice that the in-tree controller would take hints away from. */
function inTreeSlice(service: string): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service}-1`,
      namespace: 'default',
      labels: {
        'kubernetes.io/service-name': service,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true }, nodeName: 'n0', zone: 'a' }],
  };
}

function settings(kubeconfig: string): ReturnType<typeof readControllerSettings> {
  return readControllerSettings({
    ...defaultsOf(CONTROLLER_FLAGS),
    kubeconfig,
    'leader-elect-resource-namespace': 'default',
    'in-tree': 'present',
    'measured-configmap': 'default/measured',
    'metrics-bind-address': { host: '127.0.0.1', port: 0 },
    'health-probe-bind-address': 'off',
    'per-service-metrics': true,
  });
}
