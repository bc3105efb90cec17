import type { CommandModule } from 'yargs';
import { LeaderLostError } from '../../kube/leaderElection/leaderElector.js';
import { addControllerFlags, readControllerSettings, type ControllerArguments } from '../flags/controllerFlags.js';
import { createLogger } from '../output/logging.js';
import { runController } from '../run/runController.js';
import { wantsColour, type Io } from '../output/terminal.js';

/** `slicehints controller`: runs until SIGTERM or SIGINT. */
export function controllerCommand(io: Io): CommandModule<object, ControllerArguments> {
  return {
    command: 'controller',
    describe: 'Watch a cluster and write hints into its EndpointSlices',
    builder: (yargs) =>
      addControllerFlags(yargs).epilogue(
        'Every flag is also an environment variable: --kube-api-qps is SLICEHINTS_KUBE_API_QPS. Flags go before variables.',
      ),
    handler: async (flags) => {
      const settings = readControllerSettings(flags);
      const logger = createLogger({
        format: settings.logFormat,
        level: settings.logLevel,
        stream: io.stdout,
        colour: wantsColour(io.env, io.isTTY),
      });
      const signal = io.untilSignal((name) => logger.info({ signal: name }, 'signal received'));
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
