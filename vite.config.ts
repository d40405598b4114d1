import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const serverPort = process.env["SHOBAR_DEV_PORT"] ?? "3000";
const server = `http://127.0.0.1:${serverPort}`;

export default defineConfig({
  plugins: [react(), tailwind()],
  publicDir: "src/web/public",
  build: {
    outDir: "dist/web",
    emptyOutDir: true,
    target: ["chrome123", "firefox128", "safari18"],
    // Fonts and pictures stay files: the content security policy refuses data: fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The grammar of C++ is the largest file and comes only with C++ code; what a first visit loads has its own test.
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": server, "/v1": server } },
});
