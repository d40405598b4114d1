// Under which addresses other people can open this server.
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { Config } from "../platform/config/config.ts";

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** `url` is the one that this machine opens: its scheme and port are those of all. */
export function addressesOf(
  { publicUrl, host }: Pick<Config, "publicUrl" | "host">,
  url: string,
  interfaces: Interfaces = networkInterfaces(),
): string[] {
  if (publicUrl !== undefined) {
    return [publicUrl];
  }
  const { protocol, port } = new URL(url);
  const opened = (name: string): string => `${protocol}//${name}${port === "" ? "" : `:${port}`}`;
  if (host !== "0.0.0.0" && host !== "::") {
    return isLoopback(host) ? [] : [url];
  }
  return Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && isForPeople(address))
    .filter(({ family }) => family === "IPv4" || host === "::")
    .map(({ address, family }) => opened(family === "IPv6" ? `[${address}]` : address));
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Addresses that name their network card (fe80::) cannot be typed into a browser. */
function isForPeople(address: string): boolean {
  return !/^fe[89ab]/i.test(address) && !address.startsWith("169.254.");
}
