// The real etcd of the lab's master in the window: keys, Calico's JSON, the command to run by hand.
import { expect, test } from './fixtures/test.ts';

test('etcd’s keys as a tree, Calico’s JSON beside it, no Secret, and the classic command in a terminal', async ({
  program,
}) => {
  const { page } = program;
  await page.getByTestId('dock-tab-etcd').click();
  const tree = page.getByTestId('etcd-tree');
  const filter = page.getByTestId('etcd').getByRole('searchbox');
  await expect(tree).toBeVisible();
  const command = page.getByTestId('etcd-command').first();
  await expect(command).toHaveText(
    'ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key get / --prefix --keys-only',
  );

  await filter.fill('ippools');
  await tree.getByRole('treeitem', { name: 'default-ipv4-ippool' }).click();
  await expect(page.getByTestId('etcd-json')).toContainText('"cidr": "192.168.0.0/16"');

  // By the keyboard alone, to a key of Kubernetes' own.
  await filter.fill('secrets');
  await expect(tree.getByRole('treeitem')).toHaveCount(2);
  await tree.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('etcd-no-value')).toContainText('hold Secrets');

  await page.getByTestId('etcd-terminal').first().click();
  await expect(page.getByTestId('dock-tab-terminals')).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('.xterm-rows').last()).toContainText('--keys-only');
  await page.keyboard.press('Enter');
  await expect(page.locator('.xterm-rows').last()).toContainText(
    '/registry/services/specs/default/kubernetes',
  );
});
