// What a browser carries between two steps of one thing: signed by this process, for one purpose, for a few minutes and
// for one use. Nothing is kept for those that are not used, so that asking for many costs the server nothing.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import type { Clock } from "../../../platform/clock.ts";

export const ticketLifetimeMs = 5 * 60_000;

export interface Tickets {
  issue(subject: Readonly<Record<string, string>>): string;
  /** Null for one that is not ours, is for something else, is too old or was spent. */
  read(ticket: string): Readonly<Record<string, string>> | null;
  /** True once: whoever gets it may go on. */
  spend(ticket: string): boolean;
}

const Body = z.object({ subject: z.record(z.string(), z.string()), nonce: z.string(), expiresAt: z.number() });
type Body = z.infer<typeof Body>;

export function createTickets({ clock, purpose }: { readonly clock: Clock; readonly purpose: string }): Tickets {
  const key = randomBytes(32);
  /** By nonce, until when it would have been valid; in the order in which they run out. */
  const spent = new Map<string, number>();
  const sign = (body: string): Buffer => createHmac("sha256", key).update(`${purpose}.${body}`).digest();

  function open(ticket: string): Body | null {
    const [body = "", signature = ""] = ticket.split(".");
    const given = Buffer.from(signature, "base64url");
    const expected = sign(body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return null;
    }
    const opened = z.parse(Body, JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
    return opened.expiresAt > clock() && !spent.has(opened.nonce) ? opened : null;
  }

  function forgetOld(): void {
    for (const [nonce, expiresAt] of spent) {
      if (expiresAt > clock()) return;
      spent.delete(nonce);
    }
  }

  return {
    issue(subject) {
      const nonce = randomBytes(16).toString("base64url");
      const opened: Body = { subject, nonce, expiresAt: clock() + ticketLifetimeMs };
      const body = Buffer.from(JSON.stringify(opened)).toString("base64url");
      return `${body}.${sign(body).toString("base64url")}`;
    },
    read: (ticket) => open(ticket)?.subject ?? null,
    spend(ticket) {
      const opened = open(ticket);
      if (!opened) {
        return false;
      }
      forgetOld();
      spent.set(opened.nonce, opened.expiresAt);
      return true;
    },
  };
}
