// A node's packet filters in the window: the way of a packet, a chain's rules with what the node printed, a Service's endpoints.
import { expect, test } from './fixtures/test.ts';
import { choose, inspectorOf } from './fixtures/window-page.ts';

test('from a node to its chains, from a chain to the policy behind it, and from a Service to its endpoints', async ({
  program,
}) => {
  const { page } = program;
  await choose(page, 'node-k8s-worker-1');
  await inspectorOf(page).getByRole('button', { name: 'Firewall' }).click();
  const view = page.getByTestId('firewall');
  await expect(view.getByRole('combobox')).toHaveValue('k8s-worker-1');
  await expect(view.getByTestId('firewall-step-filter-FORWARD')).toBeVisible();

  await view.getByRole('searchbox').fill('web-1');
  const chains = view.getByRole('button', { name: /^cali-tw-/ });
  // All of them are there until the answer to the search is.
  await expect(chains).toHaveCount(1);
  await chains.click();
  const chain = view.getByTestId('firewall-chain');
  await expect(chain).toContainText('Pod default/web-1');
  await chain.getByRole('button', { name: /^cali-pi-/ }).click();
  await expect(chain).toContainText('NetworkPolicy default/allow-cluster');
  await expect(chain.getByRole('button', { name: 'Back to the overview' })).toBeFocused();
  await chain.getByRole('button', { name: 'What the node printed' }).click();
  await expect(chain.locator('pre')).toContainText('Policy default/knp.default.allow-cluster ingress');

  // By the keyboard alone: one stands on the way back, and Escape is it.
  await page.keyboard.press('Escape');
  await expect(chain).toHaveCount(0);

  await view.getByRole('button', { name: 'Services' }).click();
  await view.getByRole('searchbox').fill('default/web');
  const services = view.getByTestId('firewall-services');
  await expect(services).toContainText('10.96.7.7:80/tcp');
  await expect(services.getByRole('row', { name: /192\.168\.2\.2:8080/ }).first()).toContainText('50 %');
});
