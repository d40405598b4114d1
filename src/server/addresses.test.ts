import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { addressesOf } from "./addresses.ts";

function anAddress(address: string, internal = false): NetworkInterfaceInfo {
  const rest = { netmask: "", mac: "", internal, cidr: null };
  return address.includes(":")
    ? { address, family: "IPv6", scopeid: 0, ...rest }
    : { address, family: "IPv4", ...rest };
}

const interfaces = {
  lo: [anAddress("127.0.0.1", true), anAddress("::1", true)],
  lan: [anAddress("192.168.1.20"), anAddress("fd00::7"), anAddress("fe80::1"), anAddress("169.254.3.4")],
  vpn: [anAddress("10.8.0.2")],
};

test.each([
  ["127.0.0.1", []],
  ["localhost", []],
  ["::1", []],
  ["0.0.0.0", ["http://192.168.1.20:3210", "http://10.8.0.2:3210"]],
  ["::", ["http://192.168.1.20:3210", "http://[fd00::7]:3210", "http://10.8.0.2:3210"]],
])("a server that listens on %s tells others %j", (host, expected) => {
  expect(addressesOf({ host, publicUrl: undefined }, "http://localhost:3210", interfaces)).toEqual(expected);
});

test("the usual port of a scheme is not named", () => {
  const host = "0.0.0.0";
  expect(addressesOf({ host, publicUrl: undefined }, "http://localhost", interfaces)[0]).toBe("http://192.168.1.20");
});

test("a server on one address of a network tells that one, with its scheme", () => {
  const url = "https://192.168.1.20:8443";
  expect(addressesOf({ host: "192.168.1.20", publicUrl: undefined }, url, interfaces)).toEqual([url]);
});

test("where there is a public URL, nobody needs to know another", () => {
  const publicUrl = "https://chat.example.org";
  expect(addressesOf({ host: "0.0.0.0", publicUrl }, "http://localhost:3210", interfaces)).toEqual([publicUrl]);
});
