// From an address as somebody wrote it to the machines that a connection may go to. The name is looked up once; what is
// connected to is what was judged.
import { isIP } from "node:net";
import { lookup } from "node:dns/promises";
import { type ReasonCode, sayReason } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";
import { type AddressPlace, judgeAddress, type Reach } from "./judge-address.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

export const resolveBySystem: Resolve = (name) => lookup(name, { all: true, verbatim: true });

export interface Target {
  readonly url: URL;
  /** Without the brackets of an IPv6 address. */
  readonly name: string;
  readonly addresses: readonly ResolvedAddress[];
  /** Of each. */
  readonly places: readonly AddressPlace[];
}

/**
 * Many networks with a proxy know no names outside: where one `mayBeBeyond` and cannot be looked up, it has no addresses and
 * is the proxy's to find. Throws AppError address_not_allowed, or what `resolve` throws.
 */
export async function resolveTarget(
  address: string | URL,
  reach: Reach,
  resolve: Resolve,
  { mayBeBeyond } = { mayBeBeyond: false },
): Promise<Target> {
  const url = readUrl(address);
  // The URL parser has turned every spelling of an IPv4 address (octal, hex, one number) into four decimal ones.
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const refuse = (reason: ReasonCode): never => {
    throw notAllowed(url.host, reason);
  };
  if (name === "") refuse("address_no_machine");
  const family = isIP(name);
  const find = () => (mayBeBeyond ? resolve(name).catch(() => []) : resolve(name));
  const addresses = family === 0 ? await find() : [{ address: name, family }];
  const places = addresses.map((each) => {
    const judged = judgeAddress(each.address, reach);
    return "refused" in judged ? refuse(judged.refused) : judged.place;
  });
  if (places.length === 0 && !mayBeBeyond) refuse("address_no_address");
  if (url.protocol === "http:" && !isSafeInPlain(places)) {
    refuse("address_readable_on_way");
  }
  return { url, name, addresses, places };
}

function isSafeInPlain(places: readonly AddressPlace[]): boolean {
  return places.every((place) => place === "inside");
}

function readUrl(address: string | URL): URL {
  const url = typeof address === "string" && !URL.canParse(address) ? null : new URL(address);
  if (!url) throw notAllowed("this", "address_not_web");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw notAllowed(url.host, "address_not_https");
  }
  if (url.username !== "" || url.password !== "") {
    throw notAllowed(url.host, "address_with_password");
  }
  return url;
}

export function notAllowed(host: string, reason: ReasonCode): AppError {
  return new AppError("address_not_allowed", { host, reason: sayReason(reason), reasonCode: reason });
}
