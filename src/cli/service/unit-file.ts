// The text of the systemd unit: plain data in, nothing read and nothing written.

export interface Unit {
  /** Words of the command: the program, its file, its flags. */
  readonly command: readonly string[];
  readonly dataFolder: string;
  /** Where else the server may write; null where nowhere. */
  readonly backupFolder: string | null;
  /** What must be mounted first: where the program, the data and the models lie. */
  readonly folders: readonly string[];
  /** Null for a service of one's own, which systemd runs as whoever installed it. */
  readonly user: string | null;
  /** Homes are out of the service's sight unless the program or the models lie there. */
  readonly needsHomes: boolean;
  /** Ports below 1024 need a right of their own. */
  readonly bindsLowPort: boolean;
  /** What `service remove` undoes. */
  readonly undo: UnitUndo;
}

export interface UnitUndo {
  /** The user was made by the installation. */
  readonly madeUser: boolean;
  /** `uid:gid` whose the data folder was; null where it did not exist. */
  readonly dataOwner: string | null;
}

export const unitMark = "# Written by `shobar service install`, taken away by `shobar service remove`.";

/** What stays wrong however often it is started: settings, a newer database, a Node.js that is too old, a damaged database. */
const lastingExitCodes = "2 13 15 18";

export function unitFile(unit: Unit): string {
  return [
    unitMark,
    "[Unit]",
    "Description=Shobar, AI platform of this organisation",
    `After=network-online.target${unit.backupFolder === null ? "" : " remote-fs.target"}`,
    "Wants=network-online.target",
    `RequiresMountsFor=${[...new Set([unit.dataFolder, ...unit.folders])].map(quoted).join(" ")}`,
    "# A start that fails is tried again for ever: a renewed certificate or a freed disk ends the failing.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    ...(unit.user === null ? [] : [`User=${unit.user}`, `Group=${unit.user}`]),
    `WorkingDirectory=${escaped(unit.dataFolder)}`,
    `ExecStart=${unit.command.map((word) => quoted(word.replaceAll("$", "$$$$"))).join(" ")}`,
    "Restart=always",
    "# With its own start a killed server is back within two seconds.",
    "RestartSec=300ms",
    `RestartPreventExitStatus=${lastingExitCodes}`,
    "# The server ends its models itself, with what they have written kept.",
    "KillMode=mixed",
    "TimeoutStopSec=20",
    "UMask=0077",
    "LimitNOFILE=65536",
    "# A model that the kernel ends for want of memory is started again; the server goes on.",
    "OOMPolicy=continue",
    "",
    ...hardening(unit),
    "",
    "[Install]",
    `WantedBy=${unit.user === null ? "default" : "multi-user"}.target`,
    "",
    "# Ignored by systemd; read by `shobar service remove`.",
    "[X-Shobar]",
    `DataFolder=${unit.dataFolder}`,
    ...(unit.backupFolder === null ? [] : [`BackupFolder=${unit.backupFolder}`]),
    `MadeUser=${unit.undo.madeUser ? "yes" : "no"}`,
    `DataOwner=${unit.undo.dataOwner ?? "none"}`,
    "",
  ].join("\n");
}

/** What needs no rights to set up, so that a service of one's own can have it too. */
const lightHardening = [
  "NoNewPrivileges=yes",
  "RestrictSUIDSGID=yes",
  "RestrictRealtime=yes",
  "RestrictNamespaces=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
  "# Netlink tells which addresses this machine has.",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "# No MemoryDenyWriteExecute: V8 writes machine code while it runs, and does not start with it.",
];

function hardening(unit: Unit): string[] {
  if (unit.user === null) {
    return lightHardening;
  }
  const right = unit.bindsLowPort ? "CAP_NET_BIND_SERVICE" : "";
  return [
    ...lightHardening,
    "ProtectSystem=strict",
    // With the sign in front a disk that is not there keeps backups back, not the server.
    `ReadWritePaths=${[unit.dataFolder, ...(unit.backupFolder === null ? [] : [`-${unit.backupFolder}`])].map(quoted).join(" ")}`,
    `ProtectHome=${unit.needsHomes ? "read-only" : "yes"}`,
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectProc=invisible",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "RemoveIPC=yes",
    "KeyringMode=private",
    `CapabilityBoundingSet=${right}`,
    ...(right === "" ? [] : [`AmbientCapabilities=${right}`]),
  ];
}

/** As systemd reads a word: in quotes, with its own signs doubled. */
function quoted(word: string): string {
  return `"${escaped(word).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function escaped(word: string): string {
  return word.replaceAll("%", "%%");
}

/** What a unit of ours says about how it came to be; null for any other file. */
export function readUnit(
  text: string,
): (Pick<Unit, "dataFolder" | "backupFolder" | "user"> & { readonly undo: UnitUndo }) | null {
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
  const dataFolder = value("DataFolder");
  if (!text.startsWith(unitMark) || dataFolder === undefined) {
    return null;
  }
  const dataOwner = value("DataOwner") ?? "none";
  return {
    dataFolder,
    backupFolder: value("BackupFolder") ?? null,
    user: value("User") ?? null,
    undo: { madeUser: value("MadeUser") === "yes", dataOwner: /^\d+:\d+$/.test(dataOwner) ? dataOwner : null },
  };
}
