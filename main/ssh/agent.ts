// An ssh-agent as one key at a time, so that it is known, and can be said, which key was offered.
import ssh2 from 'ssh2';
import type { BaseAgent, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';

/** An agent answers at once; a dead socket or a stuck forwarder must not hold up the login. ms */
const AGENT_ANSWER_MS = 3_000;

/** The keys that an agent holds; a sentence when it does not answer. */
export function listAgentKeys(socket: string): Promise<readonly ParsedKey[] | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`the agent at ${socket} does not answer`), AGENT_ANSWER_MS);
    const settle = (answer: readonly ParsedKey[] | string): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    try {
      ssh2.createAgent(socket).getIdentities((error, keys) => {
        if (error) settle(`the agent at ${socket} does not answer (${error.message})`);
        // An OpenSSH agent's keys come parsed; the types allow for other agents' raw ones.
        else settle((keys ?? []) as ParsedKey[]);
      });
    } catch (error) {
      settle(`the agent at ${socket} cannot be used (${(error as Error).message})`);
    }
  });
}

/** An agent may ask a person before it signs (ssh-add -c, a key that wants to be touched). sshd waits 120 s for a login. ms */
const PERSON_ANSWERS_MS = 60_000;

/** What the login that an agent signs for needs to know of it. */
export interface Signing {
  /** Called as the agent is asked, with what settles when it has answered, or is not waited for any more. */
  readonly whileAsking: (answer: Promise<unknown>) => void;
  readonly onTooLate: (seconds: number) => void;
}

/** Signs with one key of the agent at `socket`, and never with SHA-1. */
export function agentWithOneKey(socket: string, key: ParsedKey, signing: Signing): BaseAgent {
  const agent = ssh2.createAgent(socket);
  class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(reply: (error: undefined, keys: ParsedKey[]) => void): void {
      reply(undefined, [key]);
    }
    override sign(
      publicKey: ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      reply?: SignCallback,
    ): void {
      const [settings, done] = typeof options === 'function' ? [{}, options] : [options, reply];
      if (signsWithSha1(publicKey, settings.hash)) done?.(new Error(SHA1_REFUSED));
      else signing.whileAsking(signed((answered) => agent.sign(publicKey, data, settings, answered), done));
    }
  }
  /** Passes the first answer on: the agent's, or ours that it took too long. */
  function signed(ask: (answered: SignCallback) => void, done: SignCallback | undefined): Promise<void> {
    return new Promise((resolve) => {
      const settle: SignCallback = (error, signature) => {
        clearTimeout(timer);
        resolve();
        done?.(error, signature);
        done = undefined;
      };
      const timer = setTimeout(() => {
        signing.onTooLate(PERSON_ANSWERS_MS / 1000);
        settle(new Error('the agent did not sign in time'));
      }, PERSON_ANSWERS_MS);
      ask(settle);
    });
  }
  return new OneKeyAgent();
}

export const SHA1_REFUSED = 'the server asks for a SHA-1 signature, which is not made';

/** ssh2 falls back to ssh-rsa (SHA-1) when a server names no rsa-sha2 algorithm; other key types have no choice. */
export function signsWithSha1(key: ParsedKey, hash: string | undefined): boolean {
  return key.type === 'ssh-rsa' && hash !== 'sha256' && hash !== 'sha512';
}
