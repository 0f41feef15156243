// Serves the window on a made-up cluster: `npx vite --config renderer/dev/vite.config.ts`.
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  server: {
    // A picture being judged must not reload because somebody saved a file.
    hmr: false,
    watch: null,
    host: '127.0.0.1',
    port: 5199,
    strictPort: true,
    fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] },
  },
  cacheDir: fileURLToPath(new URL('../../node_modules/.vite-renderer-dev', import.meta.url)),
});
