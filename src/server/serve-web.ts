// The web app's files. What has a hash in its name never changes; every page of the app is the same index.html.
import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../platform/errors.ts";

/** `folder` is what the build made; without it the API works and pages answer route_not_found. */
export async function serveWeb(app: FastifyInstance, folder: string | null): Promise<void> {
  const isBuilt = folder !== null && existsSync(join(folder, "index.html"));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      // A page that was opened before the last build still asks for that build's parts.
      root: [folder, `${folder}-before`],
      suppressWarning: true,
      index: "index.html",
      preCompressed: true,
      cacheControl: false,
      setHeaders(reply, file) {
        void reply.header(
          "cache-control",
          file.includes(`${sep}assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache",
        );
      },
    });
  }
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    if (isBuilt && isPage(request)) {
      return reply.sendFile("index.html");
    }
    throw new AppError("route_not_found");
  });
}

function isPage(request: FastifyRequest): boolean {
  const [path = ""] = request.url.split("?");
  const isNoPage = /^\/(api|v1|assets)(\/|$)/.test(path);
  const isFile = /\.[a-z0-9]{2,5}$/i.test(path);
  return (request.method === "GET" || request.method === "HEAD") && !isNoPage && !isFile;
}
