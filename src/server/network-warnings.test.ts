import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { type CertificateWishes, makeCertificate } from "../../tests/support/make-certificate.ts";
import { networkWarnings } from "./network-warnings.ts";

const plain = { host: "127.0.0.1", publicUrl: undefined, tlsCert: undefined, trustedProxy: [] };
const behindProxy = { ...plain, publicUrl: "https://chat.example.org", trustedProxy: ["loopback"] };
const withTls = { ...plain, host: "0.0.0.0", tlsCert: "/cert.pem", publicUrl: "https://chat.example.org" };

const warningsOf = (settings: Parameters<typeof networkWarnings>[0]) =>
  networkWarnings(settings, undefined, Date.now());

function withCertificate(wishes: CertificateWishes): string[] {
  return networkWarnings(withTls, new X509Certificate(makeCertificate(wishes).cert), Date.now());
}

test.each([
  ["plain HTTP on this machine alone", plain],
  ["plain HTTP behind a trusted proxy with TLS", behindProxy],
  ["TLS of its own", withTls],
])("%s gives no reason to warn", (_what, settings) => {
  expect(warningsOf(settings)).toEqual([]);
});

test.each([
  ["plain HTTP for other machines", { ...plain, host: "0.0.0.0" }, /can read passwords and chats.*--tls-cert/],
  ["plain HTTP past the proxy", { ...behindProxy, host: "0.0.0.0" }, /past the proxy.*leave --host out/],
  ["a proxy that is not trusted", { ...behindProxy, trustedProxy: [] }, /counts as one client.*--trusted-proxy/],
])("%s is warned of once, with what to do", (_what, settings, sentence) => {
  expect(warningsOf(settings)).toEqual([expect.stringMatching(sentence)]);
});

test("a certificate for other names, and one that ends soon, are warned of", () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 60_000);
  expect(withCertificate({ names: ["chat.example.org"] })).toEqual([]);
  expect(withCertificate({ names: ["a.example", "b.example"] })).toEqual([
    "The certificate is for a.example, b.example and not for chat.example.org: browsers will refuse it. Get one with that name.",
  ]);
  expect(withCertificate({ names: ["chat.example.org"], validTo: inDays(3) })).toEqual([
    "The certificate expires in 3 days. Renew it; the new one is taken up without a restart.",
  ]);
});
