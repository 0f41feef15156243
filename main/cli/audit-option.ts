// `--audit FILE` of every command that talks to nodes: what it runs there is appended to the file as it happens.
import { type Command, CommanderError } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import { AuditTrail } from '../audit/audit-trail.ts';

let trail: AuditTrail | null = null;

/** What this program runs on nodes; one command, one program, one trail. */
export function commandAudit(): AuditTrail {
  return (trail ??= new AuditTrail());
}

/** Adds the option to each command, also one below another, that takes a cluster file. */
export function withAuditOption(command: Command): Command {
  for (const each of command.commands) withAuditOption(each);
  if (!command.options.some(({ long }) => long === '--cluster')) return command;
  return command
    .option('--audit <FILE>', 'append every command that is run on a node to this file, a JSON line each')
    .hook('preAction', async (_, asked) => {
      const { audit } = asked.opts<{ audit?: string }>();
      if (audit === undefined) return;
      const opened = await commandAudit().writeTo(audit);
      if (opened.ok) return;
      process.stderr.write(`hopscope: ${plainText(opened.failure.sentence)}\n`);
      throw new CommanderError(2, 'hopscope.audit', opened.failure.sentence);
    });
}
