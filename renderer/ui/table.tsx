// The table of the dock's tabs: heads that stay in sight, widths and numbers by column.
import type { ReactNode } from 'react';
import './table.css';

export interface Column {
  readonly name: string;
  /** In CSS; columns without one share what is left. */
  readonly width?: string;
  /** Numbers stand in it: the head is above their last digit. */
  readonly number?: boolean;
}

export function Table({
  label,
  columns,
  testId,
  className = '',
  rowCount,
  children,
}: {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly testId?: string;
  readonly className?: string;
  /** Where only the rows in sight are there (VirtualRows): how many there are. */
  readonly rowCount?: number;
  /** One tbody or several. */
  readonly children: ReactNode;
}): ReactNode {
  return (
    <table
      className={`table ${className}`}
      aria-label={label}
      data-testid={testId}
      // The head is a row, too.
      {...(rowCount === undefined ? {} : { 'aria-rowcount': rowCount + 1 })}
    >
      <colgroup>
        {columns.map(({ name, width }) => (
          <col key={name} style={width === undefined ? {} : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ name, number }) => (
            <th key={name} scope="col" className={number === true ? 'number' : ''}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}
