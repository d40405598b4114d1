// Loaded before the program (`node --import`): every connection that leaves this machine is refused and reported, as
// on a machine without a network.
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";

const report = (what: string): Error => {
  process.stderr.write(`REFUSED ${what}\n`);
  return new Error(`no connection may leave this machine: ${what}`);
};

const isHere = (host: string | null | undefined): boolean =>
  !host || host === "localhost" || host === "::1" || host.startsWith("127.");

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const [first, second] = args.flat();
  const options =
    typeof first === "object" && first !== null ? (first as { host?: string | null; path?: string | null }) : undefined;
  const host = options ? options.host : typeof second === "string" ? second : undefined;
  if (!options?.path && !isHere(host)) {
    throw report(String(host));
  }
  return Reflect.apply(connect, this, args) as net.Socket;
};

const { lookup } = dns;
dns.lookup = ((host: string, ...rest: unknown[]) => {
  if (!isHere(host) && net.isIP(host) === 0) {
    throw report(`name ${host}`);
  }
  return Reflect.apply(lookup, dns, [host, ...rest]) as unknown;
}) as typeof lookup;

dgram.Socket.prototype.send = () => {
  throw report("datagram");
};
