import { CONTROLLER_FLAGS, readControllerSettings, type ControllerSettings } from '../flags/controllerFlags.js';
import { defaultsOf } from '../flags/flag.js';
import type { LogLevel } from '../output/logging.js';

/** The controller's own defaults, with its servers off and no limit towards a server in the same process. */
export function sandboxSettings(kubeconfig: string, level: LogLevel): ControllerSettings {
  return readControllerSettings({
    ...defaultsOf(CONTROLLER_FLAGS),
    kubeconfig,
    'kube-api-qps': 0,
    'metrics-bind-address': 'off',
    'health-probe-bind-address': 'off',
    'log-level': level,
    'log-format': 'text',
  });
}
