// The browser's side of passkeys. Its library is loaded when one is made or used.
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { call } from "../../../ui/call.ts";
import { ServerProblem } from "../../../ui/server-problem.ts";
import type { User } from "../contract.ts";
import { addPasskey, beginPasskey, beginPasskeySignIn, type Passkey, signInWithPasskey } from "../sign-in-contract.ts";

/** Throws ServerProblem: of the server, or `passkey_not_used` where the person or the device did not go on. */
export async function makePasskey({ name, proof }: { name: string; proof: string }): Promise<Passkey> {
  const { options } = await call(beginPasskey, { body: { proof } });
  const { startRegistration } = await import("@simplewebauthn/browser");
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  const credential = await startRegistration({ optionsJSON }).catch(throwNotUsed);
  return await call(addPasskey, { body: { name, credential: { ...credential } } });
}

export async function enterWithPasskey(): Promise<User> {
  const { options } = await call(beginPasskeySignIn);
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  const credential = await startAuthentication({ optionsJSON }).catch(throwNotUsed);
  return await call(signInWithPasskey, { body: { credential: { ...credential } } });
}

/** Browsers say the same whether it was cancelled, timed out or there is none, so that pages cannot find out. */
function throwNotUsed(problem: unknown): never {
  const isKnown = problem instanceof Error && problem.name === "InvalidStateError";
  throw new ServerProblem(isKnown ? "passkey_there_already" : "passkey_not_used", "No passkey was used.", 0);
}
