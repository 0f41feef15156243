import { expect, it } from 'vitest';
import { sendAlone, useSending } from './sending.ts';

it('one at a time is sent, also after one that failed', async () => {
  let fail: (cause: Error) => void = () => undefined;
  const first = sendAlone(
    () =>
      new Promise<number>((_resolve, reject) => {
        fail = reject;
      }),
  );
  expect(useSending.getState().underWay).toBe(true);
  expect(sendAlone(() => Promise.resolve(2))).toBeNull();
  fail(new Error('the node is gone'));
  await expect(first).rejects.toThrow('the node is gone');
  expect(useSending.getState().underWay).toBe(false);
  await expect(sendAlone(() => Promise.resolve(3))).resolves.toBe(3);
});
