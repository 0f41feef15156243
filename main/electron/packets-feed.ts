// The watch's stream to the page: how it is doing, and the rows of the page's window.
import {
  packetsFromPageSchema,
  type PacketWindow,
  type PacketsMessage,
  type WatchView,
} from '../../app/contract/watch.ts';
import type { Watch } from '../engine/watch.ts';
import type { FeedPort } from './feed-port.ts';
import { WindowFeed } from './window-feed.ts';

export type PacketsSource = Pick<Watch, 'view' | 'subscribe' | 'rows'>;
export type PacketsFeed = WindowFeed<WatchView, PacketWindow, PacketsMessage>;

export function packetsFeed(watch: PacketsSource, port: FeedPort): PacketsFeed {
  return new WindowFeed<WatchView, PacketWindow, PacketsMessage>(port, {
    // Some windows of the largest size (500 rows); an ordinary screen is a tenth of one.
    windowBytes: 512 * 1024,
    // 30 messages a second, as many as an eye can use.
    pauseMs: 66,
    fromPage: packetsFromPageSchema,
    subscribe: (listener) => watch.subscribe(listener),
    view: () => watch.view,
    toldView: (view) => ({ type: 'watch', view }),
    showsSame: (before, now) => before === now,
    // A run's first packets.
    isAwaited: (now, before) =>
      now.packets.total > 0 && (before?.run !== now.run || before.packets.total === 0),
    look: async (window) => {
      const rows = await watch.rows(window);
      // A filter that has not looked at all packets goes on.
      return { message: { type: 'rows', rows }, more: rows.scanned < rows.toScan };
    },
    failed: 'the rows of packets could not be read',
  });
}
