// Why a connection did not come about or broke off, for the details of an error.
import { because, type ReasonCode } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";

const problems: Readonly<Record<string, ReasonCode>> = {
  ENOTFOUND: "host_unknown",
  EAI_AGAIN: "host_lookup_failed",
  ECONNREFUSED: "nothing_listens",
  ENETUNREACH: "no_network",
  EHOSTUNREACH: "no_way",
  ETIMEDOUT: "no_answer",
  ECONNRESET: "broke_off",
  EPIPE: "broke_off",
  EPROTO: "tls_wrong",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls_missing",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls_missing",
  CERT_HAS_EXPIRED: "certificate_expired",
  CERT_NOT_YET_VALID: "certificate_not_yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate_of_other",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate_untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate_untrusted",
  HPE_HEADER_OVERFLOW: "answer_head_large",
};

export function connectionProblem(error: unknown, host: string): AppError {
  if (error instanceof AppError) return error;
  const known = deepest(error);
  const code = known.code ?? "";
  const reason = problems[code] ?? (code.startsWith("HPE_") ? "not_http" : null);
  const told = reason === null ? because("connection_failed", { it: code || "?" }) : because(reason);
  return new AppError("service_unreachable", { host, ...told }, { cause: error });
}

/** Several addresses that were tried come as one error that holds one for each. */
function deepest(error: unknown): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors.length > 0
    ? deepest(error.errors[0])
    : (error as NodeJS.ErrnoException);
}
