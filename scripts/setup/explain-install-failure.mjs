import { SetUpError } from "./set-up-error.mjs";

const causes = [
  [/ENOSPC|no space left/i, "The disk is full. Free about 900 MB and start again."],
  [
    /EACCES|EPERM|EROFS/,
    "A folder cannot be written. Check who owns this clone and npm's cache folder (npm config get cache).",
  ],
  [/\b407\b|proxy authentication/i, "The proxy refused. Check npm config get proxy and npm config get https-proxy."],
  [/\bE40[13]\b/, "The package registry refused access. Check npm config get registry and its login."],
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network/i,
    "The package registry could not be reached. The first start needs the network once; check it and start again. Behind a proxy: npm config set proxy URL.",
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/i,
    "The registry's certificate is not trusted here. Ask for your company's root certificate: npm config set cafile FILE.",
  ],
  [/EINTEGRITY/, "A download was damaged. Clear npm's cache (npm cache clean --force) and start again."],
  [
    /EUSAGE|package-lock|in sync/,
    "package.json and package-lock.json do not belong together. Take both from the same commit.",
  ],
];

/** Turns npm's output into a sentence and its last lines. */
export function explainInstallFailure(output, exitCode) {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/A complete log of this run|_logs/.test(line));
  const cause = causes.find(([pattern]) => pattern.test(output))?.[1];
  const sentence = cause ?? `npm could not install the dependencies (exit code ${exitCode}).`;
  return new SetUpError([sentence, "", "What npm said:", ...lines.slice(-8).map((line) => `  ${line}`)].join("\n"));
}
