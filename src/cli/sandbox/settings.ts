import { CONTROLLER_FLAGS, readControllerSettings, type ControllerSettings } from '../flags/controllerFlags.js';
import type { LogLevel } from '../output/logging.js';

/** The controller's own defaults, with its servers off and no limit towards a server in the same process. */
export function sandboxSettings(kubeconfig: string, level: LogLevel): ControllerSettings {
  const defaults = Object.fromEntries(
    Object.entries(CONTROLLER_FLAGS).map(([flag, option]) => [flag, 'default' in option ? option.default : undefined]),
  );
  return readControllerSettings({
    ...(defaults as Parameters<typeof readControllerSettings>[0]),
    kubeconfig,
    'kube-api-qps': '0',
    'metrics-bind-address': '0',
    'health-probe-bind-address': '0',
    'log-level': level,
    'log-format': 'text',
  });
}
