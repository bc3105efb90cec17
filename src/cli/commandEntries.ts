import type { CommandEntry } from './command.js';
import type { Io } from './output/terminal.js';

/** Each command is loaded when it is called for: the small ones start in a fraction of the time of the controller. */
export function commandEntries(io: Io): readonly CommandEntry[] {
  const entries: CommandEntry[] = [
    { name: 'controller', load: async () => (await import('./commands/controller.js')).controllerCommand(io) },
    { name: 'sandbox', load: async () => (await import('./commands/sandbox.js')).sandboxCommand(io) },
    { name: 'plan', load: async () => (await import('./commands/plan.js')).planCommand(io) },
    { name: 'view', load: async () => (await import('./commands/view.js')).viewCommand(io) },
    { name: 'explain', load: async () => (await import('./commands/explain.js')).explainCommand(io) },
    { name: 'audit', load: async () => (await import('./commands/audit.js')).auditCommand(io) },
    { name: 'report', load: async () => (await import('./commands/report.js')).reportCommand(io) },
    { name: 'recommend', load: async () => (await import('./commands/recommend.js')).recommendCommand(io) },
    { name: 'verify', load: async () => (await import('./commands/verify.js')).verifyCommand(io) },
    { name: 'drain', load: async () => (await import('./commands/drain.js')).drainCommand(io) },
    { name: 'doctor', load: async () => (await import('./commands/doctor.js')).doctorCommand(io) },
    { name: 'observe', load: async () => (await import('./commands/observe.js')).observeCommand(io) },
    { name: 'guard', load: async () => (await import('./commands/guard.js')).guardCommand(io) },
    { name: 'cleanup', load: async () => (await import('./commands/cleanup.js')).cleanupCommand(io) },
    {
      name: 'completion',
      load: async () => (await import('./commands/completion.js')).completionCommand(io, entries),
    },
  ];
  return entries;
}
