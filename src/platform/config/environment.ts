// The only reader of process.env.
import { homedir, userInfo } from "node:os";
import { join, sep } from "node:path";
import type { SettingName } from "./settings.ts";
import { type ModelStore, modelStoresOf } from "./model-stores.ts";

export interface Environment {
  /** Every variable that begins with SHOBAR_. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** What other programs too read of the environment, where no variable of ours says it. */
  readonly othersNames?: Readonly<Partial<Record<SettingName, { readonly name: string; readonly value: string }>>>;
  /** SHOBAR_DEBUG=1: show stack traces. */
  readonly debug: boolean;
  /** Set when the terminal is at the other end of an SSH connection: the user and this machine's address as the client sees it. */
  readonly ssh: { readonly user: string; readonly host: string } | null;
  /** What is typed to run a command of this installation. */
  readonly program: string;
  /** Where data goes unless a setting says otherwise. */
  readonly defaultData: string;
  /** Where other programs of this machine keep their models. */
  readonly modelStores: readonly ModelStore[];
}

export function readEnvironment(productFolder: string): Environment {
  const variables = process.env;
  const settings = Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith("SHOBAR_")));
  const sshServer = variables["SSH_CONNECTION"]?.split(" ")[2];
  const isInstalled = productFolder.split(sep).includes("node_modules");
  return {
    settings,
    othersNames: {
      ...other(variables, "outgoingProxy", ["HTTPS_PROXY", "https_proxy"]),
      ...other(variables, "proxyExcept", ["NO_PROXY", "no_proxy"]),
    },
    debug: ["1", "true", "on"].includes(variables["SHOBAR_DEBUG"] ?? ""),
    ssh: sshServer === undefined ? null : { user: userInfo().username, host: sshServer },
    program: isInstalled ? "shobar" : "npm run -s shobar --",
    // A clone keeps what it has beside its code, so that two clones do not meet; an installed package has no such place.
    defaultData: isInstalled ? join(dataHome(variables), "shobar") : join(productFolder, "data"),
    modelStores: modelStoresOf(variables),
  };
}

/** The first that is set. */
function other(
  variables: NodeJS.ProcessEnv,
  setting: SettingName,
  names: readonly string[],
): Environment["othersNames"] {
  const name = names.find((each) => (variables[each] ?? "") !== "");
  return name === undefined ? {} : { [setting]: { name, value: variables[name] ?? "" } };
}

function dataHome(variables: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") {
    return variables["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  }
  if (process.platform === "darwin") {
    return join(homedir(), "Library", "Application Support");
  }
  return variables["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
}
