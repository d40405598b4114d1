// Which addresses a connection of ours may go to. A list of what is allowed, so that an address nobody thought of is
// refused; what carries an IPv4 address inside is judged by that one.
import ipaddr from "ipaddr.js";
import type { ReasonCode } from "../../contract/reasons.ts";

/**
 * `public`: an address that came from outside (a link, an answer): only the public internet. `named`: one that an admin or
 * the command line named: also this machine and the networks around it.
 */
export type Reach = "public" | "named";

export type AddressPlace = "public" | "inside";

type Judgement = { readonly place: AddressPlace } | { readonly refused: ReasonCode };

/** Of clouds: whoever reaches them can act as the machine. Most are link-local; these are not. */
const metadataAddresses = ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"].map(
  (address) => ipaddr.parse(address).toNormalizedString(),
);

const insideRanges: readonly string[] = ["loopback", "private", "uniqueLocal", "carrierGradeNat"];

/** IPv6 ranges that hold an IPv4 address, and where in the 16 bytes it is. */
const carriers: readonly { readonly range: [string, number]; readonly at: number }[] = [
  { range: ["::ffff:0:0", 96], at: 12 },
  { range: ["64:ff9b::", 96], at: 12 },
];

/** Where `address` is, or why nothing of ours connects to it. `address` is what a resolver answers, or an IP literal. */
export function judgeAddress(address: string, reach: Reach): Judgement {
  if (!ipaddr.isValid(address) || address.includes("%")) return { refused: "address_uncheckable" };
  const parsed = carried(ipaddr.parse(address));
  if (metadataAddresses.includes(parsed.toNormalizedString())) return { refused: "address_of_cloud" };
  const range = parsed.range();
  if (range === "unicast" && isGlobal(parsed)) return { place: "public" };
  if (!insideRanges.includes(range)) return { refused: describeRange(range) };
  return reach === "named" ? { place: "inside" } : { refused: "address_inside" };
}

/** Of IPv6 only this part is given out to networks; the rest, old forms with an IPv4 address inside too, is nowhere. */
function isGlobal(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === "ipv4" || address.match(ipaddr.parse("2000::"), 3);
}

function carried(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === "ipv4") return address;
  const carrier = carriers.find(({ range: [start, bits] }) => address.match(ipaddr.parse(start), bits));
  return carrier ? ipaddr.fromByteArray(address.toByteArray().slice(carrier.at, carrier.at + 4)) : address;
}

function describeRange(range: string): ReasonCode {
  const words: Readonly<Record<string, ReasonCode>> = {
    linkLocal: "address_link_local",
    multicast: "address_group",
    broadcast: "address_group",
    unspecified: "address_none",
  };
  return words[range] ?? "address_not_public";
}
