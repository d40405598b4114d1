// Why a connection did not come about or broke off, in words for a sentence.
import { AppError } from "../errors.ts";

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: "no machine of that name is known",
  EAI_AGAIN: "its name cannot be looked up now",
  ECONNREFUSED: "nothing listens there",
  ENETUNREACH: "there is no network to it",
  EHOSTUNREACH: "there is no way to it",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  EPROTO: "it does not speak TLS as it should (https://)",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS there (https://)",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS there (https://)",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; is the clock of this machine right",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate belongs to another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "nobody that this machine trusts has signed its certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "nobody that this machine trusts has signed its certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "nobody that this machine trusts has signed its certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "nobody that this machine trusts has signed its certificate",
  HPE_HEADER_OVERFLOW: "its answer's head is too large",
};

export function connectionProblem(error: unknown, host: string): AppError {
  if (error instanceof AppError) return error;
  const known = deepest(error);
  const code = known.code ?? "";
  const problem =
    problems[code] ??
    (code.startsWith("HPE_") ? "it does not speak HTTP" : `the connection failed (${code || "unknown"})`);
  return new AppError("service_unreachable", { host, problem }, { cause: error });
}

/** Several addresses that were tried come as one error that holds one for each. */
function deepest(error: unknown): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors.length > 0
    ? deepest(error.errors[0])
    : (error as NodeJS.ErrnoException);
}
