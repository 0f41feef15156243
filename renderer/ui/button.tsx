import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Look = 'plain' | 'primary' | 'danger' | 'quiet';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look;
  readonly small?: boolean;
}

export function Button({ look = 'plain', small = false, className = '', ...rest }: ButtonProps): ReactNode {
  return <button type="button" className={`button ${look} ${small ? 'small' : ''} ${className}`} {...rest} />;
}

/** A button that is only a picture; its label is read out and shown on hover. */
export function IconButton({
  label,
  className = '',
  look = 'quiet',
  ...rest
}: ButtonProps & { readonly label: string }): ReactNode {
  return <Button look={look} className={`icon ${className}`} aria-label={label} title={label} {...rest} />;
}
