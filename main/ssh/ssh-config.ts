// What ssh_config(5) says about one host: sections whose patterns match, first value wins, IdentityFile accumulates.
// Never runs anything: `Match exec`, KnownHostsCommand and name canonicalization are passed over, and said so.
import type { Directive } from './config-files.ts';
import { patternListMatch } from './pattern.ts';
import { expandTokens, type LocalIdentity } from './config-tokens.ts';

export interface HostConfig {
  /** HostName with %h filled in, else the name asked for. */
  readonly hostName: string;
  readonly port: number | null;
  readonly user: string | null;
  /** Unexpanded, in order, without doubles. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent: string | null;
  readonly proxyJump: string | null;
  /** A ProxyCommand that was given before any ProxyJump; it is never run. */
  readonly proxyCommand: string | null;
  readonly userKnownHostsFiles: readonly string[] | null;
  readonly globalKnownHostsFiles: readonly string[] | null;
  readonly hostKeyAlias: string | null;
  readonly strictHostKeyChecking: 'ask' | 'refuse' | 'accept-new';
  readonly hashKnownHosts: boolean;
  /** What was passed over or taken otherwise than written: sentences. */
  readonly notices: readonly string[];
}

interface Question {
  readonly host: string;
  /** From the cluster file or the jump list: beats the config, and `Match user` sees it. */
  readonly user: string | null;
  readonly local: LocalIdentity;
}

export function configFor(directives: readonly Directive[], question: Question): HostConfig {
  const evaluation = new Evaluation(question);
  evaluation.walk(directives, true);
  if (evaluation.wantsFinalPass) {
    evaluation.finalPass = true;
    evaluation.walk(directives, true);
  }
  return evaluation.result();
}

class Evaluation {
  wantsFinalPass = false;
  finalPass = false;
  readonly #question: Question;
  readonly #first = new Map<string, readonly string[]>();
  readonly #identityFiles = new Set<string>();
  readonly #notices = new Set<string>();

  constructor(question: Question) {
    this.#question = question;
  }

  walk(directives: readonly Directive[], enclosing: boolean): void {
    let active = enclosing;
    for (const directive of directives) {
      if (directive.keyword === 'host')
        active = enclosing && patternListMatch(directive.words, this.#question.host);
      else if (directive.keyword === 'match') active = enclosing && this.#matches(directive);
      else if (directive.keyword === 'include')
        for (const file of directive.included) this.walk(file, active);
      else if (active) this.#take(directive);
    }
  }

  #take({ keyword, words, file, line }: Directive): void {
    if (keyword === 'identityfile') {
      for (const word of words) this.#identityFiles.add(word);
      return;
    }
    if (keyword === 'knownhostscommand')
      this.#notices.add(`KnownHostsCommand at ${file}:${line} is not run.`);
    // Whichever of the two comes first decides (ssh_config(5) ProxyJump).
    if (keyword === 'proxyjump' && this.#first.has('proxycommand')) return;
    if (keyword === 'proxycommand' && this.#first.has('proxyjump')) return;
    if (!this.#first.has(keyword)) this.#first.set(keyword, words);
  }

  #matches({ words, file, line }: Directive): boolean {
    let matched = true;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? '';
      const negated = word.startsWith('!');
      const criterion = (negated ? word.slice(1) : word).toLowerCase();
      if (criterion === 'all') continue;
      if (criterion === 'final' || criterion === 'canonical') {
        if (criterion === 'final') this.wantsFinalPass = true;
        matched &&= (criterion === 'final' && this.finalPass) !== negated;
        continue;
      }
      const subject = this.#subject(criterion);
      const patterns = words[++index]?.split(',') ?? [];
      if (subject === null) {
        this.#notices.add(
          `The block "Match ${criterion}" at ${file}:${line} is passed over: ${criterion === 'exec' ? 'nothing in a config is run' : 'this criterion is not supported'}.`,
        );
        return false;
      }
      matched &&= patternListMatch(patterns, subject) !== negated;
    }
    return matched;
  }

  #subject(criterion: string): string | null {
    const { host, user, local } = this.#question;
    switch (criterion) {
      case 'host':
        return this.#hostName();
      case 'originalhost':
        return host;
      case 'user':
        return user ?? this.#one('user') ?? local.user;
      case 'localuser':
        return local.user;
      default:
        return null;
    }
  }

  #one(keyword: string): string | null {
    return this.#first.get(keyword)?.[0] ?? null;
  }

  #hostName(): string {
    const { host, local } = this.#question;
    const written = this.#one('hostname');
    const values = { originalHost: host, hostName: host, port: 22, remoteUser: '' };
    return written === null ? host : expandTokens(written, local, values);
  }

  #port(): number | null {
    const written = this.#one('port');
    if (written === null) return null;
    const port = Number(written);
    if (/^\d{1,5}$/.test(written) && port >= 1 && port <= 65_535) return port;
    this.#notices.add(
      `Port "${written.slice(0, 20)}" in the SSH config of ${this.#question.host} is no port and is passed over.`,
    );
    return null;
  }

  #strictness(): HostConfig['strictHostKeyChecking'] {
    switch (this.#one('stricthostkeychecking')?.toLowerCase() ?? 'ask') {
      case 'yes':
      case 'true':
        return 'refuse';
      case 'accept-new':
        return 'accept-new';
      case 'no':
      case 'false':
      case 'off':
        this.#notices.add(
          `StrictHostKeyChecking no for ${this.#question.host} is taken as "ask": an unknown host key is never accepted unseen.`,
        );
        return 'ask';
      default:
        return 'ask';
    }
  }

  result(): HostConfig {
    const yes = (keyword: string): boolean => /^(yes|true)$/i.test(this.#one(keyword) ?? '');
    const command = this.#one('proxycommand');
    return {
      hostName: this.#hostName(),
      port: this.#port(),
      user: this.#one('user'),
      identityFiles: [...this.#identityFiles],
      identitiesOnly: yes('identitiesonly'),
      identityAgent: this.#one('identityagent'),
      proxyJump: this.#one('proxyjump'),
      proxyCommand: command === null || command.toLowerCase() === 'none' ? null : command,
      userKnownHostsFiles: this.#first.get('userknownhostsfile') ?? null,
      globalKnownHostsFiles: this.#first.get('globalknownhostsfile') ?? null,
      hostKeyAlias: this.#one('hostkeyalias'),
      strictHostKeyChecking: this.#strictness(),
      hashKnownHosts: yes('hashknownhosts'),
      notices: [...this.#notices],
    };
  }
}
