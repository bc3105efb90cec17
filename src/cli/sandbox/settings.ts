import {
  CONTROLLER_FLAGS,
  readControllerSettings,
  type ControllerSettings,
} from '../flags/commands/controllerFlags.js';
import { defaultsOf } from '../flags/flag.js';
import type { LogLevel } from '../output/logging.js';

/** The controller's own defaults, with its servers off and no limit towards a server in the same process. */
export function sandboxSettings(kubeconfig: string, level: LogLevel): ControllerSettings {
  return readControllerSettings({
    ...defaultsOf(CONTROLLER_FLAGS),
    kubeconfig,
    'kube-api-qps': 0,
    'event-qps': 0,
    // A busy machine or a paused process must not end a sandbox that nobody else could lead.
    'leader-elect-lease-duration': 300_000,
    'leader-elect-renew-deadline': 240_000,
    'metrics-bind-address': 'off',
    'health-probe-bind-address': 'off',
    'log-level': level,
    'log-format': 'text',
  });
}
