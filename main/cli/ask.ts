// Answers the engine's questions on a terminal; passphrases are read without echo.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Prompt } from '../../app/contract/session.ts';
import type { Engine } from '../engine/engine.ts';

/** Asks each question of the session once, one after the other, until `signal` aborts. */
export function answerOnTerminal(engine: Engine, signal: AbortSignal): void {
  const asked = new Set<string>();
  let turn: Promise<void> = Promise.resolve();
  const look = (): void => {
    for (const prompt of engine.view.prompts) {
      if (asked.has(prompt.id)) continue;
      asked.add(prompt.id);
      turn = turn.then(() => ask(engine, prompt, signal)).catch(() => undefined);
    }
  };
  const unsubscribe = engine.subscribe(look);
  signal.addEventListener('abort', unsubscribe, { once: true });
  look();
}

async function ask(engine: Engine, prompt: Prompt, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (prompt.kind === 'host-key') {
    process.stderr.write(
      `The host key of ${prompt.label} (${prompt.host}:${prompt.port}) is not known.\n${prompt.keyType} ${prompt.fingerprint}\n`,
    );
    const answer = (await line('Accept it? [always/once/NO] ', signal)).trim().toLowerCase();
    engine.answerHostKey(prompt.id, answer === 'always' || answer === 'once' ? answer : 'refuse');
    return;
  }
  if (prompt.wrongBefore) process.stderr.write('That passphrase was wrong.\n');
  const passphrase = await hidden(`Passphrase of ${prompt.identityFile}: `, signal);
  engine.answerPassphrase(prompt.id, passphrase === '' ? null : passphrase);
}

async function line(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline keeps Ctrl-C for itself, and closes at Ctrl-D without an answer.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = once(terminal, 'close').then(() => '');
  try {
    return await Promise.race([terminal.question(question, { signal }), closed]);
  } finally {
    terminal.close();
  }
}

/** A line typed without echo. Ctrl-C still ends the program. */
async function hidden(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await new Promise<string>((resolve) => {
      let typed = '';
      const done = (value: string): void => {
        stdin.off('data', take);
        signal.removeEventListener('abort', abandon);
        resolve(value);
      };
      const abandon = (): void => done('');
      const take = (chunk: Buffer): void => {
        for (const key of chunk.toString('utf8')) {
          if (key === '\r' || key === '\n') {
            done(typed);
            return;
          }
          if (key === '\u0003') {
            done('');
            process.kill(process.pid, 'SIGINT');
            return;
          }
          typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
        }
      };
      stdin.on('data', take);
      signal.addEventListener('abort', abandon, { once: true });
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}
