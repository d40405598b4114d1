import type { DemoFacts } from "./start-demo.ts";

const languages = { en: "English", bn: "Bengali" };

/** What the terminal says once the demo can be looked at. */
export function describeDemo({ url, password, people, states }: DemoFacts): string {
  const width = Math.max(...people.map(({ email }) => email.length));
  return [
    "",
    `  Address      ${url}   (on this machine only)`,
    `  Password     ${password}   (for everybody below, and for this demo alone)`,
    "",
    ...people.map(
      ({ email, role, language, place }) =>
        `  ${email.padEnd(width)}  ${role.padEnd(6)}  ${languages[language].padEnd(7)}  ${place}`,
    ),
    "",
    "  Chats that are …",
    ...states.map(({ shows, emails }) => `    ${shows.padEnd(32)}  ${emails.map(nameIn).join(", ")}`),
    "",
    "  Answers named “Sample text” (“নমুনা লেখা”) were written beforehand, those of “slow-writer” come from a script of the demo;",
    "  the others are the starter model's own.",
    "  Stop         Ctrl-C; the demo is deleted then.",
    "",
  ].join("\n");
}

function nameIn(email: string): string {
  return email.split("@")[0] ?? email;
}
