import type { ReactNode } from 'react';
import { plainLines, plainText } from '../../../app/plain-text.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EtcdCommand } from './etcd-command.tsx';
import { useEtcd } from './etcd-state.ts';
import { etcdStrings } from './strings.ts';

/** The JSON of the chosen key, or why it is not shown. */
export function EtcdValueView(): ReactNode {
  const key = useEtcd((state) => state.selected);
  return (
    <section className="etcd-value" aria-label={etcdStrings.value}>
      {key === null ? <p className="dim">{etcdStrings.choose}</p> : <Chosen name={key} />}
    </section>
  );
}

function Chosen({ name }: { readonly name: string }): ReactNode {
  const value = useEtcd((state) => state.value);
  const node = useEtcd((state) => state.page?.node ?? null);
  const command = value?.command ?? null;
  return (
    <>
      <h3 className="mono selectable">{plainText(name)}</h3>
      {command === null ? null : <EtcdCommand node={node} command={command} />}
      {value === null ? <p className="dim">{etcdStrings.readingValue}</p> : null}
      {value?.ok === false ? (
        <p className="dim" data-testid="etcd-no-value">
          {plainText(value.sentence)}
        </p>
      ) : null}
      {value?.ok === true ? (
        <div className="etcd-json">
          <pre className="selectable" data-testid="etcd-json" tabIndex={0}>
            {plainLines(value.json)}
          </pre>
          <CopyButton text={value.json} label={etcdStrings.copyValue} worded />
        </div>
      ) : null}
    </>
  );
}
