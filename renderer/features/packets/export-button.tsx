import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Download } from 'lucide-react';
import { call, sentenceOf } from '../../bridge/call.ts';
import { countText } from '../../state/text.ts';
import { tell } from '../../state/ui.ts';
import { Button } from '../../ui/button.tsx';
import { packetsStrings } from './strings.ts';

const choices = [
  { payload: false, text: packetsStrings.headersOnly, why: packetsStrings.headersOnlyWhy },
  { payload: true, text: packetsStrings.withPayload, why: packetsStrings.withPayloadWhy },
];

export function ExportButton({ disabled }: { readonly disabled: boolean }): ReactNode {
  const [busy, setBusy] = useState(false);
  const run = (payload: boolean): void => {
    setBusy(true);
    void exportCase(payload).finally(() => {
      setBusy(false);
    });
  };
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button
          small
          title={packetsStrings.exportTitle}
          data-testid="export-case"
          disabled={disabled || busy}
        >
          <Download size={12} aria-hidden /> {busy ? packetsStrings.exporting : packetsStrings.export}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu export-menu" align="end" side="top" sideOffset={5}>
          {choices.map(({ payload, text, why }) => (
            <DropdownMenu.Item
              key={text}
              className="menu-item"
              data-testid={payload ? 'export-payload' : 'export-headers'}
              onSelect={() => {
                run(payload);
              }}
            >
              <span>
                {text}
                <span className="export-why">{why}</span>
              </span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

async function exportCase(payload: boolean): Promise<void> {
  try {
    const answer = await call('case.export', { payload });
    if (answer.ok) {
      tell('info', packetsStrings.exported(countText(answer.packets, 'packet', 'packets'), answer.file));
    } else if (answer.sentence !== '') tell('error', answer.sentence);
  } catch (error) {
    tell('error', sentenceOf(error));
  }
}
