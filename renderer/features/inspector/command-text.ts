// A command as one can run it. Discovery reads the namespaces of all Pods in one go and records PID for the process
// in each; of one Pod it is known.
const PID = /\/proc\/PID\//g;

/** Null when it cannot be run as it stands: the process is not known. */
export function runnable(command: string, pid: number | null): string | null {
  if (command.search(PID) < 0) return command;
  return pid === null ? null : command.replace(PID, `/proc/${String(pid)}/`);
}
