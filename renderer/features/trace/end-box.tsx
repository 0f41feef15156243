// One end of a trace: a combo box over Pods, Services and nodes; an address is free text.
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useDeferredValue,
  useId,
  useMemo,
  useState,
} from 'react';
import { Box, Server, Share2 } from 'lucide-react';
import type { ServicesNamed } from '../../../app/trace/services-named.ts';
import { useTopology } from '../../state/topology.ts';
import { type EndOption, endOptions } from './end-options.ts';
import { traceStrings } from './strings.ts';

const icons = { pod: Box, node: Server, service: Share2 };

/** An address is nobody's name: what fits it is listed, but Enter means what is written. */
const ADDRESS = /^[\d.]+$|^[\da-f]*:[\da-f:.]*$/i;

export function EndBox({
  side,
  written,
  byDefault,
  services,
  input,
  onWrite,
  onTake,
  onEnter,
  onEscape,
}: {
  readonly side: 'from' | 'to';
  readonly written: string;
  /** What it stands for while nothing is written; '' is nothing. */
  readonly byDefault: string;
  readonly services: ServicesNamed | null;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onWrite: (text: string) => void;
  readonly onTake: (option: EndOption) => void;
  readonly onEnter: () => void;
  readonly onEscape: () => void;
}): ReactNode {
  const topology = useTopology((state) => state.topology);
  const [listed, setListed] = useState(false);
  const [at, setAt] = useState(0);
  const sought = useDeferredValue(written);
  const listId = useId();
  const options = useMemo(
    () => (listed ? endOptions(topology, services, side, sought) : []),
    [listed, topology, services, side, sought],
  );
  const open = listed && options.length > 0;
  const free = written.trim() === '' || ADDRESS.test(written.trim());
  const chosen = free && at === 0 ? -1 : Math.min(Math.max(0, free ? at - 1 : at), options.length - 1);
  const take = (option: EndOption): void => {
    setListed(false);
    onTake(option);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing || event.altKey || event.metaKey || event.ctrlKey) return;
    const most = options.length - (free ? 0 : 1);
    switch (event.key) {
      case 'ArrowDown':
        setListed(true);
        if (open) setAt(Math.min(at + 1, most));
        break;
      case 'ArrowUp':
        if (!open) return;
        setAt(Math.max(0, at - 1));
        break;
      case 'Enter': {
        // Of what is written now, which the list may not show yet.
        const now = open ? endOptions(topology, services, side, written)[chosen] : undefined;
        if (now === undefined) {
          setListed(false);
          onEnter();
        } else take(now);
        break;
      }
      case 'Escape':
        if (open) setListed(false);
        else onEscape();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="trace-end" data-side={side}>
      <input
        ref={input}
        className="input mono"
        role="combobox"
        aria-label={traceStrings[side]}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        {...(open && chosen >= 0 ? { 'aria-activedescendant': `${listId}-${String(chosen)}` } : {})}
        spellCheck={false}
        autoComplete="off"
        maxLength={512}
        placeholder={
          byDefault === '' ? (side === 'from' ? traceStrings.fromHint : traceStrings.toHint) : byDefault
        }
        title={written === '' ? byDefault : written}
        data-standing={written === '' && byDefault !== ''}
        value={written}
        data-testid={`trace-${side}`}
        onChange={(event) => {
          setListed(true);
          setAt(0);
          onWrite(event.target.value);
        }}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
        onClick={() => {
          setListed(true);
        }}
        onBlur={() => {
          setListed(false);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul
        id={listId}
        className="menu trace-options"
        role="listbox"
        aria-label={traceStrings.options}
        hidden={!open}
        data-testid={`trace-${side}-options`}
      >
        {options.map((option, index) => (
          <Option
            key={option.end}
            id={`${listId}-${String(index)}`}
            option={option}
            chosen={index === chosen}
            onTake={take}
          />
        ))}
      </ul>
    </div>
  );
}

function Option({
  id,
  option,
  chosen,
  onTake,
}: {
  readonly id: string;
  readonly option: EndOption;
  readonly chosen: boolean;
  readonly onTake: (option: EndOption) => void;
}): ReactNode {
  const Icon = icons[option.kind];
  return (
    <li
      id={id}
      ref={(element) => {
        if (chosen) element?.scrollIntoView({ block: 'nearest' });
      }}
      className="menu-item"
      role="option"
      aria-selected={chosen}
      {...(chosen ? { 'data-highlighted': '' } : {})}
      // Before the box loses its focus.
      onMouseDown={(event) => {
        event.preventDefault();
        onTake(option);
      }}
    >
      <Icon size={13} aria-hidden />
      <span className="visually-hidden">{traceStrings.kinds[option.kind]}</span>
      <span className="mono truncate">{option.title}</span>
      <span className="trace-option-aside mono">{option.aside}</span>
    </li>
  );
}
