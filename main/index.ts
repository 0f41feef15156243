// The window program's entry: what must be said before Electron is ready, then main/electron/program.ts.
import path from 'node:path';
import { app } from 'electron';
import { AuditTrail } from './audit/audit-trail.ts';
import { createEngine } from './engine/create-engine.ts';
import { clusterOpener } from './electron/cluster-opener.ts';
import { complain } from './electron/complain.ts';
import { ownArguments, parseFlags, type Flags } from './electron/flags.ts';
import { openCluster, runProgram } from './electron/program.ts';
import { registerPageScheme } from './electron/protocol.ts';
import { arrangeExit } from './electron/quit.ts';
import { judgeSandbox } from './electron/sandbox.ts';
import { HANDED_OVER, type SecondStart } from './electron/second-start.ts';
import { lockDown } from './electron/security.ts';
import { listenForTestFaults } from './electron/test-faults.ts';

/** Usage errors and refusals, as in the CLI (DESIGN §8). */
const USAGE = 2;

function begin(): void {
  const flags = parseFlags(ownArguments(process.argv, process.defaultApp));
  if (!flags.ok) {
    refuse(flags.failure.sentence);
    return;
  }
  const sandbox = judgeSandbox({
    off: app.commandLine.hasSwitch('no-sandbox') || process.env['ELECTRON_DISABLE_SANDBOX'] !== undefined,
    accepted: flags.value.noSandboxBanner,
    packaged: app.isPackaged,
  });
  if (sandbox.kind === 'refused') {
    refuse(sandbox.sentence);
    return;
  }
  if (flags.value.userDataDir !== null) app.setPath('userData', path.resolve(flags.value.userDataDir));
  const audit = new AuditTrail();
  const engine = createEngine({ audit, attended: flags.value.headlessReport === null });
  const life = new AbortController();
  const opener = clusterOpener(engine, sandbox, life.signal);
  const { clusterFile } = flags.value;
  const refused = clusterFile === null ? null : opener.refuses(clusterFile);
  if (refused !== null) {
    refuse(refused);
    return;
  }
  if (!takeLock(flags.value)) return;
  registerPageScheme();
  lockDown();

  const exit = arrangeExit(async () => {
    life.abort();
    await engine[Symbol.asyncDispose]();
  });
  listenForTestFaults(engine, app.isPackaged);
  // Nodes take longer than the window: the cluster file is read as soon as Electron lets go of this turn.
  void writeAudit(audit, flags.value).then((written) => {
    if (written && clusterFile !== null) openCluster(opener, clusterFile);
  });
  const banner = sandbox.kind === 'banner' ? sandbox.banner : null;
  const built = path.join(import.meta.dirname, '..');
  app
    .whenReady()
    .then(() => runProgram({ flags: flags.value, engine, opener, exit, banner, built, signal: life.signal }))
    .catch((error: unknown) => {
      complain('could not show its window', error);
      exit.leave(1);
    });
}

/** False: nothing may run on a node, since the file that was asked for would not have it. */
async function writeAudit(audit: AuditTrail, { auditFile }: Flags): Promise<boolean> {
  if (auditFile === null) return true;
  const opened = await audit.writeTo(path.resolve(auditFile));
  if (!opened.ok) refuse(opened.failure.sentence);
  return opened.ok;
}

/** One program a profile: two would write over each other. False when another has it and this one must end. */
function takeLock(flags: Flags): boolean {
  const clusterFile = flags.clusterFile === null ? null : path.resolve(flags.clusterFile);
  const handed: SecondStart = { clusterFile };
  if (app.requestSingleInstanceLock({ ...handed })) return true;
  if (flags.auditFile !== null) {
    refuse(
      'Hopscope is already running with this profile and writes its own audit, if any: end it, or give this one its own --user-data-dir DIR.',
    );
    return false;
  }
  if (flags.headlessReport !== null) {
    refuse(
      'Hopscope is already running with this profile; end it, or give this one its own --user-data-dir DIR.',
    );
    return false;
  }
  complain('it is already running, so its window was asked to show this');
  app.exit(HANDED_OVER);
  return false;
}

function refuse(sentence: string): void {
  complain(sentence.replace(/\.$/, ''));
  app.exit(USAGE);
}

begin();
