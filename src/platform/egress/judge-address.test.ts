import { describe, expect, test } from "vitest";
import type { Reach } from "./judge-address.ts";
import { resolveTarget } from "./resolve-target.ts";

/** What becomes of each spelling, for `public` and for `named`; + goes through, - is refused. */
const cases: Readonly<Record<string, readonly string[]>> = {
  "++": [
    "8.8.8.8",
    "1.1.1.1",
    "134744072",
    "0x08080808",
    "010.010.010.010",
    "8.8.2056",
    "%38.8.8.8",
    "8。8。8。8",
    "8.8.8.8.",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "169.253.255.255",
    "169.255.0.1",
    "192.167.1.1",
    "223.255.255.254",
    "[2606:4700::1111]",
    "[2001:4860:4860::8888]",
    "[2A00:1450:4001::1]",
    "[::ffff:8.8.8.8]",
    "[::ffff:808:808]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b::808:808]",
  ],
  "-+": [
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.01",
    "127.0x0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1.",
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "0xa000001",
    "012.1",
    "172.16.0.1",
    "172.31.255.255",
    "0xac100001",
    "192.168.0.1",
    "192.168.65535",
    "3232235521",
    "0300.0250.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::0:1]",
    "[::0.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a00:1]",
    "[::ffff:192.168.1.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::c0a8:101]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fdff:ffff::1]",
  ],
  "--": [
    "169.254.169.254",
    "169.254.0.1",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "0xa9.0xfe.0xa9.0xfe",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[::169.254.169.254]",
    "[fd00:ec2::254]",
    "[fd00:0ec2:0:0:0:0:0:0254]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "0",
    "0x0",
    "0.1.2.3",
    "[::]",
    "[::ffff:0.0.0.0]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "4294967295",
    "240.0.0.1",
    "[ff02::1]",
    "[ff0e::1]",
    "[fe80::1]",
    "[febf::1]",
    "[::ffff:224.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2002:808:808::1]",
    "[2001:0:53aa:64c::1]",
    "[64:ff9b:1::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[fec0::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[4000::1]",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
  ],
};

async function isReached(spelling: string, reach: Reach): Promise<boolean> {
  const never = () => Promise.reject(new Error("a literal was looked up"));
  return resolveTarget(`https://${spelling}/v1`, reach, never).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== "address_not_allowed") throw error;
      return false;
    },
  );
}

for (const [outcome, spellings] of Object.entries(cases)) {
  describe(`${outcome[0] === "+" ? "reached" : "refused"} from outside, ${outcome[1] === "+" ? "reached" : "refused"} when named`, () => {
    test.each(spellings)("%s", async (spelling) => {
      expect(
        `${(await isReached(spelling, "public")) ? "+" : "-"}${(await isReached(spelling, "named")) ? "+" : "-"}`,
      ).toBe(outcome);
    });
  });
}

describe("a name", () => {
  const answering =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const resolved = (url: string, reach: Reach, ...addresses: string[]) =>
    resolveTarget(url, reach, answering(...addresses));

  test("is refused when one of its addresses is, whichever comes first", async () => {
    await expect(resolved("https://a.example", "public", "8.8.8.8", "127.0.0.1")).rejects.toThrow(
      "inside this network",
    );
    await expect(resolved("https://a.example", "named", "fe80::1", "8.8.8.8")).rejects.toThrow("link-local");
    await expect(resolved("https://a.example", "named", "fe80::1%eth0")).rejects.toThrow(
      "no address that can be checked",
    );
    await expect(resolved("https://a.example", "public")).rejects.toThrow("has no address");
  });

  test("with an address inside may be asked without TLS, one outside may not", async () => {
    const inside = await resolved("http://gpu.example:8000/v1", "named", "10.0.0.7");
    expect(inside.addresses).toEqual([{ address: "10.0.0.7", family: 4 }]);
    await expect(resolved("http://a.example", "named", "8.8.8.8")).rejects.toThrow("write https://");
    await expect(resolved("http://a.example", "named", "10.0.0.7", "8.8.8.8")).rejects.toThrow("write https://");
  });
});

test.each([
  "file:///etc/passwd",
  "ftp://8.8.8.8/",
  "gopher://8.8.8.8",
  "https://ana:pw@8.8.8.8/",
  "8.8.8.8",
  "",
  "https://",
  "javascript:1",
])("%s is no address to connect to", async (url) => {
  await expect(resolveTarget(url, "named", async () => [])).rejects.toMatchObject({ code: "address_not_allowed" });
});
