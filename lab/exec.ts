import { spawn } from 'node:child_process';
import { fail, ok, type Result } from '../app/result.ts';
import { labEnvironment } from './command.ts';
import { enterArguments } from './node-namespace.ts';
import { badName, isInstanceName } from './plan.ts';
import { readLivingProcess } from './processes.ts';
import { findNode, type RunningFailure } from './running.ts';
import { runFolder } from './run-folder.ts';
import { readState, type StateFailure } from './state.ts';

/** Runs a program on a node with this process's terminal, past SSH: for looking at a node whose sshd is broken. @returns its exit code. */
export async function execOnNode(
  lab: string,
  nodeName: string,
  command: readonly string[],
): Promise<Result<number, RunningFailure | StateFailure>> {
  if (!isInstanceName(lab)) return fail(badName(lab));
  const folder = runFolder(lab);
  const state = await readState(folder);
  if (!state.ok) return state;
  const node = findNode({ folder, state: state.value }, nodeName);
  if (!node.ok) return node;
  const init = await readLivingProcess(folder.node(nodeName).pid);
  if (init === null)
    return fail({
      kind: 'broken',
      sentence: `${nodeName} does not run; start the lab anew with: lab up --name ${lab}`,
    });
  const child = spawn('nsenter', [...enterArguments(init), ...command], {
    env: labEnvironment(folder.path),
    cwd: '/',
    stdio: 'inherit',
  });
  return ok(
    await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        resolve(code ?? 1);
      });
    }),
  );
}
