import type { ReactNode } from 'react';

export type TagTone = 'plain' | 'ok' | 'warn' | 'bad' | 'bgp';

export function Tag({
  tone = 'plain',
  title,
  children,
}: {
  readonly tone?: TagTone;
  readonly title?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className={`tag ${tone}`} title={title}>
      {children}
    </span>
  );
}
