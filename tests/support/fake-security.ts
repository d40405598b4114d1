// One's own ways in, as the fake API answers them.
import type { Endpoint } from "../../src/contract/endpoint.ts";
import * as contract from "../../src/features/users/sign-in-contract.ts";
import type { FakeAnswer, FakeCall } from "./fake-api-call.ts";
import { fakeId } from "./fake-api-seed.ts";

const dayMs = 86_400_000;
const recoveryCodes = Array.from({ length: 10 }, (_, index) => `k7mq-${"abcdefghij"[index]}vzx-p4nd-hw9c`);
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const address = `otpauth://totp/Shobar:anika%40example.org?issuer=Shobar&secret=${secret}`;

export interface FakeSecurityOptions {
  readonly isEmpty: boolean;
  readonly hasTwoFactor: boolean;
  readonly now: number;
}

/** "wrong password" and the code 000000 are wrong; all else is right. */
export function serveSecurity(
  serve: (endpoint: Endpoint, answer: (call: FakeCall) => FakeAnswer) => void,
  { isEmpty, hasTwoFactor, now }: FakeSecurityOptions,
): void {
  let factor: contract.SecondFactorState = hasTwoFactor
    ? { onSince: now - 20 * dayMs, recoveryCodesLeft: 8 }
    : { onSince: null, recoveryCodesLeft: 0 };
  let sessions = seedSessions(now).slice(0, isEmpty ? 1 : undefined);
  let passkeys = isEmpty ? [] : seedPasskeys(now);
  const isWrong = (proof: unknown): boolean => proof === "wrong password" || proof === "000000";
  const refused: FakeAnswer = { status: 403, problem: "wrong_proof" };
  serve(contract.changePassword, ({ body }) => (isWrong(body["currentPassword"]) ? refused : {}));
  serve(contract.listSessions, () => ({ json: { items: sessions } }));
  serve(contract.endSession, ({ params }) => {
    sessions = sessions.filter(({ id }) => id !== params["sessionId"]);
    return {};
  });
  serve(contract.endOtherSessions, () => {
    sessions = sessions.filter(({ isThisOne }) => isThisOne);
    return {};
  });
  serve(contract.getSecondFactor, () => ({ json: factor }));
  serve(contract.beginSecondFactor, ({ body }) =>
    isWrong(body["proof"]) ? refused : { status: 201, json: { secret, address } },
  );
  serve(contract.confirmSecondFactor, ({ body }) => {
    if (isWrong(body["code"])) return { status: 403, problem: "wrong_code" };
    factor = { onSince: now, recoveryCodesLeft: 10 };
    return { json: { recoveryCodes } };
  });
  serve(contract.renewRecoveryCodes, ({ body }) => (isWrong(body["proof"]) ? refused : { json: { recoveryCodes } }));
  serve(contract.turnOffSecondFactor, ({ body }) => {
    if (isWrong(body["proof"])) return refused;
    factor = { onSince: null, recoveryCodesLeft: 0 };
    return {};
  });
  serve(contract.listPasskeys, () => ({ json: { items: passkeys } }));
  serve(contract.renamePasskey, ({ params, body }) => {
    const renamed = passkeys.find(({ id }) => id === params["passkeyId"]);
    passkeys = passkeys.map((passkey) => (passkey === renamed ? { ...passkey, name: String(body["name"]) } : passkey));
    return { json: passkeys.find(({ id }) => id === params["passkeyId"]) };
  });
  serve(contract.removePasskey, ({ params }) => {
    passkeys = passkeys.filter(({ id }) => id !== params["passkeyId"]);
    return {};
  });
}

function seedSessions(now: number): contract.Session[] {
  const session = (change: Partial<contract.Session>): contract.Session => ({
    id: fakeId(),
    browser: "Firefox",
    system: "Linux",
    createdAt: now - 9 * dayMs,
    lastSeenAt: now,
    isThisOne: false,
    ...change,
  });
  return [
    session({ isThisOne: true }),
    session({ browser: "Samsung Internet", system: "Android", lastSeenAt: now - 0.2 * dayMs }),
    session({ browser: null, system: null, lastSeenAt: now - 12 * dayMs }),
  ];
}

function seedPasskeys(now: number): contract.Passkey[] {
  const host = "localhost";
  return [
    { id: fakeId(), name: "Office laptop", host, createdAt: now - 30 * dayMs, lastUsedAt: now - dayMs },
    {
      id: fakeId(),
      name: "Phone, the one with the cracked screen",
      host: "chat.example.org",
      createdAt: now - 2 * dayMs,
      lastUsedAt: null,
    },
  ];
}
