// The formats that are enforced, as patterns. They are narrower than their standards where those allow what readers of
// JSON refuse (leap seconds, quoted mail names), never wider.
const date =
  "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))";
const time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])";
const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const label = "[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?";
const hostname = `${label}(?:\\.${label}){0,5}`;
const group = "[0-9a-f]{1,4}";

const patterns: Readonly<Record<string, string>> = {
  date,
  time,
  "date-time": `${date}T${time}`,
  duration: "P(?:[0-9]{1,6}W|[0-9]{1,6}D|T[0-9]{1,6}[HMS]|(?:[0-9]{1,6}D)?T(?:[0-9]{1,6}H)?[0-9]{1,6}M)",
  email: `[A-Za-z0-9_+-]{1,30}(?:\\.[A-Za-z0-9_+-]{1,20}){0,3}@${label}(?:\\.${label}){1,3}`,
  hostname,
  ipv4: `${octet}(?:\\.${octet}){3}`,
  ipv6: `(?:(?:${group}:){7}${group}|(?:${group}:){1,6}:${group}|::${group}|::1|::)`,
  uuid: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  uri: `https?://${hostname}(?:/[A-Za-z0-9_.~-]*)*`,
};

/** A pattern for the whole text, or null where the format is not enforced. */
export function formatPattern(format: string): string | null {
  const pattern = Object.hasOwn(patterns, format) ? patterns[format] : undefined;
  return pattern === undefined ? null : `^(?:${pattern})$`;
}
