import type { Command } from '../command.js';
import { LeaderLostError } from '../../kube/leaderElection/leaderElector.js';
import { CONTROLLER_FLAGS, readControllerSettings } from '../flags/commands/controllerFlags.js';
import { runController } from '../run/runController.js';
import type { Io } from '../output/terminal.js';
import { serving } from '../run/serving.js';

/** `slicehints controller`: runs until SIGTERM or SIGINT. */
export function controllerCommand(io: Io): Command<typeof CONTROLLER_FLAGS> {
  return {
    name: 'controller',
    describe: 'Watch a cluster and write hints into its EndpointSlices',
    usage: '$0 controller\n\nWatches a cluster and writes hints into its EndpointSlices, until SIGTERM or SIGINT.',
    flags: CONTROLLER_FLAGS,
    readsEnvironment: true,
    epilogue:
      'Every flag is also an environment variable: --kube-api-qps is SLICEHINTS_KUBE_API_QPS. Flags take precedence over variables.',
    run: async (flags) => {
      const settings = readControllerSettings(flags);
      const { logger, signal } = serving(io, { format: settings.logFormat, level: settings.logLevel });
      try {
        await runController(settings, logger, signal);
      } catch (error) {
        // What is wrong with the configuration is told in one line, like a wrong flag; a lost lease belongs into the log.
        if (!(error instanceof LeaderLostError)) throw error;
        logger.fatal({ reason: error.message }, 'leadership is lost: slicehints ends');
        io.setExitCode(1);
      }
    },
  };
}
