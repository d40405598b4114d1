import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Config } from "../platform/config/config.ts";
import { AppError } from "../platform/errors.ts";

/** Answers the server's address as this machine opens it. Throws port_taken, address_unavailable. */
export async function listen(
  app: FastifyInstance,
  { host, port, tlsCert }: Pick<Config, "host" | "port" | "tlsCert">,
): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: () => "listening" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "EADDRINUSE"
      ? new AppError("port_taken", { port }, { cause: error })
      : new AppError(
          "address_unavailable",
          { host, problem: addressProblems[code ?? ""] ?? message },
          { cause: error },
        );
  }
  const address = app.server.address() as AddressInfo;
  return `${tlsCert === undefined ? "http" : "https"}://${reachableName(host)}:${address.port}`;
}

const addressProblems: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "it belongs to no network interface here",
  ENOTFOUND: "no such name is known",
  EAI_AGAIN: "the name cannot be looked up",
  EACCES: "ports below 1024 need more rights",
};

/** An address that stands for all interfaces is none that a browser can open. */
function reachableName(host: string): string {
  if (host === "0.0.0.0" || host === "::") {
    return "localhost";
  }
  return host.includes(":") ? `[${host}]` : host;
}
