import { type ReactNode, useMemo } from 'react';
import { MessagesSquare, X } from 'lucide-react';
import { useWatchState } from '../../state/watch.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { BytesView } from './bytes-view.tsx';
import { CopyMenu } from './copy-menu.tsx';
import { closeDetail, useDetail } from './detail-state.ts';
import { DetailTree } from './detail-tree-view.tsx';
import { detailStrings } from './detail-strings.ts';
import { followStream } from './stream/followed.ts';
import { streamStrings } from './stream/stream-strings.ts';
import './packet-detail.css';

/** The selected packet in full: its fields, its bytes, and which of these are whose. */
export function PacketDetailPane(): ReactNode {
  const packet = useDetail((state) => state.packet);
  const detail = useDetail((state) => state.detail);
  const trouble = useDetail((state) => state.trouble);
  const shown = detail !== null && detail.number === packet?.row.number && detail.run === packet.run;
  return (
    <section
      className="packet-detail"
      aria-label={detailStrings.label}
      aria-busy={!shown && trouble === null}
      data-testid="packet-detail"
      data-number={shown ? detail.number : undefined}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        closeDetail();
        document.querySelector<HTMLElement>('.packets-table')?.focus();
      }}
    >
      <DetailHead />
      {trouble === null ? null : (
        <p className="detail-trouble" role="status">
          {trouble === 'left' ? detailStrings.leftUnread : trouble.sentence}
        </p>
      )}
      {detail === null ? null : (
        <div className={`detail-parts ${shown ? '' : 'before'}`}>
          <DetailTree detail={detail} />
          <BytesView detail={detail} />
        </div>
      )}
    </section>
  );
}

function DetailHead(): ReactNode {
  const packet = useDetail((state) => state.packet);
  const detail = useDetail((state) => state.detail);
  const point = useWatchState(
    ({ view }) => view.vantagePoints.find(({ id }) => id === packet?.row.vantagePoint)?.label,
  );
  const left = useWatchState(
    ({ view }) => packet !== null && packet.row.number <= view.packets.total - view.packets.kept,
  );
  const captured = useMemo(
    () => (packet === null ? null : detailStrings.captured(packet.row.captured, packet.row.length)),
    [packet],
  );
  if (packet === null) return null;
  const { row } = packet;
  return (
    <header className="detail-head">
      <b>{detailStrings.packet(row.number)}</b>
      <span className="dim truncate detail-what" title={row.summary}>
        {row.protocol}
        {point === undefined ? '' : ` · ${point}`}
      </span>
      <span
        className={`detail-captured ${row.captured < row.length ? 'warn' : 'faint'}`}
        title={row.captured < row.length ? detailStrings.cutTitle(row.captured, row.length) : undefined}
      >
        {captured}
      </span>
      {left ? (
        <span className="tag warn" title={detailStrings.leftTitle}>
          {detailStrings.left}
        </span>
      ) : null}
      <span className="grow" />
      {row.transport === 'tcp' ? (
        <Button
          small
          look="quiet"
          title={streamStrings.follow}
          data-testid="detail-follow"
          onClick={() => {
            followStream(row.number);
          }}
        >
          <MessagesSquare size={12} aria-hidden /> {streamStrings.followShort}
        </Button>
      ) : null}
      {detail === null ? null : <CopyMenu detail={detail} />}
      <IconButton label={detailStrings.close} small onClick={closeDetail}>
        <X size={13} aria-hidden />
      </IconButton>
    </header>
  );
}
