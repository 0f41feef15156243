// From whom to whom, by which protocol, and Trace. By the keyboard: Ctrl+T leads here, Enter asks, Escape clears.
import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';
import { ArrowLeftRight, X } from 'lucide-react';
import type { ServicesNamed } from '../../../app/trace/services-named.ts';
import { call } from '../../bridge/call.ts';
import { useObserving } from '../../state/observed.ts';
import { closeProbe } from '../../state/probe.ts';
import { closeScope } from '../../state/scope.ts';
import { useSelection } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { podTitle } from '../../state/text.ts';
import { useTopology } from '../../state/topology.ts';
import { askTrace, clearTrace, renewTrace, useTrace } from '../../state/trace.ts';
import { showDock, useUi } from '../../state/ui.ts';
import { closeWhatIf } from '../../state/what-if.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EndBox } from './end-box.tsx';
import type { EndOption } from './end-options.ts';
import { protocolIn, questionIn } from './question.ts';
import { traceStrings } from './strings.ts';
import './trace-bar.css';

/** While the path is looked at, what is unseen (filters, counters) may have changed. */
const RENEWED_MS = 15_000;
/** Changes of one moment ask once. */
const GATHERED_FOR_MS = 800;

export function TraceBar(): ReactNode {
  const { from, to, what, asked, asking } = useTrace();
  const standing = useSelectedEnd();
  const [said, setSaid] = useState<string | null>(null);
  const services = useServices();
  const fromBox = useRef<HTMLInputElement | null>(null);
  const toBox = useRef<HTMLInputElement | null>(null);
  const whatBox = useRef<HTMLInputElement | null>(null);
  const saidId = useId();
  const mac = useSession((state) => state.app?.platform === 'darwin');
  useShortcut(() => {
    const { from: written } = useTrace.getState();
    (written === null && standing === '' ? fromBox : toBox).current?.focus();
  });
  useRenewal();
  useObserving();

  const sender = from ?? standing;
  const ask = (receiver = to, protocol = what): void => {
    const question = questionIn(sender, receiver, protocol);
    if (!question.ok) {
      setSaid(question.sentence);
      (sender.trim() === '' ? fromBox : receiver.trim() === '' ? toBox : whatBox).current?.focus();
      return;
    }
    setSaid(null);
    // The sender stands there from now on: whoever is selected next is somebody else.
    useTrace.setState({ from: question.value.from });
    showDock('path');
    askTrace(question.value);
  };
  const clear = (): void => {
    setSaid(null);
    clearTrace();
  };
  const takeTo = ({ end, listens }: EndOption): void => {
    const port = listens ?? what;
    useTrace.setState({ to: end, what: port });
    setSaid(null);
    if (sender.trim() === '') fromBox.current?.focus();
    else ask(end, port);
  };
  return (
    <form
      className="trace-bar"
      role="search"
      aria-label={traceStrings.bar}
      data-testid="trace-bar"
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        ask();
      }}
    >
      <EndBox
        side="from"
        written={from ?? ''}
        byDefault={standing}
        services={services}
        input={fromBox}
        onWrite={(text) => {
          useTrace.setState({ from: text === '' ? null : text });
        }}
        onTake={({ end }) => {
          useTrace.setState({ from: end });
          toBox.current?.focus();
        }}
        onEnter={() => {
          if (to.trim() === '') toBox.current?.focus();
          else ask();
        }}
        onEscape={clear}
      />
      <IconButton
        label={traceStrings.swap}
        small
        onClick={() => {
          useTrace.setState({ from: to === '' ? null : to, to: sender });
        }}
      >
        <ArrowLeftRight size={13} aria-hidden />
      </IconButton>
      <EndBox
        side="to"
        written={to}
        byDefault=""
        services={services}
        input={toBox}
        onWrite={(text) => {
          useTrace.setState({ to: text });
        }}
        onTake={takeTo}
        onEnter={() => {
          ask();
        }}
        onEscape={clear}
      />
      <input
        ref={whatBox}
        className="input mono trace-what"
        aria-label={traceStrings.what}
        aria-invalid={!protocolIn(what).ok}
        placeholder={traceStrings.whatHint}
        spellCheck={false}
        autoComplete="off"
        maxLength={32}
        value={what}
        data-testid="trace-what"
        onChange={(event) => {
          useTrace.setState({ what: event.target.value });
        }}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          clear();
        }}
      />
      <Button
        type="submit"
        look="primary"
        aria-busy={asking}
        title={traceStrings.traceTitle(keyName(mac))}
        {...(said === null ? {} : { 'aria-describedby': saidId })}
        data-testid="trace-ask"
      >
        {asking ? traceStrings.asking : traceStrings.trace}
      </Button>
      {asked === null && to === '' && from === null && what === '' ? null : (
        <IconButton label={traceStrings.clear} small onClick={clear} data-testid="trace-clear">
          <X size={13} aria-hidden />
        </IconButton>
      )}
      {said === null ? null : (
        <p id={saidId} className="trace-said selectable" role="alert" data-testid="trace-said">
          {said}
        </p>
      )}
    </form>
  );
}

export function keyName(mac: boolean): string {
  return mac ? '⌘T' : 'Ctrl+T';
}

/** Who is selected, as a question names it. */
function useSelectedEnd(): string {
  const selected = useSelection((state) => state.selected);
  return useTopology(({ topology }) => {
    if (topology === null || selected === null) return '';
    if (selected.kind === 'node') return topology.nodes[selected.id]?.label ?? '';
    const podId =
      selected.kind === 'pod'
        ? selected.id
        : selected.kind === 'interface'
          ? podOf(topology.interfaces[selected.id], topology.netns)
          : null;
    const pod = podId === null ? undefined : topology.pods[podId];
    return pod === undefined || pod.until !== null ? '' : podTitle(pod);
  });
}

/** Whose inner or outer end an interface is. */
function podOf(
  each: { readonly netnsId: string; readonly peer: { readonly podId: string | null } | null } | undefined,
  netns: Readonly<Record<string, { readonly podId: string | null }>>,
): string | null {
  return each === undefined ? null : (netns[each.netnsId]?.podId ?? each.peer?.podId ?? null);
}

function useShortcut(lead: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 't' || !(event.metaKey || event.ctrlKey)) return;
      if (event.altKey || event.shiftKey) return;
      // In a shell Ctrl+T swaps two letters; there it stays the shell's.
      if (event.ctrlKey && event.target instanceof Element && event.target.closest('.xterm') !== null) return;
      event.preventDefault();
      lead();
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  });
}

/** Asked when the bar is first used, and again with what is known of Kubernetes; without an answer there are none to choose. */
function useServices(): ServicesNamed | null {
  const pods = useTopology((state) => state.topology?.pods);
  const [services, setServices] = useState<ServicesNamed | null>(null);
  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      call('trace.services', undefined).then(
        (named) => {
          if (!left) setServices(named);
        },
        () => undefined,
      );
    }, GATHERED_FOR_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [pods]);
  return services;
}

/** The same question again when what it rests on has changed. */
function useRenewal(): void {
  const cluster = useTopology((state) => state.topology?.cluster ?? null);
  const forwarding = useTopology((state) => state.topology?.forwarding);
  const interfaces = useTopology((state) => state.topology?.interfaces);
  const pods = useTopology((state) => state.topology?.pods);
  const looked = useUi(({ dockTab, collapsed }) => dockTab === 'path' && !collapsed.dock);
  const asked = useTrace((state) => state.asked);
  // What was asked of one cluster is neither shown of another, nor sent in it.
  useEffect(
    () => () => {
      clearTrace();
      closeProbe();
      closeScope();
      closeWhatIf();
    },
    [cluster],
  );
  useEffect(() => {
    const timer = setTimeout(renewTrace, GATHERED_FOR_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [forwarding, interfaces, pods]);
  useEffect(() => {
    if (!looked || asked === null) return;
    const timer = setInterval(renewTrace, RENEWED_MS);
    return () => {
      clearInterval(timer);
    };
  }, [looked, asked]);
}
