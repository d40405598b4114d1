import { expect, test } from "vitest";
import { explainInstallFailure } from "./explain-install-failure.mjs";

const cases: readonly (readonly [string, RegExp])[] = [
  [
    "npm error code ENOTFOUND\nnpm error network This is a problem related to network connectivity.",
    /^The package registry could not be reached/,
  ],
  ["npm error code EAI_AGAIN", /^The package registry could not be reached/],
  ["npm error code ENOSPC\nnpm error nospc There appears to be insufficient space", /^The disk is full/],
  ["npm error code EACCES\nnpm error syscall mkdir", /^A folder cannot be written/],
  ["npm error code E407\nnpm error 407 Proxy Authentication Required", /^The proxy refused/],
  [
    "npm error code ECONNREFUSED\nnpm error network If you are behind a proxy, please make sure",
    /^The package registry could not be reached/,
  ],
  ["npm error code E401\nnpm error Incorrect or missing password.", /^The package registry refused access/],
  ["npm error code SELF_SIGNED_CERT_IN_CHAIN", /^The registry's certificate is not trusted/],
  ["npm error code EINTEGRITY", /^A download was damaged/],
  [
    "npm error code EUSAGE\nnpm error `npm ci` can only install packages when they are in sync",
    /^package.json and package-lock.json do not belong together/,
  ],
  ["npm error something new", /^npm could not install the dependencies \(exit code 9\)/],
];

for (const [output, sentence] of cases) {
  test(`${output.split("\n")[0]} is explained`, () => {
    expect(explainInstallFailure(output, 9).message).toMatch(sentence);
  });
}

test("npm's own last lines follow, without its pointers to log files and usage", () => {
  const output =
    "npm error code ENOTFOUND\nnpm error A complete log of this run can be found in: /somewhere/_logs/x.log\n";
  expect(explainInstallFailure(output, 1).message.endsWith("What npm said:\n  npm error code ENOTFOUND")).toBe(true);
});
