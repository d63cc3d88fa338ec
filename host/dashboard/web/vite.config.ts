/// <reference types="node" />
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";

// `npm run dev` serves the sources and asks a running host for data: AUTOBOT_HOST=http://127.0.0.1:9091 npm run dev
const host = process.env["AUTOBOT_HOST"] ?? "http://127.0.0.1:9090";

export default defineConfig({
  // Relative, so that the page works under any path that a proxy puts it.
  base: "./",
  plugins: [solid()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    // The policy of the server allows no `data:` scripts or fonts; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The host answers only pages of its own origin.
    proxy: {
      "/api": {
        target: host,
        changeOrigin: true,
        ws: true,
        rewriteWsOrigin: true,
        configure: proxy => {
          proxy.on("proxyReq", request => request.hasHeader("origin") && request.setHeader("origin", new URL(host).origin));
        },
      },
    },
  },
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
  },
});
