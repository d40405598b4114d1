// Asks the server for a stream at an address, as a browser would, and answers it once its beginning has come through.
import { randomBytes } from "node:crypto";
import type { Egress, EgressRequest, EgressResponse } from "../../platform/egress/egress.ts";
import { AppError } from "../../platform/errors.ts";
import { answerStreamCheck, followStreamCheck, type StreamCheckEvent } from "../../server/stream-check-contract.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const limitMs = 20_000;
const timeouts = { connectMs: 8_000, firstByteMs: 10_000, idleMs: 10_000 };

/** `name` says which address it is; the last finding compares the clocks where the answer had a date. */
export async function checkStream(
  egress: Egress,
  name: string,
  address: string,
  now: () => number,
): Promise<Finding[]> {
  const request = { reach: "named", signal: AbortSignal.timeout(limitMs), timeouts } as const;
  const nonce = randomBytes(18).toString("base64url");
  try {
    const response = await egress.request(`${address}${followStreamCheck.path}?nonce=${nonce}`, {
      ...request,
      method: "GET",
    });
    const others = [...checkCertificateEnd(response.certificateEndsAt, now()), ...compareClock(response, now())];
    const { isServer, events } = await readEvents(egress, address, nonce, response, request);
    return [
      ...(isServer ? streamFindings(name, address, events) : [notOurs(name, address, response.status)]),
      ...others,
    ];
  } catch (error) {
    return [fail(name, problemOf(error), adviceFor(error))];
  }
}

const dayMs = 86_400_000;
const renewWithinDays = 14;

function checkCertificateEnd(endsAt: number | null, now: number): Finding[] {
  if (endsAt === null) {
    return [];
  }
  const days = Math.floor((endsAt - now) / dayMs);
  const found = `valid for ${days} more days`;
  return [
    days < renewWithinDays
      ? warn("Certificate", found, "Renew it, and look why it was not renewed by itself.")
      : ok("Certificate", found),
  ];
}

interface StreamSeen {
  readonly isServer: boolean;
  readonly events: readonly StreamCheckEvent[];
}

async function readEvents(
  egress: Egress,
  address: string,
  nonce: string,
  response: EgressResponse,
  request: Omit<EgressRequest, "method">,
): Promise<StreamSeen> {
  const isServer = response.status === 200 && String(response.headers["content-type"]).startsWith("text/event-stream");
  const events: StreamCheckEvent[] = [];
  if (!isServer) {
    return { isServer, events };
  }
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data === undefined) continue;
      events.push(JSON.parse(data) as StreamCheckEvent);
      if (events.length === 1) await answer(egress, address, nonce, request);
    }
  }
  return { isServer, events };
}

async function answer(
  egress: Egress,
  address: string,
  nonce: string,
  request: Omit<EgressRequest, "method">,
): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ nonce });
  const answered = await egress.request(`${address}${answerStreamCheck.path}`, {
    ...request,
    method: "POST",
    headers,
    body,
  });
  for await (const _ of answered.body);
}

function streamFindings(name: string, address: string, events: readonly StreamCheckEvent[]): Finding[] {
  const last = events.at(-1);
  if (last?.step !== "heard") {
    return [
      fail(
        name,
        `${address} holds streams back: the beginning arrived only with the end`,
        "Turn off buffering in the proxy. nginx: proxy_buffering off (docs/network.md).",
      ),
    ];
  }
  if (address.startsWith("https:") && last.protocol === "http") {
    return [
      ok(name, `${address} streams`),
      warn(
        "Proxy",
        "the server does not believe the proxy, so everybody counts as one client",
        "Name the proxy's address with --trusted-proxy, and let it send X-Forwarded-For and X-Forwarded-Proto.",
      ),
    ];
  }
  return [ok(name, `${address} streams`)];
}

function notOurs(name: string, address: string, status: number): Finding {
  if (status === 502 || status === 503 || status === 504) {
    return fail(
      name,
      `${address} answers ${status}: the proxy does not reach the server`,
      "Start the server, and compare the proxy's target with its address and port.",
    );
  }
  if (status === 403) {
    return fail(name, `${address} is refused as a foreign name`, "Give the server this address with --public-url.");
  }
  if (status === 429) {
    return warn(name, "too many stream checks at once", "Try again in some seconds.");
  }
  return fail(
    name,
    `${address} answers ${status} and is not this server`,
    "Compare the public URL with what the proxy serves under it.",
  );
}

const wrongClockMs = 60_000;
const offClockMs = 10_000;

/** The answer's Date is of whoever stands in front, so of another machine where the proxy is one. It has whole seconds. */
function compareClock({ headers }: EgressResponse, now: number): Finding[] {
  const date = Date.parse(String(headers["date"] ?? ""));
  if (Number.isNaN(date)) {
    return [];
  }
  const offMs = now - date;
  const seconds = Math.abs(Math.round(offMs / 1000));
  const found = `this machine's clock is ${seconds} s ${offMs < 0 ? "behind" : "ahead of"} the one at the address`;
  const advice =
    "Set the clocks, best by themselves: timedatectl set-ntp true. Codes of two-factor sign-in depend on it.";
  if (Math.abs(offMs) > wrongClockMs) {
    return [fail("Clock", found, advice)];
  }
  return [Math.abs(offMs) > offClockMs ? warn("Clock", found, advice) : ok("Clock", "agrees with the address's")];
}

function problemOf(error: unknown): string {
  return error instanceof AppError ? error.message.replace(/\.$/, "") : "the answer could not be read";
}

function adviceFor(error: unknown): string {
  const problem = error instanceof AppError ? String(error.details["problem"] ?? "") : "";
  if (problem.includes("certificate has expired")) {
    return "Renew the certificate, and look why it was not renewed by itself.";
  }
  if (problem.includes("certificate")) {
    return "Get a certificate for this name from an authority that browsers trust; for one of your own, set NODE_EXTRA_CA_CERTS.";
  }
  if (problem.includes("name")) {
    return "Let your DNS know the name, or correct --public-url.";
  }
  return "See that the proxy runs, that its port is open, and that it leads to the server (docs/network.md).";
}
