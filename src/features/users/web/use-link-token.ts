import { useState } from "react";

/** The secret of the link that opened this page. It is in the fragment, which browsers never send: it stays out of every log. */
export function useLinkToken(): string {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  return token;
}
