import { type ReactNode, useEffect, useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { copyText } from '../state/clipboard.ts';
import { Button, IconButton } from './button.tsx';
import { copyStrings } from './strings.ts';

/** How long the tick says that it worked. */
const THANKS_MS = 1_500;

export function CopyButton({
  text,
  label,
  worded = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly worded?: boolean;
}): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, THANKS_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  const onClick = (): void => {
    copyText(text);
    setCopied(true);
  };
  const icon = copied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />;
  if (worded) {
    return (
      <Button look="quiet" small onClick={onClick} title={label}>
        {icon} {copied ? copyStrings.copied : copyStrings.copy}
      </Button>
    );
  }
  return (
    <IconButton label={label} small onClick={onClick}>
      {icon}
    </IconButton>
  );
}
