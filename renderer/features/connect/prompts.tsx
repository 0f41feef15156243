// What main has to ask before it can go on. One question at a time, the oldest first.
import { type ReactNode, type SyntheticEvent, useEffect, useState } from 'react';
import { ShieldQuestion } from 'lucide-react';
import type { Prompt } from '../../../app/contract/session.ts';
import type { CallName, CallRequest } from '../../../app/contract/calls.ts';
import { callAndForget } from '../../bridge/call.ts';
import { useSession } from '../../state/session.ts';
import { tell } from '../../state/ui.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/kv.tsx';
import { connectStrings } from './strings.ts';

export function Prompts(): ReactNode {
  const prompt = useSession((state) => state.view.prompts[0] ?? null);
  const waiting = useSession((state) => state.view.prompts.length - 1);
  if (prompt === null) return null;
  return prompt.kind === 'host-key' ? (
    <HostKeyPrompt key={prompt.id} prompt={prompt} waiting={waiting} />
  ) : (
    <PassphrasePrompt key={prompt.id} prompt={prompt} />
  );
}

function send<N extends CallName>(name: N, request: CallRequest<N>): void {
  callAndForget(name, request, (sentence) => {
    tell('error', sentence);
  });
}

/** The next question stands where the last one stood: a second click meant for that one must accept nothing. ms */
const READABLE_AFTER_MS = 500;

function useReadable(): boolean {
  const [readable, setReadable] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setReadable(true);
    }, READABLE_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return readable;
}

function HostKeyPrompt({
  prompt,
  waiting,
}: {
  readonly prompt: Extract<Prompt, { kind: 'host-key' }>;
  readonly waiting: number;
}): ReactNode {
  const ready = useReadable();
  const answer = (choice: 'once' | 'always' | 'refuse'): void => {
    send('session.answerHostKey', { promptId: prompt.id, answer: choice });
  };
  return (
    <Dialog
      title={connectStrings.hostKeyTitle}
      testId="prompt-host-key"
      onDismiss={() => {
        answer('refuse');
      }}
    >
      <p>{connectStrings.hostKeyAbout(prompt.host, prompt.port)}</p>
      <div className="host-key">
        <ShieldQuestion size={20} aria-hidden />
        <Facts
          facts={[
            { name: connectStrings.node, value: prompt.label },
            { name: connectStrings.keyType, value: <span className="mono">{prompt.keyType}</span> },
            {
              name: connectStrings.fingerprint,
              value: (
                <span className="host-key-print">
                  <code data-testid="prompt-fingerprint">{prompt.fingerprint}</code>
                  <CopyButton text={prompt.fingerprint} label={connectStrings.copyFingerprint} />
                </span>
              ),
            },
          ]}
        />
      </div>
      {waiting > 0 ? <p className="prompt-waiting">{connectStrings.moreQuestions(waiting)}</p> : null}
      <div className="actions">
        <Button
          disabled={!ready}
          onClick={() => {
            answer('always');
          }}
          data-testid="host-key-always"
        >
          {connectStrings.hostKeyAlways}
        </Button>
        <Button
          disabled={!ready}
          onClick={() => {
            answer('once');
          }}
          data-testid="host-key-once"
        >
          {connectStrings.hostKeyOnce}
        </Button>
        <Button
          look="primary"
          autoFocus
          onClick={() => {
            answer('refuse');
          }}
          data-testid="host-key-refuse"
        >
          {connectStrings.hostKeyRefuse}
        </Button>
      </div>
    </Dialog>
  );
}

function PassphrasePrompt({
  prompt,
}: {
  readonly prompt: Extract<Prompt, { kind: 'passphrase' }>;
}): ReactNode {
  const [passphrase, setPassphrase] = useState('');
  const answer = (value: string | null): void => {
    send('session.answerPassphrase', { promptId: prompt.id, passphrase: value });
  };
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    answer(passphrase);
  };
  return (
    <Dialog
      title={connectStrings.passphraseTitle}
      testId="prompt-passphrase"
      onDismiss={() => {
        answer(null);
      }}
    >
      <form onSubmit={onSubmit}>
        <p>{connectStrings.passphraseAbout(prompt.label, prompt.identityFile)}</p>
        {prompt.wrongBefore ? (
          <p className="bad-ink" role="alert">
            {connectStrings.passphraseWrong}
          </p>
        ) : null}
        <input
          className="input"
          type="password"
          autoComplete="off"
          autoFocus
          aria-label={connectStrings.passphraseLabel}
          placeholder={connectStrings.passphraseLabel}
          value={passphrase}
          onChange={(event) => {
            setPassphrase(event.target.value);
          }}
        />
        <div className="actions">
          <Button
            onClick={() => {
              answer(null);
            }}
          >
            {connectStrings.passphraseGiveUp}
          </Button>
          <Button look="primary" type="submit" disabled={passphrase === ''}>
            {connectStrings.passphraseUse}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
